"""`tradewire stories --jsonl` as people type it: items in, the story of each out."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.stories.sense import Sense

PERU = "Copper mine in southern Peru halted as workers strike over pay"
PERU_TOO = "Strike over pay halts copper mine in Peru"
PERU_IN_SPANISH = "Huelga salarial paraliza una mina de cobre en el sur de Perú"
SALMON = "Norway lifts levy on farmed salmon to 25 percent"
SALMON_TOO = "Norwegian salmon farmers to pay levy of 25 percent from June"
SALMON_IN_CHILE = "Chile lifts levy on farmed salmon to 25 percent"
KENYA = "Kenya finance minister resigns after budget row"


@pytest.fixture(autouse=True, scope="module")
def _read_once() -> Iterator[None]:
    """Every command would load the encoder anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.stories.sense.Sense", functools.cache(Sense))
        yield


def record(identity: str | int, title: str, date: str = "2025-05-07T08:00Z", **more: str) -> str:
    return json.dumps({"id": identity, "title": title, "date": date, **more})


def stories(*lines: str) -> Result:
    return CliRunner().invoke(main, ["stories", "--jsonl"], input="\n".join(lines))


def answered(*lines: str) -> list[tuple[Any, str]]:
    """The id and the story of each line."""
    result = stories(*lines)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return pairs(result)


def pairs(result: Result) -> list[tuple[Any, str]]:
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(list(answer) == ["id", "story"] for answer in answers)
    return [(answer["id"], answer["story"]) for answer in answers]


def grouped(*titles: str) -> list[int]:
    """For each headline the place of the first one of its story."""
    found = [story for _, story in answered(*(record(place, title) for place, title in enumerate(titles)))]
    return [found.index(story) for story in found]


# --- what is one story ------------------------------------------------------------------------------------


def test_reports_of_one_event_are_one_story_and_other_news_is_not() -> None:
    assert grouped(PERU, SALMON, KENYA, PERU_TOO, SALMON_TOO) == [0, 1, 2, 0, 1]


def test_the_same_headline_in_another_dress_is_the_same_story() -> None:
    assert grouped(PERU, KENYA, PERU.upper(), f"UPDATE 2-{PERU}") == [0, 1, 0, 0]


def test_a_report_in_another_language_joins() -> None:
    assert grouped(KENYA, PERU, PERU_IN_SPANISH) == [0, 1, 1]


def test_the_same_measure_of_another_country_is_another_story() -> None:
    assert grouped(SALMON, SALMON_IN_CHILE) == [0, 1]


def test_one_pattern_filled_in_for_several_countries_is_as_many_stories() -> None:
    rates = [f"{name} central bank raises rates" for name in ("Norway", "Sweden", "Turkey")]
    duties = ["US imposes 20% tariff on furniture from Sweden", "US imposes 50% tariff on copper from Chile"]
    again = ["Turkish central bank hikes rates", "Chilean copper to face 50% US tariff"]
    assert grouped(*rates, *duties, *again) == [0, 1, 2, 3, 4, 2, 4]


@pytest.mark.parametrize(
    ("later", "joins"), [("2025-05-08T06:00Z", True), ("2025-05-07T23:00-08:00", True), ("2025-05-14T08:00Z", False)]
)
def test_the_same_headline_a_week_later_is_another_story(later: str, joins: bool) -> None:
    (_, first), (_, second) = answered(record(1, PERU), record(2, PERU, later))
    assert (first == second) == joins


def test_items_without_a_date_are_as_new_as_each_other() -> None:
    plain = [json.dumps({"id": place, "title": title}) for place, title in enumerate((PERU, PERU_TOO, KENYA))]
    first, second, third = (story for _, story in answered(*plain))
    assert first == second != third


def test_a_text_without_a_title_is_grouped_by_its_first_line() -> None:
    untitled = json.dumps({"id": "b", "body": f"{PERU}.\nThe union spoke of a second week.", "date": "2025-05-07"})
    (_, first), (_, second) = answered(record("a", PERU, "2025-05-07"), untitled)
    assert first == second


# --- what is answered -------------------------------------------------------------------------------------


def test_every_line_is_answered_under_its_own_id_in_order() -> None:
    ids: list[str | int] = ["b", 7, "a", "7", "é 央行", -1]
    found = answered(*(record(identity, title) for identity, title in zip(ids, [PERU, KENYA] * 3, strict=True)))
    assert [identity for identity, _ in found] == ids
    assert len({story for _, story in found}) == 2


def test_an_id_that_comes_twice_is_two_items() -> None:
    found = answered(record("a", PERU), record("a", KENYA), record("a", PERU_TOO))
    assert [identity for identity, _ in found] == ["a"] * 3
    assert found[0] == found[2] != found[1]


def test_the_same_lines_are_always_answered_the_same() -> None:
    lines = [record(place, title) for place, title in enumerate((PERU, SALMON, KENYA, PERU_TOO))]
    assert answered(*lines) == answered(*lines)


@pytest.mark.parametrize("given", ["", "\n\n  \n"])
def test_nothing_given_is_nothing_answered(given: str) -> None:
    assert answered(given) == []


# --- what is wrong with a line ----------------------------------------------------------------------------


def test_bad_lines_are_said_with_their_number_and_the_others_answered() -> None:
    result = stories(
        record("a", PERU),
        "{broken",
        "",
        '["a list"]',
        json.dumps({"title": KENYA}),
        record("c", KENYA, "the day before"),
        record("d", ""),
        json.dumps({"id": "e", "title": 5}),
        record("b", PERU_TOO),
    )
    assert result.exit_code == 1
    (first, one), (last, other) = pairs(result)
    assert (first, last) == ("a", "b")
    assert one == other
    said = ["2: not JSON", "4: not a JSON object", "5: id: missing", "6: date: 'the day before'", "7: title: empty",
            "8: title: int instead of text"]  # fmt: skip
    complaints = result.stderr.splitlines()
    assert len(complaints) == len(said)
    for complaint, expected in zip(complaints, said, strict=True):
        assert complaint.startswith(f"tradewire: line {expected}")


def test_a_command_without_its_option_says_which() -> None:
    result = CliRunner().invoke(main, ["stories"])
    assert result.exit_code == 2
    assert "--jsonl" in result.stderr
