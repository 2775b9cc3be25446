"""What people already saw is edited: outbox, drain and channel together, on both databases and both platforms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.model import DeliveryId, Destination, Reason
from bot.store import audience, edits, outbox
from bot.store.edits import EDIT_EVERY, LATER_EDITS_EVERY
from bot.store.engine import Database
from tests import samples
from tests.contract.edit_desk import Desk
from tests.contract.edit_places import open_place
from tests.fakes.clock import FakeClock

MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture(params=["slack", "discord"])
async def desk(request: pytest.FixtureRequest, clock: FakeClock, database: Database) -> AsyncIterator[Desk]:
    async with open_place(request.param, clock) as place:
        yield Desk(database, place, clock)


async def test_who_else_reports_it_is_edited_into_the_message(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    assert "also" not in desk.text
    desk.becomes(outlets=("Example Wire", "AP", "FT"))
    desk.edit()

    await desk.drain_after(MINUTE)

    assert "also: AP, FT" in desk.text
    assert desk.place.edits == [1]
    assert desk.told == [Reason.FIRST], "nobody was told anything by that"


async def test_five_edits_that_wait_are_one(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    written = []
    for name in ("AP", "FT", "Kyodo", "ANSA", "dpa"):
        desk.becomes(outlets=(*desk.story.outlets, name))
        written.append(desk.edit())

    await desk.drain()

    assert [each is not None for each in written] == [True, False, False, False, False]
    assert desk.place.edits == [1]
    assert "also: AP, FT, Kyodo, ANSA, dpa" in desk.text


async def test_a_message_that_still_waits_says_it_by_itself(desk: Desk) -> None:
    desk.post()
    desk.becomes(outlets=("Example Wire", "AP"))

    assert desk.edit() is None
    await desk.drain()

    assert "also: AP" in desk.text
    assert desk.place.attempts == 0


async def test_a_new_fact_that_still_waits_says_what_was_corrected_where_no_other_message_can(desk: Desk) -> None:
    """Who follows a story has no message of its first report."""
    desk.post(Reason.NEW_FACT)
    desk.becomes(mark="corrected", mark_note="5% tariff became 8% tariff")

    assert desk.edit(Reason.CORRECTION, soon=True) is None
    await desk.drain()

    assert "CORRECTED: 5% tariff became 8% tariff" in desk.text


async def test_a_new_fact_does_not_say_what_was_corrected_before_it(desk: Desk) -> None:
    desk.becomes(mark="corrected", mark_note="5% tariff became 8% tariff")
    desk.edit(Reason.CORRECTION, soon=True)
    desk.clock.advance(MINUTE)
    desk.post(Reason.NEW_FACT)

    await desk.drain()

    assert "CORRECTED" not in desk.text


async def test_an_edit_decided_while_the_post_is_under_way_follows_it(desk: Desk) -> None:
    desk.post()
    desk.place.lose_answer_to_post()
    await desk.drain()  # posted, but nobody knows
    desk.becomes(outlets=("Example Wire", "AP"))
    desk.edit()

    await desk.drain_after(MINUTE)

    assert desk.place.edits == [1]
    assert "also: AP" in desk.text


async def test_edits_of_one_message_keep_a_minute_between_them(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.edit()
    await desk.drain()
    desk.clock.advance(timedelta(seconds=10))
    desk.becomes(outlets=("Example Wire", "AP"))
    desk.edit()

    await desk.drain_after(timedelta(seconds=49))
    assert desk.place.edits == [1]
    await desk.drain_after(timedelta(seconds=1))

    assert EDIT_EVERY == MINUTE
    assert desk.place.edits == [2]
    assert "also: AP" in desk.text


async def test_five_outlets_over_an_hour_are_two_edits_and_the_rest_follows(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    for name in ("AP", "FT", "Kyodo", "ANSA"):
        desk.clock.advance(12 * MINUTE)
        desk.becomes(outlets=(*desk.story.outlets, name))
        desk.edit()
        await desk.drain()
    assert desk.place.edits == [2]

    await desk.drain_after(LATER_EDITS_EVERY)

    assert desk.place.edits == [3]
    assert "also: AP, FT, Kyodo, ANSA" in desk.text


async def test_a_correction_does_not_wait_its_minute(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.edit()
    await desk.drain()
    desk.becomes(mark="corrected", mark_note="20%, not 25%")
    desk.edit(Reason.CORRECTION, soon=True)

    await desk.drain()

    assert desk.place.edits == [2]
    assert "CORRECTED: 20%, not 25%" in desk.text
    assert desk.told == [Reason.FIRST, Reason.CORRECTION]


async def test_a_correction_takes_the_edit_that_waits_with_it(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.edit()
    await desk.drain()
    desk.becomes(outlets=("Example Wire", "AP"))
    assert desk.edit() is not None
    desk.becomes(mark="withdrawn", mark_note="the agency took it back")

    assert desk.edit(Reason.WITHDRAWN, soon=True) is None
    await desk.drain()
    await desk.drain_after(2 * MINUTE)

    assert desk.place.edits == [2]
    assert "WITHDRAWN: the agency took it back" in desk.text
    assert "also: AP" in desk.text
    assert desk.told == [Reason.FIRST, Reason.WITHDRAWN]


async def test_where_nothing_was_told_nothing_is_edited(desk: Desk) -> None:
    assert desk.edit() is None
    assert desk.edit(Reason.CORRECTION, soon=True) is None
    desk.post()
    desk.place.refuse_post()
    await desk.drain()
    assert desk.edit(soon=True) is None
    assert desk.states() == []


async def test_an_edit_of_a_message_that_was_never_posted_is_put_aside(desk: Desk) -> None:
    desk.post()
    desk.place.lose_answer_to_post()
    await desk.drain()
    desk.edit()
    for message_id in desk.place.ids:  # it did not arrive after all, and the platform will not have it
        desk.place.delete(message_id)
    desk.place.refuse_post()

    await desk.drain_after(MINUTE)

    assert (desk.states("post"), desk.states()) == (["failed"], ["superseded"])


# --- the figures of status --------------------------------------------------------------------------------


async def test_an_edit_that_keeps_its_distance_is_no_backlog_and_no_message(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.edit()
    await desk.drain()
    desk.edit()

    assert desk.database.read_now(outbox.backlog) == []
    since = desk.clock.now() - MINUTE
    assert desk.database.read_now(outbox.outcomes, since=since) == {"sent": 1}
    due = desk.database.read_now(outbox.next_due, [desk.place.destination.platform])
    assert due == desk.clock.now() + EDIT_EVERY


def test_a_place_that_was_never_written_to_gets_no_row(database: Database) -> None:
    notice = samples.notice(destination=Destination("slack", "C0NEVER"), reason=Reason.CORRECTION)

    def enqueue(connection: sa.Connection) -> DeliveryId | None:
        return edits.enqueue(connection, notice, audience.save_decision(connection, notice), soon=True)

    assert database.write_now(enqueue) is None
