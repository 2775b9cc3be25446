"""The stories of a summary under headings: trade by party, markets by instrument, then the rest. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.country_names import country_name
from bot.model import Direction
from bot.summary.entries import Entry

TRADE, MARKETS, OTHER, WITHDRAWN = SECTIONS = ("Trade", "Markets", "Other", "Withdrawn")
NO_PARTY, NO_INSTRUMENT = "no party named", "no instrument named"

_DIRECTIONS: tuple[Direction, ...] = ("escalation", "de-escalation", "neutral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Stories under one heading, the most important first."""

    section: str
    name: str
    entries: tuple[Entry, ...]

    @property
    def heading(self) -> str:
        """ "Trade · China: 2 escalation, 1 de-escalation"."""
        place = f"{self.section} · {self.name}" if self.name else self.section
        turns = Counter(entry.story.verdict.direction for entry in self.entries)
        stated = [f"{turns[direction]} {direction}" for direction in _DIRECTIONS if turns[direction]]
        return f"{place}: {', '.join(stated)}" if stated and self.section == TRADE else place


def grouped(ranked: Sequence[Entry]) -> list[Group]:
    """Every story once, groups and stories in the order of `ranked`.

    A trade story stands under the partner that most of the stories name, a market story under its first instrument.
    """
    partners = Partners(ranked)
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in ranked:
        groups.setdefault(_place(entry, partners), []).append(entry)
    placed = [Group(section=place[0], name=place[1], entries=tuple(found)) for place, found in groups.items()]
    return sorted(placed, key=lambda group: (SECTIONS.index(group.section), group.name in (NO_PARTY, NO_INSTRUMENT)))


def _place(entry: Entry, partners: Partners) -> tuple[str, str]:
    if entry.withdrawn:
        return WITHDRAWN, ""
    match entry.topic:
        case "trade":
            partner = partners.first(entry)
            return TRADE, country_name(partner) if partner else NO_PARTY
        case "market":
            kind = (entry.story.verdict.kind or NO_INSTRUMENT).replace("-", " ")
            return MARKETS, entry.instruments[0] if entry.instruments else kind
        case _:
            return OTHER, ""


class Partners:
    """With whom the trade is: of each story the parties, but for the one that nearly all stories have.

    That one, the party that most of the trade stories name, is a partner only where it stands alone: it would be
    the longest bar of every chart and the heading of every group, and say nothing.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._stories = Counter(
            party for entry in entries if entry.topic == "trade" and not entry.withdrawn for party in entry.parties
        )
        self._centre = next(iter(self._stories.most_common(1)), ("", 0))[0]

    def of(self, entry: Entry) -> tuple[str, ...]:
        """The partners of a story as codes; () where it names no party."""
        others = tuple(party for party in entry.parties if party != self._centre)
        return others or entry.parties

    def first(self, entry: Entry) -> str:
        """The partner that most stories name; "" where there is none."""
        return max(self.of(entry), key=lambda party: self._stories[party], default="")
