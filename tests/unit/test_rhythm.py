"""What is learned of when a feed publishes, and what headers, documents and pages say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.challenge import is_challenge
from bot.intake.fetched import Fault, FaultKind, Fetched, FetchState
from bot.intake.hints import NO_HINTS, Hints, hints_in
from bot.intake.lifetime import MOST_FRESH, fresh_for, is_shared
from bot.intake.rhythm import MOST_STRAIN, WINDOW, Rhythm, learned, with_hints
from bot.intake.trouble import Trouble, trouble_of
from bot.model import Source, SourceId
from tests.samples import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCE = Source(id=SourceId("s"), name="s", url="https://s.example", every=5 * MINUTE)
DAILY = [NOW.replace(hour=14) - day * DAY for day in range(1, 29)]

dates = st.lists(st.timedeltas(min_value=timedelta(0), max_value=100 * DAY).map(lambda ago: NOW - ago), max_size=40)


# --- rhythm -----------------------------------------------------------------------------------------------


@given(dates, dates, st.integers(0, 30))
def test_what_is_stored_is_what_was_learned_and_stays_short(
    first: list[datetime], later: list[datetime], strains: int
) -> None:
    rhythm = Rhythm.begun(first, NOW - 20 * DAY).after(later, NOW)
    for _ in range(strains):
        rhythm = rhythm.strained()
    assert rhythm.strain <= MOST_STRAIN
    stored = rhythm.dump()
    assert len(stored) < 1_000
    again = Rhythm.load(stored)
    assert again is not None
    assert again.dump() == stored
    assert (again.counts, again.strain) == (rhythm.counts, rhythm.strain)


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "{}", '{"since":"x"}', '{"since":1e99}', '{"since":1,"counts":7}']
)
def test_a_text_that_is_none_of_ours_is_learned_anew(text: str | None) -> None:
    assert Rhythm.load(text) is None
    fetched = learned(Fetched(state=FetchState(rhythm=text)), NOW, stands=DAILY)
    rhythm = Rhythm.load(fetched.state.rhythm)
    assert rhythm is not None
    assert sum(rhythm.counts) == len(DAILY)


def test_an_hour_in_which_it_publishes_is_expected_to_bring_more_than_the_others() -> None:
    rhythm = Rhythm.begun(DAILY, NOW)
    at_two, at_night = (rhythm.rate(NOW.replace(hour=hour), NOW) for hour in (14, 3))
    assert at_two > 5 * at_night
    assert rhythm.mean(NOW) == pytest.approx(1 / 24, rel=0.1)


def test_a_handful_of_dates_makes_no_rhythm() -> None:
    rhythm = Rhythm.begun([NOW - 3 * DAY], NOW)
    rates = [rhythm.rate(NOW + hour * HOUR, NOW) for hour in range(24)]
    assert max(rates) < 2.5 * min(rates)


def test_a_bulk_of_entries_of_one_minute_is_one_event() -> None:
    assert sum(Rhythm.begun([NOW - DAY] * 500, NOW).counts) == 1


def test_what_was_long_ago_fades() -> None:
    rhythm = Rhythm.begun(DAILY, NOW)
    later = NOW + 3 * WINDOW
    aged = rhythm.after([later - HOUR], later)
    assert sum(aged.counts) == len(DAILY) / 2 + 1
    assert aged.since > rhythm.since
    assert aged.mean(later) < rhythm.mean(NOW)


def test_dates_that_cannot_be_are_not_learned() -> None:
    rhythm = Rhythm.begun(DAILY, NOW)
    assert rhythm.after([NOW + DAY, NOW - 400 * DAY], NOW) is rhythm


def test_what_another_source_brought_first_counts_as_published_here_too() -> None:
    first = learned(Fetched(), NOW, stands=DAILY)
    pushed = learned(first, NOW + HOUR, stands=[*DAILY, NOW + 30 * MINUTE], new=[])
    rhythm = Rhythm.load(pushed.state.rhythm)
    assert rhythm is not None
    assert rhythm.newest == NOW + 30 * MINUTE


def test_a_poll_that_teaches_nothing_changes_nothing() -> None:
    known = learned(Fetched(), NOW, stands=DAILY)
    assert learned(known, NOW + HOUR) is known


def test_429_strains_and_good_answers_ease() -> None:
    fault = Fault(kind=FaultKind.TOO_OFTEN, message="")
    asked = learned(Fetched(fault=fault), NOW)
    strained = Rhythm.load(asked.state.rhythm)
    assert strained is not None
    assert strained.strain == 2
    eased = Rhythm.load(learned(replace(asked, fault=None), NOW + HOUR).state.rhythm)
    assert eased is not None
    assert 1 < eased.strain < 2


# --- trouble ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_of_pause", "days_silent", "frozen"), [(1, 6, False), (1, 8, True), (14, 50, False), (14, 60, True)]
)
def test_a_feed_that_answers_is_frozen_out_of_its_own_rhythm(
    days_of_pause: int, days_silent: int, frozen: bool
) -> None:
    times = [NOW - number * days_of_pause * DAY for number in range(10)]
    well = Fetched(state=FetchState(rhythm=Rhythm.begun(times, NOW).dump()))
    assert trouble_of(SOURCE, well, NOW + days_silent * DAY) == (Trouble.FROZEN if frozen else None)


def test_a_feed_of_which_little_is_known_is_given_four_weeks() -> None:
    well = learned(Fetched(), NOW)
    assert trouble_of(SOURCE, well, NOW + 27 * DAY) is None
    assert trouble_of(SOURCE, well, NOW + 29 * DAY) is Trouble.FROZEN


@pytest.mark.parametrize(
    ("kind", "failures", "trouble"),
    [
        (FaultKind.HTTP_STATUS, 2, None),
        (FaultKind.HTTP_STATUS, 7, None),
        (FaultKind.HTTP_STATUS, 8, Trouble.FAILING),
        (FaultKind.UNREACHABLE, 10, None),
        (FaultKind.UNREACHABLE, 30, Trouble.FAILING),
        (FaultKind.BLOCKED, 2, None),
        (FaultKind.BLOCKED, 3, Trouble.BLOCKED),
        (FaultKind.GONE, 1, Trouble.RETIRED),
    ],
)
def test_what_passes_by_itself_is_no_trouble(kind: FaultKind, failures: int, trouble: Trouble | None) -> None:
    fetched = Fetched(fault=Fault(kind=kind, message=""), state=FetchState(failures=failures))
    assert trouble_of(SOURCE, fetched, NOW) is trouble


# --- headers ----------------------------------------------------------------------------------------------


def expires(after: timedelta) -> dict[str, str]:
    return {"Date": format_datetime(NOW, usegmt=True), "Expires": format_datetime(NOW + after, usegmt=True)}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": "max-age=300"}, 300),
        ({"Cache-Control": 'Public, Max-Age="300" '}, 300),
        ({"Cache-Control": "max-age=300", "Age": "100"}, 200),
        ({"Cache-Control": "max-age=60, s-maxage=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=60, s-maxage=600"}, 60),
        ({"Cache-Control": "max-age=300", "Age": "301"}, None),
        ({"Cache-Control": "max-age=300, no-cache"}, None),
        ({"Cache-Control": "no-store"}, None),
        ({"Cache-Control": "max-age=-5"}, None),
        ({"Cache-Control": "max-age=99999999999999999999"}, MOST_FRESH.total_seconds()),
        ({"Cache-Control": "max-age=٣"}, None),
        ({"Cache-Control": ",,=,max-age"}, None),
        (expires(10 * MINUTE), 600),
        ({**expires(10 * MINUTE), "Age": "60"}, 540),
        ({**expires(10 * MINUTE), "Cache-Control": "max-age=30"}, 30),
        (expires(-DAY), None),
        (expires(4_000 * DAY), MOST_FRESH.total_seconds()),
        ({"Expires": "0", "Date": format_datetime(NOW)}, None),
        ({"Expires": format_datetime(NOW)}, None),
    ],
)
def test_how_long_a_copy_stands(headers: dict[str, str], seconds: float | None) -> None:
    left = fresh_for(headers)
    assert (left and left.total_seconds()) == seconds
    assert is_shared(headers) == ("Age" in headers)


@given(st.dictionaries(st.sampled_from(["Cache-Control", "Age", "Expires", "Date"]), st.text(max_size=60)))
def test_no_header_is_stumbled_over(headers: dict[str, str]) -> None:
    left = fresh_for(headers)
    assert left is None or timedelta(0) < left <= MOST_FRESH


# --- documents --------------------------------------------------------------------------------------------

TWICE = "<sy:updateFrequency>2</sy:updateFrequency>"


@pytest.mark.parametrize(
    ("said", "hints"),
    [
        ("", NO_HINTS),
        ("<ttl>15</ttl>", Hints(least=15 * MINUTE)),
        ("<ttl>\n 999999999 </ttl>", Hints(least=DAY)),
        ("<ttl>0</ttl><ttl/>", NO_HINTS),
        (f"<sy:updatePeriod>\n hourly </sy:updatePeriod>{TWICE}", Hints(least=HOUR / 2)),
        (f"<sy:updatePeriod>hourly</sy:updatePeriod>{TWICE.replace('2', '0')}", Hints(least=HOUR)),
        ("<syn:updatePeriod>yearly</syn:updatePeriod><ttl>5</ttl>", Hints(least=DAY)),
        ("<skipHours><hour>0</hour><hour>24</hour><hour>7</hour><hour>99</hour></skipHours>",
         Hints(skip_hours=frozenset({0, 7}))),
        ("<skipDays><day>Saturday</day><day>sunday</day><day>Noday</day></skipDays>",
         Hints(skip_days=frozenset({5, 6}))),
        ("<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(24)) + "</skipHours>", NO_HINTS),
    ],
)  # fmt: skip
def test_what_a_document_asks_for(said: str, hints: Hints) -> None:
    found = hints_in(f"<rss><channel><title>t</title>{said}<item/></channel></rss>".encode())
    assert found == hints
    stored = with_hints(None, found, NOW)
    rhythm = Rhythm.load(stored)
    assert (rhythm.hints if rhythm else NO_HINTS) == hints


def test_the_newest_document_has_the_last_word() -> None:
    first = with_hints(None, Hints(least=HOUR), NOW)
    later = Rhythm.load(with_hints(first, NO_HINTS, NOW + DAY))
    assert later is not None
    assert (later.hints, later.since) == (NO_HINTS, NOW)


# --- gates ------------------------------------------------------------------------------------------------

GATE = b"\n<!DOCTYPE html><html><head><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("status", "headers", "body", "gate"),
    [
        (403, {}, b"", True),
        (503, {"cf-mitigated": "challenge"}, b"", True),
        (200, {"cf-mitigated": "challenge"}, b"<rss/>", True),
        (202, {"x-amzn-waf-action": "challenge"}, b"", True),
        (200, HTML, GATE, True),
        (503, HTML, GATE, True),
        (503, HTML, b"", False),
        (200, HTML, b"<!doctype html><html><body>Hello</body></html>", False),
        (200, HTML, b"<?xml version='1.0'?><rss><title>How _cf_chl_opt works</title></rss>", False),
        (200, {"Content-Type": "application/rss+xml"}, GATE, False),
    ],
)
def test_a_gate_is_told_from_a_page_and_from_a_feed_about_gates(
    status: int, headers: dict[str, str], body: bytes, gate: bool
) -> None:
    assert is_challenge(status, headers, body) is gate
