"""What could keep the bot from its work, found before it does: each failure with its cure."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.app import TOKENS
from bot.assembly import channels_of, classifier_of, intake_of, routes_of
from bot.clock import SystemClock
from bot.commands.on_slack.socket import try_socket
from bot.commands.writing import endpoint_of
from bot.deliver.console import ConsoleChannel
from bot.deliver.ports import Channel, SendError
from bot.model import Destination, FetchState
from bot.settings import ConfigError, Settings
from bot.store.engine import Database, DatabaseError
from bot.summary.endpoint import Endpoint, EndpointFailed


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    ok: bool
    what: str
    detail: str

    @property
    def line(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'} {self.what}: {self.detail}"


def offline(settings: Settings) -> Iterator[Check]:
    """Everything that needs no network but the database's own. The configuration files were read by then."""
    active = [source for source in settings.sources if source.enabled]
    yield Check(
        bool(active), "sources", f"{len(active)} enabled" if active else "none is enabled; add one to sources.toml"
    )
    for source in active:
        if source.path and not Path(source.path).is_dir():
            yield Check(False, f"source {source.id}", f"{source.path}: no such folder; make it or correct its path")
    yield _word_list(settings)
    yield _routes(settings)
    yield from _tokens(settings)
    yield _database(settings)


async def over_the_network(settings: Settings) -> AsyncIterator[Check]:
    """Every feed, every token and every destination, asked for real."""
    clock = SystemClock()
    if settings.secrets.slack_app_token:
        yield await _socket(settings.secrets.slack_app_token.get_secret_value(), settings.secrets.slack_api_url)
    async with channels_of(settings, ConsoleChannel(sys.stdout, clock), clock) as channels:
        for destination in _destinations(settings):
            channel = channels.get(destination.platform)
            if channel is not None:
                yield await _destination(channel, destination)
    async with intake_of(settings) as intake:
        for source in settings.sources:
            if source.enabled and source.url:
                fetched = await intake.fetch(source, FetchState(), clock.now())
                detail = fetched.fault.message if fetched.fault else f"{len(fetched.entries)} entries"
                yield Check(fetched.fault is None, f"source {source.id}", detail)
    if endpoint := endpoint_of(settings):
        yield await _endpoint(endpoint)


def _word_list(settings: Settings) -> Check:
    try:
        classifier_of(settings.lexicon_path)
    except ConfigError as error:
        return Check(False, "word list", str(error))
    return Check(True, "word list", str(settings.lexicon_path))


def _routes(settings: Settings) -> Check:
    try:
        routes = routes_of(settings)
    except ConfigError as error:
        return Check(False, "routes", str(error))
    if not routes:
        return Check(False, "routes", "none; without one nobody is told anything: add one to routes.toml")
    return Check(True, "routes", f"{len(routes)} to {', '.join(map(str, _destinations(settings)))}")


def _tokens(settings: Settings) -> Iterator[Check]:
    secrets = settings.secrets
    there = {"slack": secrets.slack_bot_token, "discord": secrets.discord_token}
    for platform in dict.fromkeys(destination.platform for destination in _destinations(settings)):
        if platform in there:
            ok = there[platform] is not None
            yield Check(ok, TOKENS[platform], "set" if ok else f"not set, but a route sends to {platform}")
    if secrets.slack_bot_token and not (secrets.slack_app_token or secrets.slack_signing_secret):
        yield Check(False, "slack commands", "off: set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)")


def _database(settings: Settings) -> Check:
    try:
        database = Database(settings.database_url.get_secret_value())
        database.check()
    except DatabaseError as error:
        return Check(False, "database", str(error))
    database.close()
    return Check(True, "database", database.name)


async def _socket(app_token: str, api_url: str) -> Check:
    problem = await try_socket(app_token, api_url)
    return Check(problem is None, "SLACK_APP_TOKEN", problem or "Slack gives a socket for commands")


async def _destination(channel: Channel, destination: Destination) -> Check:
    try:
        return Check(True, str(destination), await channel.check(destination))
    except SendError as error:
        return Check(False, str(destination), str(error))


async def _endpoint(endpoint: Endpoint) -> Check:
    try:
        await endpoint.complete([{"role": "user", "content": "Answer with the word: ready"}], most=16)
    except EndpointFailed as error:
        cure = "see url and model in [summary] of tradewire.toml, and TRADEWIRE_SUMMARY_KEY"
        return Check(False, "written summaries", f"{error}; {cure}")
    return Check(True, "written summaries", f"{endpoint.model} answers")


def _destinations(settings: Settings) -> list[Destination]:
    return list(dict.fromkeys(destination for entry in settings.routes for destination in entry.to))
