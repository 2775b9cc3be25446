"""How far this machine's clock is off, by a header that has whole seconds and an answer that took its time."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.checks.skew import Clocks
from tests.samples import NOW

SECOND = timedelta(seconds=1)


def skew(said: datetime, asked: datetime, took: timedelta) -> timedelta:
    clocks = Clocks()
    clocks.note("Slack", format_datetime(said), asked, asked + took)
    return clocks.skews["Slack"]


@pytest.mark.parametrize("took", [timedelta(0), SECOND, 9 * SECOND])
def test_a_right_clock_is_right_however_long_the_answer_took(took: timedelta) -> None:
    assert skew(NOW, NOW, took) == timedelta(0)
    assert skew(NOW, NOW + 0.9 * SECOND, took) == timedelta(0)


def test_it_is_ahead_by_what_no_delay_explains() -> None:
    assert skew(NOW, NOW + 61 * SECOND, SECOND) == 60 * SECOND


def test_it_is_behind_by_what_no_delay_explains() -> None:
    assert skew(NOW, NOW - 61 * SECOND, SECOND) == -60 * SECOND


@pytest.mark.parametrize("header", [None, "", "yesterday"])
def test_an_answer_without_a_date_says_nothing(header: str | None) -> None:
    clocks = Clocks()
    clocks.note("a proxy", header, NOW, NOW)
    assert clocks.check() is None


def test_the_worst_is_told() -> None:
    clocks = Clocks(skews={"Slack": SECOND, "Discord": -90 * SECOND})
    check = clocks.check()
    assert check is not None
    assert not check.ok
    assert check.detail.startswith("this machine is 90 s behind Discord; ")
