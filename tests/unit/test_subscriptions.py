"""Subscriptions as such: what they match, and what that makes of what the routes say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.model import Destination, ItemKey, Tier
from bot.routing.looking_back import LARGE_SHARE, SAMPLE, TELLING, LookBack
from bot.routing.query import parse
from bot.routing.routes import SUBSCRIPTION, Match
from bot.routing.subscriptions import Subscribers, Subscription, with_subscribers
from tests import samples
from tests.samples import NOW, SLACK

ANN, BOB = (Destination("slack", name, person=True) for name in ("UANN", "UBOB"))


def subscription(number: int = 1, query: str = "steel", **changes: Any) -> Subscription:
    values: dict[str, Any] = {"place": ANN, "owner": ANN, "tier": Tier.DIGEST, "made_in": SLACK, "made_at": NOW}
    return Subscription(id=number, query=query, **(values | changes))


def filled(*subscriptions: Subscription) -> Subscribers:
    subscribers = Subscribers(lambda word: 0.1)
    for each in subscriptions:
        subscribers.put(each, parse(each.query))
    return subscribers


def numbers(subscribers: Subscribers) -> dict[Destination, list[int]]:
    hits = subscribers.hits(samples.item(), samples.verdict(), Tier.ALERT)
    return {place: [each.id for each in found] for place, found in hits.items()}


def match(place: Destination = ANN, **changes: Any) -> Match:
    values: dict[str, Any] = {"route": "desk", "wanted": True, "detail": "topic:trade matched", "tier": Tier.ALERT}
    return Match(destination=place, **(values | changes))


def test_what_matches_comes_by_place_and_oldest_first() -> None:
    found = filled(
        subscription(3, "dut*"),
        subscription(1, "steel"),
        subscription(2, "copper"),
        subscription(4, "country:US", place=SLACK),
    )
    assert numbers(found) == {ANN: [1, 3], SLACK: [4]}
    assert found.places() == {ANN, SLACK}
    assert len(found) == 4


def test_put_again_it_asks_what_it_asks_now_and_dropped_it_asks_nothing() -> None:
    found = filled(subscription(1, "copper"))
    found.put(subscription(1, "steel"), parse("steel"))
    assert numbers(found) == {ANN: [1]}
    found.drop(1)
    found.drop(1)
    assert (numbers(found), len(found), found.places()) == ({}, 0, set())


def test_a_place_is_told_once_and_all_that_it_subscribes_to_is_named() -> None:
    hits = {ANN: [subscription(1, "steel"), subscription(2, "dut*"), subscription(3, "steel")]}
    (found,) = with_subscribers([], hits, Tier.ALERT)
    assert (found.destination, found.route, found.wanted, found.digest) == (ANN, SUBSCRIPTION, True, False)
    assert (found.detail, found.hits) == ("you subscribe to “steel”, “dut*”", (1, 2, 3))
    assert found.tier is Tier.ALERT


def test_a_channels_subscription_says_that_it_is_the_channels() -> None:
    (found,) = with_subscribers([], {SLACK: [subscription(place=SLACK)]}, Tier.ALERT)
    assert found.detail == "this channel subscribes to “steel”"


def test_what_is_quieter_than_asked_for_is_for_the_digest() -> None:
    hits = {ANN: [subscription(1, tier=Tier.FLASH), subscription(2, "dut*", tier=Tier.URGENT)]}
    (found,) = with_subscribers([], hits, Tier.ALERT)
    assert (found.wanted, found.digest, found.hits) == (False, True, (1, 2))
    assert found.detail.startswith("tier alert is below urgent, the lowest that is told at once: you subscribe to")
    (louder,) = with_subscribers([], hits, Tier.URGENT)
    assert (louder.wanted, louder.digest) == (True, False)


def test_what_a_route_tells_is_told_by_the_route_and_names_the_subscription_too() -> None:
    (found,) = with_subscribers([match()], {ANN: [subscription()]}, Tier.ALERT)
    assert (found.route, found.wanted, found.hits) == ("desk", True, (1,))
    assert found.detail == "topic:trade matched; you subscribe to “steel”"


def test_only_those_that_ask_for_its_tier_are_named_and_the_others_are_counted_all_the_same() -> None:
    loud, quiet = subscription(1, "steel", tier=Tier.FLASH), subscription(2, "dut*", tier=Tier.ALERT)
    (found,) = with_subscribers([], {ANN: [loud, quiet]}, Tier.ALERT)
    assert (found.detail, found.hits) == ("you subscribe to “dut*”", (1, 2))
    (by_route,) = with_subscribers([match()], {ANN: [loud, quiet]}, Tier.ALERT)
    assert by_route.detail == "topic:trade matched; you subscribe to “dut*”"
    (alone,) = with_subscribers([match()], {ANN: [loud]}, Tier.ALERT)
    assert (alone.detail, alone.hits) == ("topic:trade matched", (1,))


@pytest.mark.parametrize("digest", [True, False])
def test_what_a_route_does_not_tell_is_told_by_the_subscription(digest: bool) -> None:
    (found,) = with_subscribers([match(wanted=False, digest=digest)], {ANN: [subscription()]}, Tier.ALERT)
    assert (found.route, found.wanted, found.digest) == (SUBSCRIPTION, True, False)


def test_where_both_are_too_quiet_the_route_says_so_and_where_only_it_refuses_the_subscription_does() -> None:
    hits = {ANN: [subscription(tier=Tier.FLASH)]}
    (both,) = with_subscribers([match(wanted=False, digest=True)], hits, Tier.ALERT)
    assert (both.route, both.digest, both.hits) == ("desk", True, (1,))
    (one,) = with_subscribers([match(wanted=False)], hits, Tier.ALERT)
    assert (one.route, one.digest) == (SUBSCRIPTION, True)


def test_who_subscribes_to_nothing_of_it_is_left_as_they_were() -> None:
    others = [match(SLACK), match(BOB, wanted=False)]
    assert with_subscribers(others, {}, Tier.ALERT) == others


def test_a_long_query_is_named_by_its_beginning() -> None:
    name = subscription(query="steel OR " * 20 + "tin").name
    assert (len(name), name[-2:]) == (62, "…”")


# --- looking back ---------------------------------------------------------------------------------------------


def looked_back(matching: int, others: int, tier: Tier = Tier.DIGEST) -> LookBack:
    found = LookBack(since=NOW)
    titles = ["Steel prices rise"] * matching + ["Tomato recipes"] * others
    for number, title in enumerate(titles):
        verdict = samples.verdict(labels=("trade",) if number % 2 else ())
        at = NOW - timedelta(hours=number)
        item = samples.item(key=ItemKey(f"{number:016x}"), title=title, summary="", seen_at=at)
        found.read_on(parse("steel"), tier, [(item, verdict)])
    return found


def test_looking_back_counts_what_matches_and_what_is_loud_enough_to_be_told() -> None:
    found = looked_back(6, 4, tier=Tier.ALERT)
    assert (found.read, found.matched, found.at_once) == (10, 6, 3)
    assert [int(item.key, 16) for item in found.sample] == [1, 3, 5]
    assert len(looked_back(9, 0).sample) == SAMPLE


def test_a_share_is_large_only_where_there_is_enough_to_tell() -> None:
    many = round(TELLING * LARGE_SHARE) + 1
    assert looked_back(many, TELLING - many).is_large
    assert not looked_back(many - 1, TELLING - many + 1).is_large
    assert not looked_back(TELLING - 1, 0).is_large
