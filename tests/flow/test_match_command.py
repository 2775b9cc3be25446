"""`tradewire match`: queries from a file, items from standard input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main, matching

NEWS = {"id": "n1", "title": "Norway imposes tariffs of 25% on Chilean copper", "lang": "en", "date": "2025-05-06"}
OTHER = {"id": "n2", "title": "Otters return to the river", "lang": "en", "date": "2025-05-06"}


def lines(*records: Any) -> str:
    return "".join(f"{json.dumps(record)}\n" for record in records)


def match(folder: Path, queries: str, items: str) -> Result:
    path = folder / "queries.jsonl"
    path.write_text(queries)
    return CliRunner().invoke(main, ["match", "--queries", str(path), "--jsonl"], input=items)


def query(id_: Any, text: Any) -> dict[str, Any]:
    return {"id": id_, "query": text}


def answers(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_item_gets_the_ids_of_its_queries_in_the_order_of_the_file(tmp_path: Path) -> None:
    queries = lines(
        query("z", "copper"), query(7, "tariff* -otter*"), query("a", '"chilean copper"'), query("o", "otters")
    )
    result = match(tmp_path, queries + "\n", lines(NEWS, OTHER, NEWS))
    assert result.exit_code == 0
    assert answers(result) == [
        {"id": "n1", "matches": ["z", 7, "a"]},
        {"id": "n2", "matches": ["o"]},
        {"id": "n1", "matches": ["z", 7, "a"]},
    ]


def test_items_are_judged_where_a_query_asks_for_the_verdict(tmp_path: Path) -> None:
    queries = lines(query("topic", "topic:trade"), query("rate", "country:NO rate>=25"), query("tier", "tier>digest"))
    result = match(tmp_path, queries, lines(NEWS, OTHER))
    assert [answer["matches"] for answer in answers(result)] == [["topic", "rate", "tier"], []]


def test_items_are_not_judged_where_no_query_asks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "classifier_for", lambda _: pytest.fail("the classifier was loaded"))
    queries = lines(query(1, "title:copper lang:en -outlet:wire -source:ustr"))
    assert answers(match(tmp_path, queries, lines(NEWS))) == [{"id": "n1", "matches": [1]}]


def test_wrong_queries_are_all_marked_and_set_right_and_no_item_is_read(tmp_path: Path) -> None:
    queries = lines(query("a", "tariff OR topik:trade"), query("b", "copper"), query("c", "tar*f"))
    result = match(tmp_path, queries, lines(NEWS))
    assert result.exit_code == 1
    assert result.stdout == ""
    path = tmp_path / "queries.jsonl"
    assert result.stderr.splitlines() == [
        f"tradewire: {path}, line 1: there is no field “topik”; did you mean topic?",
        "tradewire: tariff OR topik:trade",
        "tradewire:           ^^^^^",
        "tradewire: write: tariff OR topic:trade",
        f"tradewire: {path}, line 3: “*” stands only at the end, as in tarif*",
        "tradewire: tar*f",
        "tradewire:    ^",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: not a JSON object"),
        ('{"query": "a"}', "line 2: id: a text or a whole number is needed"),
        ('{"id": true, "query": "a"}', "line 2: id: a text or a whole number is needed"),
        ('{"id": 2}', "line 2: query: a text is needed"),
        ('{"id": "a", "query": "b"}', 'line 2: id: there is a query "a" before it'),
        ('{"id": "b", "query": " "}', "line 2: the query is empty"),
    ],
)
def test_a_line_that_is_no_query_is_named(tmp_path: Path, line: str, said: str) -> None:
    result = match(tmp_path, lines(query("a", "copper")) + line, lines(NEWS))
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr


def test_of_many_wrong_lines_the_first_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    result = match(tmp_path, "{\n" * 25, "")
    assert len(result.stderr.splitlines()) == matching.MOST_COMPLAINTS + 1
    assert "5 more lines are wrong" in result.stderr


def test_a_broken_item_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    result = match(tmp_path, lines(query("c", "copper")), lines({"id": "x"}) + "{\n" + lines(NEWS))
    assert result.exit_code == 1
    assert answers(result) == [{"id": "n1", "matches": ["c"]}]
    complaints = result.stderr.splitlines()
    assert [complaint.split(": ")[1] for complaint in complaints] == ["line 1", "line 2"]
