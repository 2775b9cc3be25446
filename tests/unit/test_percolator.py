"""The percolator answers what every query answers, whatever is added and removed in between."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.model import Direction, Fact, Kind, Party, Person, Rate, Tier
from bot.routing.percolator import Percolator
from bot.routing.query import Query, Subject, parse
from bot.routing.signs import cover, signs_of
from bot.routing.syntax import (
    Comparison,
    Node,
    RateIs,
    Substring,
    Tag,
    TierIs,
    Within,
    Words,
    all_of,
    any_of,
    negated,
)
from tests.unit.queries import HERE, seen

WORDS = ("tariff", "tariffs", "tar", "trade", "war", "us", "2.5", "зерно")
PIECES = ("关", "关税", "关税上", "中国", "中国关税")
SHARES = {word: 1 / (place + 2) for place, word in enumerate(WORDS)}


def share(word: str) -> float:
    return SHARES.get(word, 0.001)


def percolating(*queries: str) -> Percolator[str]:
    percolator = Percolator[str](share)
    for query in queries:
        percolator.add(query, parse(query))
    return percolator


# --- any queries, any items -------------------------------------------------------------------------------


def leaves() -> st.SearchStrategy[Node]:
    some_words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(tuple)
    comparisons: st.SearchStrategy[Comparison] = st.sampled_from(("=", "<", "<=", ">", ">="))
    passages: st.SearchStrategy[Within] = st.sampled_from(("text", "text", "title", "outlet", "person"))
    return st.one_of(
        st.builds(Words, some_words, st.booleans(), passages),
        st.builds(Substring, st.sampled_from(PIECES), passages),
        st.builds(Tag, st.just("topic"), st.sampled_from(("trade", "market"))),
        st.builds(Tag, st.just("country"), st.sampled_from(("US", "CN"))),
        st.builds(Tag, st.just("kind"), st.sampled_from(("macro", "trade-policy"))),
        st.builds(Tag, st.just("direction"), st.sampled_from(("escalation", "neutral"))),
        st.builds(Tag, st.just("source"), st.sampled_from(("ustr", "a:b*", "two words"))),
        st.builds(Tag, st.just("lang"), st.sampled_from(("en", "zh"))),
        st.builds(RateIs, comparisons, st.sampled_from((-1.0, 2.5, 10.0))),
        st.builds(TierIs, comparisons, st.sampled_from(Tier)),
    )


def grown(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(several.map(all_of), several.map(any_of), parts.map(negated))


def queries() -> st.SearchStrategy[Query]:
    return st.recursive(leaves(), grown, max_leaves=6).map(lambda root: Query(text=str(root), root=root))


@st.composite
def subjects(draw: st.DrawFn) -> Subject:
    texts = st.lists(st.sampled_from((*WORDS, *PIECES, "Tariff,", "U.S.")), max_size=6).map(" ".join)
    kinds: st.SearchStrategy[Kind | None] = st.sampled_from(("macro", "trade-policy", None))
    directions: st.SearchStrategy[Direction | None] = st.sampled_from(("escalation", "neutral", None))
    facts: st.SearchStrategy[Fact] = st.one_of(
        st.builds(Party, value=st.sampled_from(("US", "CN")), span=st.just(HERE)),
        st.builds(Person, value=texts, span=st.just(HERE)),
        st.builds(Rate, value=st.sampled_from((2.5, 145.0)), of=st.just("tariff"), span=st.just(HERE)),
    )
    return seen(
        draw(texts),
        summary=draw(texts),
        body=draw(texts),
        outlet=draw(texts),
        source=draw(st.sampled_from(("ustr", "a:b*", "two words"))),
        lang=draw(st.sampled_from(("en", "zh", None))),
        labels=tuple(draw(st.sets(st.sampled_from(("trade", "market"))))),
        kind=draw(kinds),
        direction=draw(directions),
        facts=tuple(draw(st.lists(facts, max_size=3))),
        tier=draw(st.sampled_from(Tier)),
    )


@given(st.lists(queries(), min_size=1, max_size=12), st.lists(subjects(), min_size=1, max_size=4), st.data())
def test_the_answer_is_that_of_asking_every_query(
    written: list[Query], items: list[Subject], data: st.DataObject
) -> None:
    percolator, kept = Percolator[int](share), dict(enumerate(written))
    for id_, query in kept.items():
        percolator.add(id_, query)
    for item in items:
        assert percolator.matching(item) == {id_ for id_, query in kept.items() if query.matches(item)}
        if kept:
            gone = data.draw(st.sampled_from(sorted(kept)))
            percolator.remove(gone)
            del kept[gone]
        assert percolator.matching(item) == {id_ for id_, query in kept.items() if query.matches(item)}
        assert len(percolator) == len(kept)


@pytest.mark.parametrize(
    ("query", "item", "expected"),
    [
        ("war OR war trade", seen("a war"), True),  # both are found by “war”
        ("us tar*", seen("us tariffs"), True),  # found by “us”
        ("war (us OR trade)", seen("a war"), False),  # found by “war”
        ("tariff*", seen("tarifas"), False),  # found by “tarif*”
        ("war trade OR war", seen("a war"), True),
        ("war trade OR war tariff", seen("a trade war"), True),
        ("war tariff OR war trade", seen("a trade war"), True),
        ("war tariff OR war trade", seen("a war"), False),
        ('"trade war"', seen("world trade", summary="war in the news"), False),
        ('"us trade war"', seen("us trade", summary="a trade war"), False),
    ],
)
def test_alternatives_under_one_sign_and_neighbours_in_two_texts(query: str, item: Subject, expected: bool) -> None:
    assert (query in percolating(query).matching(item)) is expected


@given(queries(), subjects())
@example(parse("tier<digest"), seen("tariff"))
def test_an_item_has_a_sign_of_the_cover_of_each_query_that_matches_it(query: Query, item: Subject) -> None:
    covered = cover(query.root, share)
    has_one = not covered.signs.isdisjoint(signs_of(item, range(1, 6)))
    if query.matches(item):
        assert has_one
    if covered.exact:
        assert query.matches(item) is has_one


@given(st.lists(queries(), max_size=8))
def test_nothing_stays_of_queries_that_are_gone(written: list[Query]) -> None:
    percolator = Percolator[int](share)
    fresh = {name: repr(value) for name, value in vars(percolator).items()}
    for id_, query in enumerate(written):
        percolator.add(id_, query)
    for id_ in range(len(written)):
        percolator.remove(id_)
    assert {name: repr(value) for name, value in vars(percolator).items()} == fresh


# --- what is spared ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "signs"),
    [
        ("tariff steel", {"steel"}),
        ("tariff (steel OR copper)", {"steel", "copper"}),
        ("steel OR tariff war", {"steel", "war"}),
        ('"trade war us"', {"war us"}),
        ("tarif* -steel", {"tarif*"}),
        ("sanction*", {"sanct*"}),
        ("title:steel topic:trade", {"title:steel"}),
        ("topic:trade -steel", {"topic:trade"}),
        ("rate>10", {"rate:"}),
        ("tier>=urgent", {"tier:urgent", "tier:flash"}),
        ("中国关税", {"~中国"}),
        ("关", {"~关"}),
        ("-steel", {""}),
        ("topic:trade OR -steel", {"topic:trade", ""}),
    ],
)
def test_a_query_is_found_by_the_rarest_signs_it_needs(query: str, signs: set[str]) -> None:
    assert cover(parse(query).root, share).signs == signs


def test_queries_that_share_no_sign_with_the_item_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("bot.routing.signs.Condition.met", lambda condition, *_: asked.append(condition))
    percolator = percolating(*(f"steel{number} tariff" for number in range(50)), "copper tariff", "-zinc")
    percolator.matching(seen("a tariff on copper"))
    assert len(asked) == 2


# --- ids --------------------------------------------------------------------------------------------------


def test_an_id_is_given_once_and_free_again_when_its_query_is_gone() -> None:
    percolator = percolating("steel")
    with pytest.raises(ValueError, match="under the id 'steel': remove it first"):
        percolator.add("steel", parse("copper"))
    percolator.remove("steel")
    percolator.add("steel", parse("copper"))
    assert percolator.matching(seen("copper and steel")) == {"steel"}
    assert percolator.matching(seen("steel")) == set()


def test_a_query_that_was_never_added_cannot_be_removed() -> None:
    with pytest.raises(KeyError):
        percolating("steel").remove("copper")
