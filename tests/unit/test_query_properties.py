from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from bot.model import (
    Rate,
    Tier,
)
from bot.routing.query import Query, QueryError, Subject, parse
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
from bot.routing.words import fold, split
from tests.unit.queries import HERE, seen

# --- properties -------------------------------------------------------------------------------------------

VOCABULARY = ("tariff", "tariffs", "trade", "war", "or", "2.5")


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


@given(st.text(alphabet="aAbS12.,_-'’“( \n", max_size=30))
def test_plain_text_is_read_like_text_with_a_foreign_word_in_it(text: str) -> None:
    assert fold(f"é关 {text}") == f"e关 {fold(text)}"
    assert split(fold(f"é关 {text}")) == ["e", "关", *split(fold(text))]
