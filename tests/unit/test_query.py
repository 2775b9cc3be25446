from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import (
    Direction,
    Fact,
    Item,
    ItemKey,
    Kind,
    Label,
    Party,
    Person,
    Rate,
    SourceId,
    Span,
    Tier,
    Verdict,
)
from bot.routing.parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS
from bot.routing.query import Query, QueryError, Subject, parse, subject
from bot.routing.syntax import (
    And,
    Comparison,
    Node,
    Not,
    Or,
    RateIs,
    Substring,
    Tag,
    TierIs,
    Words,
    all_of,
    any_of,
    negated,
)
from bot.routing.terms import FIELD_TAKES
from bot.routing.words import fold, split

HERE = Span(field="title", start=0, end=1)


def seen(
    title: str = "",
    *,
    summary: str = "",
    body: str = "",
    source: str = "ustr",
    outlet: str = "",
    lang: str | None = None,
    labels: tuple[Label, ...] = (),
    kind: Kind | None = None,
    direction: Direction | None = None,
    facts: tuple[Fact, ...] = (),
    tier: Tier = Tier.ALERT,
) -> Subject:
    item = Item(
        key=ItemKey("0" * 16),
        source_id=SourceId(source),
        title=title,
        summary=summary,
        body=body,
        outlet=outlet,
        lang=lang,
        seen_at=datetime(2025, 5, 6, tzinfo=UTC),
        content_hash="",
    )
    return subject(item, Verdict(labels=labels, kind=kind, direction=direction, facts=facts), tier)


def matches(query: str, subject: Subject) -> bool:
    return parse(query).matches(subject)


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


# --- wrong queries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "marked", "problem", "correction"),
    [
        ("topik:trade", "topik", "did you mean topic?", "topic:trade"),
        ("a OR topic:trad", "trad", "did you mean trade?", "a OR topic:trade"),
        ("direction:deescalation", "deescalation", "did you mean de-escalation?", "direction:de-escalation"),
        ("kind:centralbank", "centralbank", "did you mean central-bank?", "kind:central-bank"),
        ("tier>=urgnt", "urgnt", "did you mean urgent?", "tier>=urgent"),
        ("country:chna", "chna", "did you mean CN?", "country:CN"),
        ("topik:trad (a", "topik", "did you mean topic?", "topic:trade (a)"),
        ("topic:football", "football", "it takes one of trade, market, urgent", None),
        ("lang:english", "english", "a language code such as", None),
        ("rate:high", "high", "a number of percent", None),
        ("rate>1e999", "1e999", "a number of percent", None),
        ('source:""', "", "an id from sources.toml", None),
        ("10:30", "10", "quote it", None),
        ("https://example.com", "https", "there is no field", None),
        ("topic>trade", ">", "only rate and tier can be compared", "topic:trade"),
        ("topic:", "topic:", "topic needs a value: one of trade, market, urgent", None),
        ("topic:(trade OR market)", "(", "(topic:… OR topic:…)", None),
        ("(a OR b", "(", "not closed", "(a OR b)"),
        ("a ((b", "(", "not closed", "a ((b))"),
        ("a)", ")", "closes nothing", "a"),
        ("a ()", "()", "nothing between these brackets", None),
        ('"trade war', '"', "quote is not closed", '"trade war"'),
        ("a OR", "OR", "nothing follows OR", None),
        ("(a OR) b", "OR", "nothing follows OR", None),
        ("OR a", "OR", "nothing stands before OR", None),
        ("a AND OR b", "AND", "nothing follows AND", None),
        ("a (NOT)", "NOT", "nothing follows NOT", None),
        ("a | b", "|", "write OR", None),
        ("!a", "!", "write -word", None),
        ("/tarif+/", "/", "no regular expressions", None),
        ("tar*f", "*", "only at the end", None),
        ("* a", "*", "no letter or digit", None),
        ('"trade *"', "trade *", "right after a letter", None),
        ("a - b", "-", "no letter or digit", None),
        ("a =", "a", "there is no field", None),
        ("(=", "=", "a field must stand before", None),
        ("关税 topik:trade", "topik", "did you mean topic?", "关税 topic:trade"),
    ],
)
def test_a_wrong_query_is_marked_and_set_right(query: str, marked: str, problem: str, correction: str | None) -> None:
    with pytest.raises(QueryError) as caught:
        parse(query)
    error = caught.value
    assert problem in error.problem
    assert query[error.start : error.end] == marked
    assert error.correction == correction
    if correction is not None:
        parse(correction)


def test_the_error_shows_the_query_with_a_line_of_carets() -> None:
    with pytest.raises(QueryError) as caught:
        parse("tariff OR topik:trade")
    assert str(caught.value).splitlines() == [
        "there is no field “topik”; did you mean topic?",
        "tariff OR topik:trade",
        "          ^^^^^",
    ]


def test_the_carets_stand_right_under_wide_characters_and_line_breaks() -> None:
    with pytest.raises(QueryError) as caught:
        parse("关税\nOR topik:trade")
    assert str(caught.value).splitlines()[1:] == ["关税 OR topik:trade", "\u3000\u3000    ^^^^^"]


def test_of_a_long_query_only_the_part_around_the_place_is_shown() -> None:
    with pytest.raises(QueryError) as caught:
        parse(f"{'a ' * 30}topik:trade {'b ' * 30}")
    _, shown, carets = str(caught.value).splitlines()
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert shown[carets.index("^") : carets.index("^") + 5] == "topik"
    assert len(shown) < 100


@pytest.mark.parametrize("query", ["", "   ", "\n\t", "\u3000"])
def test_an_empty_query_says_what_to_write(query: str) -> None:
    with pytest.raises(QueryError, match=r"^the query is empty: write .* topic:trade$"):
        parse(query)


def test_limits_are_kept_to_the_letter() -> None:
    parse("a" * MAX_LENGTH)
    parse(" ".join("a" * MAX_TERMS))
    parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    for query, problem in [
        ("a" * (MAX_LENGTH + 1), "1,000 characters, not 1,001"),
        (" ".join("a" * (MAX_TERMS + 1)), "64 terms"),
        ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "20 deep"),
        ("(" * MAX_LENGTH, "20 deep"),
    ]:
        with pytest.raises(QueryError, match=problem):
            parse(query)


def test_a_long_chain_of_negations_is_read() -> None:
    assert parse("NOT " * 249 + "a").root == Not(word("a"))


def test_every_field_can_be_asked_for() -> None:
    values = {"topic": "trade", "kind": "macro", "direction": "neutral", "tier": "flash", "rate": "5"}
    for field in FIELD_TAKES:
        assert str(parse(f"{field}:{values.get(field, 'us')}").root).startswith(f"{field}:")


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


# --- properties -------------------------------------------------------------------------------------------

VOCABULARY = ("tariff", "tariffs", "trade", "war", "or", "2.5")


def word(text: str) -> Words:
    return Words((text,))


def leaves() -> st.SearchStrategy[Node]:
    some_words = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=3).map(tuple)
    comparisons: st.SearchStrategy[Comparison] = st.sampled_from(("=", "<", "<=", ">", ">="))
    percents = st.integers(-99_999, 99_999).map(lambda number: number / 100)
    return st.one_of(
        st.builds(Words, some_words, st.booleans(), st.sampled_from(("text", "title"))),
        st.builds(Substring, st.sampled_from(("关税", "中国", "a关,税")), st.just("text")),
        st.builds(Tag, st.just("topic"), st.sampled_from(("trade", "market", "urgent"))),
        st.builds(Tag, st.just("source"), st.sampled_from(("ustr", "or", "two words", "-x", "a(b)"))),
        st.builds(RateIs, comparisons, percents),
        st.builds(TierIs, comparisons, st.sampled_from(Tier)),
    )


def trees() -> st.SearchStrategy[Node]:
    def grown(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(parts, min_size=2, max_size=3)
        return st.one_of(several.map(all_of), several.map(any_of), parts.map(negated))

    return st.recursive(leaves(), grown, max_leaves=8)


def subjects() -> st.SearchStrategy[Subject]:
    texts = st.lists(st.sampled_from((*VOCABULARY, "关税", "中国")), max_size=5).map(" ".join)
    labels = st.lists(st.sampled_from(("trade", "market", "urgent")), unique=True).map(tuple)
    rates = st.lists(st.sampled_from((-1.0, 2.5, 145.0)), max_size=2)
    return st.builds(
        lambda title, body, labels, rates, tier: seen(
            title,
            body=body,
            labels=labels,
            facts=tuple(Rate(value=rate, of="tariff", span=HERE) for rate in rates),
            tier=tier,
        ),
        texts, texts, labels, rates, st.sampled_from(Tier),
    )  # fmt: skip


@given(trees())
def test_a_printed_tree_reads_back_as_itself(tree: Node) -> None:
    assert parse(str(tree)).root == tree


@given(st.text(max_size=60) | st.text(alphabet='ab "()-:*<=>|!/ORANDTtopicrate1.关é\u3099', max_size=40))
@settings(max_examples=400)
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    query = read(text)
    if isinstance(query, Query):
        assert parse(str(query.root)).root == query.root
    else:
        assert 0 <= query.start <= query.end <= len(text)
        assert query.correction is None or isinstance(read(query.correction), Query)


def read(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


def naive(node: Node, subject: Subject) -> bool:
    """The meaning of a query word by word, with no index and no shortcut."""
    match node:
        case And():
            return [naive(part, subject) for part in node.parts].count(False) == 0
        case Or():
            return [naive(part, subject) for part in node.parts].count(True) > 0
        case Not():
            return not naive(node.part, subject)
        case Words():
            return any(naive_words(node, text.split()) for text in subject.passages[node.within].line.split("\n"))
        case Substring():
            return any(node.text in "".join(text.split()) for text in subject.passages["text"].line.split("\n"))
        case Tag():
            return node.value in {"topic": subject.topics, "source": {subject.source}}[node.field]
        case RateIs():
            return any(COMPARE[node.comparison](rate, node.percent) for rate in subject.rates)
        case TierIs():
            return COMPARE[node.comparison](subject.tier.rank, node.tier.rank)


def naive_words(term: Words, text: list[str]) -> bool:
    size = len(term.words)
    windows = [text[at : at + size] for at in range(len(text) - size + 1)]
    return any(
        window[:-1] == list(term.words[:-1])
        and (window[-1].startswith(term.words[-1]) if term.prefix else window[-1] == term.words[-1])
        for window in windows
    )


COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: not left > right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: not left < right,
}


@given(trees(), subjects())
@settings(max_examples=300)
def test_matching_agrees_with_the_plain_meaning_and_always_explains_itself(tree: Node, subject: Subject) -> None:
    query = Query(text="", root=tree)
    assert query.matches(subject) is naive(tree, subject)
    assert query.describe(subject)


@given(st.lists(trees(), min_size=2, max_size=3), subjects())
def test_negation_obeys_de_morgan(parts: list[Node], subject: Subject) -> None:
    opposite = [negated(part) for part in parts]
    for left, right in [(negated(all_of(parts)), any_of(opposite)), (negated(any_of(parts)), all_of(opposite))]:
        assert Query("", left).matches(subject) is Query("", right).matches(subject)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_words_joined_are_cut_into_the_same_words(text: str) -> None:
    words = split(fold(text))
    assert split(" ".join(words)) == words
