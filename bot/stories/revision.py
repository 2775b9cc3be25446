"""What became of an item that its publisher changed, and what a headline says about itself.

Most changes mean nothing to a reader: a comma, a later date, another paragraph of background. What counts is a
headline that says something else, a figure that is no longer there, and the words by which desks take a story back.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from bot.model import Fact, Item, Mark, Measure, Meeting, Move, Rate, Verdict, fact_key
from bot.stories.words import words_of

MOST_REVISIONS = 24  # changes of one item that count: what changes for ever says nothing
ANOTHER_HEADLINE = 0.5  # share of the words of two headlines that both have, from which they are one
HEAD = 160  # characters of the text where a publisher says what he has done to it
NOTE = 140  # characters of a note

# A label is in capitals, with a colon, a bracket or the wires' dash behind it: "Gold corrects 3% - and now?" is news.
_LABEL_END = r"\b(?: \d+| \([^)]{1,40}\))?(?:\s*[:)\]]|[-–—])"
_STORY = r"(?i:\bthis (?:story|article|report|headline) (?:has been|was|is) )"
_LEAD = r"^\W*(?:[A-Z]+ \d+-|REFILE-)?"
_WITHDRAWN = re.compile(
    rf"{_LEAD}(?:(?:MANDATORY )?KILL|(?:STORY )?(?:WITHDRAWN|RETRACTED)|RETRACTION|STORY REMOVED){_LABEL_END}"
    rf"|^\W*{_STORY}(?i:withdrawn|retracted|removed|killed)\b"
)
_CORRECTED = re.compile(
    rf"{_LEAD}(?:CORRECT(?:ED|ION|S)|CLARIFICATION){_LABEL_END}|^\W*Correct(?:ed|ion):|\(Correct(?:s|ed|ion)\b|{_STORY}(?i:corrected|amended)\b"
)


@dataclass(frozen=True, slots=True)
class Revision:
    """What people who saw the item should be shown; `note` says in one line what is different.

    `replaced` are the keys of the figures that stand in the place of wrong ones: they are no news.
    """

    mark: Mark
    note: str
    replaced: frozenset[str] = frozenset()


def declared(item: Item) -> Mark | None:
    """What the item says has become of it, in the headline or in the first line."""
    texts = (item.title, (item.summary or item.body)[:HEAD])
    if any(_WITHDRAWN.search(text) for text in texts):
        return "withdrawn"
    return "corrected" if any(_CORRECTED.search(text) for text in texts) else None


def revision(before: Item, was: Verdict, item: Item, verdict: Verdict) -> Revision | None:
    """How `item` differs in substance from what it was `before`; None where the change is cosmetic.

    A figure in the place of another, in the same words, corrects it; a story that goes on is no correction.
    """
    said = declared(item)
    if said == "withdrawn" and declared(before) != "withdrawn":
        return Revision("withdrawn", f"{_name(item)} has withdrawn it")
    gone, come = _difference(was, verdict)
    headline = _headline_note(before, item)
    newly = said == "corrected" and (declared(before) != "corrected" or bool(gone and come))
    if newly or _exchanged(before, item, gone, come):
        exchange = _cut(f"{_listed(gone)} became {_listed(come)}") if gone and come else ""
        note = exchange or headline or f"{_name(item)} has corrected it"
        return Revision("corrected", note, frozenset(map(fact_key, come)) if gone else frozenset())
    if headline:
        return Revision("updated", headline)
    return Revision("updated", _cut(f"adds {_listed(come)}")) if come else None


def _exchanged(before: Item, item: Item, gone: list[Fact], come: list[Fact]) -> bool:
    """Whether nothing but figures differ, each in the place of one of its sort."""
    same_words = words_of(before.title)[0] == words_of(item.title)[0]
    return bool(gone) and same_words and Counter(map(_sort, gone)) == Counter(map(_sort, come))


def _sort(fact: Fact) -> tuple[str, ...]:
    match fact:
        case Rate():
            return ("rate", fact.of)
        case Move():
            return ("move", fact.instrument)
        case Measure():
            return ("measure", fact.value, fact.stage or "")
        case _:
            return (fact.type,)


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
