"""`why` tells each reader what was decided for them, and of other channels only how many were told."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.commands.spec import Caller
from bot.model import Destination, Reason
from bot.store import audience
from bot.store.engine import Database
from tests import samples
from tests.contract.story_room import ALONE, ANN, BOB, GUEST, LEAD, MANAGER, STORY, Room, enter, room_of
from tests.fakes.clock import FakeClock
from tests.samples import DISCORD, SLACK

SECRET, QUIET, LOUD = (Destination("slack", name) for name in ("C0SECRET", "C0QUIET", "C0LOUD"))
DETAIL = "muted by Carl until 2025-05-14 08:00 UTC (term “steel”): do not discuss"


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    """SLACK was told; C0SECRET muted it, C0QUIET did not want it, C0LOUD was told twice, Bob by direct message."""

    def decide(connection: sa.Connection) -> None:
        for place, reason, detail in (
            (SECRET, Reason.MUTED, DETAIL),
            (QUIET, Reason.BELOW_THRESHOLD, "not for the quiet ones"),
            (LOUD, Reason.FIRST, "all of it"),
            (LOUD, Reason.CORRECTION, "all of it again"),
            (BOB, Reason.NEW_FACT, "you follow this story"),
        ):
            notice = samples.notice(item_key=LEAD, story_id=STORY, destination=place, reason=reason, detail=detail)
            audience.save_decision(connection, notice)

    found = room_of(database, clock)
    database.write_now(decide)
    return found


@pytest.mark.parametrize("caller", [MANAGER, GUEST, ALONE])
async def test_what_other_channels_muted_and_why_is_theirs(room: Room, caller: Caller) -> None:
    shown = await room.ask(f"why {LEAD}", caller)
    for secret in ("C0SECRET", "Carl", "do not discuss", "C0QUIET", "quiet ones", "C0LOUD", "all of it"):
        assert secret not in shown


async def test_ones_own_place_and_oneself_are_shown_in_full_and_the_rest_is_counted(room: Room) -> None:
    shown = await room.ask(f"why {LEAD}", GUEST)
    assert f"{SLACK}: first by route desk: topic:trade matched" in shown
    assert f"{BOB}: new_fact by route desk: you follow this story" in shown
    assert "3 other channels: 1 told, 2 not told" in shown


async def test_other_peoples_direct_messages_are_neither_shown_nor_counted(room: Room) -> None:
    shown = await room.ask(f"why {LEAD}", ALONE)
    assert "Nothing for this place." in shown
    assert "4 other channels: 2 told, 2 not told" in shown
    assert "UBOB" not in shown


async def test_the_place_that_muted_it_reads_who_and_why(room: Room) -> None:
    shown = await room.ask(f"why {LEAD}", replace(GUEST, place=SECRET))
    assert DETAIL in shown


async def test_the_owners_managers_read_every_channels_decisions(room: Room) -> None:
    owned = enter(room.database, room.clock, managers=frozenset({ANN}))
    shown = await owned.ask(f"why {LEAD}", replace(MANAGER, place=DISCORD))
    assert DETAIL in shown
    assert "all of it again" in shown
    assert "other channel" not in shown
    assert "UBOB" not in shown, "what a person is told is theirs"
