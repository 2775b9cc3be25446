"""What the tests of the evaluation share: judged records with the verdict that a test wants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.model import Direction, Evidence, Kind, Label, Verdict
from bot.signals.evaluation.labels import Judged, Labelled
from bot.signals.evaluation.metrics import Sample
from tests import samples


def judged(
    truth: Mapping[Label, bool],
    *,
    flags: tuple[Label, ...] = (),
    identity: str = "a",
    title: str = samples.TITLE,
    lang: str | None = "en",
    outlet: str = "Example Wire",
    stratum: str = "",
    published_at: datetime | None = samples.NOW,
    direction: Direction | None = None,
    kind: Kind | None = None,
    said: Direction | None = None,
    said_kind: Kind | None = None,
    evidence: tuple[Evidence, ...] = (),
    **probabilities: float,
) -> Judged:
    """A record with `truth` as its labels, that we flagged for `flags`."""
    item = samples.item(title=title, lang=lang, outlet=outlet, published_at=published_at)
    verdict = Verdict(
        labels=flags,
        direction=said,
        kind=said_kind,
        evidence=evidence,
        model="test-1",
        **probabilities_of(probabilities),
    )
    labelled = Labelled(id=identity, item=item, truth=truth, direction=direction, kind=kind, stratum=stratum)
    return Judged(labelled=labelled, verdict=verdict)


def probabilities_of(given: Mapping[str, float]) -> dict[str, Any]:
    return {"trade": 0.5, "market": 0.5, "urgent": 0.5} | dict(given)


def evidence(text: str, weight: float, label: str = "trade") -> Evidence:
    return Evidence(field="title", start=0, end=len(text), text=text, weight=weight, label=label)


def sample(*outcomes: tuple[float, int], threshold: float = 0.5) -> Sample:
    """Of (probability, truth) pairs, flagged from `threshold` on."""
    return Sample.of(
        [probability for probability, _ in outcomes],
        [bool(truth) for _, truth in outcomes],
        [probability >= threshold for probability, _ in outcomes],
    )
