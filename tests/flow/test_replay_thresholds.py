"""`tradewire replay --thresholds`: the table says what a replay with another threshold would send."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

import pytest

from bot.model import Item, Label, Rate, Span, Verdict
from bot.routing.learning import TOPICS
from bot.signals.atlas import Atlas
from tests.flow.replaying import FARM, configured, line, listed, replay

THRESHOLD_ROUTES = """
[[route]]
name = "desk"
to = ["console", "slack:C1"]
when = "topic:trade OR topic:market"
{desk}
[[route]]
name = "quiet"
to = ["discord:@1"]
when = "topic:trade OR (topic:market NOT topic:trade)"
tier = "digest"
quiet = "20:00-06:00 UTC"
{quiet}
[[route]]
name = "words"
to = ["console"]
when = "tomato"
tier = "digest"
[[route]]
name = "cases"
to = ["slack:C2"]
when = "tomato"
{cases}
"""
PLAIN = {"desk": "", "quiet": "", "cases": ""}


class Scripted:
    """A classifier that believes what it is told: the body gives the probabilities, the summary a rate."""

    thresholds: ClassVar[dict[Label, float]] = {"trade": 0.5, "market": 0.5, "urgent": 0.5}
    atlas = Atlas(countries={}, cities={}, people={}, names={})

    def classify(self, item: Item) -> Verdict:
        trade, market = (float(word) for word in item.body.split())
        found = {"trade": trade, "market": market}
        labels = tuple(topic for topic in TOPICS if found[topic] >= self.thresholds[topic])
        span = Span(field="summary", start=0, end=1)
        facts = (Rate(value=float(item.summary), of="tariff", span=span),) if item.summary else ()
        return Verdict(trade=trade, market=market, labels=labels, facts=facts)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return configured(tmp_path)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.assembly.classifier_of", lambda _path: Scripted())


def varied() -> list[str]:
    """Stories of all probabilities at all hours; each comes again with a new figure and less sure, some once more."""
    found = []
    for number in range(12):
        for turn, figure in enumerate(("", "30", "30")[: 2 + number % 2]):
            trade, market = (number * 7 % 20) / 20 + 0.04 * (turn == 1), (number * 3 % 20) / 20 - 0.3 * (turn == 1)
            title = f"Tomato case {'abcdefghijklmnopqrstuvwxyz'[number] * 4} goes to court"
            date = f"2025-05-{7 + number % 5:02}T{(number * 5 + turn) % 24:02}:00Z"
            found.append(line(f"{number}-{turn}", title, date, summary=figure, body=f"{trade:.2f} {market:.2f}"))
    return found


def in_all(config: Path, name: str, *arguments: object) -> list[int]:
    result = replay(config, "-", "--summary", "--route", name, *arguments, given="\n".join(varied()))
    assert result.exit_code == 0, result.output
    rows = result.stdout.splitlines()
    place = next(number for number, row in enumerate(rows) if re.match(rf" {name} +(the labels|0)", row))
    return [int(figure) for figure in rows[place + 1].split()[2:]]


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("name", ["desk", "quiet", "cases"])
def test_the_table_says_what_a_replay_with_that_threshold_sends(config: Path, name: str) -> None:
    thresholds = (0.1, 0.3, 0.55, 0.95)
    routes = config / "routes.toml"
    routes.write_text(THRESHOLD_ROUTES.format(**PLAIN))
    said = in_all(config, name, "--thresholds", ",".join(map(str, thresholds)))
    sent = []
    for threshold in (None, *thresholds):
        own = f"threshold = {threshold}" if threshold else ""
        routes.write_text(THRESHOLD_ROUTES.format(**PLAIN | {name: own}))
        told = listed(config, varied(), "--route", name)
        sent.append(sum(each["destination"] in {"console", "discord:@1", "slack:C2"} for each in told))
    assert said == sent
    assert len(set(said)) > 2, "the headlines tell the thresholds apart"
    as_it_is, lowest, *_ = said
    assert lowest > as_it_is, "a low threshold makes alerts of what has no label"


@pytest.mark.usefixtures("scripted")
def test_an_item_that_cannot_be_judged_is_kept_unjudged_as_in_run(config: Path) -> None:
    lines = [line(1, "Tomato case goes to court", body="0.90 0.10"), line(2, "Figures missing", body="none")]
    judged, unjudged = listed(config, lines, "--all", "--route", "desk")
    assert (judged["id"], judged["reason"]) == (1, "first")
    assert (unjudged["id"], unjudged["reason"], unjudged["labels"]) == (2, "below_threshold", [])


@pytest.mark.usefixtures("scripted")
def test_trial_places_are_never_shown(config: Path) -> None:
    (config / "routes.toml").write_text(THRESHOLD_ROUTES.format(**PLAIN))
    out = replay(config, "-", "--all", given="\n".join(varied()[:12])).stdout
    assert set(re.findall(r"discord:@\d+", out)) == {"discord:@1"}


@pytest.mark.parametrize("text", ["half", "0.5,1.5", "", "0.5,,0.6", "nan"])
def test_thresholds_are_numbers_from_0_to_1(config: Path, text: str) -> None:
    result = replay(config, "-", "--thresholds", text, given=line(1, FARM))
    assert result.exit_code == 2
    assert "write numbers from 0 to 1, as in 0.5,0.6" in result.stderr
