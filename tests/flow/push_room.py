"""A bot whose feed has a hub: the feed, the hub and the bot's own web process on loopback."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import quoteattr

import sqlalchemy as sa
from pydantic import SecretStr

from bot.assembly import Bot
from bot.board.app import build_board, serve
from bot.model import SourceId
from bot.store import hubs
from bot.store.hubs import HubStanding
from bot.store.schema import sources
from tests.fakes.hub import FakeHub, Said, Subscriber
from tests.fakes.web import rss
from tests.flow.desk import SLACK_CHANNEL, Desk

TOKEN = "a long board token"
WIRE = SourceId("wire")


@dataclass
class PushRoom:
    """`port` is where the bot's web process listens."""

    desk: Desk
    hub: FakeHub
    port: int

    def configure(self, **web: str) -> None:
        """`web` are settings of [web], as TOML; public_url is set unless it is given."""
        settings = {"public_url": f'"http://127.0.0.1:{self.port}"'} | web
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items() if value)
        self.desk.configure(main=f"[web]\n{lines}")

    @property
    def topic(self) -> str:
        return self.desk.web.url("/feed")

    def document(self, *items: str, hub: str | None = None, topic: str = "") -> str:
        """With a hub, this room's unless another is named, empty: without one."""
        named = self.hub.url if hub is None else hub
        links = f'<atom:link rel="hub" href={quoteattr(named)}/>' if named else ""
        links += f'<atom:link rel="self" href={quoteattr(topic or self.topic)}/>'
        head = '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        return rss(*items).replace('<rss version="2.0"><channel>', head + links)

    def show(self, *items: str, **links: str) -> None:
        """In the feed from now on."""
        self.desk.web.serve("/feed", self.document(*items, **links))

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Bot]:
        """A process with the web page, which asks for a token; its workers run when a test says so."""
        async with self.desk.bot() as bot:
            board = build_board(
                database=bot.database,
                parts=bot.parts,
                metrics=bot.metrics,
                clock=bot.clock,
                token=SecretStr(TOKEN),
                local_only=False,
                wake=bot.service.readers.wake,
            )
            runner = await serve(board, "127.0.0.1", self.port)
            try:
                yield bot
            finally:
                await runner.cleanup()

    @property
    def subscriber(self) -> Subscriber:
        """The one that the hub knows."""
        (only,) = self.hub.subscribers.values()
        return only

    async def publish(self, *items: str) -> Said:
        (said,) = await self.hub.publish(self.topic, self.document(*items))
        return said

    @property
    def polls(self) -> int:
        return sum(asked.path == "/feed" for asked in self.desk.web.requests)

    @property
    def alerts(self) -> int:
        return len(self.desk.slack.messages(SLACK_CHANNEL))


@asynccontextmanager
async def push_room(desk: Desk) -> AsyncIterator[PushRoom]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with FakeHub() as hub:
        room = PushRoom(desk, hub, port)
        room.configure()
        room.show()
        yield room


async def work(bot: Bot) -> None:
    """All that is due: polls, hubs, what was delivered, what is to be sent."""
    service = bot.service
    for worker in (service.readers, service.pollers, service.subscriber, service.readers, service.pollers):
        await worker.run_due()
    await service.senders.run_due()


async def standing(bot: Bot) -> HubStanding | None:
    return (await bot.database.read(hubs.standings, now=bot.clock.now())).get(WIRE)


async def due(bot: Bot) -> datetime:
    """When the feed is to be polled."""
    at: datetime = await bot.database.read(
        lambda connection: connection.execute(sa.select(sources.c.due_at).where(sources.c.id == WIRE)).scalar_one()
    )
    return at


async def subscribe(room: PushRoom, bot: Bot) -> None:
    await work(bot)
    await room.hub.until(lambda: room.hub.subscribed)
