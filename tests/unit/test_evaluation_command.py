"""`tradewire eval` as people type it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import main, progress
from bot.cli.progress import in_chunks

LABELS: list[dict[str, Any]] = [
    {"id": "t1", "title": "Ministers agree to cut tariffs on steel", "lang": "en", "date": "2025-03-01",
     "trade": 1, "direction": "de-escalation", "market": 0, "urgent": 0, "stratum": "picked"},
    {"id": "t2", "title": "Canada imposes new tariffs on steel imports", "lang": "en", "date": "2025-03-02",
     "trade": 1, "direction": "escalation", "market": 1, "kind": "trade-policy", "urgent": 1, "stratum": "picked"},
    {"id": "f1", "title": "Government raises import tariffs on cars to 25 percent", "lang": "en",
     "date": "2025-03-03", "trade": 0, "market": 0, "urgent": 0, "stratum": "natural"},
    {"id": "m1", "title": "A quiet walk along the river", "lang": "en", "trade": 1, "direction": "neutral",
     "market": 0, "urgent": 0, "date": "2025-03-04", "stratum": "natural"},
    {"id": "n1", "title": "Ten tomato recipes for a cold evening", "lang": "en", "date": "2025-03-05",
     "trade": 0, "market": 0, "urgent": 0, "stratum": "natural"},
    {"id": "n2", "title": "Choir sings in the old town hall", "lang": "en", "trade": 0, "market": None},
    {"id": "k1", "title": "도시 공원에서 열리는 가을 음악 축제 소식", "lang": "ko", "trade": 1, "date": "2025-03-06"},
]  # fmt: skip


def lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.jsonl"
    path.write_text(lines(*LABELS))
    return path


def tradewire(*arguments: object, given: str | bytes = "") -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=given)


def document(*arguments: object, given: str | bytes = "") -> dict[str, Any]:
    result = tradewire("eval", *arguments, "--json", given=given)
    assert result.exit_code == 0, result.output
    whole: dict[str, Any] = json.loads(result.stdout)
    return whole


def test_the_figures_are_those_of_the_verdicts_that_classify_prints(labels: Path) -> None:
    verdicts = [
        json.loads(line) for line in tradewire("classify", "--jsonl", given=lines(*LABELS)).stdout.splitlines()
    ]
    ours = [
        (label["trade"], "trade" in verdict["labels"]) for label, verdict in zip(LABELS[:-1], verdicts, strict=False)
    ]
    hits = sum(truth and flag for truth, flag in ours)
    found = document(labels)["topics"]["trade"]["overall"]
    assert (found["n"], found["positives"], found["flagged"]) == (6, 3, sum(flag for _, flag in ours))
    assert found["precision"]["value"] == pytest.approx(hits / found["flagged"], abs=1e-6)
    assert found["recall"]["value"] == pytest.approx(hits / 3, abs=1e-6)
    assert found["brier"] == pytest.approx(
        sum((verdict["trade"] - label["trade"]) ** 2 for label, verdict in zip(LABELS[:-1], verdicts, strict=False))
        / 6,
        abs=1e-6,
    )


def test_the_order_of_the_lines_changes_nothing(labels: Path) -> None:
    turned = document("-", given=lines(*reversed(LABELS)))
    straight = document(labels)
    assert turned["labels"].pop("file") == "standard input"
    assert straight["labels"].pop("file") == str(labels)
    assert turned == straight


def test_null_and_missing_labels_and_foreign_languages_count_for_nothing(labels: Path) -> None:
    found = document(labels)
    assert {topic: each["overall"]["n"] for topic, each in found["topics"].items()} == {
        "trade": 6, "market": 5, "urgent": 5
    }  # fmt: skip
    assert found["coverage"]["abstained"]["languages"] == {"ko": 1}


def test_the_natural_stratum_is_found_or_named(labels: Path) -> None:
    assert document(labels)["stream"]["strata"] == ["natural"]
    assert document(labels, "--natural", "picked", "--natural", "natural")["stream"]["n"] == 5
    wrong = tradewire("eval", labels, "--natural", "wild")
    assert wrong.exit_code == 1
    assert "no judged record has the stratum 'wild'" in wrong.stderr


def test_days_are_cut_out_with_both_ends(labels: Path) -> None:
    found = document(labels, "--since", "2025-03-02", "--until", "2025-03-04")
    assert found["coverage"]["judged"] == 3
    assert (found["labels"]["records"], found["labels"]["outside"]) == (7, 4)
    empty = tradewire("eval", labels, "--since", "2030-01-01")
    assert empty.exit_code == 1
    assert "7 records, none dated 2030-01-01 to the end; widen --since and --until" in empty.stderr


def test_a_broken_line_is_one_line_on_standard_error_and_the_rest_goes_on() -> None:
    broken = lines(LABELS[0]) + "{broken\n\n" + lines({"id": "x", "title": "A tariff", "trade": 7}, LABELS[3], [1])
    result = tradewire("eval", "-", "--json", given=broken)
    assert result.exit_code == 1
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines()] == ["line 2", "line 4", "line 6"]
    assert "line 4: trade: 7 instead of 0, 1 or null" in result.stderr
    found = json.loads(result.stdout)
    assert (found["labels"]["broken"], found["labels"]["records"]) == (3, 2)
    assert "3 broken lines are left out" in tradewire("eval", "-", given=broken).stdout


@pytest.mark.parametrize("given", ["", "\n\n", '{"id": "a", "title": "A tariff"}\n'])
def test_a_file_without_labels_says_what_a_line_is(given: str) -> None:
    result = tradewire("eval", "-", given=given)
    assert result.exit_code == 1
    assert 'no labelled record; a line is {"id"' in result.stderr
    assert result.stdout == ""


def test_the_report_says_everything_within_100_columns(labels: Path) -> None:
    result = tradewire("eval", labels, "--errors", "--min-outlet", "1")
    assert result.exit_code == 0, result.output
    for part in (
        "Topics", "Calibration", "On a stream", "stratum natural", "Direction of trade news", "Kind of market news",
        "Trade, group by group", "1 more is in languages that are not ours (ko 1)", "labelled 1: 1 trade",
        "trade: flagged, labelled 0", LABELS[2]["title"], "trade: missed, labelled 1", LABELS[3]["title"],
    ):  # fmt: skip
        assert part in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "flagged, labelled 0" not in tradewire("eval", labels).stdout


@pytest.mark.parametrize(
    ("before", "after", "listed"),
    [(["--errors"], [], 2), ([], ["--errors"], 2), (["--errors", "1"], [], 1), ([], ["--errors=1", "--json"], 1)],
)
def test_errors_takes_a_number_or_none_before_or_after_the_file(
    tmp_path: Path, before: list[str], after: list[str], listed: int
) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(lines(LABELS[3], LABELS[3] | {"id": "m2"}))
    result = tradewire("eval", *before, path, *after, *(["--json"] if "--json" not in after else []))
    assert result.exit_code == 0, result.output
    misses = json.loads(result.stdout)["mistakes"]["misses"]["trade"]
    assert (misses["total"], len(misses["worst"])) == (2, listed)


def test_plot_writes_a_page_or_a_picture_and_refuses_other_endings(labels: Path, tmp_path: Path) -> None:
    for name, start in (("plot.html", "<!doctype html>"), ("plot.SVG", "<svg ")):
        assert tradewire("eval", labels, "--plot", tmp_path / name).exit_code == 0
        assert (tmp_path / name).read_text("utf-8").startswith(start)
    refused = tradewire("eval", labels, "--plot", tmp_path / "plot.png")
    assert refused.exit_code == 2
    assert "plot.png must end in .html or .svg" in refused.stderr
    assert refused.stdout == ""
    nowhere = tradewire("eval", labels, "--plot", tmp_path / "gone" / "plot.html")
    assert nowhere.exit_code == 1
    assert "plot.html: cannot be written" in nowhere.stderr


def test_control_characters_of_a_label_file_do_not_reach_the_terminal() -> None:
    hostile = LABELS[3] | {
        "id": "\x1b[31mred\ud800",
        "stratum": "\x1b]0;title\x07",
        "outlet": "[bold]x[/bold]\x1b[2J",
    }
    result = tradewire("eval", "-", "--errors", "--min-outlet", "1", given=lines(hostile))
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
    assert "[bold]x[/bold]" in result.stdout


# --- the progress bar -------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What each reading of the clock will say, the last one for ever."""
    readings = [0.0]

    def tick() -> float:
        return readings.pop(0) if len(readings) > 1 else readings[0]

    monkeypatch.setattr(progress, "monotonic", tick)
    monkeypatch.setenv("TERM", "xterm")
    return readings


def work(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> Iterator[str]:
    monkeypatch.setattr(sys, "stderr", stream)
    assert [list(chunk) for chunk in in_chunks(range(5), 2, "Judging")] == [[0, 1], [2, 3], [4]]
    yield stream.getvalue()


def test_a_bar_shows_on_a_terminal_once_the_work_takes_long(
    monkeypatch: pytest.MonkeyPatch, seconds: list[float]
) -> None:
    seconds[:] = [0.0, 1.0, 2.5]
    (shown,) = work(monkeypatch, Terminal())
    assert "Judging" in shown
    assert "4/5" in shown


def test_no_bar_for_quick_work_or_without_a_terminal(monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
    seconds[:] = [0.0, 1.0]
    assert [*work(monkeypatch, Terminal())] == [""]
    seconds[:] = [0.0, 9.0]
    assert [*work(monkeypatch, io.StringIO())] == [""]
