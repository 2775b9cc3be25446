"""A louder story is a message of its own beside the first; what follows goes there, and a withdrawal to both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.model import Reason, Tier
from bot.store.engine import Database
from tests.contract.edit_desk import Desk
from tests.contract.edit_places import open_place
from tests.fakes.clock import FakeClock

MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture(params=["slack", "discord"])
async def desk(request: pytest.FixtureRequest, clock: FakeClock, database: Database) -> AsyncIterator[Desk]:
    async with open_place(request.param, clock) as place:
        yield Desk(database, place, clock)


async def test_an_escalation_is_a_message_of_its_own_that_links_the_first(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.post(Reason.ESCALATED, Tier.URGENT)
    desk.post(Reason.NEW_FACT, Tier.URGENT)

    await desk.drain()

    first, louder, _ = desk.place.ids
    assert desk.place.threads == [None, None, louder]
    link = first.replace(".", "") if desk.place.destination.platform == "slack" else first
    assert "First alert" not in desk.place.texts[0]
    assert "First alert" in desk.place.texts[1]
    assert link in desk.place.texts[1]


async def test_an_escalation_told_calmly_is_one_all_the_same(desk: Desk) -> None:
    """Some places hear of a louder story only with a later, calmer item."""
    desk.post()
    desk.post(Reason.ESCALATED, Tier.ALERT)

    await desk.drain()

    assert desk.place.threads == [None, None]


async def test_an_escalation_that_quiet_hours_held_is_a_message_of_its_own_too(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.post(Reason.HELD, Tier.ALERT)
    desk.post(Reason.HELD, Tier.FLASH)

    await desk.drain()

    assert desk.place.threads == [None, desk.place.ids[0], None]


async def test_the_newest_message_is_kept_up_to_date(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.post(Reason.ESCALATED, Tier.URGENT)
    await desk.drain()
    desk.becomes(outlets=("Example Wire", "AP"))
    desk.edit()

    await desk.drain()

    assert desk.place.edits == [0, 1]
    assert "also: AP" in desk.place.texts[1]
    assert "First alert" in desk.place.texts[1]


async def test_a_withdrawal_reaches_every_message_that_people_saw(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.post(Reason.ESCALATED, Tier.URGENT)
    desk.post(Reason.NEW_FACT, Tier.URGENT)
    await desk.drain()
    desk.becomes(mark="withdrawn")
    desk.edit(Reason.WITHDRAWN, soon=True)

    await desk.drain()

    assert desk.place.edits == [1, 1, 1]
    assert ["WITHDRAWN" in text for text in desk.place.texts] == [True, True, True]


async def test_a_withdrawal_passes_over_what_was_deleted(desk: Desk) -> None:
    desk.post()
    await desk.drain()
    desk.post(Reason.ESCALATED, Tier.URGENT)
    await desk.drain()
    desk.place.delete(desk.place.ids[1])
    desk.becomes(mark="withdrawn")
    desk.edit(Reason.WITHDRAWN, soon=True)

    await desk.drain()

    assert "WITHDRAWN" in desk.text
    assert desk.states() == ["sent"]
