"""What /wire status shows to whom, on a real database of either kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.intake.fetched import Fault, FaultKind, FetchState
from bot.intake.rhythm import Rhythm
from bot.intake.trouble import Trouble
from bot.model import Destination, Source, SourceId
from bot.observe.health import Parts
from bot.store import audience, feeds, news, outages, outbox
from bot.store.engine import Database
from bot.store.schema import sources
from tests import samples
from tests.contract.reading_room import filled
from tests.contract.story_room import (
    ALONE,
    ANN,
    BOB,
    GUEST,
    HOUR,
    MANAGER,
    Room,
    said,
)
from tests.fakes.clock import FakeClock
from tests.samples import DISCORD, SLACK

ELSEWHERE = Destination.parse("slack:C0SECRET")


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return filled(database, clock)


# --- status -----------------------------------------------------------------------------------------------


def desk_of(room: Room, *managers: Destination) -> Room:
    """The room with two sources of the file, one failing and one frozen, and with things that wait."""
    configured = [
        Source(id=SourceId(name), name=name, url=f"https://{name}.example/rss") for name in ("bad", "old", "new")
    ]
    now = room.clock.now()

    def fill(connection: sa.Connection) -> None:
        feeds.sync(connection, configured, now=now)
        fault = Fault(kind=FaultKind.HTTP_STATUS, message="HTTP 404 from https://bad.example/rss")
        connection.execute(sa.update(sources).values(last_ok_at=now, last_new_at=now, lease_owner="x"))
        feeds.save_fault(connection, SourceId("bad"), fault, FetchState(failures=3), owner="x", now=now)
        old = sa.update(sources).where(sources.c.id == "old")
        rhythm = Rhythm.begun([now - timedelta(days=100 + day) for day in range(10)], now)
        connection.execute(old.values(trouble=Trouble.FROZEN, rhythm=rhythm.dump()))
        for place in (SLACK, ELSEWHERE, ANN, BOB, DISCORD):
            notice = samples.notice(destination=place, decided_at=now - 2 * HOUR)
            outbox.enqueue(connection, notice, audience.save_decision(connection, notice))

    room.database.write_now(fill)
    parts = Parts()
    parts.set("slack", ok=True, detail="connected as Tradewire")
    parts.set("discord", ok=False, detail="SECRET: the token of host-7 was refused")
    feedback = Feedback(database=room.database, clock=room.clock, routes=[], thresholds={})
    desk = Desk(
        database=room.database,
        clock=room.clock,
        parts=parts,
        feedback=feedback,
        managers=frozenset(managers),
        configured=configured,
    )
    made = Room(build_catalog(desk), room.database, room.clock)
    room.clock.advance(timedelta(hours=27, minutes=5))
    return made


async def test_status_tells_all_that_is_not_well(room: Room) -> None:
    reply = await desk_of(room).reply("status")
    assert reply.title == "Not well: 1 source failing, 1 source frozen, 5 waiting to be sent, discord."
    shown = said(reply)
    for part in (
        "Sources: 1 ok, 1 failing, 1 frozen",
        "✗ bad: failing since 2025-05-12 08:00 UTC: HTTP 404 from https://bad.example/rss",
        "❄ old: frozen since 2025-02-01 08:00 UTC: it answers, but brings nothing new; it publishes on most days",
        "Outbox, slack: 4 waiting, the oldest for 1 d 5 h, since 2025-05-12 06:00 UTC",
        "Outbox, discord: 1 waiting",
        "Last alert here: none yet",
        "MiB",
        "running for 1 d 3 h, since 2025-05-12 08:00 UTC",
        "✓ slack: connected as Tradewire",
    ):
        assert part in shown
    assert ("SQLite, " in shown) == room.database.is_sqlite
    assert ("PostgreSQL, " in shown) != room.database.is_sqlite


async def test_who_manages_nothing_sees_neither_other_places_nor_reasons(room: Room) -> None:
    shown = await desk_of(room).ask("status", GUEST)
    assert "slack:C0TRADE: 1 waiting since" in shown
    for hidden in ("C0SECRET", "UANN", "UBOB", "4242", "SECRET", "host-7", str(room.database.name)):
        assert hidden not in shown
    assert "✗ discord: not well; who manages this channel sees why" in shown


async def test_who_manages_the_channel_sees_why_and_its_own_queue(room: Room) -> None:
    shown = await desk_of(room).ask("status", MANAGER)
    assert "host-7" in shown
    for hidden in ("C0SECRET", "UANN", "UBOB", "4242"):
        assert hidden not in shown


async def test_the_owners_managers_see_every_channel_and_no_person(room: Room) -> None:
    shown = await desk_of(room, BOB).ask("status", replace(GUEST, place=SLACK))
    for part in ("slack:C0SECRET: 1 waiting", "discord:4242: 1 waiting", "host-7", str(room.database.name)):
        assert part in shown
    for hidden in ("UANN", "UBOB"):
        assert hidden not in shown


async def test_in_direct_messages_people_see_what_waits_for_themselves(room: Room) -> None:
    shown = await desk_of(room).ask("status", ALONE)
    assert "slack:@UANN: 1 waiting" in shown
    for hidden in ("C0SECRET", "UBOB", "C0TRADE", "host-7"):
        assert hidden not in shown


async def test_status_shows_what_takes_no_messages_and_why_to_those_whose_it_is(room: Room) -> None:
    def close(connection: sa.Connection) -> None:
        now = room.clock.now()
        for place in ("discord", str(SLACK), "slack:C0SECRET", "slack:@UBOB"):
            outages.close(connection, place, f"cure of {place}", now=now)
        outages.close(connection, "slack", "a limit", now=now, wait=timedelta(minutes=2), passing=True)

    desk = desk_of(room)
    room.database.write_now(close)
    reply = await desk.reply("status", GUEST)
    assert reply.title.startswith("Not well: ")
    assert "discord takes no messages, 3 places closed" in reply.title
    shown = said(reply)
    assert "✗ all of discord: closed since 2025-05-13 11:05 UTC, tried again 2025-05-13 11:10 UTC: not well" in shown
    assert "… all of slack: pauses since 2025-05-13 11:05 UTC, tried again 2025-05-13 11:07 UTC: a limit" in shown
    for hidden in ("cure of", "C0SECRET", "UBOB", "written to"):
        assert hidden not in shown
    shown = await desk.ask("status", MANAGER)
    assert "cure of discord" in shown
    assert f"cure of {SLACK}" in shown
    room.clock.advance(timedelta(minutes=3))
    assert "all of slack" not in await desk.ask("status", MANAGER), "the pause is over"
    shown = await desk_of(room, BOB).ask("status", replace(GUEST, place=SLACK))
    assert "cure of slack:C0SECRET" in shown
    assert "1 person cannot be written to." in shown
    assert "UBOB" not in shown


async def test_status_names_the_last_alert_that_reached_this_place(room: Room) -> None:
    desk = desk_of(room)
    now = room.clock.now()

    def send(connection: sa.Connection) -> None:
        connection.execute(
            sa.text("UPDATE deliveries SET state = 'sent', finished_at = :now WHERE destination = 'slack:C0TRADE'"),
            {"now": now.isoformat(sep=" ") if room.database.is_sqlite else now},
        )
        news.add_story(connection, samples.story())

    room.database.write_now(send)
    shown = await desk.ask("status")
    assert f"Last alert here: {samples.TITLE} · {samples.item().key[:8]} · 2025-05-13 11:05 UTC" in shown
    assert "Last alert here: none yet" in await desk.ask("status", replace(MANAGER, place=ELSEWHERE))


async def test_a_desk_where_all_is_well_says_so(room: Room) -> None:
    reply = await room.reply("status")
    assert reply.title == "All is well."
    assert "Outbox: empty" in said(reply)
