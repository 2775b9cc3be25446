"""The composition root: the only place that builds concrete parts and puts them together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from pathlib import Path

from bot.clock import Clock, SystemClock
from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.commands.preferring import Preferring, preference_commands
from bot.commands.reminding import calendar_commands
from bot.commands.sources import SourceDesk, source_commands
from bot.commands.spec import Catalog
from bot.commands.summary import Summing, summary_command
from bot.commands.writing import writer_of
from bot.deliver.compose import Composer
from bot.deliver.drain import Drain
from bot.deliver.pace import Pace, account_rates
from bot.deliver.ports import Channel, Turn, at_once
from bot.intake import language
from bot.intake.addresses import AddressGuard
from bot.intake.fetch import Intake
from bot.intake.hosts import Hosts
from bot.intake.http import GuardedClient
from bot.intake.pages import MAX_PAGE, Pages
from bot.intake.workers import WorkerPool
from bot.observe.health import DATABASE, Parts
from bot.observe.metrics import Count, Metrics, uncounted
from bot.observe.sent import (
    OnBulletin,
    OnSent,
    counting_ends,
    counting_expired,
    counting_losses,
    counting_waits,
    timing,
    unprinted,
)
from bot.operations.flooding import Flooding
from bot.operations.operators import Operators
from bot.operations.reporting import Reporting
from bot.owner import this_process
from bot.pipeline import Pipeline
from bot.pushing import Pushing
from bot.routing import query
from bot.routing.routes import Route
from bot.service import Service
from bot.settings import ConfigError, Settings, require_temporary_folder
from bot.signals.classifier import Classifier, Model
from bot.signals.lexicon import Lexicon
from bot.steps.admission import Admission
from bot.steps.agenda import Agenda
from bot.steps.digesting import Digester
from bot.steps.reading import Reading
from bot.steps.settling import Settling
from bot.steps.telling import Teller
from bot.store.engine import Database
from bot.store.upgrade import upgrade
from bot.stories.sense import Sense


@dataclass(frozen=True, kw_only=True)
class Bot:
    """The parts that every role shares."""

    settings: Settings
    database: Database
    service: Service
    catalog: Catalog
    parts: Parts
    metrics: Metrics
    clock: Clock


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    console: Channel,
    local_url: str | None = None,
    on_sent: OnSent | None = None,
    on_bulletin: OnBulletin = unprinted,
    clock: Clock | None = None,
) -> AsyncIterator[Bot]:
    """Everything built and connected to each other; closed at the end, last built first."""
    require_temporary_folder()
    clock = clock or SystemClock()
    routes, classifier = routes_of(settings), classifier_of(settings.lexicon_path)
    parts, metrics = Parts(), Metrics()
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url.get_secret_value(), on_trouble=partial(parts.stumbled, DATABASE))
        stack.push_async_callback(asyncio.to_thread, database.close)
        await asyncio.to_thread(upgrade, database)
        intake = await stack.enter_async_context(intake_of(settings, on_restart=metrics.parse_restarts.inc))
        pace = Pace(
            database,
            clock,
            account_rates(
                slack_per_minute=settings.delivery.slack_per_minute,
                discord_per_second=settings.delivery.discord_per_second,
            ),
        )
        channels = await stack.enter_async_context(
            channels_of(settings, console, clock, metrics.requests_of, partial(pace.aside, "discord"))
        )
        process = this_process()
        composer = Composer(public_url=settings.web.public_url, local_url=local_url)
        digester = Digester(
            database=database, clock=clock, composer=composer, zone=settings.people.zone, routes=routes
        )
        operators = Operators.of(settings.operations.tell, settings.people.managers)
        pipeline = Pipeline(
            database=database,
            intake=intake,
            classifier=classifier,
            sense=sense_of(),
            admission=Admission(
                teller=Teller(
                    routes=routes,
                    thresholds=classifier.thresholds,
                    zone=settings.people.zone,
                    hourly=settings.delivery.hourly,
                ),
                agenda=Agenda(atlas=classifier.atlas, zone=settings.people.zone),
            ),
            clock=clock,
            settling=Settling(database),
            operators=operators,
            reading=reading_of(settings, intake, classifier, metrics.count_page),
        )
        service = Service(
            database=database,
            pipeline=pipeline,
            drain=Drain(
                database=database,
                channels=channels,
                compose=composer.compose,
                clock=clock,
                process=process,
                pace=pace,
                on_sent=timing(metrics, clock, on_sent),
                on_bulletin=on_bulletin,
                on_end=counting_ends(metrics),
                on_wait=counting_waits(metrics),
                on_lost=counting_losses(metrics),
            ),
            digester=digester,
            sources=settings.sources,
            pushing=Pushing(
                database=database, pipeline=pipeline, clock=clock, process=process, base=settings.web.hubs_reach
            ),
            max_age=settings.intake.max_age,
            clock=clock,
            process=process,
            parallel=settings.intake.parallel,
            keep=settings.retention,
            reporting=Reporting(
                database=database,
                operators=operators,
                clock=clock,
                expire_after=settings.delivery.expire_after,
                on_expired=counting_expired(metrics),
            ),
            metrics=metrics,
            parts=parts,
        )
        catalog = _catalog(settings, service, intake, parts)
        yield Bot(
            settings=settings,
            database=database,
            service=service,
            catalog=catalog,
            parts=parts,
            metrics=metrics,
            clock=clock,
        )


def _catalog(settings: Settings, service: Service, intake: Intake, parts: Parts) -> Catalog:
    """Every command, on the parts that do the work."""
    database, clock, pipeline = service.database, service.clock, service.pipeline
    routes, classifier = pipeline.admission.teller.routes, pipeline.classifier
    managers = frozenset(settings.people.managers)
    feedback = Feedback(database=database, clock=clock, routes=routes, thresholds=classifier.thresholds)
    desk = Desk(
        database=database,
        clock=clock,
        parts=parts,
        feedback=feedback,
        managers=managers,
        configured=settings.sources,
    )
    sources = SourceDesk(
        database=database,
        clock=clock,
        intake=intake,
        classifier=classifier,
        configured=settings.sources,
        destinations=frozenset(place for route in routes for place in route.to),
        managers=managers,
        flooding=Flooding(
            database=database, teller=pipeline.admission.teller, agenda=pipeline.admission.agenda, clock=clock
        ),
    )
    summing = Summing(
        database=database,
        clock=clock,
        zone=settings.people.zone,
        writer=writer_of(settings, database, clock),
        picture=settings.summary.picture,
    )
    preferring = Preferring(
        database=database,
        clock=clock,
        routes=routes,
        digester=service.digester,
        managers=managers,
        hourly=settings.delivery.hourly,
    )
    more = (
        summary_command(summing),
        *calendar_commands(database, clock, pipeline.admission.agenda, managers),
        *preference_commands(preferring),
        *source_commands(sources),
    )
    return build_catalog(desk, more, (preferring.panel,))


def routes_of(settings: Settings) -> tuple[Route, ...]:
    """The routes with their queries parsed. Raises ConfigError that marks the place of each mistake."""
    routes, problems = [], []
    for entry in settings.routes:
        try:
            when = query.parse(entry.when)
        except query.QueryError as error:
            problems.append(f"{settings.routes_path}: route {entry.name!r}: when: {error}")
            continue
        routes.append(
            Route(
                name=entry.name,
                to=entry.to,
                when=when,
                tier=entry.tier,
                threshold=entry.threshold,
                quiet=entry.quiet,
                loud=entry.loud,
                hourly=entry.hourly,
            )
        )
    if problems:
        raise ConfigError("\n".join(problems))
    return tuple(routes)


def classifier_of(path: Path) -> Classifier:
    """The shipped model with the word list at `path`. Raises ConfigError that names the key and the cure."""
    try:
        return Classifier(Lexicon.load(path), Model.load())
    except ValueError as error:
        raise ConfigError(str(error)) from None


def sense_of() -> Sense:
    """The shipped encoder of headlines. Raises ConfigError where its files are damaged."""
    try:
        return Sense()
    except ValueError as error:
        raise ConfigError(str(error)) from None


@asynccontextmanager
async def intake_of(settings: Settings, on_restart: Callable[[], None] = lambda: None) -> AsyncIterator[Intake]:
    """The guarded client and the parsing workers, as the owner set them. Raises ConfigError on damaged files."""
    try:
        language.load()
    except ValueError as error:
        raise ConfigError(str(error)) from None
    wish = settings.intake
    guard = AddressGuard(tuple(ip_network(network, strict=False) for network in wish.allow_networks))
    make = partial(
        GuardedClient,
        guard=guard,
        contact=wish.user_agent_contact,
        hosts=Hosts(wish.host_spacing, exempt=guard.is_own),
    )
    client = make(deadline=wish.deadline.total_seconds(), max_body=wish.max_bytes)
    for_pages = make(deadline=wish.page_deadline.total_seconds() / 2, max_body=MAX_PAGE)  # one must not cost the rest
    pool = WorkerPool(limit=wish.parse_deadline.total_seconds(), on_end=on_restart)
    async with client, for_pages, pool:
        yield Intake(client=client, pool=pool, pages=Pages(for_pages, pool) if wish.full_text else None)


def reading_of(settings: Settings, intake: Intake, classifier: Classifier, count: Count) -> Reading:
    """What reads articles in full: where a threshold of the classifier, or one of a route, is near."""
    return Reading(
        pages=intake.pages,
        thresholds=classifier.thresholds,
        of_routes=tuple(route.threshold for route in settings.routes if route.threshold is not None),
        deadline=settings.intake.page_deadline.total_seconds(),
        count=count,
    )


@asynccontextmanager
async def channels_of(
    settings: Settings,
    console: Channel,
    clock: Clock,
    counts: Callable[[str], Count] = lambda platform: uncounted,
    discord_turn: Turn = at_once,
) -> AsyncIterator[Mapping[str, Channel]]:
    """The platforms that this process has tokens for, by name; `counts` gives what counts the requests to one.

    A platform's library is loaded where it is used: each takes some ten megabytes.
    """
    secrets = settings.secrets
    channels: dict[str, Channel] = {"console": console}
    if secrets.slack_bot_token:
        from bot.deliver.slack.channel import SlackChannel
        from bot.deliver.slack.client import make_client

        channels["slack"] = SlackChannel(
            make_client(secrets.slack_bot_token.get_secret_value(), secrets.slack_api_url, count=counts("slack")),
            now=clock.now,
        )
    if secrets.discord_token is None:
        yield channels
        return
    from bot.deliver.discord.channel import DiscordChannel
    from bot.deliver.discord.session import use_endpoints

    use_endpoints(secrets.discord_api_url, secrets.discord_gateway_url)
    token = secrets.discord_token.get_secret_value()
    discord = DiscordChannel(token, count=counts("discord"), turn=discord_turn)
    try:
        yield {**channels, "discord": discord}
    finally:
        await discord.close()
