"""Who meets: the people and governments joined to the word for the meeting.

"Trump and Xi to meet", "Modi meets Putin", "the Trump-Xi summit", "US, China resume talks": who stands in the list
before the word, in the list behind it, or joined by a hyphen to it. A body of states or a central bank meets by
itself: "G20 meeting", "Fed meeting". Who only speaks of the meeting does not attend.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.signals.document import Sentence
from bot.signals.english import ADVERBS, FINITE, SAYING
from bot.signals.facts.clauses import between, word
from bot.signals.facts.mentions import Mention
from bot.signals.facts.names import titled
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

MAX_SKIPPED = 5  # words between a name and the verb: "US officials are due to meet"

MAX_OWNED = 4  # words from a possessive to its meeting: "Modi's first official summit"

_BEFORE_VERB = word_set(
    "to will set due scheduled are is were was expected have has leaders officials ministers negotiators top "
    "senior trade delegations presidents and both chiefs envoys finance foreign chief diplomats pm minister "
    "president defence defense commerce energy economy prepares prepare preparing ready envoy begins begin starts "
    "start resume resumes restart hold holds held head heads commander chancellor premier king today again bilateral"
)
# Between a name and a noun for a meeting: "G20 finance ministers meeting", "US-China trade talks".
_BEFORE_NOUN = _BEFORE_VERB | word_set(
    "trade peace climate economic annual emergency ministerial policy rate nuclear tariff security monetary regular "
    "key big next last virtual informal crunch crucial special first phone nations group"
)
_AFTER_VERB = word_set(
    "with between his her their counterpart counterparts peers peer top senior the leader leaders "
    "president prime minister pm new mr his"
)
_BODIES = {
    **{
        name.casefold(): name for name in ("G7", "G8", "G20", "BRICS", "NATO", "OPEC", "APEC", "ASEAN", "SCO", "Quad")
    },
    **{name.casefold(): name for name in ("Fed", "FOMC", "ECB", "BOJ", "BoE", "RBI", "IMF", "WTO", "UN", "EU")},
}
MAX_STRANGER = 3  # tokens of a name that no table holds
MAX_OFFICE = 4  # words of an office between a country and a name
OFFICES = word_set(
    "leader president peers counterparts counterpart premier minister prime foreign finance trade top envoy "
    "negotiator"
)
_OFFICERS = word_set(
    "chief chiefs head chair boss secretary governor official officials president leader top rate rates"
)
_VERBS = frozenset({"meet", "meets", "met"})
_MET_WITH = word_set("with meet meets met")
# Capitalised, and nobody's name.
_NO_STRANGER = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december democrats republicans congress senate house ceo ceos i top tech big"
)
_TABLES: tuple[Table, ...] = ("country", "government", "adjective")


@dataclass(frozen=True, slots=True)
class Seat:
    """One who meets: a person, a government by its code, or a body of states or a central bank by its name."""

    person: Mention | None
    code: str | None
    body: str | None = None


Names = dict[int, tuple[int, Seat]]  # by one end of the name: the other end, and who it is


def names_in(sentence: Sentence, mentions: list[Mention], codes: set[str]) -> Names:
    """Everyone named in the sentence, by first token."""
    found: Names = {}
    for table in _TABLES:
        for hit in sentence.hits(table):
            if hit.payload.value in codes or _opens_meeting(sentence, hit):
                found[hit.first] = (hit.last, Seat(None, hit.payload.value))
    found.update(_bodies(sentence))
    for mention in mentions:
        if mention.sentence is sentence and (mention.known or mention.sure) and not mention.is_label:
            found[mention.first] = (mention.last, Seat(mention, mention.country))
    found.update(_strangers(sentence, found))
    return found


def _strangers(sentence: Sentence, found: Names) -> Names:
    """Names that no table holds, where the verb shows that they meet somebody: "Carney and Nenshi to meet"."""
    scan, strangers = sentence.scan, {}
    ends = {last for last, _ in found.values()}
    taken = {at for first, (last, _) in found.items() for at in range(first, last + 1)}
    for hit in sentence.hits("meeting"):
        if word(scan, hit.first) not in _VERBS:
            continue
        behind = _stranger(sentence, hit.last + 1 + (word(scan, hit.last + 1) == "with"), taken)
        if behind is not None and not (scan.tokens[hit.first].capital and titled(sentence)):
            strangers[behind[0]] = (behind[1], _named(sentence, *behind))
        last = hit.first - 1 - (word(scan, hit.first - 1) in {"to", "will"})
        first = last
        while first > sentence.first and scan.tokens[first - 1].capital and word(scan, first - 1) != "and":
            first -= 1
        joined = first > sentence.first and word(scan, first - 1) == "and" and first - 2 in ends
        before = _stranger(sentence, first, taken) if joined else None
        if before is not None and before[1] == last:
            strangers[first] = (last, _named(sentence, first, last))
    return strangers


def _stranger(sentence: Sentence, at: int, taken: set[int]) -> tuple[int, int] | None:
    """The capitalised name that begins at token `at`, unless a table knows it."""
    if at >= sentence.stop or not sentence.scan.tokens[at].capital or _breaks(sentence, at):
        return None
    last = at
    while (
        last + 1 < min(sentence.stop, at + MAX_STRANGER)
        and sentence.scan.tokens[last + 1].capital
        and between(sentence.scan, last + 1) == " "
    ):
        last += 1
    if between(sentence.scan, last + 1) == "-":  # "Mayor-elect"
        return None
    tables: tuple[Table, ...] = (*_TABLES, "place", "role", "person")
    known = any(at <= hit.first <= last for table in tables for hit in sentence.hits(table))
    return None if known or taken & set(range(at, last + 1)) or _is_common(sentence, at, last) else (at, last)


def _is_common(sentence: Sentence, first: int, last: int) -> bool:
    return any(
        word(sentence.scan, at) in _NO_STRANGER or sentence.scan.tokens[at].possessive
        for at in range(first, last + 1)
    )


def _named(sentence: Sentence, first: int, last: int) -> Seat:
    return Seat(None, None, sentence.scan.text[slice(*sentence.scan.quote(first, last))])


def _opens_meeting(sentence: Sentence, hit: TermHit) -> bool:
    """Whether a country and its meeting open the sentence: "US meeting on chips still on"."""
    return hit.first == sentence.first and any(met.first == hit.last + 1 for met in sentence.hits("meeting"))


def _bodies(sentence: Sentence) -> Names:
    """The bodies that meet, "G-20" too; the EU keeps its code."""
    scan, found = sentence.scan, {}
    for at in range(sentence.first, sentence.stop):
        last = at
        name = _BODIES.get(word(scan, at))
        if word(scan, at) == "g" and between(scan, at + 1) in ("", "-"):
            name, last = _BODIES.get("g" + word(scan, at + 1)), at + 1
        with_it = word(scan, at - 1) in _MET_WITH  # "meeting with NATO chief"
        if name is not None and scan.tokens[at].capital and (with_it or not _is_office(sentence, last)):
            found[at] = (last, Seat(None, "EU" if name == "EU" else None, name))
    return found


def _is_office(sentence: Sentence, last: int) -> bool:
    """Whether a body only says whose officer somebody is: "NATO chief", "the ECB's Lane"."""
    if sentence.scan.tokens[last].possessive or word(sentence.scan, last + 1) in _OFFICERS:
        return True
    return any(role.first <= last < role.last for role in sentence.hits("role"))


def seats_at(sentence: Sentence, met: TermHit, names: Names) -> list[Seat]:
    """Who of `names` is joined to the meeting at `met`, in order; fewer than two where the sentence does not say."""
    ends = {last: (first, seat) for first, (last, seat) in names.items()}
    return unique_seats([*_list_before(sentence, met.first, ends), *list_behind(sentence, met.last, names)])


def _list_before(sentence: Sentence, at: int, ends: Names) -> list[Seat]:
    """The list of names that ends before token `at`, over words such as "officials to"."""
    scan, place, skipped = sentence.scan, at - 1, 0
    over = _BEFORE_VERB if word(scan, at) in _VERBS else _BEFORE_NOUN
    while place >= sentence.first and place not in ends and skipped < MAX_SKIPPED:
        here = word(scan, place)
        if not (here in over or here in ADVERBS or here.endswith("ly")) or _breaks(sentence, place + 1):
            return _owner(sentence, at, ends)
        place, skipped = place - 1, skipped + 1
    return _list_ending(sentence, place, ends) or _owner(sentence, at, ends)


def _list_ending(sentence: Sentence, place: int, ends: Names) -> list[Seat]:
    """The list of names whose last one ends at token `place`, in order."""
    seats: list[Seat] = []
    while place in ends and not (seats and _breaks(sentence, place + 1, list_marks=True)):
        first, seat = ends[place]
        seats.append(seat)
        place = first - 1
        if word(sentence.scan, place) == "and":
            place -= 1
    return seats[::-1]


def _owner(sentence: Sentence, at: int, ends: Names) -> list[Seat]:
    """Whose meeting with somebody it is: "Trump's first cabinet meeting with"."""
    scan = sentence.scan
    if word(scan, at + 1) != "with":
        return []
    for place in range(at - 1, max(sentence.first, at - MAX_OWNED) - 1, -1):
        if _breaks(sentence, place + 1):
            return []
        if scan.tokens[place].possessive:
            return _list_ending(sentence, place, ends)
    return []


def list_behind(sentence: Sentence, at: int, starts: Names) -> list[Seat]:
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
        office = place
        while office < sentence.stop and word(scan, office) in OFFICES and office - place < MAX_OFFICE:
            office += 1
        if word(scan, office) == "and" and office == place:
            place += 1
        elif office in starts:  # "North Korean leader Kim"
            place = office
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
        elif seat.code is None or seat.code not in seated:
            kept.setdefault(str(seat.code or seat.body), seat)
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
