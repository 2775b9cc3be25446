"""What the benchmarks count, and that they run: a figure that is counted wrongly is worse than none."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from bench import entry, percolator, speed
from bench.__main__ import main
from bench.judging.baselines import by_keywords, by_lexicon, by_published_list
from bench.judging.fact_matching import Labelled, Tally, rules, score
from bench.judging.facts import labelled_facts
from bench.judging.headlines import NEWS, invented
from bench.speed import Mix, read_records, run_command
from bot.model import Fact, Measure, Meeting, Move, Party, Person
from bot.routing.percolator import Percolator
from tests import samples
from tests.unit.signals_samples import lexicon, news

SPAN = samples.span()


def tally(rule: str, found: list[Fact], due: list[Fact], undecided: list[Fact] | None = None) -> tuple[int, ...]:
    """Right, wrong, excused, missed."""
    counted = Tally()
    labelled = Labelled("a", samples.item(), due, undecided or [])
    (chosen,) = (each for each in rules(lexicon()) if each.name == rule)
    score(chosen, found, labelled, counted)
    return counted.right, len(counted.wrong), counted.excused, len(counted.missed)


def measure(value: Any, stage: Any = None) -> Measure:
    return Measure(value=value, stage=stage, span=SPAN)


def person(value: str, role: str | None = None) -> Person:
    return Person(value=value, role=role, span=SPAN)


def meeting(where: str | None = None, when: str | None = None, who: tuple[str, ...] = ()) -> Meeting:
    return Meeting(where=where, when=when, who=who, span=SPAN)


def move(instrument: str, size: float | None = None, unit: Any = None) -> Move:
    return Move(instrument=instrument, direction="up", size=size, unit=unit, span=SPAN)


# --- facts ------------------------------------------------------------------------------------------------


def test_a_fact_of_another_type_is_not_counted() -> None:
    assert tally("party", [measure("tariff")], [measure("tariff")]) == (0, 0, 0, 0)


def test_a_fact_due_answers_for_one_found_only() -> None:
    party = Party(value="US", span=SPAN)
    assert tally("party", [party, party], [party]) == (1, 1, 0, 0)


def test_another_stage_is_wrong_and_the_due_one_missed() -> None:
    assert tally("measure", [measure("tariff", "paused")], [measure("tariff", "in-force")]) == (0, 1, 0, 1)


def test_an_open_fact_excuses_whatever_its_other_keys_and_is_never_missed() -> None:
    found: list[Fact] = [measure("tariff", "paused"), measure("deal")]
    assert tally("measure", found, [], [measure("tariff", "announced")]) == (0, 1, 1, 0)
    assert tally("measure", [], [], [measure("tariff")]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("rule", "role", "right"),
    [
        ("person, name", None, 1),
        ("person, role alike", "Minister", 1),
        ("person, role alike", None, 0),
        ("person, role alike", "chancellor", 0),
        ("person, role exact", "Minister", 0),
        ("person, role exact", "TRADE minister", 1),
    ],
)
def test_a_person_is_counted_by_name_and_by_role(rule: str, role: str | None, right: int) -> None:
    assert tally(rule, [person("lind", role)], [person("Lind", "trade minister")])[0] == right


def test_a_move_needs_instrument_size_and_unit() -> None:
    due: list[Fact] = [move("Oil", 2.0, "percent")]
    assert tally("move", [move("oil", 2.0, "percent")], due) == (1, 0, 0, 0)
    assert tally("move", [move("oil futures", 2.0, "percent")], due) == (0, 1, 0, 1)
    assert tally("move", [move("oil")], due) == (0, 1, 0, 1)


@pytest.mark.parametrize(
    ("found", "right"),
    [
        (meeting("Geneva", "2025-05-10", ("Lind",)), 1),
        (meeting("geneva", "2025-05-10"), 1),  # nobody named contradicts nobody
        (meeting("Geneva", "2025-05-10", ("China", "Ortega")), 1),
        (meeting("Geneva", "2025-05-10", ("Ortega",)), 0),
        (meeting("Geneva", "2025-05-11", ("Lind",)), 0),
        (meeting("Oslo", "2025-05-10", ("Lind",)), 0),
        (meeting(None, "2025-05-10", ("Lind",)), 0),
    ],
)
def test_a_meeting_is_matched_by_time_and_place_and_one_who_takes_part(found: Meeting, right: int) -> None:
    assert tally("meeting", [found], [meeting("Geneva", "2025-05-10", ("Anna Lind", "CN"))])[0] == right


def test_what_a_label_of_a_meeting_leaves_open_is_open() -> None:
    assert tally("meeting", [meeting("U.S.", "2025-05-10")], [meeting("US")]) == (1, 0, 0, 0)


def test_the_fuller_label_is_matched_first() -> None:
    due: list[Fact] = [meeting(), meeting("Geneva")]
    assert tally("meeting", [meeting("Geneva"), meeting("Oslo")], due) == (2, 0, 0, 0)


def test_labelled_facts_are_read_without_a_span() -> None:
    record = fact_record({"type": "party", "value": "US"}, {"type": "party", "value": "CN", "open": True})
    labelled = labelled_facts(record, samples.NOW)
    assert [fact.value for fact in labelled.due if isinstance(fact, Party)] == ["US"]
    assert len(labelled.open) == 1


def fact_record(*facts: Mapping[str, object]) -> dict[str, Any]:
    return {"id": "a", "title": "Minister threatens tariffs on steel", "date": "2025-05-06", "facts": list(facts)}


# --- baselines --------------------------------------------------------------------------------------------


def test_the_published_list_flags_trade_and_nothing_else() -> None:
    assert by_published_list(news("Steel tariffs rattle the stock market")).labels == ("trade",)
    assert by_published_list(news("Stock market falls as the central bank raises rates")).labels == ()


def test_keywords_judge_topics_and_direction() -> None:
    verdict = by_keywords(news("Trade war: Norway threatens new tariffs, stocks plunge"))
    assert verdict.labels == ("trade", "market", "urgent")
    assert verdict.direction == "escalation"
    assert by_keywords(news("Norway and Chile agree trade deal")).direction == "de-escalation"
    assert by_keywords(news("Concert crashes the ticket shop")).labels == ()
    assert by_keywords(news("政府宣布加征关税", lang="zh")).labels == ("trade",)


def test_the_lexicon_alone_needs_no_model() -> None:
    verdict = by_lexicon(news("Norway imposes tariffs on Chilean copper"), lexicon())
    assert "trade" in verdict.labels
    assert verdict.direction == "escalation"
    assert by_lexicon(news("Норвегия вводит пошлины", lang="ru"), lexicon()).labels == ()


# --- headlines and commands -------------------------------------------------------------------------------


def test_invented_headlines_are_varied_repeatable_and_mostly_no_news() -> None:
    records = invented(1_000)
    assert records == invented(1_000)
    assert len({record["title"] for record in records}) > 900
    flagged = sum(bool(by_keywords(news(record["title"])).labels) for record in records)
    assert 0 < flagged < 2 * NEWS * len(records)


def test_records_are_taken_from_all_over_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, *({"id": number, "title": "t", "trade": 1} for number in range(10)))
    assert read_records(path, 4) == [{"id": number, "title": "t"} for number in (0, 2, 5, 7)]
    assert len(read_records(path, 100)) == 10


def test_a_run_of_the_command_is_counted_and_its_memory_seen() -> None:
    lines = [json.dumps(record).encode() + b"\n" for record in invented(3)]
    run = run_command(lines, (2,))
    assert run.answers == 3
    assert run.cpu > 0
    assert all(peak > 2**20 for peak in run.peaks.values())


def test_a_command_that_ends_early_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    early = "import sys; sys.stdin.readline(); print('an answer'); sys.exit(3)"
    monkeypatch.setattr(speed, "COMMAND", (sys.executable, "-c", early))
    with pytest.raises(click.ClickException, match="1 answers to 2 lines, exit code 3"):
        run_command([b"{}\n", b"{}\n"], ())


def test_a_file_to_measure_on_holds_items_only() -> None:
    with pytest.raises(click.ClickException, match="mine: title: empty"):
        Mix.of("mine", [{"id": "a", "title": ""}])


def test_without_a_name_all_run_and_those_that_need_labels_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = []
    (count,) = (option for option in speed.speed.params if option.name == "count")
    monkeypatch.setattr(count, "default", 100)
    monkeypatch.setattr(entry, "ROUNDS", 1)
    monkeypatch.setattr(speed, "_measure", lambda mix, *_: measured.append(len(mix.items)))
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0
    assert "CPU for one entry" in result.output
    assert measured == [100, 100]
    assert "judgement: skipped" in result.output
    assert "facts: skipped" in result.output


def test_the_bench_of_the_percolator_holds_its_answers_against_each_query(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(percolator, "ROUNDS", 1)
    monkeypatch.setattr(percolator, "VOCABULARY", 5_000)
    result = CliRunner().invoke(main, ["percolator", "--queries", "300"])
    assert result.exit_code == 0
    assert "300 boolean queries, one by one" in result.output
    monkeypatch.setattr(Percolator, "matching", lambda *_: {-1})
    result = CliRunner().invoke(main, ["percolator", "--queries", "300"])
    assert result.exit_code == 1
    assert "the percolator does not answer as the queries do" in result.output


def test_benchmarks_that_need_labels_say_so() -> None:
    for name in ("judgement", "facts"):
        result = CliRunner().invoke(main, [name])
        assert result.exit_code == 0
        assert result.output.startswith(f"{name}: skipped, it needs")


def test_facts_are_scored_from_a_file(tmp_path: Path) -> None:
    wrong = {"type": "rate", "value": 25.0, "of": "tariff"}
    result = CliRunner().invoke(main, ["facts", str(written(tmp_path, fact_record(wrong))), "--errors"])
    assert result.exit_code == 0
    assert "missed  rate: value 25.0, of tariff  [a]" in result.output


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, fact_record({"type": "measure", "value": "fine"}))
    result = CliRunner().invoke(main, ["facts", str(path)])
    assert result.exit_code == 1
    assert f"{path}, line 1: " in result.output


def test_judgement_compares_four_ways_in_one_table(tmp_path: Path) -> None:
    trade = {"id": "a", "title": "Norway imposes tariffs on copper", "lang": "en", "date": "2025-05-06"}
    other = {"id": "b", "title": "Otters return to the river", "lang": "en", "date": "2025-04-01"}
    labels = {"market": 0, "urgent": 0}
    path = written(tmp_path, trade | labels | {"trade": 1, "direction": "escalation"}, other | labels | {"trade": 0})
    result = CliRunner().invoke(main, ["judgement", str(path), "--since", "2025-05-01"])
    assert result.exit_code == 0
    for name in ("published list", "keyword rules", "our lexicon", "our classifier"):
        assert name in result.output
    assert "1 records in English" in result.output


def written(folder: Path, *records: Mapping[str, object]) -> Path:
    path = folder / "records.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
