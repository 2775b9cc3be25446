"""A board that is served on loopback, and its pages as a reader's browser would hold them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientResponse, ClientSession
from aiohttp.typedefs import Handler
from lxml import html
from pydantic import SecretStr

from bot.board.app import build_board, serve
from bot.model import Destination
from bot.observe.health import Parts
from bot.observe.metrics import Metrics
from bot.store import audience, news, outbox
from bot.store.engine import Database
from tests import samples
from tests.fakes.clock import FakeClock
from tests.samples import NOW

PERSON = Destination.parse("slack:@U0SECRET")
KEY = samples.item().key
PAGES = ("/", "/stories", f"/items/{KEY}", "/calendar", "/sources", "/health")

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Site:
    """A served board and what it was built from."""

    def __init__(self, session: ClientSession, address: str, parts: Parts, metrics: Metrics) -> None:
        self._session = session
        self.address = address
        self.parts = parts
        self.metrics = metrics

    async def get(self, path: str, **options: Any) -> ClientResponse:
        return await self.ask("GET", path, **options)

    async def ask(self, method: str, path: str, **options: Any) -> ClientResponse:
        answer = await self._session.request(method, self.address + path, **options)
        await answer.read()
        return answer

    async def page(self, path: str) -> html.HtmlElement:
        answer = await self.get(path)
        assert answer.status == 200, await answer.text()
        return html.fromstring(await answer.text())


@asynccontextmanager
async def served(
    database: Database,
    *,
    token: str | None = None,
    local_only: bool = True,
    slack_events: Handler | None = None,
) -> AsyncIterator[Site]:
    parts, metrics = Parts(), Metrics()
    application = build_board(
        database=database,
        parts=parts,
        metrics=metrics,
        clock=FakeClock(NOW),
        token=None if token is None else SecretStr(token),
        local_only=local_only,
        slack_events=slack_events,
    )
    async with AsyncExitStack() as stack:
        runner = await serve(application, "127.0.0.1", 0)
        stack.push_async_callback(runner.cleanup)
        session = await stack.enter_async_context(ClientSession())
        host, port = runner.addresses[0]
        yield Site(session, f"http://{host}:{port}", parts, metrics)


def store(database: Database, *destinations: Destination, notice: dict[str, Any] | None = None, **item: Any) -> None:
    """One story with one item, told to `destinations`, whose deliveries wait in the outbox."""

    def fill(connection: sa.Connection) -> None:
        stored = samples.item(**item)
        news.add_story(connection, samples.story(title=stored.title))
        news.add_item(connection, stored, samples.story().id, samples.verdict())
        for destination in destinations:
            told = samples.notice(destination=destination, **(notice or {}))
            outbox.enqueue(connection, told, audience.save_decision(connection, told))

    database.write_now(fill)


def found(element: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """The elements at an XPath; `.name` in a step stands for "has this class"."""
    steps = re.sub(r"\.([a-z][a-z-]*)", r"[contains(concat(' ', @class, ' '), ' \1 ')]", path)
    return list(element.xpath(f".//{steps}"))


def text_of(element: html.HtmlElement) -> str:
    return " ".join(" ".join(element.itertext()).split())
