"""What machines are answered: alive, ready, and the figures of a scrape; by processes with a board and without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession, encode_basic_auth, web
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.board.app import PROBES, BoardAddressError, serve
from bot.board.probes import build_probes
from bot.intake.fetched import FaultKind
from bot.intake.trouble import Trouble
from bot.model import DeliveryState, Destination, Source, SourceId
from bot.observe.health import Parts
from bot.observe.metrics import Metrics
from bot.store import audience, feeds, outages, outbox
from bot.store.engine import Database
from bot.store.gauges import MOST_FEEDS, MOST_PLACES
from bot.store.schema import deliveries, sources
from tests import samples
from tests.contract.board_site import PERSON, Site, served, store
from tests.fakes.clock import FakeClock
from tests.samples import DISCORD, NOW, SLACK

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with served(database) as each:
        yield each


async def scraped(site: Site) -> dict[str, dict[tuple[str, ...], float]]:
    """By name, the value of each series by the values of its labels."""
    answer = await site.get("/metrics")
    assert answer.status == 200
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(await answer.text()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


# --- ready ----------------------------------------------------------------------------------------------------


async def test_ready_names_the_part_that_is_not_and_keeps_its_details(database: Database, site: Site) -> None:
    site.parts.set("intake", ok=True, detail="fine")
    ready = await site.get("/readyz")
    assert (ready.status, await ready.json()) == (
        200,
        {"ready": True, "not_ready": [], "parts": {"database": True, "intake": True}},
    )
    site.parts.set("slack", ok=False, detail="xoxb-secret was refused")
    ready = await site.get("/readyz")
    assert (ready.status, (await ready.json())["not_ready"]) == (503, ["slack"])
    assert "xoxb" not in await ready.text()


def test_a_part_that_is_expected_is_well_only_while_it_is_heard_of() -> None:
    now = 1000.0
    parts = Parts(monotonic=lambda: now)
    parts.beat("poll")
    assert list(parts) == [], "nobody expects it here"
    parts.expect("poll", within=60)
    assert [(part.ok, part.detail) for part in parts] == [(False, "has not run yet")]
    parts.beat("poll")
    now += 60
    assert [(part.ok, part.detail) for part in parts] == [(True, "ran 60 s ago")]
    now += 1
    assert not parts.ok
    parts.beat("poll")
    assert parts.ok


async def test_a_worker_that_has_not_begun_is_not_ready(site: Site) -> None:
    site.parts.expect("send slack", within=60)
    assert (await site.get("/readyz")).status == 503
    assert "send slack failing" in await (await site.get("/health")).text()
    site.parts.beat("send slack")
    assert (await site.get("/readyz")).status == 200


# --- metrics --------------------------------------------------------------------------------------------------


async def test_the_outbox_is_measured_by_what_is_due_held_and_unknown(database: Database, site: Site) -> None:
    store(database, SLACK, SLACK, PERSON, notice={"decided_at": NOW - MINUTE})
    later = samples.notice(decided_at=NOW - 9 * MINUTE, until=NOW + MINUTE)
    doubt = sa.select(deliveries.c.seq).order_by(deliveries.c.seq).limit(1).scalar_subquery()

    def change(connection: sa.Connection) -> None:
        outbox.enqueue(connection, later, audience.save_decision(connection, later))
        connection.execute(sa.update(deliveries).where(deliveries.c.seq == doubt).values(state=DeliveryState.UNKNOWN))

    database.write_now(change)
    found = await scraped(site)
    waiting = found["tradewire_outbox_waiting"]
    assert waiting == {("slack", "due"): 2, ("slack", "held"): 1, ("slack", "unknown"): 1}
    assert found["tradewire_outbox_oldest_due_seconds"] == {("slack",): 60}
    assert found["tradewire_outbox_channel_waiting"] == {(str(SLACK),): 2}, "people are in the sums alone"
    assert found["tradewire_database_up"] == {(): 1}
    assert found["tradewire_database_size_bytes"][()] > 10_000


async def test_however_many_channels_wait_the_oldest_are_named(database: Database, site: Site) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in range(MOST_PLACES + 5):
            place = Destination.parse(f"slack:C{number:04}")
            notice = samples.notice(destination=place, decided_at=NOW - number * MINUTE)
            outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

    store(database)
    database.write_now(fill)
    found = await scraped(site)
    named = found["tradewire_outbox_channel_oldest_due_seconds"]
    assert len(named) == MOST_PLACES
    assert named[(f"slack:C{MOST_PLACES + 4:04}",)] == (MOST_PLACES + 4) * 60
    assert found["tradewire_outbox_waiting"]["slack", "due"] == MOST_PLACES + 5


async def test_feeds_are_counted_and_the_stalest_are_named(database: Database, site: Site) -> None:
    wanted = [
        Source(id=SourceId(f"feed-{number:03}"), name="", url="https://example.org")
        for number in range(MOST_FEEDS + 7)
    ]
    database.write_now(feeds.sync, wanted, now=NOW - MINUTE)
    late = sa.update(sources).where(sources.c.id == "feed-003")
    rested = sa.update(sources).where(sources.c.id == "feed-005")
    states = [
        (Trouble.RETIRED, FaultKind.GONE, 1, None),
        (Trouble.BLOCKED, FaultKind.BLOCKED, 4, None),
        (Trouble.FROZEN, None, 0, "https://new.example"),
    ]

    def change(connection: sa.Connection) -> None:
        connection.execute(sa.update(sources).values(last_ok_at=NOW, due_at=NOW + MINUTE))
        connection.execute(late.values(last_ok_at=NOW - 90 * MINUTE, last_new_at=NOW - 95 * MINUTE, failures=3))
        connection.execute(late.values(due_at=NOW - 2 * MINUTE))
        connection.execute(rested.values(active=False, due_at=NOW - 99 * MINUTE))
        for number, (trouble, fault_kind, failures, moved_to) in enumerate(states):
            row = sa.update(sources).where(sources.c.id == f"feed-{number + 10:03}")
            values = {"trouble": trouble, "fault_kind": fault_kind, "failures": failures, "moved_to": moved_to}
            connection.execute(row.values(values))

    database.write_now(change)
    found = await scraped(site)
    counts = {"failing": 3, "blocked": 1, "retired": 1, "frozen": 1, "moved": 1, "unread": 0}
    assert found["tradewire_feeds"] == {("active",): MOST_FEEDS + 6, **{(name,): n for name, n in counts.items()}}
    assert found["tradewire_feed_oldest_due_seconds"] == {(): 120}
    read = found["tradewire_feed_last_success_timestamp_seconds"]
    assert len(read) == MOST_FEEDS
    assert min(read, key=lambda name: read[name]) == ("feed-003",)
    assert read[("feed-003",)] == (NOW - 90 * MINUTE).timestamp()
    assert found["tradewire_feed_last_item_timestamp_seconds"] == {("feed-003",): (NOW - 95 * MINUTE).timestamp()}


async def test_a_platform_that_takes_nothing_is_down_and_so_is_a_channel(database: Database, site: Site) -> None:
    store(database, SLACK, DISCORD)
    for place in ("slack", str(DISCORD)):
        database.write_now(outages.close, place, "the token is revoked", now=NOW)
    found = await scraped(site)
    assert found["tradewire_platform_down"] == {("slack",): 1, ("discord",): 0}
    assert found["tradewire_destinations_down"] == {("discord",): 1}


async def test_the_counters_of_the_process_and_its_parts_are_there(site: Site) -> None:
    site.metrics.polls.labels("ok").inc()
    site.parts.set("slack", ok=False, detail="away")
    found = await scraped(site)
    assert found["tradewire_polls_total"] == {("ok",): 1}
    assert found["tradewire_part_up"] == {("slack",): 0}
    assert found["process_resident_memory_bytes"][()] > 0
    assert len(found["tradewire_build_info"]) == 1


# --- a process without a board --------------------------------------------------------------------------------


@asynccontextmanager
async def bare(database: Database, *, token: str | None = None, local_only: bool = True) -> AsyncIterator[str]:
    app = build_probes(
        database=database,
        parts=Parts(),
        metrics=Metrics(),
        clock=FakeClock(NOW),
        token=SecretStr(token) if token else None,
        local_only=local_only,
    )
    runner = await serve(app, "127.0.0.1", 0, PROBES)
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_it_answers_probes_and_nothing_else(database: Database) -> None:
    async with bare(database) as address, ClientSession(address) as session:
        statuses = {
            path: (await session.get(path)).status for path in ("/healthz", "/readyz", "/metrics", "/", "/health")
        }
    assert statuses == {"/healthz": 200, "/readyz": 200, "/metrics": 200, "/": 404, "/health": 404}


async def test_beyond_this_machine_the_figures_ask_for_the_token(database: Database) -> None:
    as_prometheus = {"Authorization": encode_basic_auth("prometheus", "open sesame")}
    async with bare(database, token="open sesame", local_only=False) as address, ClientSession(address) as session:
        assert (await session.get("/readyz")).status == 200
        assert (await session.get("/metrics")).status == 401
        assert (await session.get("/metrics", headers=as_prometheus)).status == 200
    async with bare(database, local_only=False) as address, ClientSession(address) as session:
        assert (await session.get("/metrics")).status == 403


async def test_without_its_database_it_is_alive_and_not_ready() -> None:
    absent = Database("postgresql://nobody:hunter2@127.0.0.1:1/none")
    try:
        async with bare(absent) as address, ClientSession(address) as session:
            assert (await session.get("/healthz")).status == 200
            ready = await session.get("/readyz")
            assert (ready.status, (await ready.json())["not_ready"]) == (503, ["database"])
            figures = await session.get("/metrics")
            assert figures.status == 200
            assert "tradewire_database_up 0.0" in await figures.text()
    finally:
        absent.close()


async def test_a_taken_address_is_named_with_its_cure(database: Database) -> None:
    async with bare(database) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(BoardAddressError, match=rf"port {port}: another program.*set another address as probes"):
            await serve(web.Application(), "127.0.0.1", port, PROBES)
