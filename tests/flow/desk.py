"""A whole bot on its own database, with a feed server and both chat services beside it."""

from __future__ import annotations

import asyncio
import io
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from bot.assembly import Bot, assembled
from bot.deliver.card import Card
from bot.deliver.console import ConsoleChannel
from bot.deliver.discord.session import use_endpoints
from bot.model import Delivery, Receipt
from bot.settings import Settings, load
from bot.store.audit import Finding, Scope, walk
from bot.store.engine import Database
from tests.fakes.clock import FakeClock
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.discord_service import FakeDiscord
from tests.fakes.slack_service import SlackService
from tests.fakes.web import FakeWeb, item, rss

SLACK_CHANNEL = "C0123"

TRADE = item(
    "Brazil and Japan agree to cut tariffs on farm goods to 5%",
    guid="trade-1",
    link="https://wire.example/tariffs",
    description="The two governments signed a trade agreement in Tokyo, trade ministers said.",
)
MARKET = item(
    "Nikkei plunges 6% as central bank raises interest rates by surprise",
    guid="market-1",
    link="https://wire.example/nikkei",
    description="Stocks fell sharply after the Bank of Japan raised its policy rate to 1%.",
)
NEITHER = item(
    "Ten tomato recipes for a late summer",
    guid="kitchen-1",
    link="https://wire.example/tomatoes",
    description="They keep well in the fridge.",
)
THREE = rss(TRADE, MARKET, NEITHER)

ROUTES = f"""
[[route]]
name = "desk"
to = ["slack:{SLACK_CHANNEL}", "discord:{GUILD_CHANNEL_ID}", "console"]
when = "topic:trade OR topic:market"
"""


@dataclass
class Desk:
    """What stands around the bot, and the means to start it again on the same database."""

    web: FakeWeb
    slack: SlackService
    discord: FakeDiscord
    folder: Path
    clock: FakeClock
    database_url: str
    monkeypatch: pytest.MonkeyPatch
    console: io.StringIO = field(default_factory=io.StringIO)
    sent: list[tuple[str, str]] = field(default_factory=list)  # destination, title
    _loaded: tuple[object, Settings] | None = None

    def configure(self, *, sources: str = "", routes: str = ROUTES, main: str = "") -> None:
        sources = sources or f'[[source]]\nid = "wire"\nname = "Example Wire"\nurl = "{self.web.url("/feed")}"\n'
        pages = "" if "full_text" in main else "full_text = false\n"  # what feeds here link to is nowhere
        intake = f'[intake]\nallow_networks = ["127.0.0.0/8"]\n{pages}'
        (self.folder / "tradewire.toml").write_text(intake + main)
        (self.folder / "sources.toml").write_text(sources)
        (self.folder / "routes.toml").write_text(routes)

    def settings(self) -> Settings:
        for name, value in {
            "TRADEWIRE_DATABASE_URL": self.database_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway.url,
        }.items():
            self.monkeypatch.setenv(name, value)
        stated = (dict(os.environ), [path.read_text() for path in sorted(self.folder.glob("*.toml"))])
        if self._loaded is None or self._loaded[0] != stated:  # most polls start it with the same ones
            self._loaded = stated, load(self.folder)
        return self._loaded[1]

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Bot]:
        def note(delivery: Delivery, card: Card, receipt: Receipt) -> None:
            self.sent.append((str(delivery.destination), card.title))

        console = ConsoleChannel(self.console, self.clock)
        async with assembled(self.settings(), console=console, on_sent=note, clock=self.clock) as bot:
            await bot.service.prepare()
            yield bot

    async def once(self) -> None:
        """One run of the program from start to end."""
        async with self.bot() as bot:
            assert await bot.service.once() == []

    @property
    def slack_titles(self) -> list[str]:
        return [json.dumps(message.blocks, ensure_ascii=False) for message in self.slack.messages(SLACK_CHANNEL)]

    @property
    def discord_titles(self) -> list[str]:
        return [message["embeds"][0]["title"] for message in self.discord.messages[GUILD_CHANNEL_ID]]

    def wrong_in_the_books(self) -> list[Finding]:
        """What an audit of everything finds, but for what was given up with its reason."""
        now = self.clock.now() + timedelta(minutes=2)
        scope = Scope(since=now - timedelta(days=366), now=now)
        database = Database(self.database_url)
        try:
            found = database.read_now(lambda connection: list(walk(connection, scope)))
        finally:
            database.close()
        return [finding for finding in found if not finding.kind.is_explained]

    def assert_payloads_are_valid(self) -> None:
        self.slack.assert_clean()
        assert self.discord.violations == []


@asynccontextmanager
async def serving(bot: Bot) -> AsyncIterator[None]:
    """The bot at its work, until this ends."""
    task = asyncio.create_task(bot.service.serve())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def open_desk(
    folder: Path, clock: FakeClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(FakeWeb())
        slack = await stack.enter_async_context(SlackService(clock=lambda: clock.now().timestamp()))
        discord = await stack.enter_async_context(FakeDiscord())
        stack.callback(use_endpoints)
        slack.add_channel(SLACK_CHANNEL)
        desk = Desk(
            web=web,
            slack=slack,
            discord=discord,
            folder=folder,
            clock=clock,
            database_url=database_url,
            monkeypatch=monkeypatch,
        )
        desk.configure()
        web.serve("/feed", THREE)
        yield desk
