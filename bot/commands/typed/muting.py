"""What somebody wants muted, from what they typed. Pure.

A story or a topic is one word, a source or a term may be several: "rare earths". A duration ends them, and the
reason comes after it. Quotes end them too: "rare earths" too noisy. But an outlet's name may hold quotes itself, so
a source can be read in more than one way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.commands.naming import reference_in
from bot.commands.spec import Mistake, one_line, split_words, unquoted_whole
from bot.deliver.card import Reply, Run
from bot.routing.mutes import MuteKind
from bot.settings import parse_duration

SHORTEST = timedelta(minutes=1)
MAX_REASON = 200  # characters
_SUGGESTED = re.compile(r"[0-9a-f]+ · ")  # a story with its headline: see naming.py
DURATION = re.compile(r"\d\S*")  # what is meant as one; `_lasting` says whether it is

_HELP = "/wire help mute shows how it is written."
_QUOTED_FOR = 'Where “for” is part of what to mute, quotes go around it: mute term "higher for longer" for 3d'


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to read what was typed."""

    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A mute as somebody asked for it; the readings that take more of it literally come first."""

    kind: MuteKind
    readings: tuple[Reading, ...]
    lasting: timedelta | None


def wish_of(arguments: Mapping[str, str]) -> Wish:
    """Raises Mistake where the duration or the words make no sense."""
    kind, text = MuteKind(arguments["kind"]), one_line(arguments["value"])
    if not text:
        raise mistake("Nothing that can be read is named to be muted.")
    lasting = _lasting(arguments["for"]) if "for" in arguments else None
    readings = tuple(
        Reading(value=value, reason=one_line(f"{rest} {arguments.get('reason', '')}", MAX_REASON))
        for value, rest in _readings(kind, text)
    )
    if lasting is None and kind is not MuteKind.SOURCE:
        refuse_misplaced_for(kind, text)
    return Wish(kind=kind, readings=readings, lasting=lasting)


def _readings(kind: MuteKind, text: str) -> list[tuple[str, str]]:
    """What is to be muted, and what else was said."""
    if kind is MuteKind.STORY and _SUGGESTED.match(text):
        return [(reference_in(text), "")]
    first, *others = split_words(text)
    rest, quoted = " ".join(others), unquoted_whole(first)
    if kind in (MuteKind.STORY, MuteKind.TOPIC):
        return [(quoted or first, rest)]
    if not quoted:
        return [(text, "")]
    return [(text, ""), (quoted, rest)] if kind is MuteKind.SOURCE else [(quoted, rest)]


def refuse_misplaced_for(kind: MuteKind, text: str) -> None:
    """Raises Mistake where a "for" in `text` may begin a time that is none: neither "for ever" nor "for" is muted."""
    words = split_words(text)
    ended = kind in (MuteKind.STORY, MuteKind.TOPIC) or unquoted_whole(words[0])
    suspects = [1] if ended else range(len(words))
    at = next((at for at in suspects if [word.lower() for word in words[at : at + 1]] == ["for"]), None)
    if at is not None:
        raise _no_time(" ".join(words[at + 1 : at + 2]))


def _lasting(text: str) -> timedelta:
    try:
        lasting = parse_duration(text)
    except ValueError:
        lasting = timedelta()
    if lasting < SHORTEST:
        raise _no_time(text)
    return lasting


def _no_time(text: str) -> Mistake:
    return mistake(
        f"“{text[:40]}” is not a time to mute for: write a number and m, h, d or w, as in for 3d.", _QUOTED_FOR
    )


def mistake(problem: str, *hints: str) -> Mistake:
    return Mistake(Reply(title=problem, lines=tuple((Run(text=hint),) for hint in (*hints, _HELP))))
