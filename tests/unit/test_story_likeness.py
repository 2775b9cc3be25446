from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest

from bot.model import StoryId
from bot.stories import signature
from bot.stories.cluster import WINDOW, Near, choose
from bot.stories.likeness import (
    APART,
    BY_PLACE_ONLY,
    PAIR,
    RAREST_PLACE,
    RAREST_WORD,
    SENSE,
    STORY,
    Likeness,
    LikenessFile,
    Pairs,
    Weights,
    story_figures,
)
from bot.stories.signature import (
    DIMENSIONS,
    RECORD,
    Floats,
    Signature,
    Signatures,
    Vector,
)
from bot.stories.words import SIZE, number_of, stem
from tests import samples
from tests.samples import NOW

PERU = "Copper mine in southern Peru halted as workers strike over pay"
PERU_TOO = "Strike over pay halts copper mine in Peru"
SALMON = "Norway lifts levy on farmed salmon to 25 percent"
SALMON_TOO = "Norwegian salmon farmers to pay levy of 25 percent from June"
KENYA = "Kenya finance minister resigns after budget row"


def news(title: str, *, hours: float = 0, summary: str = "", vector: Vector | None = None) -> Signature:
    return signature.signature(
        samples.item(title=title, summary=summary, published_at=NOW + timedelta(hours=hours)), vector
    )


def many(*signatures: Signature) -> Signatures:
    return np.frombuffer(b"".join(each.tobytes() for each in signatures), RECORD)


def unit(place: int) -> Vector:
    return np.asarray(np.eye(1, DIMENSIONS, place)[0], np.float32)


def near(**stories: Sequence[Signature]) -> Near:
    """Stored items, by the story that each is in."""
    items = [(item, StoryId(name)) for name, members in stories.items() for item in members]
    return Near(many(*(item for item, _ in items)), [name for _, name in items])


def figures(one: Signature, other: Signature) -> dict[str, float]:
    return dict(zip(PAIR, Pairs(one, many(other)).figures()[0, :-1].tolist(), strict=True))


def made_up(**weights: float) -> Likeness:
    """A likeness whose weights are nought but for those named: of pairs, with or without sense, and of stories."""

    def model(names: tuple[str, ...]) -> Weights:
        return Weights(
            names=names, bias=weights.get("bias", 0), weights=tuple(weights.get(name, 0) for name in names)
        )

    story = model(STORY).model_copy(update={"bias": 0})
    return Likeness(LikenessFile(words=model(PAIR), sense=model((*PAIR, SENSE)), story=story, threshold=0))


@pytest.fixture
def even(monkeypatch: pytest.MonkeyPatch) -> Floats:
    """A table in which every word is as rare as every other, 4 nats, until the test says otherwise."""
    table = np.full(SIZE, 4.0)
    table[0] = 0
    monkeypatch.setattr(signature, "_frequencies", lambda: table)
    return table


# --- the figures of two items -----------------------------------------------------------------------------


@pytest.mark.usefixtures("even")
def test_figures_of_two_headlines() -> None:
    one, other = news("Peru copper mine 12 halted"), news("Peru copper strike 12 14", hours=36)
    assert figures(one, other) == pytest.approx(
        {
            "cosine": 2 / math.sqrt(4 * 3),
            "contained": 2 / 3,
            "rarest": 4,
            "shared": 2,
            "numbers": 1,
            "numbers-differ": 0,
            "days": 1.5,
            "shortest": 3,
        }
    )


def test_a_rare_word_in_common_weighs_more_than_a_common_one(even: Floats) -> None:
    even[number_of("pric") % SIZE] = 1
    rare, common = figures(news("Zinc prices"), news("Zinc tariff")), figures(news("Zinc prices"), news("Tin prices"))
    assert rare["cosine"] == pytest.approx(16 / math.sqrt(17 * 32))
    assert rare["contained"] == pytest.approx(4 / 5)
    assert common["cosine"] == pytest.approx(1 / 17)
    assert (rare["rarest"], common["rarest"]) == (4, 1)


@pytest.mark.usefixtures("even")
def test_words_of_the_first_lines_count_half_and_only_towards_what_is_contained() -> None:
    plain, told = news("Peru copper mine halted"), news("Peru copper mine halted", summary="Strike near Cusco.")
    other = news("Peru copper strike")
    assert figures(told, other)["contained"] == pytest.approx((2 + 1 / 2) / 3)
    assert {**figures(told, other), "contained": 0} == {**figures(plain, other), "contained": 0}
    assert figures(news("Strike", summary="Peru and copper."), other)["contained"] == 1, "never more than all"


@pytest.mark.usefixtures("even")
@pytest.mark.parametrize(
    ("one", "other", "shared", "differ"),
    [
        ("Levy of 25", "Levy of 25", 1, 0),
        ("Levy of 25", "Levy of 30", 0, 1),
        ("Levy of 25", "Levy rises", 0, 0),
        ("Levy of 25 from 2031", "Levy of 30 from 2031", 1, 0),
        ("Levy of 1,250", "Levy of 1250", 1, 0),
    ],
)
def test_numbers_are_shared_differ_or_are_not_given(one: str, other: str, shared: int, differ: int) -> None:
    found = figures(news(one), news(other))
    assert (found["numbers"], found["numbers-differ"]) == (shared, differ)


def test_headlines_without_words_have_figures_too() -> None:
    found = figures(news("…"), news("—"))
    assert found == dict.fromkeys(PAIR, 0)
    assert np.isfinite(Likeness.load().of_items(news("…"), many(news("—"), news(PERU)))).all()


def test_likeness_does_not_ask_which_of_two_came_first() -> None:
    titles = (PERU, PERU_TOO, SALMON, SALMON_TOO, KENYA)
    items = [news(title, hours=place, summary=KENYA, vector=unit(place % 2)) for place, title in enumerate(titles)]
    odds = [Likeness.load().of_items(one, many(*items)) for one in items]
    assert np.allclose(odds, np.transpose(odds))
    assert np.ptp(odds) > 5


def test_vectors_count_only_where_both_items_have_one() -> None:
    read, alike, other = (news(PERU, vector=unit(place)) for place in (0, 0, 1))
    unread = news(PERU)
    likeness = made_up(shared=1, sense=6)
    with_sense = likeness.file.sense.model_copy(update={"bias": 3})
    likeness = Likeness(likeness.file.model_copy(update={"sense": with_sense}))
    shared = float(Pairs(read, many(other)).shared[0])
    assert likeness.of_items(read, many(alike, other, unread)) == pytest.approx([shared + 9, shared + 3, shared])
    assert likeness.of_items(unread, many(alike, other)) == pytest.approx([shared, shared])


# --- what is never one event ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "swapped"),
    [
        ("Oruro taxes salmon farms", True),
        ("Potosi taxes salmon farms", False),
        ("Oruro taxes trout farms", False),
        ("Potosi and Oruro tax salmon farms", False),
        ("Oruro and Sucre tax salmon farms", False),
        ("Taxes: salmon farms", False),
        ("Prices tax salmon farms", False),
    ],
)
def test_one_rare_word_for_another_is_another_event(even: Floats, other: str, swapped: bool) -> None:
    even[number_of("pric") % SIZE] = 2.9
    one, others = news("Potosi taxes salmon farms"), many(news(other))
    assert Pairs(one, others).swapped().tolist() == [swapped]
    assert (made_up(bias=9).of_items(one, others)[0] == APART) == swapped


@pytest.mark.parametrize(
    ("cosine", "other", "apart"),
    [
        (0.7, "Potosi warns salmon farms", True),
        (0.95, "Potosi warns salmon farms", False),
        (0.95, "Oruro threatens salmon farms", True),
        (0.95, "Potosi rarely salmon farms", True),
    ],
)
def test_another_word_for_the_same_is_the_same_event(even: Floats, cosine: float, other: str, apart: bool) -> None:
    even[number_of(stem("rarely")) % SIZE] = RAREST_WORD + 1
    one = news("Potosi threatens salmon farms", vector=unit(0))
    turned = np.asarray(cosine * unit(0) + math.sqrt(1 - cosine**2) * unit(1), np.float32)
    others = many(news(other, vector=turned))
    assert Pairs(one, others).swapped().tolist() == [apart]
    assert (made_up(bias=9).of_items(one, others)[0] == APART) == apart


@pytest.mark.usefixtures("even")
def test_two_names_of_one_place_are_no_other_thing() -> None:
    one, others = news("Indonesia taxes salmon farms"), many(news("Jakarta taxes salmon farms"))
    assert Pairs(one, others).swapped().tolist() == [False]


@pytest.mark.parametrize(
    ("other", "days", "repeated"),
    [
        ("Wall Street closes higher", 2, True),
        ("Higher closes Wall Street", 2, True),
        ("Wall Street closes higher", 1, False),
        ("Wall Street closes lower", 2, False),
        ("Wall Street closes 2 percent higher", 2, False),
        ("Wall Street closes 2 higher", 2, False),
    ],
)
def test_a_headline_that_comes_again_is_another_event(other: str, days: int, repeated: bool) -> None:
    one, others = news("Wall Street closes higher"), many(news(other, hours=24 * days))
    assert Pairs(one, others).repeated().tolist() == [repeated]
    assert Pairs(others[0], many(one)).repeated().tolist() == [repeated]


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Norway raises rates", "Sweden raises rates", True),
        ("Norges Bank raises rates", "Norway's central bank raises rates", False),
        ("Norway raises rates", "Oslo and Stockholm raise rates", False),
        ("US and China agree truce", "Beijing, Washington in truce", False),
        ("US puts duty on Sweden", "US puts duty on Chile", True),
        ("US puts duty on Sweden", "US puts duty on goods", False),
        ("US puts duty on Sweden", "Sweden answers China and US", False),
        ("Kenya and Norway sign pact", "Kenya and Chile sign pact", False),
        ("Trump puts duty on Sweden", "Trump puts duty on Chile", True),
        ("Bondi attack: Australia mourns", "Bondi attack: Philippines give update", False),
        ("Moody's lowers France", "Moody's lowers Hungary", True),
        ("Toyota profit jumps", "Honda profit jumps", True),
        ("Google to pay fine", "Alphabet to pay fine", False),
        ("Toyota and Honda merge", "Honda merges with rival", False),
        ("Toyota recalls cars in Norway", "Toyota recalls cars in Chile", False),
        ("Gold falls 2%", "Copper falls 2%", True),
        ("Brent falls 2%", "Oil falls 2%", False),
        ("Rates rise again", "Norway raises rates", False),
    ],
)
def test_what_names_other_places_companies_or_goods_is_another_event(one: str, other: str, apart: bool) -> None:
    first, second = news(one), news(other)
    assert Pairs(first, many(second)).ties.apart().tolist() == [apart]
    assert Pairs(second, many(first)).ties.apart().tolist() == [apart]
    assert not apart or made_up(bias=9).of_items(first, many(second))[0] == APART


def test_what_cannot_be_one_event_is_never_likelier_than_it_was() -> None:
    others = many(news("Sweden raises rates"))
    assert made_up(bias=-9).of_items(news("Norway raises rates"), others)[0] == -9


@pytest.mark.parametrize(
    ("other", "by_place"),
    [
        ("Swedish furniture hit by duty", True),
        ("Stockholm floods", True),
        ("Sweden lowers rates", False),
        ("Sweden hit by 4 strikes", False),
        ("Vostrupani strikes in Sweden", False),
        ("Norway floods", False),
        ("Floods again", False),
    ],
)
def test_a_place_in_common_and_nothing_else_says_less(other: str, by_place: bool) -> None:
    one, others = news("Vostrupani: Sweden holds rates at 4%"), many(news(other))
    assert Pairs(one, others).by_place_only.tolist() == [by_place]
    assert not by_place or made_up().of_items(one, others)[0] == -BY_PLACE_ONLY
    assert not by_place or figures(one, others[0])["rarest"] <= RAREST_PLACE


# --- an item and a story ----------------------------------------------------------------------------------


def test_figures_of_a_story() -> None:
    assert story_figures([1.0, 3.0, -1.0], 0.5) == pytest.approx((3, 2, 1, math.log(3), 0.5, 3 * math.log(3)))
    assert story_figures([2.0], 0) == (2, 2, 2, 0, 0, 0)


def test_likeness_to_a_story_weighs_its_figures() -> None:
    likeness = made_up(**{"best": 2, "two-best": 0.5, "mean": 1, "gap": -4})
    assert likeness.of_story([1.0, 3.0, -1.0], 0.5) == pytest.approx(6 + 1 + 1 - 2)


def test_a_report_of_another_outlet_joins_and_other_news_does_not() -> None:
    stored = near(peru=[news(PERU)], salmon=[news(SALMON)])
    assert choose(news(PERU_TOO, hours=2), stored, Likeness.load()) == "peru"
    assert choose(news(SALMON_TOO, hours=3), stored, Likeness.load()) == "salmon"
    assert choose(news(KENYA, hours=1), stored, Likeness.load()) is None


@pytest.mark.parametrize(
    "other",
    [
        "Chile lifts levy on farmed salmon to 25 percent",
        "Iceland cuts quota on wild cod to 10 percent",
        "Norway keeps sovereign fund out of 12 tobacco makers",
    ],
)
def test_another_country_or_another_measure_is_not_the_same_event(other: str) -> None:
    assert choose(news(other, hours=1), near(salmon=[news(SALMON)]), Likeness.load()) is None


def test_nothing_stored_means_a_story_of_its_own() -> None:
    assert choose(news(PERU), near(), Likeness.load()) is None


def test_news_of_long_ago_is_another_event() -> None:
    edge = WINDOW.total_seconds() / 3600
    likeness = made_up(bias=5, best=1)
    assert choose(news(PERU, hours=edge), near(peru=[news(PERU_TOO)]), likeness) == "peru"
    assert choose(news(PERU, hours=edge + 0.1), near(peru=[news(PERU_TOO)]), likeness) is None
    assert choose(news(PERU), near(peru=[news(PERU_TOO, hours=edge + 0.1)]), likeness) is None


def test_the_likelier_of_two_stories_is_chosen_and_an_item_joins_from_the_threshold_on() -> None:
    one = news(PERU)
    stored = near(far=[news("Copper price climbs")], close=[news(PERU_TOO)], none=[news(KENYA)])
    likeness = made_up(shared=1, best=1)
    assert choose(one, stored, likeness) == "close"
    shared = float(Pairs(one, many(news(PERU_TOO))).shared[0])
    for threshold, chosen in ((shared, "close"), (shared + 0.01, None)):
        raised = Likeness(likeness.file.model_copy(update={"threshold": threshold}))
        assert choose(one, stored, raised) == chosen


@pytest.mark.parametrize(("hours", "chosen"), [(-73, "peru"), (-71, None)])
def test_members_outside_the_window_say_nothing_about_a_story(hours: int, chosen: str | None) -> None:
    """With the mean of its members as the only figure, three that are unlike would keep the item out."""
    stored = near(peru=[news(PERU_TOO), *[news(KENYA, hours=hours)] * 3])
    assert choose(news(PERU), stored, made_up(bias=-2, shared=1, mean=1)) == chosen


@pytest.mark.parametrize(("hours", "chosen"), [(-73, None), (-71, "peru")])
def test_a_story_is_looked_at_where_something_in_the_window_is_alike(hours: int, chosen: str | None) -> None:
    stored = near(peru=[news(KENYA), news(PERU_TOO, hours=hours)])
    assert choose(news(PERU), stored, made_up(bias=-5, shared=2, size=1)) == chosen


def test_the_order_of_the_stored_items_does_not_matter() -> None:
    stored = [(news(PERU), "peru"), (news(PERU, hours=1), "again"), (news(SALMON), "salmon"), (news(KENYA), "peru")]
    found = set()
    for order in permutations(stored):
        candidates = Near(many(*(item for item, _ in order)), [StoryId(name) for _, name in order])
        found.add(choose(news(PERU_TOO, hours=2), candidates, Likeness.load()))
    assert len(found) == 1
    assert found <= {"peru", "again"}
