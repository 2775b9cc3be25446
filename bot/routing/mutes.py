"""Silence that people asked for: a story, a source, a topic or a term, at one place, for a time. Pure.

A mute holds back new messages and replies only. What a place was shown before is corrected and withdrawn there all
the same: a wrong figure must not keep standing because the rest of its story was muted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.model import Destination, Item, Story
from bot.routing.query import Passage
from bot.routing.routes import Match
from bot.routing.words import fold, has_unspaced, split, squeeze

# What the detail of a decision begins with that a mute took back after it was taken: see store/silencing.py.
TAKEN_BACK = "taken back while it waited: "

_STRAIGHT = str.maketrans("“”„‘’", '"""\'\'')


class MuteKind(StrEnum):
    """What a mute's value is."""

    STORY = "story"  # the story's id
    SOURCE = "source"  # the id of a source, or the name of an outlet
    TOPIC = "topic"  # a label of the story
    TERM = "term"  # words that stand side by side in the title or the summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """One mute; at one place there is one of a kind and value."""

    place: Destination  # a channel, or a person's direct messages
    kind: MuteKind
    value: str
    author: Destination
    author_name: str = ""  # as the platform shows it; empty where it does not say
    reason: str = ""
    made_at: datetime
    expires_at: datetime | None = None  # None, for stories only: when the story closes

    @property
    def by(self) -> str:
        """The author, for people."""
        return self.author_name or str(self.author)

    @property
    def until(self) -> str:
        return f"{self.expires_at:%Y-%m-%d %H:%M} UTC" if self.expires_at else "the story closes"

    @property
    def detail(self) -> str:
        """ "muted by Ann until 2025-05-14 08:00 UTC (term “soybean”): too noisy": what `why` shows."""
        what = "" if self.kind is MuteKind.STORY else f" ({self.kind} “{self.value}”)"
        return f"muted by {self.by} until {self.until}{what}" + (f": {self.reason}" if self.reason else "")

    def covers(self, story: Story, item: Item) -> bool:
        """Whether this is what was muted, whenever that was."""
        match self.kind:
            case MuteKind.STORY:
                return self.value == story.id
            case MuteKind.SOURCE:
                return same_name(self.value, item.source_id) or same_name(self.value, item.outlet)
            case MuteKind.TOPIC:
                return self.value in story.verdict.labels
            case MuteKind.TERM:
                return has_term(self.value, item)


def muted(mutes: Sequence[Mute], story: Story, item: Item, now: datetime) -> Mute | None:
    """The first of `mutes`, all of one place, that holds `item` of `story` back at `now`."""
    holding = (mute for mute in mutes if mute.expires_at is None or now < mute.expires_at)
    return next((mute for mute in holding if mute.covers(story, item)), None)


def silence(matches: Sequence[Match], mutes: Sequence[Mute], story: Story, item: Item, now: datetime) -> list[Match]:
    """`matches`, with the mute named where one of that place holds back what is wanted there."""
    by_place: dict[Destination, list[Mute]] = {}
    for mute in mutes:
        by_place.setdefault(mute.place, []).append(mute)
    return [_silenced(match, muted(by_place.get(match.destination, ()), story, item, now)) for match in matches]


def _silenced(match: Match, mute: Mute | None) -> Match:
    return replace(match, muted_by=mute.detail) if (match.wanted or match.digest) and mute else match


def same_name(one: str, other: str) -> bool:
    """Whether two names of sources or outlets read the same: case, accents and the shape of quotes aside."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> list[str]:
    return fold(name.translate(_STRAIGHT)).split()


def is_term(text: str) -> bool:
    """Whether there is a word in it to look for."""
    return bool(split(fold(text)))


def has_term(term: str, item: Item) -> bool:
    """Whether the words of `term` stand side by side in title or summary, as whole words.

    In scripts that set no spaces between words it may stand anywhere.
    """
    text, folded = Passage.of((item.title, item.summary)), fold(term)
    if has_unspaced(folded):
        return squeeze(folded) in text.unspaced
    return f" {' '.join(split(folded))} " in text.line
