"""Pauses grow to their limit, are never the same for all, and begin anew."""

from __future__ import annotations

import pytest

from bot.backoff import Backoff
from bot.commands.on_discord.gateway import SESSIONS_AN_HOUR, Sessions, TooManySessions


@pytest.fixture
def longest_of_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.backoff.random.uniform", lambda low, high: high)


@pytest.mark.usefixtures("longest_of_chance")
def test_pauses_double_up_to_the_longest_and_begin_anew_after_success() -> None:
    backoff = Backoff(1.0, 10.0)
    assert [backoff.pause() for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    backoff.reset()
    assert backoff.pause() == 1


def test_chance_takes_up_to_a_half_and_no_number_of_failures_overflows() -> None:
    backoff = Backoff(1.0, 10.0)
    pauses = [backoff.pause() for _ in range(5_000)][10:]
    assert 5 <= min(pauses) < max(pauses) <= 10


def test_sessions_are_counted_by_the_hour() -> None:
    now = 0.0
    sessions = Sessions(shards=2, monotonic=lambda: now)
    for _ in range(SESSIONS_AN_HOUR + 2):
        sessions.begin()
    with pytest.raises(TooManySessions, match="22 sessions begun within an hour"):
        sessions.begin()
    now = 3599.0
    with pytest.raises(TooManySessions):
        sessions.begin()
    now = 3600.0
    sessions.begin()
