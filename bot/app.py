"""The composition root: the only place that builds concrete parts and knows them all."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from ipaddress import ip_address, ip_network
from pathlib import Path

import structlog

from bot import __version__
from bot.agenda import Agenda
from bot.board.app import BoardAddressError, build_board, serve
from bot.clock import Clock, SystemClock
from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.commands.on_discord.chat import DiscordChat
from bot.commands.on_slack.chat import SlackChat
from bot.commands.preferring import Preferring, preference_commands
from bot.commands.reminding import calendar_commands
from bot.commands.sources import SourceDesk, source_commands
from bot.commands.spec import Catalog
from bot.commands.summary import Summing, summary_command
from bot.commands.writing import writer_of
from bot.deliver.compose import Composer
from bot.deliver.console import ConsoleChannel
from bot.deliver.discord.channel import DiscordChannel
from bot.deliver.discord.session import use_endpoints
from bot.deliver.drain import Drain
from bot.deliver.ports import Channel
from bot.deliver.slack.channel import SlackChannel
from bot.deliver.slack.client import make_client
from bot.digesting import Digester
from bot.intake.addresses import AddressGuard
from bot.intake.fetch import Intake
from bot.intake.http import GuardedClient
from bot.intake.workers import WorkerPool
from bot.observe import Metrics, Parts
from bot.owner import this_process
from bot.pipeline import Pipeline
from bot.routing import query
from bot.routing.routes import Route
from bot.sent import OnBulletin, OnSent, counting, counting_bulletins, print_bulletin, print_notice
from bot.service import Part, Service, stop_on_signals, until_stopped
from bot.settings import ConfigError, Settings
from bot.signals.classifier import Classifier, Model
from bot.signals.lexicon import Lexicon
from bot.store.engine import Database
from bot.store.outbox import Backlog
from bot.store.upgrade import upgrade
from bot.stories.sense import Sense
from bot.supervise import supervise
from bot.telling import Teller

log = structlog.get_logger()

TOKENS = {"slack": "SLACK_BOT_TOKEN", "discord": "DISCORD_TOKEN"}


class Role(StrEnum):
    """What a process does. `all` is one process for everything; the others are for many processes."""

    ALL = "all"
    WORKER = "worker"
    CHAT = "chat"
    WEB = "web"

    def does(self, other: Role) -> bool:
        return self in {Role.ALL, other}


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


async def run_bot(settings: Settings, role: Role) -> None:
    """Run `role` until SIGINT or SIGTERM."""
    local_url = _local_url(settings) if role.does(Role.WEB) else None
    console = ConsoleChannel(sys.stdout, SystemClock())
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_on_signals())
        bot = await stack.enter_async_context(assembled(settings, console=console, local_url=local_url))
        parts: list[Part] = []
        slack = _slack_chat(bot)
        if role.does(Role.WEB):
            await stack.enter_async_context(_board(bot, slack, required=role is Role.WEB))
        if role.does(Role.CHAT):
            parts += _chats(bot, slack)
            _require_chats(bot, slack, parts, alone=role is Role.CHAT)
        if role.does(Role.WORKER):
            await bot.service.prepare()
            _warn_of_missing_tokens(bot)
            parts.append(bot.service.serve)
        log.info(
            "started", version=__version__, role=role, config=str(settings.directory), database=bot.database.name
        )
        await until_stopped(parts, stop)
        log.info("stopped")


async def run_once(settings: Settings, *, as_json: bool) -> list[Backlog]:
    """Poll and deliver what is due; returns the destinations that would not take what waits for them."""
    async with AsyncExitStack() as stack:
        target = io.StringIO() if as_json else sys.stdout  # JSON lines take the place of the panels
        console = ConsoleChannel(target, SystemClock())
        bot = await stack.enter_async_context(
            assembled(
                settings,
                console=console,
                on_sent=print_notice if as_json else None,
                on_bulletin=print_bulletin if as_json else None,
            )
        )
        await bot.service.prepare()
        _warn_of_missing_tokens(bot)
        return await bot.service.once()


@asynccontextmanager
async def assembled(
    settings: Settings,
    *,
    console: Channel,
    local_url: str | None = None,
    on_sent: OnSent | None = None,
    on_bulletin: OnBulletin | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Bot]:
    """Everything built and connected to each other; closed at the end, last built first."""
    clock = clock or SystemClock()
    routes, classifier = routes_of(settings), classifier_of(settings.lexicon_path)
    parts, metrics = Parts(), Metrics()
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url.get_secret_value())
        stack.callback(database.close)
        await asyncio.to_thread(upgrade, database)
        intake = await stack.enter_async_context(intake_of(settings))
        channels = await stack.enter_async_context(channels_of(settings, console, clock))
        process = this_process()
        composer = Composer(public_url=settings.web.public_url, local_url=local_url)
        digester = Digester(
            database=database, clock=clock, composer=composer, zone=settings.people.zone, routes=routes
        )
        service = Service(
            database=database,
            pipeline=Pipeline(
                database=database,
                intake=intake,
                classifier=classifier,
                sense=sense_of(),
                teller=Teller(routes=routes, thresholds=classifier.thresholds, zone=settings.people.zone),
                agenda=Agenda(atlas=classifier.atlas, zone=settings.people.zone),
                clock=clock,
            ),
            drain=Drain(
                database=database,
                channels=channels,
                compose=composer.compose,
                clock=clock,
                process=process,
                on_sent=counting(metrics, clock, on_sent),
                on_bulletin=counting_bulletins(metrics, on_bulletin),
            ),
            digester=digester,
            sources=settings.sources,
            max_age=settings.intake.max_age,
            clock=clock,
            process=process,
            parallel=settings.intake.parallel,
            keep=settings.retention,
            metrics=metrics,
        )
        feedback = Feedback(database=database, clock=clock, routes=routes, thresholds=classifier.thresholds)
        managers = frozenset(settings.people.managers)
        desk = Desk(
            database=database,
            clock=clock,
            parts=parts,
            feedback=feedback,
            managers=managers,
            configured=settings.sources,
        )
        source_desk = SourceDesk(
            database=database,
            clock=clock,
            intake=intake,
            classifier=classifier,
            configured=settings.sources,
            destinations=frozenset(place for route in routes for place in route.to),
            managers=managers,
        )
        summing = Summing(
            database=database,
            clock=clock,
            zone=settings.people.zone,
            writer=writer_of(settings, database, clock),
            picture=settings.summary.picture,
        )
        coming = calendar_commands(database, clock, service.pipeline.agenda, managers)
        preferring = Preferring(database=database, clock=clock, routes=routes, digester=digester, managers=managers)
        own = preference_commands(preferring)
        more = (summary_command(summing), *coming, *own, *source_commands(source_desk))
        catalog = build_catalog(desk, more, (preferring.panel,))
        yield Bot(
            settings=settings,
            database=database,
            service=service,
            catalog=catalog,
            parts=parts,
            metrics=metrics,
            clock=clock,
        )


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
async def intake_of(settings: Settings) -> AsyncIterator[Intake]:
    """The guarded client and the parsing workers, as the owner set them."""
    wish = settings.intake
    client = GuardedClient(
        guard=AddressGuard(tuple(ip_network(network, strict=False) for network in wish.allow_networks)),
        contact=wish.user_agent_contact,
        deadline=wish.deadline.total_seconds(),
        max_body=wish.max_bytes,
    )
    pool = WorkerPool(limit=wish.parse_deadline.total_seconds())
    async with client, pool:
        yield Intake(client=client, pool=pool)


@asynccontextmanager
async def channels_of(settings: Settings, console: Channel, clock: Clock) -> AsyncIterator[Mapping[str, Channel]]:
    """The platforms that this process has tokens for, by name."""
    secrets = settings.secrets
    channels: dict[str, Channel] = {"console": console}
    if secrets.slack_bot_token:
        channels["slack"] = SlackChannel(
            make_client(secrets.slack_bot_token.get_secret_value(), secrets.slack_api_url), now=clock.now
        )
    if secrets.discord_token is None:
        yield channels
        return
    use_endpoints(secrets.discord_api_url, secrets.discord_gateway_url)
    discord = DiscordChannel(secrets.discord_token.get_secret_value())
    try:
        yield {**channels, "discord": discord}
    finally:
        await discord.close()


def _warn_of_missing_tokens(bot: Bot) -> None:
    """A route to a platform that this process cannot reach is said once; what it asks for waits in the outbox."""
    for entry in bot.settings.routes:
        for platform in dict.fromkeys(destination.platform for destination in entry.to):
            if platform in TOKENS and platform not in bot.service.drain.channels:
                log.warning(
                    "token_missing",
                    route=entry.name,
                    platform=platform,
                    cure=f"set {TOKENS[platform]}; until then its alerts wait in the outbox",
                )


def _slack_chat(bot: Bot) -> SlackChat | None:
    secrets = bot.settings.secrets
    if secrets.slack_bot_token is None or not (secrets.slack_app_token or secrets.slack_signing_secret):
        return None
    return SlackChat(
        catalog=bot.catalog,
        bot_token=secrets.slack_bot_token.get_secret_value(),
        app_token=secrets.slack_app_token.get_secret_value() if secrets.slack_app_token else None,
        signing_secret=secrets.slack_signing_secret.get_secret_value() if secrets.slack_signing_secret else None,
        api_url=secrets.slack_api_url,
        report=bot.parts.reporter("slack"),
    )


def _chats(bot: Bot, slack: SlackChat | None) -> list[Part]:
    """The chat clients, each under its own supervision."""
    secrets = bot.settings.secrets
    clients: dict[str, Part] = {}
    if slack and secrets.slack_app_token:
        clients["slack"] = slack.run
    if secrets.discord_token:
        chat = DiscordChat(
            secrets.discord_token.get_secret_value(), bot.catalog, report=bot.parts.reporter("discord")
        )
        clients["discord"] = chat.run
    return [partial(supervise, name, run, bot.parts) for name, run in clients.items()]


def _require_chats(bot: Bot, slack: SlackChat | None, parts: list[Part], *, alone: bool) -> None:
    """A chat process without a token has nothing to do; beside other work, commands that are off are said."""
    if alone and not parts:
        raise ConfigError(
            "role chat has nothing to connect to: set SLACK_BOT_TOKEN with SLACK_APP_TOKEN, or DISCORD_TOKEN "
            "(Slack over HTTP is served by role web)"
        )
    if bot.settings.secrets.slack_bot_token and slack is None:
        log.warning("slack_commands_off", cure="set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")


@asynccontextmanager
async def _board(bot: Bot, slack: SlackChat | None, *, required: bool) -> AsyncIterator[None]:
    """The web page. Where it is not all that this process does, a port that is taken is said and the bot goes on."""
    web, secrets = bot.settings.web, bot.settings.secrets
    host, port = _address(bot.settings)
    over_http = slack.handle_http if slack and secrets.slack_signing_secret else None
    app = build_board(
        database=bot.database,
        parts=bot.parts,
        metrics=bot.metrics,
        clock=bot.clock,
        token=secrets.tradewire_board_token,
        local_only=_is_loopback(host),
        slack_events=over_http,
    )
    try:
        runner = await serve(app, host, port)
    except BoardAddressError as error:
        if required:
            raise
        bot.parts.set("board", ok=False, detail=str(error))
        log.warning("board_off", why=str(error))
        yield
        return
    bound = runner.addresses[0]
    bot.parts.set("board", ok=True, detail=web.public_url or f"http://{bound[0]}:{bound[1]}")
    log.info("board", url=web.public_url or f"http://{bound[0]}:{bound[1]}")
    try:
        yield
    finally:
        await runner.cleanup()


def _address(settings: Settings) -> tuple[str, int]:
    """Where the board listens; a platform that sets PORT expects it on every interface."""
    if settings.secrets.port is not None:
        return "0.0.0.0", settings.secrets.port  # noqa: S104 - asked for by PORT; the board then wants its token
    return settings.web.host, settings.web.port


def _local_url(settings: Settings) -> str | None:
    host, port = _address(settings)
    return f"http://{host}:{port}" if _is_loopback(host) and port else None


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
