"""A body that came before is known by its bytes as they came, else by what they unpack to."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
import pytest_asyncio

from bot.intake.addresses import AddressGuard
from bot.intake.fetch import Intake
from bot.intake.fetched import FaultKind, Fetched, FetchState
from bot.intake.http import GuardedClient
from bot.intake.workers import WorkerPool
from bot.model import Source, SourceId
from tests.fakes.web import FakeWeb, item, rss

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
FEED = rss(item("Ministers suspend steel duties", guid="a-1")).encode()
OTHER = rss(item("Central bank holds rates", guid="a-2")).encode()
MOST = 2**16


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def intake() -> AsyncIterator[Intake]:
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with GuardedClient(guard=guard, deadline=5.0, max_body=MOST) as client, WorkerPool(limit=5.0) as pool:
        yield Intake(client=client, pool=pool, root=Path())


@pytest_asyncio.fixture(loop_scope="module")
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as server:
        yield server


def serve(web: FakeWeb, packed: bytes) -> None:
    web.serve("/feed", packed, headers={"Content-Encoding": "gzip"})


async def poll(intake: Intake, web: FakeWeb, state: FetchState | None = None) -> Fetched:
    source = Source(id=SourceId("test"), name="Test", url=web.url("/feed"))
    return await intake.fetch(source, state or FetchState(), NOW)


async def test_the_same_packed_bytes_are_not_unpacked(
    intake: Intake, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(web, gzip.compress(FEED))
    first = await poll(intake, web)
    with monkeypatch.context() as patch:
        patch.setattr("bot.intake.http.unpack", _never)
        second = await poll(intake, web, first.state)
    assert second == Fetched(state=first.state)


def _never(*_: object) -> None:
    raise AssertionError("it was unpacked")


async def test_the_same_document_packed_otherwise_is_known(intake: Intake, web: FakeWeb) -> None:
    serve(web, gzip.compress(FEED, mtime=1))
    first = await poll(intake, web)
    serve(web, gzip.compress(FEED, mtime=2))
    second = await poll(intake, web, first.state)
    assert second.entries == ()
    assert second.state.memory == first.state.memory
    web.serve("/feed", FEED)
    assert (await poll(intake, web, second.state)).entries == (), "nor packed at all"


async def test_another_document_is_read(intake: Intake, web: FakeWeb) -> None:
    serve(web, gzip.compress(FEED))
    first = await poll(intake, web)
    serve(web, gzip.compress(OTHER))
    second = await poll(intake, web, first.state)
    assert [entry.title for entry in second.entries] == ["Central bank holds rates"]
    assert second.state.body_hash != first.state.body_hash


async def test_a_hash_of_the_unpacked_body_alone_still_counts(intake: Intake, web: FakeWeb) -> None:
    """As it was stored before packed ones were."""
    serve(web, gzip.compress(FEED))
    first = await poll(intake, web)
    _, _, unpacked = (first.state.body_hash or "").partition(" ")
    assert (await poll(intake, web, FetchState(body_hash=unpacked))).entries == ()


@pytest.mark.parametrize("packed", [gzip.compress(b"\0" * 20 * MOST), gzip.compress(FEED)[:-9], b"\0" * 2 * MOST])
async def test_a_bomb_or_broken_body_after_a_known_one_is_a_fault(
    intake: Intake, web: FakeWeb, packed: bytes
) -> None:
    serve(web, gzip.compress(FEED))
    first = await poll(intake, web)
    serve(web, packed)
    second = await poll(intake, web, first.state)
    assert second.fault is not None
    assert second.fault.kind in (FaultKind.TOO_LARGE, FaultKind.UNREADABLE)
    assert second.state.body_hash == first.state.body_hash
