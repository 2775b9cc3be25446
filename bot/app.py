"""What a process does with the assembled bot: everything, one part of it, or once through."""

from __future__ import annotations

import io
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING

import structlog

from bot import __version__
from bot.assembly import Bot, assembled
from bot.board.app import PROBES, BoardAddressError, build_board, serve
from bot.board.probes import build_probes
from bot.clock import SystemClock
from bot.commands.once import shared
from bot.deliver.console import ConsoleChannel
from bot.heap import keep_what_is_loaded
from bot.observe.sent import print_bulletin, print_notice, unprinted
from bot.operations.lookout import Lookout
from bot.settings import ChatSettings, ConfigError, Settings
from bot.sources.doubts import doubts
from bot.sources.sourcing import all_sources
from bot.stopping import Part, stop_on_signals, unless_stopped, until_stopped
from bot.store import added_sources
from bot.store.outbox import Backlog
from bot.supervise import supervise

if TYPE_CHECKING:
    from bot.commands.on_slack.chat import SlackChat
    from bot.deliver.discord.session import Shards

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


async def run_bot(settings: Settings, role: Role) -> None:
    """Run `role` until SIGINT or SIGTERM."""
    local_url = _local_url(settings) if role.does(Role.WEB) else None
    console = ConsoleChannel(sys.stdout, SystemClock())
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_on_signals())
        bot = await stack.enter_async_context(assembled(settings, console=console, local_url=local_url))
        parts: list[Part] = []
        slack = _slack_chat(bot)
        if role.does(Role.CHAT):
            parts += _chats(bot, slack)
            _require_chats(bot, slack, parts, alone=role is Role.CHAT)
        if role.does(Role.WORKER):
            bot.service.expect_work()  # so that nobody finds the process ready before it works
        if role.does(Role.WEB):
            await stack.enter_async_context(_board(bot, slack, required=role is Role.WEB))
        else:
            await stack.enter_async_context(_probes(bot))
        if role.does(Role.WORKER):
            await bot.service.prepare()
            keep_what_is_loaded()
            _warn_of_missing_tokens(bot)
            await _warn_of_doubts(bot)
            parts.append(bot.service.serve)
        parts.append(bot.metrics.watch_loop)
        log.info(
            "started", version=__version__, role=role, config=str(settings.directory), database=bot.database.name
        )
        await until_stopped(parts, stop)
        log.info("stopped")


async def run_once(settings: Settings, *, as_json: bool) -> list[Backlog]:
    """Poll and deliver what is due; returns the destinations that would not take what waits for them.

    Raises Stopped where SIGINT or SIGTERM came before that was done.
    """
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_on_signals())
        target = io.StringIO() if as_json else sys.stdout  # JSON lines take the place of the panels
        console = ConsoleChannel(target, SystemClock())
        bot = await stack.enter_async_context(
            assembled(
                settings,
                console=console,
                on_sent=print_notice if as_json else None,
                on_bulletin=print_bulletin if as_json else unprinted,
            )
        )
        await bot.service.prepare()
        _warn_of_missing_tokens(bot)
        await _warn_of_doubts(bot)
        return await unless_stopped(bot.service.once(), stop)


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


async def _warn_of_doubts(bot: Bot) -> None:
    """What `check` fails for though the bot can work with it."""
    changes = await bot.database.read(added_sources.changes)
    sources = all_sources(bot.settings.sources, changes.added)
    for what, doubt in doubts(sources, bot.service.pipeline.admission.teller.routes):
        log.warning("doubtful", what=what, why=doubt)


def _slack_chat(bot: Bot) -> SlackChat | None:
    secrets = bot.settings.secrets
    if secrets.slack_bot_token is None or not (secrets.slack_app_token or secrets.slack_signing_secret):
        return None
    from bot.commands.on_slack.chat import SlackChat  # with its libraries: only where it is used

    return SlackChat(
        catalog=bot.catalog,
        bot_token=secrets.slack_bot_token.get_secret_value(),
        app_token=secrets.slack_app_token.get_secret_value() if secrets.slack_app_token else None,
        signing_secret=secrets.slack_signing_secret.get_secret_value() if secrets.slack_signing_secret else None,
        api_url=secrets.slack_api_url,
        report=bot.parts.reporter("slack"),
        take=shared(bot.database, bot.clock),
    )


def _chats(bot: Bot, slack: SlackChat | None) -> list[Part]:
    """The chat clients, each under its own supervision, and who tells the operators that one is down."""
    secrets = bot.settings.secrets
    clients, named = dict[str, Part](), {"slack": "Slack", "discord": "Discord"}
    if slack and secrets.slack_app_token:
        clients["slack"] = slack.run
    if secrets.discord_token:
        from bot.commands.on_discord.chat import DiscordChat

        shards = _shards(bot.settings.chat)
        named["discord"] += f", {shards}" if shards else ""
        chat = DiscordChat(
            secrets.discord_token.get_secret_value(),
            bot.catalog,
            report=bot.parts.reporter("discord"),
            shards=shards,
            take=shared(bot.database, bot.clock),
        )
        clients["discord"] = chat.run
    if not clients:
        return []
    for name in clients:
        bot.parts.set(name, ok=False, detail="not connected yet")
    lookout = Lookout(
        database=bot.database,
        operators=bot.service.reporting.operators,
        clock=bot.clock,
        parts=bot.parts,
        chats={name: named[name] for name in clients},
    )
    return [*(partial(supervise, name, run, bot.parts) for name, run in clients.items()), lookout.run]


def _shards(chat: ChatSettings) -> Shards | None:
    from bot.deliver.discord.session import Shards

    return None if chat.discord_shards is None else Shards(chat.discord_shards, chat.discord_shard_ids)


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
        wake=bot.service.readers.wake,
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
        if over_http and slack:
            await slack.drain()


@asynccontextmanager
async def _probes(bot: Bot) -> AsyncIterator[None]:
    """What machines ask of a process without the board. Where the address is taken, the work goes on."""
    address = bot.settings.probes
    if address is None:
        yield
        return
    app = build_probes(
        database=bot.database,
        parts=bot.parts,
        metrics=bot.metrics,
        clock=bot.clock,
        token=bot.settings.secrets.tradewire_board_token,
        local_only=_is_loopback(address.host),
    )
    try:
        runner = await serve(app, *address, PROBES)
    except BoardAddressError as error:
        log.warning("probes_off", why=str(error))
        yield
        return
    host, port = runner.addresses[0][:2]
    log.info("probes", host=host, port=port)
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
