"""Label lines: what counts, what does not, what is refused and with which words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.signals.evaluation.labels import Labelled, Period, labelled
from tests.samples import NOW

TITLE = "Ministers agree to cut duties on glass"


def line(**keys: object) -> Labelled:
    return labelled({"id": "a1", "title": TITLE, "lang": "en"} | keys, NOW)


def test_a_full_line_is_read() -> None:
    record = line(
        trade=1, direction="de-escalation", market=1, kind="trade-policy", urgent=0, stratum=" natural ",
        outlet="Example Wire", date="2026-02-01", disputed=["kind"],
    )  # fmt: skip
    assert record.id == "a1"
    assert record.truth == {"trade": True, "market": True, "urgent": False}
    assert (record.direction, record.kind, record.stratum) == ("de-escalation", "trade-policy", "natural")
    assert (record.item.title, record.item.outlet) == (TITLE, "Example Wire")
    assert record.item.published_at == datetime(2026, 2, 1, 12, tzinfo=UTC)


def test_a_topic_that_is_missing_or_null_is_not_labelled() -> None:
    assert line(trade=0, market=None).truth == {"trade": False}
    assert line(urgent=True).truth == {"urgent": True}


def test_direction_and_kind_are_read_only_where_the_topic_is_labelled_1() -> None:
    record = line(trade=0, direction="escalation", market=None, kind="macro", urgent=1)
    assert (record.direction, record.kind) == (None, None)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "trade, market, urgent: none is given; label at least one"),
        ({"trade": None}, "trade, market, urgent: none is given"),
        ({"trade": 2}, "trade: 2 instead of 0, 1 or null"),
        ({"market": "1"}, "market: '1' instead of 0, 1 or null"),
        ({"urgent": float("nan")}, "urgent: nan instead of 0, 1 or null"),
        ({"trade": 1, "direction": "up"}, "direction: 'up' is none of escalation, de-escalation, neutral, null"),
        ({"market": 1, "kind": ["macro"]}, "kind: ['macro'] is none of central-bank, macro"),
        ({"trade": 1, "stratum": 7}, "stratum: 7 instead of text"),
        ({"trade": 1, "title": ""}, "title: empty"),
        ({"trade": 1, "date": "May"}, "date: 'May' is no ISO 8601 date"),
        ({"trade": 1, "id": None}, "id: missing"),
    ],
)
def test_a_wrong_line_is_refused_with_its_key_and_cure(keys: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match="^" + said.replace("[", r"\[")):
        line(**keys)


def test_a_long_wrong_value_makes_a_short_message() -> None:
    with pytest.raises(ValueError, match="trade") as refused:
        line(trade="x" * 1_000_000)
    assert len(str(refused.value)) < 100


def test_a_period_holds_both_its_days_in_utc() -> None:
    may = Period(since=date(2025, 5, 1), until=date(2025, 5, 31))
    assert may.holds(datetime(2025, 5, 1, 0, 0, tzinfo=UTC))
    assert may.holds(datetime(2025, 5, 31, 23, 59, tzinfo=UTC))
    assert not may.holds(datetime(2025, 6, 1, 0, 0, tzinfo=UTC))
    assert not may.holds(datetime(2025, 5, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))))
    assert Period(since=date(2025, 5, 1)).holds(datetime(2030, 1, 1, tzinfo=UTC))
    assert may.limited
    assert not Period().limited
