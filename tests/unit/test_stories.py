from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import Authority, ItemKey, Rate, Tier
from bot.stories.cluster import join, open_story
from bot.stories.fingerprint import headline_words, story_key
from tests import samples
from tests.samples import NOW


@pytest.mark.parametrize(
    "other",
    [
        "MINISTERS AGREE TO SUSPEND STEEL DUTIES FOR NINETY DAYS",
        "Ministers agree to suspend steel duties, for ninety days!",
        "Ministers  agree to suspend “steel” duties for ninety days",
    ],
)
def test_the_same_headline_however_it_is_dressed_has_one_key(other: str) -> None:
    assert story_key(samples.item(title=other, key=ItemKey("x"))) == story_key(samples.item())


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Tariff on imported steel rises to 25 percent", "Tariff on imported steel rises to 50 percent"),
        ("Gold price rises 1.5 percent on Monday", "Gold price rises 15 percent on Monday"),
        ("Regierung senkt Zölle auf Stahl und Holz", "Regierung senkt Steuern auf Stahl und Holz"),
    ],
)
def test_a_different_number_or_word_is_a_different_story(one: str, two: str) -> None:
    assert story_key(samples.item(title=one)) != story_key(samples.item(title=two))


@pytest.mark.parametrize("title", ["Markets wrap", "Live updates", "速報"])
def test_a_headline_too_short_to_name_an_event_is_a_story_of_its_own(title: str) -> None:
    one, two = samples.item(title=title, key=ItemKey("one")), samples.item(title=title, key=ItemKey("two"))
    assert story_key(one) != story_key(two)


def test_accents_and_width_do_not_part_a_story() -> None:
    assert headline_words("Zölle ２５％") == headline_words("Zolle 25%")


def test_joining_unites_facts_outlets_and_takes_the_louder_tier() -> None:
    first = samples.item()
    story = open_story(first, samples.verdict(), "k", Tier.ALERT, NOW)
    rate = Rate(value=10.0, of="tariff", span=samples.span())
    second = samples.item(key=ItemKey("two"), outlet="Other")
    later = NOW + timedelta(minutes=5)
    joined = join(story, first, second, samples.verdict(trade=0.5, facts=(rate,)), Tier.URGENT, later)
    assert joined.outlets == ("Example Wire", "Other")
    assert set(joined.verdict.facts) == {*samples.FACTS, rate}
    assert (joined.tier, joined.version, joined.updated_at, joined.lead) == (Tier.URGENT, 2, later, first.key)
    assert joined.verdict.trade == 0.95


def test_an_official_source_takes_the_lead_and_does_not_lose_it() -> None:
    first = samples.item(authority=Authority.OUTLET)
    official = samples.item(key=ItemKey("gov"), title="Statement on steel", authority=Authority.OFFICIAL)
    story = open_story(first, samples.verdict(), "k", Tier.ALERT, NOW)
    led = join(story, first, official, samples.verdict(direction="neutral"), Tier.ALERT, NOW)
    assert (led.lead, led.title, led.verdict.direction) == ("gov", "Statement on steel", "neutral")
    again = join(led, official, samples.item(key=ItemKey("x")), samples.verdict(), Tier.ALERT, NOW)
    assert again.lead == "gov"
