"""What could keep the bot from its work, found before it does: each failure with its cure."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from bot.app import TOKENS
from bot.assembly import classifier_of, intake_of, routes_of
from bot.checks import discord, slack, storage
from bot.checks.found import Check
from bot.checks.skew import Clocks
from bot.clock import Clock, SystemClock
from bot.commands.writing import endpoint_of
from bot.counts import how_many
from bot.deliver.discord.session import use_endpoints
from bot.intake.faults import without_secrets
from bot.intake.fetched import FetchState
from bot.model import Destination
from bot.settings import ConfigError, Settings, require_temporary_folder
from bot.sources.checkup import CONTACT_CURE, wants_contact
from bot.sources.doubts import doubts
from bot.sources.sourcing import all_sources
from bot.store.hubs import PATH
from bot.summary.endpoint import Endpoint, EndpointFailed

__all__ = ["Check", "offline", "over_the_network"]


def offline(settings: Settings) -> Iterator[Check]:
    """Everything that needs no network but the database's own. The configuration files were read by then."""
    active = [source for source in settings.sources if source.enabled]
    yield Check(
        bool(active), "sources", f"{len(active)} enabled" if active else "none is enabled; add one to sources.toml"
    )
    for source in active:
        if source.path and not Path(source.path).is_dir():
            yield Check(False, f"source {source.id}", f"{source.path}: no such folder; make it or correct its path")
        if wants_contact(source) and not settings.intake.user_agent_contact:
            yield Check(False, f"source {source.id}", CONTACT_CURE)
    yield _word_list(settings)
    yield from _routes(settings)
    yield from _tokens(settings)
    yield storage.database(settings.database_url.get_secret_value())
    yield _push(settings)
    yield _temporary_folder()


async def over_the_network(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Check]:
    """Every feed, every token, every scope, every destination and the clock, asked for real."""
    clock = clock or SystemClock()
    clocks = Clocks()
    async for check in _platforms(settings, clock, clocks):
        yield check
    if check_of_clock := clocks.check():
        yield check_of_clock
    async with intake_of(settings) as intake:
        for source in settings.sources:
            if source.enabled and source.url:
                fetched = await intake.fetch(source, FetchState(), clock.now())
                entries = how_many(len(fetched.entries), "entry", "entries")
                if moved_to := fetched.state.moved_to:
                    entries += f"; moved to {without_secrets(moved_to)}: change the url"
                detail = fetched.fault.message if fetched.fault else entries
                yield Check(fetched.fault is None, f"source {source.id}", detail)
    if endpoint := endpoint_of(settings):
        yield await _endpoint(endpoint)


async def _platforms(settings: Settings, clock: Clock, clocks: Clocks) -> AsyncIterator[Check]:
    secrets = settings.secrets
    if secrets.slack_app_token:
        yield await slack.socket(secrets.slack_app_token.get_secret_value(), secrets.slack_api_url)
    if secrets.slack_bot_token:
        on_slack = slack.SlackCheck(
            bot_token=secrets.slack_bot_token.get_secret_value(),
            api_url=secrets.slack_api_url,
            destinations=_named(settings, "slack"),
            clock=clock,
            clocks=clocks,
        )
        async for check in on_slack.run():
            yield check
    if secrets.discord_token:
        use_endpoints(secrets.discord_api_url, secrets.discord_gateway_url)
        on_discord = discord.DiscordCheck(
            token=secrets.discord_token.get_secret_value(),
            destinations=_named(settings, "discord"),
            clock=clock,
            clocks=clocks,
        )
        async for check in on_discord.run():
            yield check


def _temporary_folder() -> Check:
    try:
        require_temporary_folder()
    except ConfigError as error:
        return Check(False, "temporary folder", str(error))
    return Check(True, "temporary folder", tempfile.gettempdir())


def _word_list(settings: Settings) -> Check:
    try:
        classifier_of(settings.lexicon_path)
    except ConfigError as error:
        return Check(False, "word list", str(error))
    return Check(True, "word list", str(settings.lexicon_path))


def _routes(settings: Settings) -> Iterator[Check]:
    try:
        routes = routes_of(settings)
    except ConfigError as error:
        yield Check(False, "routes", str(error))
        return
    if not routes:
        yield Check(False, "routes", "none; without one nobody is told anything: add one to routes.toml")
        return
    yield Check(True, "routes", f"{len(routes)} to {', '.join(map(str, _routed(settings)))}")
    from_chat = storage.added_sources(settings.database_url.get_secret_value())
    for what, doubt in doubts(all_sources(settings.sources, from_chat), routes):
        yield Check(False, what, doubt)


def _tokens(settings: Settings) -> Iterator[Check]:
    secrets = settings.secrets
    there = {"slack": secrets.slack_bot_token, "discord": secrets.discord_token}
    for platform in dict.fromkeys(destination.platform for destination in _routed(settings)):
        if platform in there:
            ok = there[platform] is not None
            yield Check(ok, TOKENS[platform], "set" if ok else f"not set, but a route sends to {platform}")
    if secrets.slack_bot_token and not (secrets.slack_app_token or secrets.slack_signing_secret):
        yield Check(False, "slack commands", "off: set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")


def _push(settings: Settings) -> Check:
    """Whether hubs of feeds can deliver. Without them every feed is polled, so it is no fault."""
    web = settings.web
    if web.hubs_reach:
        said = f"hubs of feeds deliver to {without_secrets(web.hubs_reach)}{PATH}…"
    elif not web.push:
        said = "off, by push under [web]: hubs of feeds are not asked"
    elif web.public_url is None:
        said = "off: for hubs of feeds to deliver, set public_url under [web] to an https address they can reach"
    else:
        said = "off: for hubs of feeds to deliver, public_url under [web] must be an https address"
    return Check(True, "push", said)


async def _endpoint(endpoint: Endpoint) -> Check:
    try:
        await endpoint.complete([{"role": "user", "content": "Answer with the word: ready"}], most=16)
    except EndpointFailed as error:
        cure = "see url and model in [summary] of tradewire.toml, and TRADEWIRE_SUMMARY_KEY"
        return Check(False, "written summaries", f"{error}; {cure}")
    return Check(True, "written summaries", f"{endpoint.model} answers")


def _routed(settings: Settings) -> list[Destination]:
    """Where routes send to."""
    return list(dict.fromkeys(destination for entry in settings.routes for destination in entry.to))


def _named(settings: Settings, platform: str) -> list[Destination]:
    """Where routes send to on a platform, and where its operators are told."""
    named = dict.fromkeys([*_routed(settings), *settings.operations.tell])
    return [destination for destination in named if destination.platform == platform]
