"""What is stored about a person is shown to them, and gone when they say so; what is others' or a channel's stays."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.deliver.card import plain
from bot.model import Destination, Reason, Receipt, Tier
from bot.routing.mutes import Mute, MuteKind
from bot.store import audience, mutes, news, outbox, people, subscriptions, unreachable
from bot.store.engine import Database
from bot.store.messages import Queued
from bot.store.people import NAMING
from bot.store.schema import UtcTime, items, metadata
from tests import samples
from tests.contract.story_room import ALONE, ANN, BOB, MANAGER, Room, enter, labels, room_of
from tests.fakes.clock import FakeClock
from tests.samples import NOW, SLACK

PERSONAL = {"destination", "person", "owner", "author"}


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


def value_of(column: sa.Column[Any], number: int) -> object:
    """Something that fits the column; texts differ from row to row."""
    match column.type:
        case UtcTime():
            return NOW
        case sa.Date():
            return NOW.date()
        case sa.Boolean():
            return True
        case sa.Integer() | sa.Float():
            return 1
        case sa.JSON():
            return []
        case _:
            return "console" if column.name in PERSONAL | {"made_in"} else f"{column.name} {number}"


def fill(connection: sa.Connection, person: Destination) -> None:
    """A row that names the person by each column that can, and nobody else."""
    columns = [column for table in metadata.sorted_tables for column in NAMING if column.table is table]
    for number, naming in enumerate(columns):
        numbered = naming.table.autoincrement_column
        needed = [column for column in naming.table.c if not column.nullable and column is not numbered]
        row = {column.name: value_of(column, number) for column in needed}
        connection.execute(sa.insert(naming.table).values({**row, naming.name: str(person)}))


def everything(database: Database) -> str:
    """Every value of every table."""

    def dump(connection: sa.Connection) -> str:
        return "\n".join(
            repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(sa.select(table))
        )

    return database.read_now(dump)


def test_every_column_that_can_name_a_person_is_known() -> None:
    found = {column for table in metadata.sorted_tables for column in table.c if column.name in PERSONAL}
    assert found - set(NAMING) == {items.c.author}, "who wrote an article"


def test_whatever_names_a_person_is_shown_and_then_gone(database: Database) -> None:
    database.write_now(fill, ANN)
    stored = database.read_now(people.about, ANN)
    assert set(stored.rows) == {column.table.name for column in NAMING}
    assert json.loads(json.dumps(stored.rows))
    assert all(str(ANN) in json.dumps(row) for rows in stored.rows.values() for row in rows)
    database.write_now(people.forget, ANN, name="Ann")
    assert str(ANN) not in everything(database)
    assert database.read_now(people.about, ANN).rows == {}


def test_others_keep_what_is_theirs(database: Database) -> None:
    database.write_now(fill, BOB)
    before = everything(database)
    database.write_now(people.forget, ANN, name="Ann")
    assert everything(database) == before


def test_the_name_is_taken_out_of_what_a_channel_keeps(database: Database) -> None:
    def store(connection: sa.Connection) -> None:
        mute = Mute(
            place=SLACK, kind=MuteKind.TOPIC, value="trade", author=ANN, author_name="Ann_Lee", made_at=NOW,
            expires_at=NOW,
        )  # fmt: skip
        mutes.save(connection, mute)
        subscriptions.add(
            connection, place=SLACK, owner=ANN, owner_name="Ann_Lee", query="tin", tier=Tier.FLASH, made_in=SLACK,
            now=NOW,
        )  # fmt: skip
        for detail in (mute.detail, "muted by AnnXLee until then"):
            audience.save_decision(connection, samples.notice(reason=Reason.MUTED, detail=detail))

    database.write_now(store)
    database.write_now(people.forget, ANN, name="")
    kept = everything(database)
    assert "Ann_Lee" not in kept
    assert "muted by someone until 2025-05-07 08:00 UTC (topic “trade”)" in kept
    assert "muted by AnnXLee until then" in kept, "somebody else of nearly that name"
    (mute,) = database.read_now(lambda connection: connection.execute(sa.select(metadata.tables["mutes"])).all())
    assert (mute.value, mute.author_name) == ("trade", "someone")
    (kept_subscription,) = database.read_now(subscriptions.at, SLACK)
    assert (kept_subscription.query, kept_subscription.by) == ("tin", "someone")


def test_an_export_has_the_newest_and_counts_the_rest(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST_ROWS", 3)

    def store(connection: sa.Connection) -> None:
        for version in range(5):
            audience.save_decision(connection, samples.notice(destination=ANN, version=version))

    database.write_now(store)
    stored = database.read_now(people.about, ANN)
    assert [row["version"] for row in stored.rows["decisions"]] == [4, 3, 2]
    assert (stored.left_out, stored.counts) == ({"decisions": 2}, {"decisions": 5})


# --- by command -----------------------------------------------------------------------------------------------


async def used(room: Room) -> None:
    for text in ("subscribe steel", "follow", "mute topic trade", "irrelevant"):
        await room.ask(text)
    await room.ask("mute topic market", ALONE)


async def test_what_is_stored_is_shown_before_it_is_deleted(room: Room) -> None:
    await used(room)
    reply = await room.reply("forget me")
    assert reply.title == "This is stored about you. Delete all of it?"
    shown = plain(reply.lines).splitlines()
    for line in ("subscriptions: 1", "stories you follow: 1", "mutes you made: 2", "alerts you marked: 1"):
        assert line in shown
    assert reply.file is not None
    document = json.loads(reply.file.content)
    assert (document["person"], document["exported_at"]) == (str(ANN), NOW.isoformat())
    assert [row["query"] for row in document["subscriptions"]] == ["steel"]
    assert str(BOB) not in reply.file.content.decode()
    assert str(ANN) in everything(room.database), "nothing is deleted yet"

    restarted = enter(room.database, room.clock)
    assert (await restarted.press(reply, "Delete all of it")).title == "All that was stored about you is deleted."
    assert str(ANN) not in everything(room.database)
    assert [mute.by for mute in room.muted()] == ["someone"]
    again = await room.press(reply, "Delete all of it")
    assert again.title == "All that was stored about you is deleted."
    assert (await room.reply("forget me")).title == "Nothing is stored about you."


async def test_an_export_deletes_nothing_and_leads_to_forgetting(room: Room) -> None:
    await used(room)
    reply = await room.reply("forget export")
    assert reply.file is not None
    assert labels(reply) == ["Forget me"]
    assert (await room.press(reply, "Forget me")).title == "This is stored about you. Delete all of it?"
    assert str(ANN) in everything(room.database)


async def test_yes_deletes_at_once(room: Room) -> None:
    await used(room)
    assert "is deleted" in await room.ask("forget me yes")
    assert str(ANN) not in everything(room.database)


async def test_whom_a_route_names_is_told_that_it_still_does(room: Room) -> None:
    routed = enter(room.database, room.clock, to=(SLACK, ANN))
    assert "A route in routes.toml names your direct messages" in await routed.ask("forget me yes")


@pytest.mark.parametrize("text", ["forget", "forget everything", "forget me no"])
async def test_anything_else_deletes_nothing(room: Room, text: str) -> None:
    await used(room)
    shown = await room.ask(text)
    assert "/wire forget <what> [sure]" in shown
    assert str(ANN) in everything(room.database)


async def test_a_note_that_names_the_person_goes_with_them(room: Room) -> None:
    await room.ask("subscribe steel")
    (made,) = room.database.read_now(subscriptions.at, ANN)

    def note(connection: sa.Connection) -> None:
        unreachable.note(connection, ANN, [made], key="1", now=NOW)

    room.database.write_now(note)
    assert "Ann: your direct messages" in everything(room.database)
    await room.ask("forget me yes")
    assert "Ann" not in everything(room.database)


async def test_what_is_decided_at_the_moment_of_forgetting_is_forgotten_too(database: Database) -> None:
    """A decision that began before is waited for, or nothing of it would be seen, and it would be told."""
    decided, forgot = threading.Event(), threading.Event()

    def decide(connection: sa.Connection) -> bool:
        news.group_alone(connection)
        notice = samples.notice(destination=ANN)
        outbox.enqueue(connection, notice, audience.save_decision(connection, notice))
        decided.set()
        return forgot.wait(0.2)

    def forget() -> None:
        decided.wait(5)
        database.write_now(people.forget, ANN, name="Ann")
        forgot.set()

    with ThreadPoolExecutor(2) as pool:
        deciding, forgetting = pool.submit(database.write_now, decide), pool.submit(forget)
        deciding.result()
        forgetting.result()
    assert str(ANN) not in everything(database)


async def test_a_long_name_is_taken_out_as_it_was_stored_though_the_mute_is_over(room: Room) -> None:
    named = replace(MANAGER, name="Ann " * 30)
    await room.ask("mute topic trade", named)
    (mute,) = room.muted()

    def decide(connection: sa.Connection) -> None:
        audience.save_decision(connection, samples.notice(reason=Reason.MUTED, detail=mute.detail))
        mutes.lift(connection, SLACK, MuteKind.TOPIC, "trade")

    room.database.write_now(decide)
    await room.ask("forget me yes", named)
    assert "Ann" not in everything(room.database)


def test_what_is_being_sent_at_the_moment_of_forgetting_leaves_nothing_behind(database: Database) -> None:
    lease: dict[str, Any] = {"owner": "me", "now": NOW, "lease": timedelta(minutes=2)}

    def begin(connection: sa.Connection) -> Queued | None:
        notice = samples.notice(destination=ANN)
        outbox.enqueue(connection, notice, audience.save_decision(connection, notice))
        outbox.claim_due(connection, ["slack"], limit=1, **lease)
        return outbox.begin_next(connection, ANN, **lease)

    sending = database.write_now(begin)
    assert sending is not None
    database.write_now(people.forget, ANN, name="Ann")
    receipt = Receipt(channel="D1", message_id="1.0", sent_at=NOW)
    assert not database.write_now(outbox.record_sent, sending, receipt, owner="me", now=NOW)
    database.write_now(outbox.give_back, ANN, owner="me")
    assert str(ANN) not in everything(database)
