"""What became of an item that its publisher changed, and what a headline says about itself.

Most changes mean nothing to a reader: a comma, a later date, another paragraph of background. What counts is a
headline that says something else, a figure that is no longer there, and the words by which desks take a story back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.model import Fact, Item, Mark, Measure, Meeting, Move, Rate, Verdict, fact_key
from bot.stories.signature import words_of

MOST_REVISIONS = 24  # changes of one item that count: what changes for ever says nothing
ANOTHER_HEADLINE = 0.5  # share of the words of two headlines that both have, from which they are one
HEAD = 160  # characters of the text where a publisher says what he has done to it
NOTE = 140  # characters of a note

_LINE = r"^\W*(?:[A-Z]+ \d+-)?"
_WITHDRAWN = re.compile(
    _LINE + r"(?:(?:WITHDRAWN|WITHDRAWAL|KILL(?:ED)?|RETRACT(?:ED|ION)|MANDATORY KILL|STORY (?:WITHDRAWN|REMOVED))\b"
    r"(?=\s*[:\-–—)\]]))|\b(?:(?:this|the) (?:story|article|report|item|headline) (?:has been|was|is) "
    r"(?:withdrawn|retracted|removed|killed))\b|^\W*(?i:withdrawn|retracted|retraction)\s*[:\-–—)\]]"
)
_CORRECTED = re.compile(
    _LINE + r"(?:REFILE-)?(?i:correct(?:ed|ion|s|ing)?|clarification|amended|fixes)(?:\s+\d+)?\s*[:\-–—)\]]|"
    r"(?i:\(correct(?:s|ed|ion)\b|\b(?:this|the) (?:story|article|report) (?:has been|was) corrected\b|\bcorrects )"
)


@dataclass(frozen=True, slots=True)
class Revision:
    """What people who saw the item should be shown; `note` says in one line what is different."""

    mark: Mark
    note: str


def declared(item: Item) -> Mark | None:
    """What the item says has become of it, in the headline or in the first line."""
    texts = (item.title, (item.summary or item.body)[:HEAD])
    if any(_WITHDRAWN.search(text) for text in texts):
        return "withdrawn"
    return "corrected" if any(_CORRECTED.search(text) for text in texts) else None


def revision(before: Item, was: Verdict, item: Item, verdict: Verdict) -> Revision | None:
    """How `item` differs in substance from what it was `before`; None where the change is cosmetic."""
    said = declared(item)
    if said == "withdrawn" and declared(before) != "withdrawn":
        return Revision("withdrawn", f"{_name(item)} has withdrawn it")
    gone, come = _difference(was, verdict)
    if gone and come:
        return Revision("corrected", _cut(f"{_listed(gone)} became {_listed(come)}"))
    if said == "corrected" and declared(before) != "corrected":
        return Revision("corrected", _headline_note(before, item) or f"{_name(item)} has corrected it")
    if note := _headline_note(before, item):
        return Revision("updated", note)
    return Revision("updated", _cut(f"adds {_listed(come)}")) if come else None


def _difference(was: Verdict, verdict: Verdict) -> tuple[list[Fact], list[Fact]]:
    """The figures that are gone, and those that have come; names and countries come and go."""
    before, after = _material(was), _material(verdict)
    return (
        [fact for key, fact in before.items() if key not in after],
        [fact for key, fact in after.items() if key not in before],
    )


def _material(verdict: Verdict) -> dict[str, Fact]:
    return {fact_key(fact): fact for fact in verdict.facts if isinstance(fact, Rate | Move | Measure | Meeting)}


def _headline_note(before: Item, item: Item) -> str:
    """What the headline was, where it now says something else."""
    words, numbers = words_of(before.title)
    new_words, new_numbers = words_of(item.title)
    alike = len(words & new_words) >= ANOTHER_HEADLINE * max(len(words), len(new_words), 1)
    if alike and numbers == new_numbers:
        return ""
    return _cut(f"was: {before.title}")


def _listed(facts: list[Fact]) -> str:
    return ", ".join(dict.fromkeys(_worded(fact) for fact in facts[:3]))


def _worded(fact: Fact) -> str:
    match fact:
        case Rate():
            return f"{fact.value:,.10g}% {'' if fact.of == 'other' else fact.of}".strip()
        case Move():
            size = "" if fact.size is None else f" {fact.size:,.10g}{'%' if fact.unit == 'percent' else ''}"
            return f"{fact.instrument} {fact.direction}{size}"
        case Measure():
            return f"{fact.value}{f' ({fact.stage})' if fact.stage else ''}"
        case Meeting():
            return " ".join(filter(None, ("meeting", fact.where, fact.when)))
        case _:
            return fact.value


def _name(item: Item) -> str:
    return item.outlet or item.source_id


def _cut(note: str) -> str:
    return note if len(note) <= NOTE else f"{note[: NOTE - 1].rstrip()}…"
