"""Clean text cut at the edges of its evidence, so that a template can mark each piece. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from bot.model import Evidence, TextField


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of text and all the evidence that covers it, the weightiest first; none: plain text."""

    text: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def label(self) -> str:
        """What the piece speaks to most: the label of its weightiest evidence."""
        return self.evidence[0].label if self.evidence else ""

    @property
    def against(self) -> bool:
        return bool(self.evidence) and self.evidence[0].weight < 0

    @property
    def title(self) -> str:
        return "; ".join(f"{each.label} {signed(each.weight)}" for each in self.evidence)


def signed(weight: float) -> str:
    """A log-odds weight as people read it: "+1.4", "−0.3"."""
    return f"{weight:+.1f}".replace("-", "−")


def pieces(text: str, field: TextField, evidence: Iterable[Evidence]) -> tuple[Piece, ...]:
    """`text` in pieces that join to it again. Spans may overlap; what lies outside the text is cut off."""
    spans = [
        (max(each.start, 0), min(each.end, len(text)), each)
        for each in evidence
        if each.field == field and max(each.start, 0) < min(each.end, len(text))
    ]
    spans.sort(key=lambda span: (-abs(span[2].weight), span[0]))
    edges = sorted({0, len(text), *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
    return tuple(
        Piece(
            text=text[start:end],
            evidence=tuple(each for first, last, each in spans if first <= start and end <= last),
        )
        for start, end in pairwise(edges)
    )
