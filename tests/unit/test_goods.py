"""Whose goods trade news is about: what `country:CH` finds beside parties."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import Party
from bot.routing.goods import countries_of_goods
from bot.routing.words import fold, split
from bot.signals.lexicon_file import read_lexicon
from tests.unit.queries import HERE, matches, seen

LEXICON = Path(__file__).parents[2] / "config" / "lexicon.toml"


def goods_in(text: str) -> set[str]:
    return set(countries_of_goods([split(fold(text))]))


@pytest.mark.parametrize(
    ("title", "country"),
    [
        ("Washington puts 31% tariff on Swiss watches", "CH"),
        ("Buyers of Russian oil may face new duties", "RU"),
        ("Duties on Brazilian coffee rise next week", "BR"),
        ("Brussels caps imports of Indian steel", "IN"),
        ("Quota for Turkish and Vietnamese steel", "TR"),
        ("Levy on South Korean electric cars stays", "KR"),
        ("Tariff talks leave Spanish olive growers waiting", "ES"),
        ("New Duty On CANADIAN Softwood Lumber", "CA"),
    ],
)
def test_trade_news_about_a_countrys_goods_is_of_that_country(title: str, country: str) -> None:
    assert matches(f"country:{country}", seen(title, labels=("trade",)))
    assert not matches(f"country:{country}", seen(title, labels=("market",))), "what is no trade news is not"


@pytest.mark.parametrize(
    "title",
    [
        "Swiss franc jumps as tariff truce nears",
        "Russian strikes hit oil depot as sanctions vote nears",
        "Chinese to raise duty on goods",
        "Brazilian high court weighs tariff case",
    ],
)
def test_an_adjective_beside_something_else_names_no_goods(title: str) -> None:
    assert not goods_in(title) & {"CH", "RU", "CN", "BR", "KR"}


def test_the_longer_name_of_two_counts() -> None:
    assert goods_in("North Korean coal, South Korean cars and South African wine") == {"KP", "KR", "ZA"}


def test_the_body_does_not_count_and_parties_still_do() -> None:
    body = seen("Tariff news", body="Swiss watches and others", labels=("trade",))
    assert body.countries == frozenset()
    both = seen("Tariff on Swiss watches", labels=("trade",), facts=(Party(value="US", span=HERE),))
    assert both.countries == {"US", "CH"}


def test_every_adjective_that_facts_know_is_known_here() -> None:
    lexicon = read_lexicon(LEXICON)
    for code, country in lexicon.countries.items():
        names = {name.casefold() for name in (country.name, *country.any, *country.en, "US", "U.S.", "U.K.", "EU")}
        for adjective in country.adjectives:
            if adjective.casefold() not in names:
                assert goods_in(f"Tariff on {adjective} steel") == {code}, adjective
