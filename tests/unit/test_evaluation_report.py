"""Confusion, stream, mistakes and groups, on records whose figures can be counted on the fingers."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import get_args

import pytest

from bot.model import Label
from bot.signals.evaluation.confusion import Confusion, confusion, directions, kinds
from bot.signals.evaluation.document import Reading, document
from bot.signals.evaluation.labels import Judged, Period
from bot.signals.evaluation.mistakes import worst
from bot.signals.evaluation.natural import Basis, stream
from bot.signals.evaluation.report import Report, evaluate
from bot.signals.evaluation.resampling import Estimate
from tests.samples import NOW
from tests.unit.evaluation_samples import evidence, judged

READING = Reading(file="labels.jsonl", records=9, broken=1, outside=2, period=Period(since=date(2025, 5, 1)))


def value(found: Estimate | None) -> float:
    assert found is not None
    return found.value


def trade(truth: int, flagged: int, **more: object) -> Judged:
    flags: tuple[Label, ...] = ("trade",) if flagged else ()
    return judged({"trade": bool(truth)}, flags=flags, trade=0.9 if flagged else 0.1, **more)  # type: ignore[arg-type]  # any keyword of judged


# --- confusion --------------------------------------------------------------------------------------------


def confused() -> Confusion:
    found = confusion(
        [
            *[("escalation", "escalation")] * 3,
            ("escalation", "de-escalation"),
            ("escalation", "not flagged"),
            ("neutral", "neutral"),
            ("neutral", "escalation"),
            ("neutral", "none"),
        ],
        ("escalation", "de-escalation", "neutral"),
    )
    assert found is not None
    return found


def test_confusion_counts_what_was_taken_for_what() -> None:
    found = confused()
    assert found.counts["escalation"] == {
        "escalation": 3, "de-escalation": 1, "neutral": 0, "none": 0, "not flagged": 1
    }  # fmt: skip
    assert (found.n, found.flagged) == (8, 7)
    assert found.classes["escalation"].recall == 3 / 4
    assert found.classes["escalation"].precision == 3 / 4
    assert found.classes["de-escalation"].recall is None


def test_a_missed_record_is_wrong_only_in_the_accuracy_over_all() -> None:
    found = confused()
    assert value(found.accuracy) == pytest.approx(4 / 7)
    assert value(found.accuracy_of_all) == pytest.approx(4 / 8)
    assert found.most_frequent == pytest.approx(4 / 7)
    assert found.macro_f1 == pytest.approx((2 * 3 / (4 + 4) + 0 + 2 * 1 / (3 + 1)) / 3)


def test_accuracy_has_an_interval_around_it() -> None:
    found = confusion([("neutral", "neutral")] * 30 + [("neutral", "escalation")] * 10, ("neutral", "escalation"))
    assert found is not None
    assert found.accuracy is not None
    assert found.accuracy.low is not None
    assert found.accuracy.high is not None
    assert 0.55 < found.accuracy.low < 0.75 < found.accuracy.high < 0.9


def test_without_a_record_there_is_no_confusion() -> None:
    assert confusion([], ("neutral",)) is None


def test_direction_counts_where_labelled_and_kind_likewise() -> None:
    records = [
        judged({"trade": True}, flags=("trade",), direction="neutral", said="escalation"),
        judged({"trade": True}, direction="escalation", said="escalation"),  # named, but not flagged: nobody reads it
        judged({"trade": True}, flags=("trade",), said="neutral"),  # no direction labelled
        judged({"market": True}, flags=("market",), kind="macro"),
    ]
    assert directions(records) == [("neutral", "escalation"), ("escalation", "not flagged")]
    assert kinds(records) == [("macro", "none")]


# --- stream -----------------------------------------------------------------------------------------------


def test_false_alarms_are_per_thousand_of_all_items_of_the_stream() -> None:
    records = [trade(0, 1)] * 2 + [trade(0, 0)] * 33 + [trade(1, 1)] * 4 + [trade(1, 0)]
    found = stream(records).topics["trade"]
    assert (found.n, found.positives, found.false_alarms) == (40, 5, 2)
    assert value(found.false_alarms_per_1000) == pytest.approx(50)
    assert value(found.recall) == pytest.approx(4 / 5)


def test_the_stream_is_what_was_named_else_what_is_called_natural_else_everything() -> None:
    records = [
        trade(0, 1, stratum="trade-2025"),
        trade(0, 0, stratum="en-natural"),
        trade(0, 0, stratum="supernatural"),
        trade(0, 0, stratum="NATURAL"),
    ]
    found = stream(records)
    assert (found.basis, found.strata, found.n) == (Basis.FOUND, ("NATURAL", "en-natural"), 2)
    assert "en-natural" in found.meaning
    named = stream(records, ("trade-2025",))
    assert (named.basis, named.n, named.topics["trade"].false_alarms) == (Basis.NAMED, 1, 1)
    whole = stream([records[0], records[2]])
    assert (whole.basis, whole.n) == (Basis.ALL, 2)
    assert "no stratum is called natural" in whole.meaning


def test_a_named_stratum_without_records_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="'natral'; those of the file: natural, picked"):
        stream([trade(0, 0, stratum="natural"), trade(0, 0, stratum="picked")], ("natral",))


def test_an_alert_is_trade_or_market_and_counts_only_where_the_labels_decide_it() -> None:
    records = [
        judged({"trade": False, "market": True}, flags=("trade",)),  # right: it is news, if of the other sort
        judged({"trade": False, "market": False}, flags=("market",)),  # wrong
        judged({"trade": True}),  # missed, whatever market is
        judged({"trade": False}, flags=("market",)),  # nobody said whether it is market news
    ]
    found = stream(records).topics["alert"]
    assert (found.n, found.positives, found.false_alarms) == (3, 2, 1)
    assert value(found.recall) == 0.5


# --- mistakes ---------------------------------------------------------------------------------------------


def test_the_most_confident_mistakes_come_first_with_the_words_that_misled() -> None:
    words = (evidence("duty", 1.5), evidence("tariff", 2.5), evidence("soup", -1), evidence("shares", 3, "market"))
    records = [
        judged({"trade": False}, identity="mild", flags=("trade",), trade=0.6),
        judged({"trade": False}, identity="bold", flags=("trade",), trade=0.99, evidence=words),
        judged({"trade": True}, identity="right", flags=("trade",), trade=1.0),
        judged({"trade": True}, identity="blind", trade=0.01, evidence=words),
        judged({"trade": True}, identity="near", trade=0.4),
        judged({"market": True}, identity="other", flags=("trade",), trade=1.0),  # not labelled for trade
    ]
    found = worst(records, 1)
    false_alarms, misses = found.false_alarms["trade"], found.misses["trade"]
    assert (false_alarms.total, [each.id for each in false_alarms.worst]) == (2, ["bold"])
    assert [quote.text for quote in false_alarms.worst[0].evidence] == ["tariff", "duty"]
    assert (misses.total, [each.id for each in misses.worst]) == (2, ["blind"])
    assert [quote.text for quote in misses.worst[0].evidence] == ["soup"]
    assert [each.id for each in worst(records, 9).misses["trade"].worst] == ["blind", "near"]


def test_a_direction_turned_round_is_worse_than_one_taken_for_neutral() -> None:
    def told(identity: str, direction: str, said: str, trade: float) -> Judged:
        return judged(
            {"trade": True}, identity=identity, flags=("trade",), trade=trade, direction=direction, said=said,  # type: ignore[arg-type]  # names of directions
            evidence=(evidence("truce", 2, "de-escalation"), evidence("truce", 3)),
        )  # fmt: skip

    records = [
        told("mild", "neutral", "de-escalation", 0.99),
        told("turned", "escalation", "de-escalation", 0.7),
        told("right", "neutral", "neutral", 0.9),
        judged({"trade": True}, identity="missed", direction="escalation"),
    ]
    found = worst(records, 5).direction
    assert [(each.id, each.labelled, each.said) for each in found.worst] == [
        ("turned", "escalation", "de-escalation"),
        ("mild", "neutral", "de-escalation"),
    ]
    assert [quote.weight for quote in found.worst[0].evidence] == [2]


def test_a_wrong_kind_is_listed_where_the_topic_was_flagged() -> None:
    records = [
        judged({"market": True}, identity="wrong", flags=("market",), kind="macro", said_kind="corporate"),
        judged({"market": True}, identity="none", flags=("market",), kind="macro"),
        judged({"market": True}, identity="missed", kind="macro"),
    ]
    found = worst(records, 5).kind
    assert {(each.id, each.said) for each in found.worst} == {("wrong", "corporate"), ("none", "none")}


# --- the whole --------------------------------------------------------------------------------------------


def report() -> Report:
    records = [
        trade(1, 1, identity="1", lang="en", outlet="Big", stratum="picked"),
        trade(0, 1, identity="2", lang="en", outlet="Big", stratum="picked", published_at=NOW - timedelta(days=9)),
        trade(0, 0, identity="3", lang="de", outlet="Big", stratum="natural", published_at=None),
        trade(1, 0, identity="3", lang="de", outlet="Small", stratum=""),
        judged({"urgent": False}, identity="5", lang=None, outlet=""),
        trade(1, 0, identity="6", lang="ko", outlet="Big", stratum="picked"),
    ]
    return evaluate(records, min_outlet=3, mistakes=5)


def test_groups_hold_their_own_records_and_small_outlets_are_left_out() -> None:
    found = report().topics["trade"]
    assert found.overall.n == 4
    assert {name: each.n for name, each in found.by_language.items()} == {"en": 2, "de": 2}
    assert {name: each.n for name, each in found.by_outlet.items()} == {"Big": 3}
    assert {name: each.n for name, each in found.by_stratum.items()} == {"picked": 2, "natural": 1}
    assert value(found.by_language["en"].precision) == 0.5
    assert value(found.by_language["de"].recall) == 0


def test_a_topic_counts_only_the_records_labelled_for_it() -> None:
    found = report()
    assert set(found.topics) == {"trade", "urgent"}
    assert found.topics["urgent"].overall.n == 1
    assert found.topics["urgent"].curve is None
    assert set(found.topics["urgent"].by_language) == {"unknown"}


def test_foreign_languages_are_counted_and_in_no_figure() -> None:
    coverage = report().coverage
    assert coverage.judged == 5
    assert coverage.abstained.n == 1
    assert coverage.abstained.languages == {"ko": 1}
    assert coverage.abstained.positives == {"trade": 1, "market": 0, "urgent": 0}


def test_coverage_says_which_days_and_which_ids_come_again() -> None:
    coverage = report().coverage
    assert (coverage.first, coverage.last) == (NOW.date() - timedelta(days=9), NOW.date())
    assert (coverage.undated, coverage.repeated_ids) == (1, 1)


def test_nothing_to_judge_is_said() -> None:
    with pytest.raises(ValueError, match="no record"):
        evaluate([])
    with pytest.raises(ValueError, match="language that is not ours"):
        evaluate([trade(1, 0, lang="ko")])


def test_the_document_is_strict_json_with_its_keys() -> None:
    whole = json.loads(json.dumps(document(report(), READING), allow_nan=False))
    assert set(whole) == {
        "format", "model", "labels", "coverage", "intervals", "topics", "min_outlet", "direction",
        "direction_by_language", "kind", "stream", "mistakes",
    }  # fmt: skip
    assert whole["labels"] == {
        "file": "labels.jsonl", "records": 9, "broken": 1, "since": "2025-05-01", "until": None, "outside": 2
    }  # fmt: skip
    topic = whole["topics"]["trade"]
    assert set(topic) == {"overall", "best_f1", "by_language", "by_outlet", "by_stratum"}
    assert set(topic["overall"]) == {
        "n", "positives", "flagged", "precision", "recall", "f1", "average_precision", "brier", "calibration_error",
        "reliability",
    }  # fmt: skip
    assert set(topic["overall"]["f1"]) == {"value", "low", "high"}
    assert whole["topics"]["urgent"]["overall"]["recall"] is None
    assert whole["stream"]["basis"] == "found"
    assert set(whole["stream"]["topics"]) <= {*get_args(Label), "alert"}
    assert [each["id"] for each in whole["mistakes"]["false_alarms"]["trade"]["worst"]] == ["2"]
    assert whole["direction"] is whole["kind"] is None


def test_a_confusion_in_the_document_is_labelled_then_said() -> None:
    records = [
        judged({"trade": True}, flags=("trade",), direction="neutral", said="escalation"),
        judged({"trade": True}, flags=("trade",), direction="neutral", said="neutral"),
    ]
    found = document(evaluate(records), READING)
    assert found["direction"]["confusion"]["neutral"]["escalation"] == 1
    assert found["direction"]["accuracy"]["value"] == 0.5
    assert found["direction_by_language"]["en"]["n"] == 2
    assert "mistakes" not in found
