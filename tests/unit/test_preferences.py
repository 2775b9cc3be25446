"""What a place prefers, against what its route says; and what then waits for its digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.model import Destination, Notice, Reason, Tier, Verdict
from bot.routing import query
from bot.routing.decide import decide, reason_behind
from bot.routing.digests import DigestPlan
from bot.routing.holding import Held, Why, held
from bot.routing.preferences import Preferences, preferred, routes_there
from bot.routing.quiet import QuietHours
from bot.routing.routes import Match, Route, match_routes
from tests import samples
from tests.samples import CONSOLE, NOW, SLACK

UTC_ZONE = ZoneInfo("UTC")
ANN = Destination("slack", "UANN", person=True)
ROUTE = Route(name="desk", to=(SLACK, CONSOLE), when=query.parse("topic:trade"))
NIGHT = QuietHours.parse("07:00-09:00 UTC")  # it is 08:00
DAILY = DigestPlan.parse("daily 12:00")


def own(place: Destination = SLACK, **changes: object) -> Preferences:
    return replace(Preferences(place=place), **changes)  # type: ignore[arg-type]  # the tests name the fields


def match(**changes: object) -> Match:
    base = Match(destination=SLACK, route="desk", wanted=True, detail="it matches", tier=Tier.ALERT)
    return replace(base, **changes)  # type: ignore[arg-type]  # the tests name the fields


def at(there: Preferences, verdict: Verdict, tier: Tier = Tier.ALERT) -> Match:
    """What one place is told of a story, as it prefers."""
    known = {there.place: there}
    matches = match_routes(routes_there([ROUTE], known), samples.item(), verdict, tier)
    (found,) = (each for each in preferred(matches, known, samples.item()) if each.destination == there.place)
    return found


# --- in the place of the route ----------------------------------------------------------------------------


def test_a_place_that_prefers_a_louder_tier_is_told_less_and_the_others_the_same() -> None:
    there = own(tier=Tier.URGENT)
    matches = match_routes(routes_there([ROUTE], {SLACK: there}), samples.item(), samples.verdict(), Tier.ALERT)
    assert {each.destination: each.wanted for each in matches} == {SLACK: False, CONSOLE: True}
    assert "tier alert is below urgent" in at(there, samples.verdict()).detail


def test_a_threshold_of_one_topic_stands_in_the_place_of_the_routes() -> None:
    verdict = samples.verdict(trade=0.65, market=0.1, labels=("trade",))
    assert at(own(), verdict).wanted
    higher = at(own(thresholds={"trade": 0.7}), verdict)
    assert not higher.wanted
    assert "trade threshold 0.70" in higher.detail
    assert at(own(thresholds={"market": 0.7}), verdict).wanted
    lower = samples.verdict(trade=0.3, market=0.1, labels=())
    assert not at(own(), lower, Tier.DIGEST).wanted
    assert at(own(thresholds={"trade": 0.25}), lower, Tier.DIGEST).wanted


def test_what_is_in_another_language_is_not_told_and_the_reason_says_so() -> None:
    matches = preferred([match()], {SLACK: own(lang=("de", "fr"))}, samples.item(lang="en"))
    assert not matches[0].wanted
    assert matches[0].detail == "it is in en, and this channel has de, fr only (/wire settings language)"
    assert preferred([match()], {SLACK: own(lang=("de", "en"))}, samples.item(lang="en"))[0].wanted
    assert preferred([match()], {SLACK: own(lang=("de",))}, samples.item(lang=None))[0].wanted, "nobody knows"


def test_a_place_without_digests_is_told_nothing_of_what_is_too_quiet() -> None:
    quieter = match(wanted=False, digest=True)
    assert [each.digest for each in preferred([quieter], {}, samples.item())] == [False]
    assert [each.digest for each in preferred([quieter], {SLACK: own(cap=3)}, samples.item())] == [False]
    assert [each.digest for each in preferred([quieter], {SLACK: own(digest=DAILY)}, samples.item())] == [True]


def test_own_quiet_hours_stand_in_the_place_of_the_routes() -> None:
    routes_own = QuietHours.parse("20:00-06:00 UTC")
    there = preferred([match(quiet=routes_own, loud=Tier.FLASH)], {SLACK: own(quiet=NIGHT)}, samples.item())[0]
    assert (there.quiet, there.loud) == (NIGHT, Tier.FLASH)


@pytest.mark.parametrize(
    ("loud", "tier", "reason"),
    [
        (None, Tier.FLASH, Reason.HELD),
        (Tier.FLASH, Tier.URGENT, Reason.HELD),
        (Tier.FLASH, Tier.FLASH, Reason.FIRST),
        (Tier.URGENT, Tier.FLASH, Reason.FIRST),
        (Tier.DIGEST, Tier.ALERT, Reason.FIRST),
    ],
)
def test_what_is_loud_enough_passes_quiet_hours(loud: Tier | None, tier: Tier, reason: Reason) -> None:
    story = samples.story(tier=tier)
    loudly = match(quiet=NIGHT, loud=loud, tier=tier)
    notice = decide(None, story, samples.item(), loudly, said=samples.verdict(), tier=tier, now=NOW)
    assert notice.reason is reason


# --- when digests come ------------------------------------------------------------------------------------


def test_a_digest_comes_at_the_local_time_of_its_place_and_waits_for_quiet_hours_to_end() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert own(digest=DAILY).next_digest(NOW, berlin) == _today(10)
    assert own(digest=DAILY, zone="Asia/Tokyo").next_digest(NOW, berlin) == _today(3) + timedelta(days=1)
    lunch = QuietHours.parse("11:00-13:30 Europe/Berlin")
    assert own(digest=DAILY, quiet=lunch).next_digest(NOW, berlin) == _today(11, 30)
    assert own().next_digest(NOW, berlin) is None


def test_what_is_more_than_the_cap_comes_with_the_next_digest_else_when_the_local_day_ends() -> None:
    assert own(digest=DAILY).rest_of_day(NOW, UTC_ZONE) == _today(12)
    assert own(zone="America/New_York").rest_of_day(NOW, UTC_ZONE) == _today(4) + timedelta(days=1)
    night = QuietHours.parse("22:00-06:00 UTC")
    assert own(quiet=night).rest_of_day(NOW, UTC_ZONE) == _today(6) + timedelta(days=1)


# --- what waits -------------------------------------------------------------------------------------------


def kept(notice: Notice, there: Preferences, found: Match | None = None, *, told: int = 0) -> Held | None:
    return held(notice, found or match(), there, told=told, now=NOW, usual=UTC_ZONE)


def test_what_is_too_quiet_waits_for_the_digest_and_says_when_it_comes() -> None:
    quieter = match(wanted=False, digest=True, tier=Tier.DIGEST, detail="tier digest is below alert")
    notice = decide(None, samples.story(), samples.item(), quieter, said=samples.verdict(), tier=Tier.DIGEST, now=NOW)
    found = kept(notice, own(digest=DAILY), quieter)
    assert found is not None
    assert found.why is Why.QUIETER
    assert (found.notice.reason, found.notice.until) == (Reason.HELD, _today(12))
    assert found.notice.detail == "first, held for the digest of Wed 07 May 12:00 UTC: tier digest is below alert"
    assert reason_behind(found.notice.reason, found.notice.detail) is Reason.FIRST


def test_what_quiet_hours_hold_waits_for_a_digest_within_a_day_else_for_their_end() -> None:
    silent = match(quiet=NIGHT)
    notice = decide(None, samples.story(), samples.item(), silent, said=samples.verdict(), tier=Tier.ALERT, now=NOW)
    assert notice.reason is Reason.HELD
    found = kept(notice, own(digest=DAILY, quiet=NIGHT), silent)
    assert found is not None
    assert (found.why, found.notice.until) == (Why.QUIET, _today(12))
    assert (
        found.notice.detail == "first, held for the digest of Wed 07 May 12:00 UTC: quiet until 09:00 UTC: it matches"
    )
    assert kept(notice, own(quiet=NIGHT), silent) is None
    assert kept(notice, own(digest=DigestPlan.parse("weekly friday 12:00"), quiet=NIGHT), silent) is None


@pytest.mark.parametrize(
    ("told", "tier", "waits"),
    [(1, Tier.ALERT, False), (2, Tier.ALERT, True), (3, Tier.URGENT, True), (9, Tier.FLASH, False)],
)
def test_what_is_more_than_the_cap_waits_but_for_a_flash(told: int, tier: Tier, waits: bool) -> None:
    found = kept(samples.notice(tier=tier, detail="it matches"), own(cap=2), told=told)
    assert (found is not None) == waits
    if found:
        assert found.why is Why.CAP
        assert found.notice.detail == (
            "first, the cap of the day (2) is reached, held for the digest of Thu 08 May 00:00 UTC: it matches"
        )


def test_what_a_first_poll_brought_too_much_of_is_counted_where_there_is_a_digest() -> None:
    braked = samples.notice(reason=Reason.FLOOD_BRAKE, detail="first poll of wire: 9 items are not told")
    found = kept(braked, own(digest=DAILY))
    assert found == Held(notice=braked, why=Why.BRAKE)
    assert kept(braked, own(cap=1)) is None


@pytest.mark.parametrize("reason", [Reason.NOTHING_NEW, Reason.MUTED, Reason.BELOW_THRESHOLD])
def test_what_would_not_be_told_does_not_wait(reason: Reason) -> None:
    assert kept(samples.notice(reason=reason), own(digest=DAILY, cap=1), match(digest=True), told=5) is None


def _today(hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 5, 7, hour, minute, tzinfo=UTC)
