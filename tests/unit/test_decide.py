from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import (
    Fact,
    Measure,
    Meeting,
    Move,
    Party,
    Person,
    Rate,
    Reason,
    Source,
    SourceId,
    Tier,
    Told,
    fact_key,
)
from bot.routing import query
from bot.routing.decide import after, decide
from bot.routing.novelty import fresh_facts
from bot.routing.quiet import QuietHours
from bot.routing.routes import Match, Route, match_routes, refuse_stale
from bot.routing.tiers import tier_of
from tests import samples
from tests.samples import CONSOLE, DISCORD, NOW, SLACK

WANTED = Match(destination=SLACK, route="desk", wanted=True, detail="topic:trade matched", tier=Tier.ALERT)

facts = st.lists(
    st.one_of(
        st.builds(Party, value=st.sampled_from(["US", "CN", "EU"]), span=st.just(samples.span())),
        st.builds(Person, value=st.sampled_from(["Ito", "Weber"]), span=st.just(samples.span())),
        st.builds(
            Rate, value=st.sampled_from([10.0, 25.0, 145.0]), of=st.just("tariff"), span=st.just(samples.span())
        ),
        st.builds(Measure, value=st.sampled_from(["tariff", "talks"]), span=st.just(samples.span())),
        st.builds(Meeting, where=st.sampled_from(["Geneva", None]), span=st.just(samples.span())),
        st.builds(
            Move, instrument=st.just("Dow"), direction=st.sampled_from(["up", "down"]), span=st.just(samples.span())
        ),
    )
).map(tuple)


def _told(*facts: Fact, tier: Tier = Tier.ALERT) -> Told:
    keys = frozenset(fact_key(fact) for fact in facts)
    return Told(destination=SLACK, story_id=samples.story().id, fact_keys=keys, tier=tier, version=1)


def test_a_story_that_was_not_told_is_first() -> None:
    notice = decide(None, samples.story(), samples.item(), WANTED, said=samples.verdict(), tier=Tier.ALERT, now=NOW)
    assert (notice.reason, notice.new_facts) == (Reason.FIRST, samples.FACTS)


def test_a_story_that_no_route_wants_keeps_the_reason() -> None:
    unwanted = replace(WANTED, wanted=False, detail="neither topic")
    notice = decide(None, samples.story(), samples.item(), unwanted, said=samples.verdict(), tier=Tier.ALERT, now=NOW)
    assert (notice.reason, notice.detail) == (Reason.BELOW_THRESHOLD, "neither topic")


def test_the_same_facts_again_are_nothing_new() -> None:
    notice = decide(
        _told(*samples.FACTS),
        samples.story(),
        samples.item(),
        WANTED,
        said=samples.verdict(),
        tier=Tier.ALERT,
        now=NOW,
    )
    assert notice.reason is Reason.NOTHING_NEW


def test_a_further_name_is_not_news_but_a_further_rate_is() -> None:
    heard: list[Fact] = [fact for fact in samples.FACTS if not isinstance(fact, Rate)]
    notice = decide(
        _told(*heard), samples.story(), samples.item(), WANTED, said=samples.verdict(), tier=Tier.ALERT, now=NOW
    )
    assert notice.reason is Reason.NEW_FACT
    assert [fact.type for fact in notice.new_facts] == ["rate"]


@pytest.mark.parametrize(("says", "reason"), [("who", Reason.NOTHING_NEW), ("who does what", Reason.NEW_FACT)])
def test_a_further_government_is_news_where_it_acts(says: str, reason: Reason) -> None:
    heard = [fact for fact in samples.FACTS if not isinstance(fact, Party)]
    acting = samples.FACTS if says == "who does what" else [fact for fact in samples.FACTS if isinstance(fact, Party)]
    said = samples.verdict(facts=tuple(acting))
    notice = decide(_told(*heard), samples.story(), samples.item(), WANTED, said=said, tier=Tier.ALERT, now=NOW)
    assert notice.reason is reason


def test_a_calm_follow_up_to_a_flash_is_told_calmly() -> None:
    told = _told(tier=Tier.FLASH)
    flash, wanted = samples.story(tier=Tier.FLASH), replace(WANTED, tier=Tier.FLASH)
    assert (
        decide(told, flash, samples.item(), wanted, said=samples.verdict(), tier=Tier.ALERT, now=NOW).tier
        is Tier.ALERT
    )
    assert (
        decide(None, flash, samples.item(), wanted, said=samples.verdict(), tier=Tier.ALERT, now=NOW).tier
        is Tier.FLASH
    )


def test_a_louder_tier_is_an_escalation() -> None:
    urgent, wanted = samples.story(tier=Tier.URGENT), replace(WANTED, tier=Tier.URGENT)
    notice = decide(
        _told(*samples.FACTS), urgent, samples.item(), wanted, said=samples.verdict(), tier=Tier.ALERT, now=NOW
    )
    assert (notice.reason, notice.detail) == (Reason.ESCALATED, "alert became urgent")


@pytest.mark.parametrize(("story", "there"), [(Tier.DIGEST, Tier.ALERT), (Tier.ALERT, Tier.DIGEST)])
def test_a_story_is_as_loud_as_the_place_takes_it_and_stays_so(story: Tier, there: Tier) -> None:
    told, found = None, replace(WANTED, tier=there)
    for growth in (samples.FACTS[:2], samples.FACTS):
        grown = samples.story(tier=story, verdict=samples.verdict(facts=growth))
        notice = decide(told, grown, samples.item(), found, said=samples.verdict(), tier=Tier.DIGEST, now=NOW)
        assert notice.tier is there
        assert notice.reason is (Reason.NEW_FACT if told else Reason.FIRST), "and never escalates by itself"
        told = after(told, notice, grown, samples.verdict())


def test_quiet_hours_hold_what_would_be_told_and_say_until_when() -> None:
    quiet = replace(WANTED, quiet=QuietHours.parse("09:00-12:00 Europe/London"))
    notice = decide(
        None, samples.story(), samples.item(), quiet, said=samples.verdict(), tier=Tier.ALERT, now=NOW
    )  # 09:00 in London
    assert notice.reason is Reason.HELD
    assert notice.until == NOW + timedelta(hours=3)
    assert notice.detail.startswith("first, held until 12:00 Europe/London")
    silent = decide(
        None,
        samples.story(),
        samples.item(),
        replace(quiet, wanted=False),
        said=samples.verdict(),
        tier=Tier.ALERT,
        now=NOW,
    )
    assert (silent.reason, silent.until) == (Reason.BELOW_THRESHOLD, None)


@given(st.lists(facts, min_size=1, max_size=6))
def test_no_destination_is_told_a_material_fact_twice(growth: list[tuple[Fact, ...]]) -> None:
    told: Told | None = None
    heard: set[str] = set()
    collected: dict[str, Fact] = {}
    for step in growth:
        collected |= {fact_key(fact): fact for fact in step}
        story = samples.story(verdict=samples.verdict(facts=tuple(collected.values())))
        notice = decide(told, story, samples.item(), WANTED, said=samples.verdict(), tier=Tier.ALERT, now=NOW)
        if not notice.reason.tells:
            continue
        fresh = {fact_key(fact) for fact in notice.new_facts}
        assert not fresh & heard
        heard |= fresh
        told = after(told, notice, story, samples.verdict())
    assert told
    assert not fresh_facts(tuple(collected.values()), (), told.fact_keys), "and nothing material stays untold"


def _route(name: str, when: str, *to: object, **changes: object) -> Route:
    base = Route(name=name, to=tuple(to), when=query.parse(when))  # type: ignore[arg-type]
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_destination_of_several_routes_is_told_once_by_the_first_that_wants_it() -> None:
    routes = [
        _route("flashes", "topic:urgent", SLACK),
        _route("trade", "topic:trade", SLACK, DISCORD),
        _route("all", "topic:trade OR topic:market", SLACK, CONSOLE),
    ]
    matches = match_routes(routes, samples.item(), samples.verdict(), Tier.ALERT)
    assert [(str(match.destination), match.route, match.wanted) for match in matches] == [
        ("slack:C0TRADE", "trade", True),
        ("discord:4242", "trade", True),
        ("console", "all", True),
    ]


def test_a_route_posts_nothing_below_its_tier_and_says_so() -> None:
    (match,) = match_routes(
        [_route("loud", "topic:trade", SLACK, tier=Tier.URGENT)], samples.item(), samples.verdict(), Tier.ALERT
    )
    assert not match.wanted
    assert "tier alert is below urgent" in match.detail


@pytest.mark.parametrize(("threshold", "wanted"), [(0.99, False), (0.9, True), (None, True)])
def test_a_threshold_takes_the_place_of_the_label(threshold: float | None, wanted: bool) -> None:
    (match,) = match_routes(
        [_route("strict", "topic:trade", SLACK, threshold=threshold)], samples.item(), samples.verdict(), Tier.ALERT
    )
    assert match.wanted is wanted


@pytest.mark.parametrize("when", ["topic:trade", "steel", "tier>=alert"])
@pytest.mark.parametrize(
    ("trade", "threshold", "there"),
    [
        (0.3, None, Tier.DIGEST),
        (0.3, 0.2, Tier.ALERT),
        (0.3, 0.4, Tier.DIGEST),
        (0.6, None, Tier.ALERT),
        (0.6, 0.6, Tier.ALERT),
        (0.6, 0.8, Tier.DIGEST),
    ],
)
def test_a_threshold_decides_what_is_an_alert_there(
    when: str, trade: float, threshold: float | None, there: Tier
) -> None:
    labels = ("trade",) if trade >= 0.5 else ()
    verdict = samples.verdict(trade=trade, market=0.1, labels=labels)
    (match,) = match_routes(
        [_route("own", when, SLACK, threshold=threshold)], samples.item(), verdict, tier_of(verdict)
    )
    assert (match.tier, match.wanted) == (there, there is Tier.ALERT)
    if threshold is not None:
        assert f"(trade {trade:.2f}, market 0.10, threshold {threshold:.2f}" in match.detail


@pytest.mark.parametrize("tier", [Tier.URGENT, Tier.FLASH])
@pytest.mark.parametrize("threshold", [0.1, 0.99])
def test_what_is_urgent_is_so_whatever_the_threshold(tier: Tier, threshold: float) -> None:
    route = _route("words", "steel", SLACK, threshold=threshold)
    (match,) = match_routes([route], samples.item(), samples.verdict(), tier)
    assert (match.tier, match.wanted) == (tier, True)


def test_urgency_alone_is_no_alert() -> None:
    """As with the classifier: what is urgent is so as trade or market news, or not at all."""
    verdict = samples.verdict(trade=0.1, market=0.1, urgent=0.3, labels=())
    (match,) = match_routes([_route("own", "steel", SLACK, threshold=0.2)], samples.item(), verdict, tier_of(verdict))
    assert (match.tier, match.wanted) == (Tier.DIGEST, False)


def test_what_is_older_than_the_source_looks_back_alerts_nobody() -> None:
    source = Source(id=SourceId("ustr"), name="USTR", url="https://u.example", max_age=timedelta(days=3))
    old = samples.item(published_at=NOW - timedelta(days=4))
    (match,) = refuse_stale([WANTED], old, source, NOW)
    assert not match.wanted
    assert "older than the 72 h that ustr looks back" in match.detail
    for young in (samples.item(), samples.item(published_at=None)):
        assert refuse_stale([WANTED], young, source, NOW) == [WANTED]
    assert refuse_stale([WANTED], old, replace(source, max_age=None), NOW) == [WANTED]
