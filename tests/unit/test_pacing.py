"""When a source is asked again: what bounds it, whatever a server, a document or a rhythm says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.fetched import Fault, FaultKind, Fetched, FetchState
from bot.intake.hints import Hints
from bot.intake.pacing import (
    BLOCKED_LONGEST,
    GONE_AGAIN,
    JITTER,
    LONGEST_BACKOFF,
    SHORTEST_WELL,
    back_off,
    longest,
    next_poll,
    shortest,
)
from bot.intake.rhythm import Rhythm, learned
from bot.model import Authority, Source, SourceId
from tests.samples import NOW

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = Source(id=SourceId("s"), name="s", url="https://s.example", every=5 * MINUTE)
OFFICE = [  # three an hour, on working days from 9 to 17
    NOW.replace(hour=hour, minute=minute) - day * DAY
    for day in range(1, 43)
    for hour in range(9, 17)
    for minute in (5, 25, 45)
    if (NOW - day * DAY).weekday() < 5
]
NIGHT = NOW.replace(hour=2)

durations = st.timedeltas(min_value=SECOND, max_value=3 * DAY)
sources = st.builds(
    Source,
    id=st.text("abc", min_size=1, max_size=8).map(SourceId),
    name=st.just("s"),
    url=st.just("https://s.example"),
    every=durations,
    authority=st.sampled_from(Authority),
    pace=st.sampled_from(["adaptive", "fixed"]),
)
dates = st.lists(st.timedeltas(min_value=timedelta(0), max_value=100 * DAY).map(lambda ago: NOW - ago), max_size=60)
hints = st.builds(
    Hints,
    least=st.none() | durations,
    skip_hours=st.frozensets(st.integers(0, 23), max_size=20),
    skip_days=st.frozensets(st.integers(0, 6), max_size=6),
)
kinds = st.sampled_from(FaultKind)


def known(times: list[datetime], said: Hints = Hints()) -> str:  # noqa: B008 - it is frozen
    return replace(Rhythm.begun(times, NOW), hints=said).dump()


def well(rhythm: str | None = None, fresh_for: timedelta | None = None, *, shared: bool = False) -> Fetched:
    return Fetched(state=FetchState(rhythm=rhythm), fresh_for=fresh_for, shared_copy=shared)


def failed(failures: int, kind: FaultKind = FaultKind.HTTP_STATUS, retry_after: timedelta | None = None) -> Fetched:
    fault = Fault(kind=kind, message="slow", retry_after=retry_after)
    return Fetched(fault=fault, state=FetchState(failures=failures))


# --- where it answers -------------------------------------------------------------------------------------


@given(sources, dates, hints, st.none() | durations, st.booleans())
def test_the_pause_of_a_source_that_answers_has_its_bounds(
    source: Source, times: list[datetime], said: Hints, fresh_for: timedelta | None, shared: bool
) -> None:
    pause = next_poll(source, well(known(times, said), fresh_for, shared=shared), NOW) - NOW
    low, high = (source.every, source.every) if source.pace == "fixed" else (shortest(source), longest(source))
    assert low * (1 - JITTER) - SECOND <= pause <= high * (1 + JITTER) + SECOND


@given(sources)
def test_the_bounds_stand_around_the_desks_wish(source: Source) -> None:
    assert shortest(source) <= source.every <= longest(source)
    assert longest(source) <= max(HOUR, source.every)
    assert shortest(source) >= min(MINUTE, source.every)
    if source.authority is Authority.OFFICIAL:
        assert longest(source) == source.every


def test_a_source_of_which_nothing_is_known_is_asked_at_the_desks_wish() -> None:
    for rhythm in (None, "not ours", known([]), known([NOW - HOUR])):
        assert abs(next_poll(SOURCE, well(rhythm), NOW) - NOW - SOURCE.every) <= JITTER * SOURCE.every


def test_it_is_asked_more_often_in_the_hours_in_which_it_publishes() -> None:
    rhythm = known(OFFICE)
    noon = NOW.replace(hour=12)
    by_day, by_night = (next_poll(SOURCE, well(rhythm), at) - at for at in (noon, NIGHT))
    assert by_day < 0.7 * SOURCE.every
    assert by_night > 2 * SOURCE.every


def test_what_is_asked_seldom_at_night_is_asked_in_time_when_the_day_begins() -> None:
    just_before = NOW.replace(hour=7, minute=58)
    assert next_poll(SOURCE, well(known(OFFICE)), just_before) - just_before < 1.2 * SOURCE.every


def test_neither_requests_nor_the_mean_delay_grow_with_a_rhythm() -> None:
    """By its own estimate, for the rhythm alone."""
    rhythm = Rhythm.begun(OFFICE, NOW)
    hours = [NOW + hour * HOUR for hour in range(168)]
    mean = sum(rhythm.rate(hour, NOW) for hour in hours) / len(hours)
    roots = [(rhythm.rate(hour, NOW) / mean) ** 0.5 for hour in hours]
    assert sum(roots) / len(roots) < 0.9


def test_a_feed_that_brings_little_is_asked_less_often_but_an_official_one_is_not() -> None:
    seldom = known([NOW - week * timedelta(weeks=2) for week in range(4)])
    outlet = next_poll(SOURCE, well(seldom), NOW) - NOW
    official = next_poll(replace(SOURCE, authority=Authority.OFFICIAL), well(seldom), NOW) - NOW
    assert outlet > 3 * SOURCE.every
    assert official <= SOURCE.every * (1 + JITTER)


def test_a_shared_copy_is_asked_for_just_after_it_is_renewed_and_never_before() -> None:
    for left in (6 * MINUTE, 15 * MINUTE):
        pause = next_poll(SOURCE, well(known(OFFICE), left, shared=True), NOW) - NOW
        assert left < pause <= left + 15 * SECOND


def test_a_lifetime_that_speaks_of_our_own_copy_keeps_only_from_asking_more_often_than_wished() -> None:
    noon = NOW.replace(hour=12)
    pause = next_poll(SOURCE, well(known(OFFICE), DAY), noon) - noon
    assert (1 - JITTER) * SOURCE.every <= pause <= SOURCE.every


def test_a_document_that_wants_an_hour_is_not_asked_more_often_than_wished() -> None:
    noon = NOW.replace(hour=12)
    pause = next_poll(SOURCE, well(known(OFFICE, Hints(least=HOUR))), noon) - noon
    assert (1 - JITTER) * SOURCE.every <= pause <= SOURCE.every


def test_hours_that_are_skipped_are_asked_as_seldom_as_allowed_and_not_beyond_their_end() -> None:
    said = Hints(skip_hours=frozenset({9, 10}))
    noon = NOW.replace(hour=9, minute=5)
    assert next_poll(SOURCE, well(known(OFFICE, said)), noon) - noon > 3 * SOURCE.every
    last_minute = NOW.replace(hour=10, minute=59)
    assert next_poll(SOURCE, well(known(OFFICE, said)), last_minute) - last_minute < 1.2 * SOURCE.every


def test_a_server_that_was_asked_too_often_is_asked_less_often_until_it_is_content() -> None:
    rhythm = Rhythm.begun(OFFICE, NOW)
    strained, pauses = rhythm.strained(), []
    for _ in range(200):
        pauses.append(next_poll(SOURCE, well(strained.dump()), NOW) - NOW)
        strained = strained.eased()
    assert pauses == sorted(pauses, reverse=True)
    assert pauses[-1] == next_poll(SOURCE, well(rhythm.dump()), NOW) - NOW < pauses[0] * 0.51


def test_a_folder_is_looked_at_as_often_as_wished() -> None:
    folder = replace(SOURCE, url=None, path="news")
    assert abs(next_poll(folder, Fetched(), NOW) - NOW - SOURCE.every) <= JITTER * SOURCE.every


# --- where it does not ------------------------------------------------------------------------------------


@given(sources, kinds, st.integers(1, 500), st.none() | st.timedeltas(min_value=SECOND, max_value=DAY))
def test_never_before_retry_after_and_never_later_than_the_longest_wait(
    source: Source, kind: FaultKind, failures: int, retry_after: timedelta | None
) -> None:
    wait = next_poll(source, failed(failures, kind, retry_after), NOW) - NOW
    assert wait >= (retry_after or source.every)
    assert wait <= max(GONE_AGAIN, source.every, retry_after or SECOND) * (1 + JITTER)
    if kind is not FaultKind.GONE:
        most = BLOCKED_LONGEST if kind is FaultKind.BLOCKED else LONGEST_BACKOFF
        assert wait <= max(most, source.every, retry_after or SECOND) * (1 + JITTER)


@given(sources, kinds, st.integers(1, 150))
def test_the_back_off_never_falls_while_it_fails(source: Source, kind: FaultKind, failures: int) -> None:
    earlier = next_poll(source, failed(failures, kind), NOW) - NOW
    fault = Fault(kind=kind, message="")
    if back_off(source, fault, failures) < back_off(source, fault, failures + 1):
        assert next_poll(source, failed(failures + 1, kind), NOW + earlier) - (NOW + earlier) >= earlier * 0.99


@pytest.mark.parametrize(
    ("fetched", "wait"),
    [
        (failed(1), 5 * MINUTE),
        (failed(3), timedelta(minutes=11, seconds=15)),
        (failed(500), LONGEST_BACKOFF),
        (failed(1, retry_after=20 * HOUR), 20 * HOUR),
        (failed(3, retry_after=SECOND), timedelta(minutes=11, seconds=15)),
        (failed(1, FaultKind.TOO_OFTEN), 10 * MINUTE),
        (failed(2, FaultKind.UNREACHABLE), timedelta(minutes=5, seconds=37.5)),
        (failed(500, FaultKind.TIMEOUT), LONGEST_BACKOFF),
        (failed(1, FaultKind.BLOCKED), 30 * MINUTE),
        (failed(3, FaultKind.BLOCKED), 2 * HOUR),
        (failed(500, FaultKind.BLOCKED), BLOCKED_LONGEST),
        (failed(1, FaultKind.GONE), GONE_AGAIN),
    ],
)
def test_the_wait_after_a_fault(fetched: Fetched, wait: timedelta) -> None:
    assert timedelta(0) <= next_poll(SOURCE, fetched, NOW) - NOW - wait <= JITTER * wait


@pytest.mark.parametrize("cut", [20 * MINUTE, 3 * HOUR, 30 * HOUR])
def test_after_a_network_that_was_away_polls_are_late_by_a_fraction_of_that_time(cut: timedelta) -> None:
    failures, at = 1, NOW
    while at < NOW + cut:
        at = next_poll(SOURCE, failed(failures, FaultKind.UNREACHABLE), at)
        failures += 1
    assert at - (NOW + cut) <= max(cut / 6, 2 * SOURCE.every)


# --- jitter -----------------------------------------------------------------------------------------------


def test_sources_that_were_asked_together_are_spread_and_the_same_in_every_process() -> None:
    many = [replace(SOURCE, id=SourceId(f"s{number}")) for number in range(1_000)]
    pauses = sorted(next_poll(source, well(), NOW) - NOW for source in many)
    assert pauses == sorted(next_poll(source, well(), NOW) - NOW for source in many)
    tenths = [pauses[number * 100] for number in range(10)]
    assert all(later - earlier > 2 * SECOND for earlier, later in pairwise(tenths))
    assert pauses[-1] <= SOURCE.every, "sooner, not later: the desk's wish is kept"
    assert pauses[0] >= (1 - JITTER) * SOURCE.every


def test_who_asks_every_few_seconds_means_it() -> None:
    hasty = replace(SOURCE, every=SHORTEST_WELL)
    for rhythm in (known(OFFICE), known([NOW - 30 * DAY])):
        assert (1 - JITTER) * hasty.every <= next_poll(hasty, well(rhythm), NOW) - NOW <= hasty.every


def test_on_the_first_day_a_source_is_asked_at_the_desks_wish_whatever_its_dates_say() -> None:
    old = [NOW - days * DAY for days in range(1, 30)]
    first = learned(Fetched(), NOW, stands=old)
    assert next_poll(SOURCE, first, NOW) - NOW <= SOURCE.every
    later = NOW + 25 * HOUR
    assert next_poll(SOURCE, learned(first, later), later) - later > SOURCE.every
