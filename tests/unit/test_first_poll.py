"""The brake on a first poll."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Item, ItemKey, Reason, Source, SourceId
from bot.routing.first_poll import FRESH_FOR, MOST_FRESH, MOST_OLD, brake_for
from tests import samples
from tests.samples import NOW

SOURCE = Source(id=SourceId("wire"), name="Wire", url="https://wire.example/rss")
MINUTE = timedelta(minutes=1)


def some(count: int, newest: datetime | None, letter: str) -> list[Item]:
    """Items a minute apart, the newest first; their keys tell their order."""
    return [
        samples.item(key=ItemKey(f"{letter}{number}"), published_at=newest - number * MINUTE if newest else None)
        for number in range(count)
    ]


def test_of_old_and_of_fresh_items_the_newest_pass() -> None:
    fresh, old = some(30, NOW, "f"), some(10, NOW - FRESH_FOR - MINUTE, "o")
    brake = brake_for(SOURCE, [*reversed(old), *reversed(fresh)], [], NOW)
    assert brake is not None
    assert brake.passes == {f"f{number}" for number in range(MOST_FRESH)} | {"o0", "o1", "o2"}
    assert brake.detail == "first poll of wire: 12 items are not told"


def test_one_item_is_spoken_of_as_one() -> None:
    brake = brake_for(SOURCE, some(MOST_OLD + 1, NOW - 2 * FRESH_FOR, "o"), [], NOW)
    assert brake is not None
    assert brake.detail == "first poll of wire: 1 item is not told"


def test_where_all_items_pass_there_is_no_brake() -> None:
    few = [*some(MOST_FRESH, NOW, "f"), *some(MOST_OLD, NOW - FRESH_FOR - MINUTE, "o")]
    assert brake_for(SOURCE, few, [], NOW) is None
    assert brake_for(SOURCE, some(10, NOW - FRESH_FOR + 20 * MINUTE, "f"), [], NOW) is None, "just within a day"
    assert brake_for(replace(SOURCE, first_poll="all"), some(900, NOW, "f"), [], NOW) is None


def test_of_undated_items_the_first_pass() -> None:
    brake = brake_for(SOURCE, some(40, None, "u"), [], NOW)
    assert brake is not None
    assert brake.passes == {f"u{number}" for number in range(MOST_FRESH)}


@pytest.mark.parametrize(
    ("mode", "told", "passing"), [("sample", [], {"f0"}), ("sample", [NOW], set()), ("none", [], set())]
)
def test_a_sample_is_one_and_none_is_none(
    mode: Literal["sample", "none"], told: list[datetime | None], passing: set[str]
) -> None:
    brake = brake_for(replace(SOURCE, first_poll=mode), some(3, NOW, "f"), told, NOW)
    assert brake is not None
    assert brake.passes == passing


def test_only_what_would_tell_is_braked() -> None:
    brake = brake_for(replace(SOURCE, first_poll="sample"), some(2, NOW, "f"), [], NOW)
    assert brake is not None
    passing = samples.notice(item_key=ItemKey("f0"))
    silent = samples.notice(item_key=ItemKey("f1"), reason=Reason.BELOW_THRESHOLD)
    assert brake.applied(passing) == passing
    assert brake.applied(silent) == silent
    held = samples.notice(item_key=ItemKey("f1"), reason=Reason.HELD, until=NOW + MINUTE)
    braked = brake.applied(held)
    assert (braked.reason, braked.detail, braked.until) == (Reason.FLOOD_BRAKE, brake.detail, None)
    assert not braked.new_facts


TIMES = st.none() | st.integers(0, 3_000).map(lambda minutes: NOW - minutes * MINUTE)


@given(st.lists(TIMES, max_size=60), st.lists(TIMES, max_size=35))
def test_what_was_told_before_a_crash_takes_its_places(
    times: Sequence[datetime | None], told: Sequence[datetime | None]
) -> None:
    items = [samples.item(key=ItemKey(str(number)), published_at=at) for number, at in enumerate(times)]
    brake = brake_for(SOURCE, items, told, NOW)
    passing = [item.published_at for item in items if brake is None or item.key in brake.passes]
    old = [at for at in [*passing, *told] if at and NOW - at > FRESH_FOR]
    old_before = sum(at is not None and NOW - at > FRESH_FOR for at in told)
    assert len(old) <= max(MOST_OLD, old_before)
    assert len(passing) + len(told) - len(old) <= max(MOST_FRESH, len(told) - old_before)
