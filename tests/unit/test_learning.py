"""What marks do to thresholds and what they say as labels: bounded, monotone, and gone when they are taken back."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Destination, ItemKey, Label, Tier, Verdict
from bot.routing import query
from bot.routing.decide import decide
from bot.routing.learning import MOST, MOST_OF_ONE, STEP, TOPICS, Learned, Mark, Shift, labels_of, shifts_of
from bot.routing.routes import Match, Route, Threshold, match_routes, thresholds_at, topics_concerned, topics_flagged
from tests import samples
from tests.samples import DISCORD, NOW, SLACK

ANN, BOB, EVE = (Destination("slack", f"U{name}", person=True) for name in ("ANN", "BOB", "EVE"))
BASES: dict[Label, float] = {"trade": 0.5, "market": 0.5, "urgent": 0.5}
LUKEWARM = samples.verdict(trade=0.55, market=0.1, labels=("trade",))
MISSED = samples.verdict(trade=0.45, market=0.1, labels=())
ROUTE = Route(name="desk", to=(SLACK, DISCORD), when=query.parse("topic:trade OR topic:market"))

_numbers = count()


def mark(person: Destination = ANN, *, relevant: bool = False, verdict: Verdict = LUKEWARM, **changes: Any) -> Mark:
    made = Mark(
        place=SLACK,
        person=person,
        item_key=ItemKey(f"{next(_numbers):016x}"),
        relevant=relevant,
        topics=("trade",),
        flagged=tuple(topic for topic in TOPICS if topic in verdict.labels),
        verdict=verdict,
        marked_at=NOW,
    )
    return replace(made, **changes)


def shift(*marks: Mark, topic: Label = "trade") -> Shift:
    return shifts_of(marks).get(SLACK, {}).get(topic, Shift())


def learned(*marks: Mark) -> Learned:
    return Learned(thresholds=BASES, shifts=shifts_of(marks))


def match(verdict: Verdict, *marks: Mark, tier: Tier = Tier.ALERT, route: Route = ROUTE) -> Match:
    """What the route says of the story for SLACK."""
    return match_routes([route], samples.item(), verdict, tier, learned(*marks))[0]


# --- the rule ---------------------------------------------------------------------------------------------


def test_each_mark_against_the_verdict_is_one_step() -> None:
    assert shift(mark(), mark()).steps == 2
    assert shift(mark(relevant=True, verdict=MISSED)).steps == -1


def test_a_mark_that_agrees_only_takes_back_what_others_moved() -> None:
    assert shift(mark(relevant=True), mark(relevant=True)).steps == 0, "praise does not open the gate"
    assert shift(mark(ANN), mark(ANN), mark(BOB, relevant=True)).steps == 1
    assert shift(mark(verdict=MISSED)).steps == 0
    assert shift(mark(ANN, relevant=True, verdict=MISSED), mark(BOB, verdict=MISSED)).steps == 0


def test_one_person_cannot_drag_a_channel_but_several_can_up_to_a_limit() -> None:
    assert shift(*(mark(ANN) for _ in range(50))).steps == MOST_OF_ONE
    assert shift(*(mark(person) for person in (ANN, BOB, EVE) for _ in range(50))).steps == MOST


def test_three_marks_of_one_outweigh_any_number_of_another() -> None:
    flood = [mark(ANN) for _ in range(50)]
    assert shift(*flood, *(mark(BOB, relevant=True) for _ in range(3))).steps == 0
    assert shift(*flood, *(mark(BOB, verdict=MISSED) for _ in range(3))).steps == MOST_OF_ONE, (
        "agreement adds nothing"
    )
    misses = [mark(ANN, relevant=True, verdict=MISSED) for _ in range(50)]
    assert shift(*misses, *(mark(BOB, verdict=MISSED) for _ in range(3))).steps == 0
    assert shift(*misses, *(mark(BOB, relevant=True) for _ in range(3))).steps == -MOST_OF_ONE, "praise adds nothing"


def test_a_mark_moves_only_its_place_and_its_topics() -> None:
    shifts = shifts_of([mark()])
    assert set(shifts) == {SLACK}
    assert set(shifts[SLACK]) == {"trade"}
    assert shifts_of([mark(topics=())]) == {}


marks = st.lists(
    st.builds(
        mark,
        st.sampled_from([ANN, BOB, EVE]),
        relevant=st.booleans(),
        verdict=st.sampled_from([LUKEWARM, MISSED]),
        topics=st.sampled_from([("trade",), ("trade", "market"), ()]),
    ),
    max_size=30,
)
one_mark = marks.filter(bool).map(lambda found: found[0])


@given(marks, st.floats(min_value=0.001, max_value=0.999))
def test_a_shift_is_bounded_whatever_is_pressed(pressed: list[Mark], base: float) -> None:
    found = shift(*pressed)
    assert -MOST <= found.steps <= MOST
    lowest, highest = Shift(steps=-MOST).threshold(base), Shift(steps=MOST).threshold(base)
    assert 0 < lowest <= found.threshold(base) <= highest < 1


@given(marks, st.sampled_from([ANN, BOB, EVE]), st.sampled_from([LUKEWARM, MISSED]))
def test_not_relevant_never_brings_more_and_relevant_never_less(
    pressed: list[Mark], person: Destination, verdict: Verdict
) -> None:
    before = shift(*pressed).steps
    assert before <= shift(*pressed, mark(person, verdict=verdict)).steps <= before + 1
    assert before - 1 <= shift(*pressed, mark(person, relevant=True, verdict=verdict)).steps <= before


@given(marks, one_mark)
def test_taking_a_mark_back_restores_every_threshold(pressed: list[Mark], last: Mark) -> None:
    after = [*pressed, last]
    after.remove(last)
    assert shifts_of(after) == shifts_of(pressed)


@given(marks, st.randoms())
def test_the_order_of_the_marks_does_not_matter(pressed: list[Mark], random: Random) -> None:
    shuffled = list(pressed)
    random.shuffle(shuffled)
    assert shifts_of(shuffled) == shifts_of(pressed)


@pytest.mark.parametrize(("steps", "threshold"), [(0, 0.5), (1, 0.562), (2, 0.622), (6, 0.818), (-6, 0.182)])
def test_a_step_is_a_quarter_in_log_odds(steps: int, threshold: float) -> None:
    assert STEP == 0.25
    assert Shift(steps=steps).threshold(0.5) == pytest.approx(threshold, abs=0.0005)


def test_what_the_owner_made_absolute_stays() -> None:
    assert [Shift(steps=6).threshold(0.0), Shift(steps=-6).threshold(1.0)] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Shift(), "0.50"),
        (Shift(steps=1, irrelevant=1), "0.56 (0.50 shifted by 1 Not relevant mark)"),
        (Shift(steps=2, irrelevant=3, relevant=1), "0.62 (0.50 shifted by 3 Not relevant and 1 Relevant marks)"),
        (Shift(relevant=2), "0.50 (not shifted by 2 Relevant marks)"),
        (Shift(steps=6, irrelevant=9), "0.82 (0.50 shifted by 9 Not relevant marks, as far as marks go)"),
    ],
)
def test_a_shift_is_told_in_words(found: Shift, words: str) -> None:
    assert found.describe(0.5) == words


# --- at the routes ----------------------------------------------------------------------------------------


def test_a_place_without_marks_is_told_as_ever() -> None:
    for verdict, tier in ((LUKEWARM, Tier.ALERT), (MISSED, Tier.DIGEST), (samples.verdict(), Tier.URGENT)):
        elsewhere = match_routes([ROUTE], samples.item(), verdict, tier, learned(mark(), mark()))[1]
        assert elsewhere == match_routes([ROUTE], samples.item(), verdict, tier)[1]


def test_a_raised_threshold_keeps_a_lukewarm_story_out_and_says_so() -> None:
    found = match(LUKEWARM, mark(), mark())
    assert not found.wanted
    assert found.detail == (
        "neither topic:trade nor topic:market (trade 0.55, market 0.10); "
        "below this channel's trade threshold 0.62 (0.50 shifted by 2 Not relevant marks)"
    )


def test_a_raised_threshold_lets_a_strong_story_through() -> None:
    strong = samples.verdict(trade=0.9, market=0.1, labels=("trade",))
    assert match(strong, mark(), mark()) == match(strong)


def test_a_lowered_threshold_tells_a_missed_story_as_an_alert() -> None:
    assert not match(MISSED, tier=Tier.DIGEST).wanted
    found = match(MISSED, mark(relevant=True, verdict=MISSED), tier=Tier.DIGEST)
    assert found.wanted
    assert found.detail.endswith(
        "tier alert); over this channel's trade threshold 0.44 (0.50 shifted by 1 Relevant mark)"
    )
    story = samples.story(verdict=MISSED, tier=Tier.DIGEST)
    notice = decide(None, story, samples.item(), found, said=samples.verdict(), tier=Tier.DIGEST, now=NOW)
    assert (notice.reason, notice.tier) == ("first", Tier.ALERT)


@pytest.mark.parametrize("tier", [Tier.URGENT, Tier.FLASH])
def test_no_mark_holds_back_what_is_urgent(tier: Tier) -> None:
    urgent = samples.verdict(trade=0.55, market=0.1, labels=("trade", "urgent"))
    found = match(urgent, *(mark(person) for person in (ANN, BOB) for _ in range(9)), tier=tier)
    assert found.wanted
    assert f"{tier}, so not held back by this channel's trade threshold 0.82" in found.detail


def test_the_other_topic_still_brings_the_story() -> None:
    both = samples.verdict(trade=0.55, market=0.9, labels=("trade", "market"))
    found = match(both, mark(), mark())
    assert found.wanted
    assert found.detail.startswith("topic:market matched (trade 0.55")
    assert "below this channel's trade threshold 0.62" in found.detail


def test_a_mark_works_for_a_route_that_names_no_topic() -> None:
    steel = replace(ROUTE, when=query.parse("steel"))
    assert match(LUKEWARM, route=steel).wanted
    found = match(LUKEWARM, mark(), mark(), route=steel)
    assert not found.wanted
    assert found.detail.startswith("tier digest is below alert")
    assert "below this channel's trade threshold 0.62" in found.detail


def test_a_shift_starts_from_the_threshold_of_the_route() -> None:
    strict = replace(ROUTE, threshold=0.8)
    strong = samples.verdict(trade=0.81, market=0.1, labels=("trade",))
    assert match(strong, route=strict).wanted
    found = match(strong, mark(), route=strict)
    assert not found.wanted
    assert "0.84 (0.80 shifted by 1 Not relevant mark)" in found.detail


def test_a_person_is_not_called_a_channel() -> None:
    (found,) = match_routes(
        [replace(ROUTE, to=(ANN,))], samples.item(), LUKEWARM, Tier.ALERT, learned(mark(place=ANN))
    )
    assert "below this person's trade threshold 0.56" in found.detail


@given(marks, st.floats(0, 1), st.sampled_from(list(Tier)))
def test_not_relevant_never_tells_more_and_relevant_never_less(
    pressed: list[Mark], probability: float, tier: Tier
) -> None:
    verdict = samples.verdict(trade=probability, market=0.0, labels=("trade",) if probability >= 0.5 else ())
    less, now, more = (
        match(verdict, *pressed, *new, tier=tier).wanted
        for new in ([mark()], [], [mark(relevant=True, verdict=MISSED)])
    )
    assert less <= now <= more


def test_thresholds_are_those_of_the_routes_that_name_the_place() -> None:
    routes = [
        replace(ROUTE, when=query.parse("topic:trade -topic:market")),
        replace(ROUTE, name="strict", when=query.parse("topic:trade"), threshold=0.8),
        replace(ROUTE, to=(DISCORD,), threshold=0.1),
    ]
    assert thresholds_at(routes, SLACK, learned(mark())) == [
        Threshold(topic="trade", base=0.5, shift=Shift(steps=1, irrelevant=1)),
        Threshold(topic="trade", base=0.8, shift=Shift(steps=1, irrelevant=1)),
    ]
    assert thresholds_at(routes, ANN, learned()) == []


@pytest.mark.parametrize(
    ("when", "labels", "concerned"),
    [
        ("topic:trade OR topic:market", ("trade", "market", "urgent"), ("trade", "market")),
        ("topic:trade", ("trade", "market"), ("trade",)),
        ("topic:trade -topic:market", ("trade",), ("trade",)),
        ("steel", ("market",), ("market",)),
        ("topic:trade", ("market",), ()),
        ("topic:trade", (), ()),
    ],
)
def test_a_mark_concerns_what_was_flagged_and_is_asked_for(
    when: str, labels: tuple[Label, ...], concerned: tuple[Label, ...]
) -> None:
    verdict = samples.verdict(trade=0.4, market=0.4, labels=labels)
    routes = [replace(ROUTE, when=query.parse(when))]
    assert topics_concerned(routes, SLACK, verdict, Tier.ALERT, learned()) == concerned


def test_a_mark_on_what_a_lowered_threshold_let_in_concerns_that_topic() -> None:
    lowered = learned(mark(relevant=True, verdict=MISSED))
    assert topics_concerned([ROUTE], SLACK, MISSED, Tier.DIGEST, lowered) == ("trade",)


# --- at a route with a threshold of its own ---------------------------------------------------------------


def pressed_at(route: Route, verdict: Verdict, person: Destination = ANN, *, relevant: bool = False) -> Mark:
    """A mark as the command makes it in SLACK."""
    return mark(person, relevant=relevant, verdict=verdict, flagged=topics_flagged([route], SLACK, verdict))


FAINT = samples.verdict(trade=0.25, market=0.1, labels=())
LOW, HIGH = replace(ROUTE, threshold=0.2), replace(ROUTE, threshold=0.8)


def test_not_relevant_raises_a_low_threshold_that_let_an_unlabelled_story_in() -> None:
    assert match(FAINT, tier=Tier.DIGEST, route=LOW).wanted
    found = match(FAINT, *(pressed_at(LOW, FAINT) for _ in range(2)), tier=Tier.DIGEST, route=LOW)
    assert not found.wanted
    assert "below this channel's trade threshold 0.29 (0.20 shifted by 2 Not relevant marks)" in found.detail


def test_relevant_lowers_a_high_threshold_that_kept_a_labelled_story_out() -> None:
    likely = samples.verdict(trade=0.77, market=0.1, labels=("trade",))
    assert not match(likely, route=HIGH).wanted
    found = match(likely, pressed_at(HIGH, likely, relevant=True), route=HIGH)
    assert (found.wanted, found.tier) == (True, Tier.ALERT)
    assert "over this channel's trade threshold 0.76 (0.80 shifted by 1 Relevant mark)" in found.detail


def test_a_mark_that_agrees_with_the_threshold_of_the_route_only_takes_back() -> None:
    assert shift(pressed_at(LOW, FAINT, relevant=True)).steps == 0
    assert shift(pressed_at(HIGH, LUKEWARM)).steps == 0
    assert shift(pressed_at(LOW, FAINT, BOB), pressed_at(LOW, FAINT, relevant=True)).steps == 0


@pytest.mark.parametrize(("route", "verdict", "relevant"), [(LOW, FAINT, False), (HIGH, LUKEWARM, True)])
def test_marks_at_an_own_threshold_are_bounded_as_everywhere(route: Route, verdict: Verdict, relevant: bool) -> None:
    def steps(*persons: Destination) -> int:
        return abs(
            shift(*(pressed_at(route, verdict, each, relevant=relevant) for each in persons for _ in range(9))).steps
        )

    assert (steps(), steps(ANN), steps(ANN, BOB, EVE)) == (0, MOST_OF_ONE, MOST)


def test_what_a_mark_contradicts_does_not_change_when_others_take_theirs_back() -> None:
    """Ann lowers the threshold, Bob dislikes what it lets in, Ann takes hers back: nothing is left."""
    lowered, near = pressed_at(ROUTE, MISSED, relevant=True), samples.verdict(trade=0.46, market=0.1, labels=())
    assert match(near, lowered, tier=Tier.DIGEST).wanted
    disliked = pressed_at(ROUTE, near, BOB)
    assert shift(lowered, disliked).steps == 0
    assert shift(disliked).steps == 0


@pytest.mark.parametrize(
    ("routes", "flagged"),
    [
        ([], ("market",)),
        ([ROUTE], ("market",)),
        ([LOW], ("trade", "market")),
        ([HIGH], ()),
        ([HIGH, LOW], ("trade", "market")),
        ([replace(LOW, to=(DISCORD,)), HIGH], ()),
        ([replace(LOW, when=query.parse("topic:trade"))], ("trade", "market")),
        ([replace(HIGH, when=query.parse("topic:trade"))], ("market",)),
        (
            [replace(LOW, when=query.parse("topic:market")), replace(HIGH, when=query.parse("topic:trade"))],
            ("market",),
        ),
        ([replace(HIGH, when=query.parse("steel"))], ()),
    ],
)
def test_what_is_flagged_in_a_place_goes_by_its_routes_and_else_by_the_labels(
    routes: list[Route], flagged: tuple[Label, ...]
) -> None:
    verdict = samples.verdict(trade=0.25, market=0.6, urgent=0.9, labels=("market", "urgent"))
    assert topics_flagged(routes, SLACK, verdict) == flagged


# --- as labels --------------------------------------------------------------------------------------------

BOTH: tuple[Label, ...] = ("trade", "market")


def test_not_relevant_says_no_to_every_topic_that_it_concerns() -> None:
    assert labels_of([mark(topics=BOTH)]) == {"trade": 0, "market": 0}


def test_relevant_says_yes_to_one_topic_and_nothing_of_two() -> None:
    assert labels_of([mark(relevant=True)]) == {"trade": 1}
    assert labels_of([mark(relevant=True, topics=BOTH)]) == {}


def test_the_latest_mark_of_a_person_counts_wherever_it_was_made() -> None:
    first = mark(topics=BOTH)
    second = mark(place=DISCORD, relevant=True, item_key=first.item_key)
    assert labels_of([first, second]) == {"trade": 1, "market": 0}
    unclear = replace(second, topics=BOTH)
    assert labels_of([first, unclear]) == {}


def test_the_majority_of_persons_decides_and_an_even_vote_does_not() -> None:
    assert labels_of([mark(ANN), mark(BOB), mark(EVE, relevant=True)]) == {"trade": 0}
    assert labels_of([mark(ANN), mark(BOB, relevant=True), mark(EVE, relevant=True)]) == {"trade": 1}
    assert labels_of([mark(ANN), mark(BOB, relevant=True)]) == {}
    assert labels_of([]) == {}


@given(marks)
def test_labels_speak_of_the_concerned_topics_and_never_of_urgency(pressed: list[Mark]) -> None:
    concerned = {topic for each in pressed for topic in each.topics}
    assert set(labels_of(pressed)) <= concerned & {"trade", "market"}
