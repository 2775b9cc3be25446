"""What of a story a destination has not heard, and what is decided from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import (
    Direction,
    Fact,
    Mark,
    Measure,
    Meeting,
    Move,
    Notice,
    Party,
    Person,
    Rate,
    Reason,
    Tier,
    Told,
    Verdict,
    fact_key,
)
from bot.routing.decide import after, amend, amended, decide, reason_behind
from bot.routing.novelty import fresh_facts, keys_after, reversal, told_side
from bot.routing.quiet import QuietHours
from bot.routing.routes import Match
from tests import samples
from tests.samples import NOW, SLACK

SPAN = samples.span()
NO, DK = Party(value="NO", span=SPAN), Party(value="DK", span=SPAN)
ACT, TALKS = (Measure(value="tariff", stage=stage, span=SPAN) for stage in ("announced", "talks"))
RATE, HIGHER = (Rate(value=value, of="tariff", span=SPAN) for value in (10.0, 35.0))
WANTED = Match(destination=SLACK, route="desk", wanted=True, detail="topic:trade matched", tier=Tier.ALERT)


def _move(size: float | None = None, **changes: Any) -> Move:
    sized: dict[str, Any] = {"size": size, "unit": None if size is None else "percent"}
    return replace(Move(instrument="Copper", direction="up", span=SPAN), **(sized | changes))


def _meeting(where: str | None = None, when: str | None = None) -> Meeting:
    return Meeting(where=where, when=when, span=SPAN)


def _keys(*facts: Fact) -> frozenset[str]:
    return frozenset(map(fact_key, facts))


def _is_fresh(fact: Fact, *told: Fact, item: tuple[Fact, ...] = ()) -> bool:
    """Whether `fact` is news to who was told `told`, when `item` are the facts of the item that brought it."""
    return fresh_facts((fact,), item or (fact,), _keys(*told)) == (fact,)


# --- fresh facts ------------------------------------------------------------------------------------------

every_fact = st.one_of(
    st.builds(Party, value=st.sampled_from(["NO", "DK"]), span=st.just(SPAN)),
    st.builds(Person, value=st.sampled_from(["Aasen", "Lindqvist"]), span=st.just(SPAN)),
    st.builds(
        Measure, value=st.just("tariff"), stage=st.sampled_from([None, "announced", "talks"]), span=st.just(SPAN)
    ),
    st.builds(Rate, value=st.floats(-5, 200), of=st.sampled_from(["tariff", "growth"]), span=st.just(SPAN)),
    st.builds(_move, st.none() | st.floats(0, 30), direction=st.sampled_from(["up", "down"])),
    st.builds(_meeting, st.sampled_from([None, "Lund", "Skarhavn: old town"]), st.sampled_from([None, "2025-06-03"])),
)
fact_lists = st.lists(every_fact, max_size=6)


@settings(max_examples=60)
@given(fact_lists, fact_lists, fact_lists)
def test_a_told_fact_is_never_fresh(facts: list[Fact], own: list[Fact], further: list[Fact]) -> None:
    assert fresh_facts(facts, own, _keys(*facts, *further)) == ()


@settings(max_examples=60)
@given(st.floats(-5, 200), fact_lists)
def test_a_rate_that_was_not_told_is_always_fresh(value: float, told: list[Fact]) -> None:
    assert _is_fresh(Rate(value=value, of="interest", span=SPAN), *told)


def test_fresh_facts_keep_their_order_and_the_rest_is_left_out() -> None:
    assert fresh_facts((HIGHER, NO, RATE, ACT), (), _keys(RATE)) == (HIGHER, ACT)


@pytest.mark.parametrize(
    ("fact", "told", "fresh"),
    [
        (_move(), _move(0.7), False),
        (_move(0.7), _move(), True),
        (_move(2.0), _move(2.3), False),
        (_move(2.3), _move(2.0), False),
        (_move(2.0), _move(2.6), True),
        (_move(2.6), _move(2.0), True),
        (_move(2.0), _move(2.0, unit="points"), True),
        (_move(0.0), _move(0.0, instrument="COPPER"), False),
        (_move(direction="down"), _move(2.0), True),
        (_move(instrument="Tin"), _move(2.0), True),
        (_move(instrument="Cop"), _move(2.0), True),
    ],
)
def test_a_move_is_news_in_its_direction_or_size_but_not_vaguer_or_rounded(
    fact: Move, told: Move, fresh: bool
) -> None:
    assert _is_fresh(fact, told) is fresh


@pytest.mark.parametrize(
    ("fact", "told", "fresh"),
    [
        (replace(ACT, stage=None), ACT, False),
        (ACT, replace(ACT, stage=None), True),
        (replace(ACT, stage="in-force"), ACT, True),
        (Measure(value="quota", span=SPAN), ACT, True),
    ],
)
def test_a_measure_is_news_at_each_stage_but_not_vaguer(fact: Measure, told: Measure, fresh: bool) -> None:
    assert _is_fresh(fact, told) is fresh


DAYS = "2025-06-03/2025-06-05"


@pytest.mark.parametrize(
    ("fact", "told", "fresh"),
    [
        (_meeting(), _meeting("Lund", DAYS), False),
        (_meeting(when="2025-06-03"), _meeting("Lund", DAYS), False),
        (_meeting("Lund", "2025-06-05"), _meeting("Lund", DAYS), False),
        (_meeting("Lund", "2025-06-04/2025-06-05"), _meeting("Lund", DAYS), False),
        (_meeting("Lund", "2025-06-05/2025-06-06"), _meeting("Lund", DAYS), True),
        (_meeting("Lund", "2025-06-02"), _meeting("Lund", DAYS), True),
        (_meeting("Lund", DAYS), _meeting("Lund", "2025-06-04"), True),
        (_meeting("Lund", "2025-06-04"), _meeting("Lund"), True),
        (_meeting("Lund", "2025-06-04"), _meeting(when="2025-06-04"), True),
        (_meeting("Skarhavn", "2025-06-04"), _meeting("Lund", DAYS), True),
        (_meeting("Skarhavn: old town"), _meeting("Skarhavn: old town", DAYS), False),
    ],
)
def test_a_meeting_is_news_unless_it_was_told_with_its_place_and_within_its_days(
    fact: Meeting, told: Meeting, fresh: bool
) -> None:
    assert _is_fresh(fact, told) is fresh


@pytest.mark.parametrize(
    ("item", "fresh"),
    [
        pytest.param((DK, ACT), True, id="acts"),
        pytest.param((DK, TALKS), False, id="talks"),
        pytest.param((DK, replace(ACT, stage=None)), False, id="at no stage"),
        pytest.param((ACT,), False, id="is not in the item"),
    ],
)
def test_a_further_country_is_news_only_where_the_item_has_an_action(item: tuple[Fact, ...], fresh: bool) -> None:
    assert _is_fresh(DK, NO, ACT, item=item) is fresh


def test_a_name_is_no_news_whoever_acts() -> None:
    person = Person(value="Lindqvist", span=SPAN)
    assert not _is_fresh(person, NO, item=(person, ACT))


# --- sides ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "now", "turn"),
    [
        ("escalation", "de-escalation", ("escalation", "de-escalation")),
        ("de-escalation", "escalation", ("de-escalation", "escalation")),
        ("escalation", "escalation", None),
        ("escalation", "neutral", None),
        ("escalation", None, None),
        (None, "escalation", None),
    ],
)
def test_trade_news_turns_only_from_one_side_to_the_other(
    told: Direction | None, now: Direction | None, turn: tuple[Direction, Direction] | None
) -> None:
    assert reversal(Verdict(direction=now), keys_after((), (RATE,), told)) == turn


def test_of_the_sides_the_last_told_is_kept_and_of_the_facts_all() -> None:
    keys = keys_after((), (RATE,), "neutral")
    assert (keys, told_side(keys)) == (_keys(RATE), None)
    keys = keys_after(keys, (NO,), "escalation")
    keys = keys_after(keys, (), None)
    assert told_side(keys) == "escalation", "who takes no side changes none"
    keys = keys_after(keys, (ACT,), "de-escalation")
    assert told_side(keys) == "de-escalation"
    assert keys == keys_after(_keys(RATE, NO, ACT), (), "de-escalation")


# --- decisions --------------------------------------------------------------------------------------------

STORY = samples.story(verdict=samples.verdict(facts=(NO, ACT, RATE), direction="escalation"))


def _told(*facts: Fact, tier: Tier = Tier.ALERT, side: Direction = "escalation") -> Told:
    keys = keys_after((), facts, side)
    return Told(destination=SLACK, story_id=STORY.id, fact_keys=keys, tier=tier, version=1)


def _decide(told: Told | None, match: Match = WANTED, *, own: Tier = Tier.ALERT, **said: Any) -> Notice:
    story = replace(STORY, tier=match.tier, version=2)
    return decide(told, story, samples.item(), match, said=replace(STORY.verdict, **said), tier=own, now=NOW)


@pytest.mark.parametrize("own", [(ACT, RATE), (RATE,), ()], ids=["all", "one", "none"])
def test_whatever_of_the_story_was_not_told_is_told_whichever_item_brought_it(own: tuple[Fact, ...]) -> None:
    notice = _decide(_told(NO), facts=own)
    assert (notice.reason, notice.new_facts) == (Reason.NEW_FACT, (ACT, RATE))
    assert notice.detail == "Example Wire adds 2 new to this story"
    assert (notice.destination, notice.story_id, notice.item_key) == (SLACK, STORY.id, samples.item().key)
    assert (notice.version, notice.decided_at, notice.until) == (2, NOW, None)


def test_a_change_of_sides_is_told_without_any_new_fact() -> None:
    notice = _decide(_told(NO, ACT, RATE), direction="de-escalation")
    assert (notice.reason, notice.new_facts) == (Reason.NEW_FACT, ())
    assert notice.detail == "reversal: escalation became de-escalation, says Example Wire"


def test_a_louder_story_is_an_escalation_with_what_is_new() -> None:
    notice = _decide(_told(NO, ACT), replace(WANTED, tier=Tier.URGENT), own=Tier.URGENT, direction="de-escalation")
    assert (notice.reason, notice.detail) == (Reason.ESCALATED, "alert became urgent")
    assert (notice.new_facts, notice.tier) == ((RATE,), Tier.URGENT)


def test_what_was_told_already_is_told_no_more() -> None:
    notice = _decide(_told(NO, ACT, RATE))
    assert (notice.reason, notice.new_facts) == (Reason.NOTHING_NEW, ())
    assert notice.detail == "Example Wire reports what was told already"


@pytest.mark.parametrize("told", [None, _told(NO), _told(NO, ACT, RATE)], ids=["unheard", "in part", "all told"])
@pytest.mark.parametrize(
    ("match", "reason", "detail"),
    [
        (replace(WANTED, muted_by="muted by Ann: we know"), Reason.MUTED, "muted by Ann: we know"),
        (replace(WANTED, wanted=False, detail="topic:market is not met"), Reason.BELOW_THRESHOLD, "topic:market"),
        (replace(WANTED, wanted=False, muted_by="muted by Ann"), Reason.BELOW_THRESHOLD, "topic:trade"),
    ],
)
def test_what_is_muted_or_not_wanted_stays_silent_and_says_why(
    told: Told | None, match: Match, reason: Reason, detail: str
) -> None:
    quiet = QuietHours.parse("07:00-09:30 UTC")
    notice = _decide(told, replace(match, quiet=quiet), direction="de-escalation")
    assert (notice.reason, notice.new_facts, notice.until) == (reason, (), None)
    assert notice.detail.startswith(detail)


def test_what_quiet_hours_hold_keeps_its_reason_and_its_facts() -> None:
    quiet = replace(WANTED, quiet=QuietHours.parse("07:00-09:30 UTC"))
    notice = _decide(_told(NO, ACT), quiet)
    assert (notice.reason, notice.until) == (Reason.HELD, NOW + timedelta(minutes=90))
    assert notice.detail == "new_fact, held until 09:30 UTC: Example Wire adds 1 new to this story"
    assert notice.new_facts == (RATE,)
    assert reason_behind(notice.reason, notice.detail) is Reason.NEW_FACT


def test_after_a_notice_its_facts_and_side_are_told_and_the_tier_never_falls() -> None:
    told = _told(NO, tier=Tier.FLASH)
    notice = _decide(told, direction="de-escalation")
    heard = after(told, notice, replace(STORY, version=5), replace(STORY.verdict, direction="de-escalation"))
    assert heard.fact_keys == keys_after((), (NO, ACT, RATE), "de-escalation")
    assert (heard.tier, heard.version, heard.destination) == (Tier.FLASH, 5, SLACK)
    assert _decide(heard, direction="de-escalation").reason is Reason.NOTHING_NEW


@pytest.mark.parametrize(
    ("mark", "reason"),
    [("corrected", Reason.CORRECTION), (None, Reason.CORRECTION), ("withdrawn", Reason.WITHDRAWN)],
)
def test_an_amendment_is_as_loud_as_the_story_was_told_and_says_what_changed(
    mark: Mark | None, reason: Reason
) -> None:
    marked = replace(STORY, mark=mark, version=4, tier=Tier.DIGEST)
    notice = amend(_told(NO, tier=Tier.URGENT), marked, samples.item(), "10% became 35%", route="desk", now=NOW)
    assert (notice.reason, notice.detail, notice.route) == (reason, "10% became 35%", "desk")
    assert (notice.tier, notice.version, notice.new_facts) == (Tier.URGENT, 4, ())


def test_after_an_amendment_what_was_wrong_is_unheard_and_what_replaced_it_is_told() -> None:
    """STORY no longer has the wrong rate; of what it has, the measure was not told."""
    heard = amended(_told(NO, HIGHER), replace(STORY, version=7), _keys(RATE))
    assert heard == replace(_told(NO, RATE), version=7)
    assert _is_fresh(HIGHER, NO, RATE)
    assert _decide(heard).new_facts == (ACT,)
    assert amended(_told(NO), STORY, _keys(HIGHER)).fact_keys == _told(NO).fact_keys, "only what is stated"
