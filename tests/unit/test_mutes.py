from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Destination, Reason, Tier, fact_key
from bot.routing.decide import decide, reason_behind
from bot.routing.follows import informed, with_followers
from bot.routing.mutes import Mute, MuteKind, muted, silence
from bot.routing.quiet import QuietHours
from bot.routing.routes import FOLLOW, Match
from tests import samples
from tests.samples import DISCORD, NOW, SLACK

ANN = Destination("slack", "UANN", person=True)
HOUR = timedelta(hours=1)
MUTE = Mute(
    place=SLACK,
    kind=MuteKind.STORY,
    value=samples.story().id,
    author=ANN,
    author_name="Ann",
    reason="we know",
    made_at=NOW,
)
WANTED = Match(destination=SLACK, route="desk", wanted=True, detail="topic:trade matched", tier=Tier.ALERT)


def mute(kind: MuteKind, value: str) -> Mute:
    return replace(MUTE, kind=kind, value=value, expires_at=NOW + HOUR)


# --- what a mute covers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "covered"),
    [
        (MuteKind.STORY, "a1b2c3d4e5f6", True),
        (MuteKind.STORY, "ffffffffffff", False),
        (MuteKind.SOURCE, "wire", True),
        (MuteKind.SOURCE, "EXAMPLE  wire", True),
        (MuteKind.SOURCE, "Example", False),
        (MuteKind.SOURCE, '"Example" Wire', False),
        (MuteKind.TOPIC, "trade", True),
        (MuteKind.TOPIC, "urgent", False),
        (MuteKind.TERM, "STEEL", True),
        (MuteKind.TERM, "steel duties", True),
        (MuteKind.TERM, "duties steel", False),
        (MuteKind.TERM, "stee", False),
        (MuteKind.TERM, "trade ministry", True),  # of the summary
        (MuteKind.TERM, "days both", False),  # no phrase reaches from the title into the summary
        (MuteKind.TERM, "unwritten", False),
    ],
)
def test_a_mute_covers_what_it_names_and_nothing_beside_it(kind: MuteKind, value: str, covered: bool) -> None:
    item = samples.item(body="An unwritten rule.")
    assert (muted([mute(kind, value)], samples.story(), item, NOW) is not None) is covered


def test_the_shape_of_quotes_makes_no_other_outlet() -> None:
    item = samples.item(outlet="The “Daily”, People’s Edition")
    assert muted([mute(MuteKind.SOURCE, 'the "daily", people\'s edition')], samples.story(), item, NOW)


def test_a_term_of_a_script_without_spaces_is_found_anywhere() -> None:
    item = samples.item(title="中国暂停钢铁关税九十天", summary="")
    assert muted([mute(MuteKind.TERM, "钢铁关税")], samples.story(), item, NOW)
    assert not muted([mute(MuteKind.TERM, "大豆")], samples.story(), item, NOW)


def test_a_mute_ends_at_its_time_and_a_storys_own_does_not() -> None:
    timed = replace(MUTE, expires_at=NOW + HOUR)
    for found, at, holds in ((timed, NOW, True), (timed, NOW + HOUR, False), (MUTE, NOW + 1000 * HOUR, True)):
        assert (muted([found], samples.story(), samples.item(), at) is not None) is holds


def test_of_several_mutes_the_first_that_holds_is_named() -> None:
    ended = replace(mute(MuteKind.TOPIC, "trade"), expires_at=NOW)
    other, term = mute(MuteKind.TERM, "tin"), mute(MuteKind.TERM, "steel")
    assert muted([ended, other, term, MUTE], samples.story(), samples.item(), NOW) is term


@pytest.mark.parametrize(
    ("found", "detail"),
    [
        (MUTE, "muted by Ann until the story closes: we know"),
        (
            replace(mute(MuteKind.TERM, "steel"), author_name="", reason=""),
            "muted by slack:@UANN until 2025-05-07 09:00 UTC (term “steel”)",
        ),
    ],
)
def test_the_detail_says_who_until_when_what_and_why(found: Mute, detail: str) -> None:
    assert found.detail == detail


# --- where it holds ---------------------------------------------------------------------------------------


def test_a_mute_holds_at_its_place_and_only_what_is_wanted_there() -> None:
    there, unwanted = replace(WANTED, destination=DISCORD), replace(WANTED, wanted=False)
    matches = silence([WANTED, there, unwanted], [MUTE], samples.story(), samples.item(), NOW)
    assert matches == [replace(WANTED, muted_by=MUTE.detail), there, unwanted]


@pytest.mark.parametrize("tier", list(Tier))
def test_a_muted_story_is_silent_however_loud_it_grows(tier: Tier) -> None:
    match = replace(WANTED, tier=tier, muted_by=MUTE.detail, quiet=QuietHours.parse("09:00-12:00 Europe/London"))
    told = informed(None, SLACK, samples.story(tier=Tier.DIGEST, verdict=samples.verdict(facts=())))
    for heard in (None, told):
        notice = decide(
            heard, samples.story(tier=tier), samples.item(), match, said=samples.verdict(), tier=tier, now=NOW
        )
        assert (notice.reason, notice.detail, notice.until) == (Reason.MUTED, MUTE.detail, None)
        assert not notice.reason.tells


def test_what_nobody_wants_there_is_below_the_threshold_and_not_muted() -> None:
    match = replace(WANTED, wanted=False, detail="neither topic", muted_by=MUTE.detail)
    notice = decide(None, samples.story(), samples.item(), match, said=samples.verdict(), tier=Tier.ALERT, now=NOW)
    assert (notice.reason, notice.detail) == (Reason.BELOW_THRESHOLD, "neither topic")


# --- those who follow -------------------------------------------------------------------------------------


def test_followers_are_told_at_once_as_loud_as_the_story_is() -> None:
    urgent = samples.story(tier=Tier.URGENT)
    (channel, person) = with_followers([WANTED], [ANN], urgent)
    assert channel == WANTED
    assert (person.destination, person.route, person.wanted, person.tier, person.quiet) == (
        ANN,
        FOLLOW,
        True,
        Tier.URGENT,
        None,
    )


def test_who_gets_it_by_a_route_anyway_gets_it_once() -> None:
    by_route = replace(WANTED, destination=ANN, quiet=QuietHours.parse("22:00-06:00 Europe/London"))
    assert with_followers([by_route], [ANN], samples.story()) == [by_route]
    (follow,) = with_followers([replace(by_route, wanted=False)], [ANN], samples.story())
    assert (follow.route, follow.wanted) == (FOLLOW, True)


def test_what_stood_in_the_story_when_they_began_to_follow_is_no_news_to_them() -> None:
    partly = samples.story(verdict=samples.verdict(facts=samples.FACTS[:2]))
    told = informed(None, ANN, partly)
    assert told.fact_keys == {"direction:de-escalation", *(fact_key(fact) for fact in samples.FACTS[:2])}
    (match,) = with_followers([], [ANN], samples.story())
    same = decide(told, partly, samples.item(), match, said=samples.verdict(), tier=Tier.ALERT, now=NOW)
    more = decide(told, samples.story(), samples.item(), match, said=samples.verdict(), tier=Tier.ALERT, now=NOW)
    assert (same.reason, more.reason, more.new_facts) == (Reason.NOTHING_NEW, Reason.NEW_FACT, samples.FACTS[2:])


def test_to_follow_forgets_nothing_of_what_was_told_by_a_route_before() -> None:
    loud = replace(informed(None, ANN, samples.story(tier=Tier.FLASH)), fact_keys=frozenset({"old"}))
    told = informed(loud, ANN, samples.story())
    assert told.tier is Tier.FLASH
    assert told.fact_keys == {"old", "direction:de-escalation", *(fact_key(fact) for fact in samples.FACTS)}


def test_the_reason_behind_what_quiet_hours_held_is_known() -> None:
    quiet = replace(WANTED, quiet=QuietHours.parse("09:00-12:00 Europe/London"))
    held = decide(None, samples.story(), samples.item(), quiet, said=samples.verdict(), tier=Tier.ALERT, now=NOW)
    assert held.reason is Reason.HELD
    assert reason_behind(held.reason, held.detail) is Reason.FIRST
    assert reason_behind(Reason.NEW_FACT, "first, second") is Reason.NEW_FACT
    assert reason_behind(Reason.HELD, "for some other reason") is Reason.HELD
