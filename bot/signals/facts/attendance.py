"""Who meets: the people and governments joined to the word for the meeting.

"Trump and Xi to meet", "Modi meets Putin", "the Trump-Xi summit", "US, China resume talks": who stands in the list
before the word, in the list behind it, or joined by a hyphen to it. Who only speaks of the meeting does not attend.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.signals.document import Sentence
from bot.signals.english import ADVERBS, FINITE, SAYING
from bot.signals.facts.clauses import between, word
from bot.signals.facts.mentions import Mention
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

MAX_SKIPPED = 5  # words between a name and the verb: "US officials are due to meet"

_BEFORE_VERB = word_set(
    "to will set due scheduled are is were was expected have has leaders officials ministers negotiators top "
    "senior trade delegations presidents and both chiefs envoys finance foreign chief diplomats pm minister "
    "president"
)
_AFTER_VERB = word_set(
    "with his her their counterpart counterparts top senior the leader leaders president prime minister pm"
)
_TABLES: tuple[Table, ...] = ("country", "government", "adjective")


@dataclass(frozen=True, slots=True)
class Seat:
    """One who meets: a person, or a government by its code."""

    person: Mention | None
    code: str | None


Names = dict[int, tuple[int, Seat]]  # by one end of the name: the other end, and who it is


def names_in(sentence: Sentence, mentions: list[Mention], codes: set[str]) -> Names:
    """Everyone named in the sentence, by first token."""
    found: Names = {}
    for table in _TABLES:
        for hit in sentence.hits(table):
            if hit.payload.value in codes:
                found[hit.first] = (hit.last, Seat(None, hit.payload.value))
    for mention in mentions:
        if mention.sentence is sentence and (mention.known or mention.sure) and not mention.is_label:
            found[mention.first] = (mention.last, Seat(mention, mention.country))
    return found


def seats_at(sentence: Sentence, met: TermHit, names: Names) -> list[Seat]:
    """Who of `names` is joined to the meeting at `met`, in order; fewer than two where the sentence does not say."""
    ends = {last: (first, seat) for first, (last, seat) in names.items()}
    return unique_seats([*_list_before(sentence, met.first, ends), *_list_behind(sentence, met.last, names)])


def _list_before(sentence: Sentence, at: int, ends: Names) -> list[Seat]:
    """The list of names that ends before token `at`, over words such as "officials to"."""
    scan, place, skipped = sentence.scan, at - 1, 0
    while place >= sentence.first and place not in ends and skipped < MAX_SKIPPED:
        here = word(scan, place)
        if not (here in _BEFORE_VERB or here in ADVERBS or here.endswith("ly")) or _breaks(sentence, place + 1):
            return []
        place, skipped = place - 1, skipped + 1
    seats: list[Seat] = []
    while place in ends and not (seats and _breaks(sentence, place + 1, list_marks=True)):
        first, seat = ends[place]
        seats.append(seat)
        place = first - 1
        if word(scan, place) == "and":
            place -= 1
    return seats[::-1]


def _list_behind(sentence: Sentence, at: int, starts: Names) -> list[Seat]:
    """The list of names that begins behind token `at`, over "with" and somebody's "'s"."""
    scan, place, skipped = sentence.scan, at + 1, 0
    while place < sentence.stop and place not in starts and skipped < MAX_SKIPPED:
        if word(scan, place) not in _AFTER_VERB or _breaks(sentence, place):
            return []
        place, skipped = place + 1, skipped + 1
    seats: list[Seat] = []
    while place in starts and place < sentence.stop and not _breaks(sentence, place, list_marks=bool(seats)):
        last, seat = starts[place]
        owner = scan.tokens[last].possessive and last + 1 in starts  # "China's Xi"
        if not owner:
            seats.append(seat)
        place = last + 1
        if word(scan, place) == "and":
            place += 1
    return seats


def _breaks(sentence: Sentence, at: int, *, list_marks: bool = False) -> bool:
    gap = between(sentence.scan, at)
    marks = ":;—–|()" if list_marks else ",:;—–|()"
    return any(mark in gap for mark in marks) or " - " in gap


def unique_seats(seats: list[Seat]) -> list[Seat]:
    """Each once; a government whose head sits there is not named again."""
    seated = {seat.code for seat in seats if seat.person}
    kept: dict[str, Seat] = {}
    for seat in seats:
        if seat.person is not None:
            kept.setdefault(seat.person.family, seat)
        elif seat.code not in seated:
            kept.setdefault(str(seat.code), seat)
    return list(kept.values())


def only_speaks(mention: Mention) -> bool:
    """Whether a person only says something of the meeting: "Trump says talks went well"."""
    scan = mention.part.scan
    if mention.credited or ":" in between(scan, mention.end + 1):
        return True
    for at in range(mention.end + 1, min(mention.end + 6, mention.sentence.stop)):
        if word(scan, at) in FINITE:
            return word(scan, at) in SAYING
    return False
