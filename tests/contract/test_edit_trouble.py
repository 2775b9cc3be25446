"""Edits that fail, and restarts in the middle of one: the news passes, and the last state is shown in the end."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.deliver.drain import CLOSED_RETRY, EDIT_RETRY
from bot.model import Reason, Tier
from bot.store import audience, edits, leases, messages, outbox
from bot.store.edits import EDIT_EVERY
from bot.store.engine import Database
from bot.store.schema import deliveries, destinations
from tests import samples
from tests.contract.edit_desk import Desk
from tests.contract.edit_places import WAIT, SlackPlace, open_place
from tests.fakes.clock import FakeClock
from tests.fakes.slack_service import ApiError

MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture(params=["slack", "discord"])
async def desk(request: pytest.FixtureRequest, clock: FakeClock, database: Database) -> AsyncIterator[Desk]:
    async with open_place(request.param, clock) as place:
        yield Desk(database, place, clock)


async def test_a_message_that_was_deleted_does_not_hold_up_the_next(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.place.delete(desk.place.ids[0])
    desk.edit(soon=True)
    desk.post(Reason.ESCALATED, Tier.URGENT)

    await desk.drain()

    assert desk.states() == ["failed"]
    assert len(desk.place.texts) == 1
    assert desk.database.read_now(outbox.backlog) == []


async def test_a_message_that_was_deleted_is_no_fault_of_the_place(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.place.delete(desk.place.ids[0])
    desk.edit()

    await desk.drain()

    faults = sa.select(destinations.c.fault)
    assert desk.database.read_now(lambda connection: list(connection.execute(faults).scalars())) == [None]


@pytest.mark.parametrize(
    ("name", "wait"),
    [("rate limit", WAIT), ("lost before", EDIT_RETRY), ("lost after", EDIT_RETRY), ("server error", EDIT_RETRY)],
)
async def test_an_edit_that_fails_is_tried_again_and_lets_the_news_pass(
    desk: Desk, name: str, wait: timedelta
) -> None:
    desk.post()
    await desk.drain()
    desk.becomes(mark="updated", mark_note="the ministry confirms it")
    desk.place.trouble(name)
    desk.edit(soon=True)
    desk.post(Reason.NEW_FACT)

    await desk.drain()

    assert len(desk.place.texts) == 2
    assert [late.waiting for late in desk.database.read_now(outbox.backlog)] == [1]
    await desk.drain_after(wait - timedelta(seconds=1))
    assert desk.place.attempts == 1
    await desk.drain_after(timedelta(seconds=1))
    assert desk.place.attempts == 2
    assert "UPDATED: the ministry confirms it" in desk.place.texts[0]
    assert desk.states() == ["sent"]
    assert desk.database.read_now(outbox.backlog) == []


async def test_a_fault_of_ours_gives_an_edit_up_and_nothing_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("a fault of ours")

    desk.post()
    await desk.drain()
    desk.edit()
    with monkeypatch.context() as patch:
        patch.setattr(type(desk.place.channel), "edit", broken)
        for _ in range(8):
            await desk.drain_after(EDIT_RETRY)
    assert desk.states() == ["failed"]
    desk.post(Reason.NEW_FACT)
    await desk.drain()
    assert len(desk.place.texts) == 2


async def test_edits_wait_for_a_person_as_posts_do(clock: FakeClock, database: Database) -> None:
    async with open_place("slack", clock) as place:
        assert isinstance(place, SlackPlace)
        desk = Desk(database, place, clock)
        desk.post()
        await desk.drain()
        place.service.fail("chat.update", ApiError("is_archived"))
        desk.edit()
        await desk.drain()
        assert "unarchive" in (database.read_now(outbox.backlog)[0].fault or "")
        await desk.drain_after(CLOSED_RETRY)
        assert place.edits == [1]


# --- restarts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["before the edit", "after the edit", "after the record"])
async def test_a_restart_in_the_middle_edits_again_and_ends_with_the_last_state(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    desk.post()
    await desk.drain()
    desk.becomes(outlets=("Example Wire", "AP"))
    desk.edit()
    with monkeypatch.context() as patch:
        match step:
            case "before the edit":
                patch.setattr(type(desk.place.channel), "edit", die)
            case "after the edit":
                patch.setattr(outbox, "record_sent", die)
            case "after the record":
                patch.setattr(outbox, "give_back", die)
        with pytest.raises(Killed):
            await desk.drain()
    desk.becomes(outlets=("Example Wire", "AP", "FT"))
    desk.edit()

    await desk.drain_after(10 * MINUTE)
    await desk.drain_after(10 * MINUTE)

    assert "also: AP, FT" in desk.text
    assert desk.place.edits == [1 if step == "before the edit" else 2]
    assert "sending" not in desk.states()


async def test_what_was_decided_after_an_edit_began_is_said_by_it_or_by_the_next(desk: Desk) -> None:
    """An edit is begun, and before it is drawn up a further one is decided: neither is lost, nor both in a row."""
    desk.post()
    await desk.drain()
    desk.edit()
    now, lease = desk.clock.now(), timedelta(minutes=2)
    place = desk.place.destination
    desk.database.write_now(outbox.claim_due, [place.platform], owner="killed", now=now, lease=lease, limit=1)
    begun = desk.database.write_now(outbox.begin_next, place, owner="killed", now=now, lease=lease)
    assert begun is not None
    desk.becomes(outlets=("Example Wire", "AP"))
    assert desk.edit() is not None
    times = sa.select(deliveries.c.not_before).where(deliveries.c.action == "edit").order_by(deliveries.c.seq)
    assert desk.database.read_now(lambda connection: list(connection.execute(times).scalars())) == [
        now,
        now + EDIT_EVERY,
    ]
    desk.database.write_now(leases.release_dead, destinations, lambda owner: True)

    await desk.drain_after(MINUTE)
    await desk.drain_after(outbox.DOUBT)

    assert desk.states() == ["sent", "superseded"]
    assert desk.place.edits == [1]
    assert "also: AP" in desk.text


async def test_quiet_hours_hold_posts_and_a_louder_one_takes_back_no_edit(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.edit()
    await desk.drain()
    desk.edit()
    now = desk.clock.now()
    assert not desk.database.write_now(messages.supersede_held, [desk.place.destination], desk.story.id, now=now)
    assert desk.states() == ["sent", "pending"]


async def test_nobody_begins_an_edit_while_a_further_change_is_being_written(desk: Desk) -> None:
    """The change is only counted on the edit that waits, so that edit must be drawn up after it is there."""
    desk.post()
    await desk.drain()
    desk.edit()
    place, now, lease = desk.place.destination, desk.clock.now(), timedelta(minutes=2)
    desk.database.write_now(outbox.claim_due, [place.platform], owner="me", now=now, lease=lease, limit=1)
    writing, begun = threading.Event(), threading.Event()
    notice = samples.notice(destination=place, reason=Reason.NOTHING_NEW, decided_at=now)

    def change(connection: sa.Connection) -> bool:
        decision = audience.save_decision(connection, notice)
        assert edits.enqueue(connection, notice, decision) is None
        writing.set()
        return begun.wait(0.3)

    def begin() -> None:
        writing.wait(5)
        assert desk.database.write_now(outbox.begin_next, place, owner="me", now=now, lease=lease)
        begun.set()

    with ThreadPoolExecutor(2) as pool:
        changed, started = pool.submit(desk.database.write_now, change), pool.submit(begin)
        assert not changed.result(), "the edit was begun before the change was there"
        started.result()


async def test_a_post_is_not_begun_once_it_is_taken_back(desk: Desk) -> None:
    """A withdrawal that nobody has committed yet takes back what a sender is about to begin."""
    desk.post()
    place, now, lease = desk.place.destination, desk.clock.now(), timedelta(minutes=2)
    desk.database.write_now(outbox.claim_due, [place.platform], owner="me", now=now, lease=lease, limit=1)
    taking, begun = threading.Event(), threading.Event()

    def take_back(connection: sa.Connection) -> bool:
        messages.supersede_posts(connection, [place], desk.story.id, now=now)
        taking.set()
        return begun.wait(0.2)

    def begin() -> object:
        taking.wait(5)
        found = desk.database.write_now(outbox.begin_next, place, owner="me", now=now, lease=lease)
        begun.set()
        return found

    with ThreadPoolExecutor(2) as pool:
        taken, started = pool.submit(desk.database.write_now, take_back), pool.submit(begin)
        assert not taken.result()
        assert started.result() is None
