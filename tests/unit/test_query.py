from __future__ import annotations

import pytest

from bot.model import (
    Party,
    Person,
    Rate,
    Tier,
)
from bot.routing.query import parse
from bot.routing.syntax import (
    And,
    Not,
    Or,
    RateIs,
    Substring,
    Tag,
    TierIs,
    Words,
)
from tests.unit.queries import HERE, matches, seen, word

# --- words and phrases ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ("tariff", "A tariff on steel", True),
        ("tariff", "New tariffs on steel", False),
        ("TARIFF", "a Tariff", True),
        ("china", "China’s answer", True),
        ("tariff*", "New tariffs on steel", True),
        ("tarif*", "Zolltarif", False),
        ("erdogan", "Erdoğan visits", True),
        ("Erdoğan", "Erdogan visits", True),
        ("lodz", "Łódź plant", True),
        ("tariff", "Ｔａｒｉｆｆ news", True),
        ("ｔａｒｉｆｆ", "tariff news", True),
        ("tariff", "tar\u00adiff", True),
        ("bloomberg", "Bloomberg™ says", True),
        ("U.S.", "US and China", True),
        ("us", "the U.S.-China truce", True),
        ("0.7%", "up 0.7% in late trading", True),
        ("0.7", "0 to 7", False),
        ("S&P", "the S&P 500", True),
        ("S&P", "the P&S 500", False),
        ("de-escalation", "a de-escalation", True),
        ("कर", "नया कर", True),
        ("कर", "काम करना", False),
        ("कर", "कीमत", False),
    ],
)
def test_a_word_matches_as_a_whole_whatever_its_case_accents_and_form(query: str, title: str, expected: bool) -> None:
    assert matches(query, seen(title)) is expected


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ('"trade war"', "The trade war goes on", True),
        ('"trade war"', "Trade-war fears", True),
        ('"trade war"', "War over trade", False),
        ('"trade war"', "Trade warning", False),
        ('"trade war*"', "Trade warning", True),
        ("“trade war”", "A trade war", True),
        ('"a b c"', "a b a b c", True),
        ('"trade war"', "trade 战 war", False),
    ],
)
def test_a_phrase_matches_neighbours_in_order(query: str, title: str, expected: bool) -> None:
    assert matches(query, seen(title)) is expected


def test_a_phrase_does_not_reach_from_the_title_into_the_body() -> None:
    assert not matches('"trade war"', seen("World trade", body="war in the news"))
    assert matches("trade war", seen("World trade", body="war in the news"))


@pytest.mark.parametrize(
    ("query", "title", "expected"),
    [
        ("关税", "美国宣布对中国加征145%关税", True),
        ("关税*", "美国加征关税", True),
        ("关税", "美国股市上涨", False),
        ("145", "美国宣布对中国加征145%关税", True),
        ("关 税", "海关和税收", True),  # two terms
        ('"中国 关税"', "对中国关税", True),
        ("“关税，”", "关税上调", True),
        ("関税", "トランプ関税の影響", True),
        ("ガス", "カスタマー", False),
        ("ガス", "天然ｶﾞｽ価格", True),
        ("관세", "상호관세를 발표", True),
        ("ภาษี", "ขึ้นภาษีนำเข้า", True),
    ],
)
def test_a_term_of_an_unspaced_script_matches_anywhere(query: str, title: str, expected: bool) -> None:
    assert matches(query, seen(title)) is expected


def test_an_unspaced_term_does_not_reach_over_fields() -> None:
    assert not matches("关税", seen("海关", body="税收"))


# --- operators --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("a b", "a b"),
        ("a AND b", "a b"),
        ("a and b or c", "a b OR c"),
        ("a (b OR c)", "a (b OR c)"),
        ("(a b) c", "a b c"),
        ("a OR (b OR c)", "a OR b OR c"),
        ("a NOT b", "a -b"),
        ("-(a b)", "-(a b)"),
        ("NOT NOT a", "a"),
        ("--a", "a"),
        ("ａ ＯＲ －ｂ", "a OR -b"),
        ("（a OR b） c", "(a OR b) c"),
        ('"AND" or*', '"and" "or*"'),
        ("Topic = TRADE", "topic:trade"),
        ("topic：trade", "topic:trade"),
        ('kind:"central bank"', "kind:central-bank"),
        ("country:uk country:China country:de", "country:GB country:CN country:DE"),
        ("rate:145% rate:>10 rate >= 2.50 rate<-1", "rate:145 rate>10 rate>=2.5 rate<-1"),
        ("lang:or lang:zh-CN", 'lang:"or" lang:zh'),
        ("tier:Urgent tier<flash", "tier:urgent tier<flash"),
        ("title:关税 title:tarif*", "title:关税 title:tarif*"),
        ("a\n\tb", "a b"),
    ],
)
def test_spellings_of_one_query_read_as_one_tree(written: str, canonical: str) -> None:
    query = parse(written)
    assert str(query.root) == canonical
    assert query.text == written
    assert parse(canonical).root == query.root


def test_and_binds_closer_than_or() -> None:
    assert parse("a b OR c d").root == Or((And((word("a"), word("b"))), And((word("c"), word("d")))))


def test_the_tree_is_one_that_an_index_can_walk() -> None:
    assert parse('topic:trade OR ("trade war*" -关税 title:steel rate>10 tier>=urgent)').root == Or(
        (
            Tag("topic", "trade"),
            And(
                (
                    Words(("trade", "war"), prefix=True),
                    Not(Substring("关税")),
                    Words(("steel",), within="title"),
                    RateIs(">", 10.0),
                    TierIs(">=", Tier.URGENT),
                )
            ),
        )
    )


# --- fields -----------------------------------------------------------------------------------------------

STORY = seen(
    "Bessent and Greer to meet He Lifeng",
    body="Tariffs stand at 145 percent.",
    source="cnn-wire",
    outlet="CNN Newsource",
    lang="en",
    labels=("trade", "market"),
    kind="trade-policy",
    direction="de-escalation",
    facts=(
        Party(value="US", span=HERE),
        Party(value="CN", span=HERE),
        Person(value="Bessent", span=HERE),
        Person(value="He Lifeng", span=HERE),
        Rate(value=145.0, of="tariff", span=HERE),
        Rate(value=2.5, of="interest", span=HERE),
    ),
    tier=Tier.URGENT,
)


@pytest.mark.parametrize(
    "query",
    [
        "topic:trade", "topic:market", "kind:trade-policy", "direction:de-escalation", "country:CN", "country:china",
        "person:bessent", 'person:"He Lifeng"', "source:CNN-wire", "outlet:cnn", 'outlet:"CNN Newsource"',
        "title:greer", "lang:en", "tier:urgent", "tier>=alert", "tier>alert", "tier<=urgent", "tier<flash",
        "rate:145", "rate>=145", "rate>100", "rate<3", "rate<=2.5", "145", "-topic:urgent", "-country:EU",
    ],
)  # fmt: skip
def test_a_field_matches_what_is_known_about_the_item(query: str) -> None:
    assert matches(query, STORY)


@pytest.mark.parametrize(
    "query",
    [
        "topic:urgent", "kind:macro", "direction:escalation", "country:EU", "person:greer", 'person:"bessent he"',
        "source:cnn", "outlet:reuters", "title:tariffs", "lang:de", "tier:alert", "tier>urgent", "tier<urgent",
        "rate:14", "rate>145", "rate<2.5", "greer -topic:trade",
    ],
)  # fmt: skip
def test_a_field_does_not_match_anything_else(query: str) -> None:
    assert not matches(query, STORY)


def test_nothing_is_known_of_an_empty_item() -> None:
    blank = seen("")
    assert not any(matches(query, blank) for query in ("kind:macro", "direction:neutral", "lang:en", "rate<9", "a*"))


# --- explaining -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("topic:trade OR topic:urgent", "topic:trade matched"),
        ("topic:trade OR topic:market", "topic:trade and topic:market matched"),
        ("topic:trade country:CN rate>100", "topic:trade, country:CN and rate>100 matched"),
        ("topic:trade -country:EU", "topic:trade matched, no country:EU"),
        ("-steel", "no steel"),
        ("steel", "no steel"),
        ("steel OR copper", "neither steel nor copper"),
        ("topic:trade steel", "no steel"),
        ("steel OR copper OR zinc", "none of steel, copper or zinc"),
        ("bessent -greer", "excluded by greer"),
        ("steel -greer", "no steel, excluded by greer"),
        ("-(bessent greer)", "excluded by bessent and greer"),
        ("topic:trade OR topic:trade", "topic:trade matched"),
        (" OR ".join(f"metal{n}" for n in range(9)), "none of metal0, metal1, metal2, metal3, metal4 or 4 more"),
    ],
)
def test_an_explanation_names_the_terms_that_decided(query: str, expected: str) -> None:
    assert parse(query).describe(STORY) == expected
