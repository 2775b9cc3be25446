"""Which stories mattered most, where they stand, and what is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Authority, Story, Tier
from bot.summary.entries import Entry
from bot.summary.figures import figures, in_words
from bot.summary.grouping import NO_PARTY, grouped
from bot.summary.ranking import points, ranked
from tests.samples import NOW
from tests.summary_stories import DAY, HOUR, a_week, entry, move, party, story, tariff

UTC_ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
WEEK_AGO = NOW - 7 * DAY


def _entries() -> list[Entry]:
    return [entry(told) for told in a_week()]


def _first(one: Entry, other: Entry) -> bool:
    return ranked([other, one], since=WEEK_AGO, until=NOW)[0] == one


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (story(1, tier=Tier.FLASH), story(2, tier=Tier.URGENT, outlets=2)),
        (story(1, outlets=3), story(2, outlets=2)),
        (story(1, tariff(10), party("US")), story(2, tariff(10))),
        (story(1, at=NOW - HOUR), story(2, at=NOW - 2 * HOUR)),
        (story(1, tier=Tier.URGENT), story(2, outlets=9)),
    ],
    ids=["louder", "more outlets", "more facts", "later", "loudness outweighs outlets"],
)
def test_what_mattered_more_stands_first(more: Story, less: Story) -> None:
    assert _first(entry(more), entry(less))


def test_who_speaks_counts() -> None:
    assert _first(entry(story(2), authority=Authority.OFFICIAL), entry(story(1), authority=Authority.WIRE))


@given(
    st.sampled_from(Tier), st.integers(0, 500), st.integers(0, 40), st.sampled_from(Authority), st.integers(-20, 20)
)
def test_points_stay_within_what_is_said_of_them(
    tier: Tier, outlets: int, facts: int, authority: Authority, days: int
) -> None:
    rates = [tariff(percent) for percent in range(facts)]
    told = story(1, *rates, tier=tier, outlets=outlets, at=NOW + days * DAY)
    assert 0 <= points(entry(told, authority=authority), since=WEEK_AGO, until=NOW) <= 14.5


def test_the_order_is_the_same_however_the_stories_came() -> None:
    entries = _entries()
    there, back = (ranked(each, since=WEEK_AGO, until=NOW) for each in (entries, entries[::-1]))
    assert there == back


def test_trade_stands_by_partner_with_its_directions_then_markets_then_the_rest() -> None:
    groups = grouped(ranked(_entries(), since=WEEK_AGO, until=NOW))
    assert [group.heading for group in groups] == [
        "Trade · China: 1 escalation, 1 de-escalation",
        "Trade · EU: 1 escalation",
        "Markets · Dow",
        "Other",
        "Withdrawn",
    ]
    assert [each.story.id for each in groups[0].entries] == [f"{1:012x}", f"{2:012x}"]


def test_every_story_stands_once() -> None:
    entries = _entries()
    placed = [each.story.id for group in grouped(entries) for each in group.entries]
    assert sorted(placed) == sorted(each.story.id for each in entries)


def test_the_party_of_nearly_all_stories_is_a_partner_only_where_it_stands_alone() -> None:
    us, cn, eu = party("US"), party("CN"), party("EU")
    groups = grouped([entry(story(1, us, cn)), entry(story(2, us, eu)), entry(story(3, us)), entry(story(4))])
    assert [group.name for group in groups] == ["China", "EU", "US", NO_PARTY]


def test_what_is_withdrawn_is_not_counted() -> None:
    counted = figures(_entries(), since=WEEK_AGO, until=NOW, zone=UTC_ZONE)
    assert (counted.stories, counted.trade, counted.market, counted.other) == (5, 3, 1, 1)
    assert (counted.escalation, counted.de_escalation) == (2, 1)
    assert [(each.name, each.escalation, each.de_escalation) for each in counted.partners] == [
        ("China", 1, 1),
        ("EU", 1, 0),
    ]


@given(st.lists(st.integers(0, 90 * 24), max_size=30), st.integers(1, 90 * 24))
def test_each_story_is_in_one_bar(hours: list[int], span: int) -> None:
    since = NOW - timedelta(hours=span)
    entries = [entry(story(number, at=max(since, NOW - timedelta(hours=back)))) for number, back in enumerate(hours)]
    counted = figures(entries, since=since, until=NOW, zone=BERLIN)
    assert sum(bar.total for bar in counted.bars) == len(entries) == counted.stories
    assert len(counted.bars) <= 50


def test_a_story_that_went_on_from_before_stands_where_it_went_on() -> None:
    went_on = entry(replace(story(1, at=NOW - 9 * DAY), updated_at=NOW - DAY))
    counted = figures([went_on], since=WEEK_AGO, until=NOW, zone=UTC_ZONE)
    assert [bar.start for bar in counted.bars if bar.total] == [datetime(2025, 5, 6, tzinfo=UTC)]


@pytest.mark.parametrize(("day", "hours"), [(29, 24), (30, 23)], ids=["plain", "the clock goes forward"])
def test_days_begin_at_local_midnight_also_where_the_clock_changes(day: int, hours: int) -> None:
    until = datetime(2025, 4, 2, tzinfo=UTC)
    counted = figures([], since=until - 6 * DAY, until=until, zone=BERLIN)
    starts = {bar.start.astimezone(BERLIN).day: bar.start for bar in counted.bars}
    assert starts[day].astimezone(BERLIN).hour == 0
    following = min(start for start in starts.values() if start > starts[day])
    assert following - starts[day] == timedelta(hours=hours)


def test_the_words_of_a_picture_state_its_main_figures() -> None:
    said = in_words(figures(_entries(), since=WEEK_AGO, until=NOW, zone=BERLIN))
    assert "from 30 Apr 2025 10:00 to 7 May 2025 10:00 (Europe/Berlin): 5 in all, 3 on trade" in said
    assert "Most came in the day from 7 May 2025 00:00: 4." in said
    assert "China 1 to 1, EU 1 to 0." in said
    assert "states a direction" in in_words(figures([], since=WEEK_AGO, until=NOW, zone=BERLIN))


def test_markets_without_an_instrument_stand_by_kind() -> None:
    told = entry(story(1, labels=("market",)))
    named = entry(story(2, move("gold"), labels=("market",)))
    assert [group.heading for group in grouped([told, named])] == ["Markets · gold", "Markets · no instrument named"]
