"""Meetings and dated deadlines: where, when, who. What several sentences say of one meeting becomes one fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model import Meeting, Party, Span
from bot.signals.document import Document, Part, Sentence
from bot.signals.facts.attendance import Names, Seat, names_in, seats_at, unique_seats
from bot.signals.facts.clauses import word, word_after
from bot.signals.facts.dates import DateMention
from bot.signals.facts.held import MEETS, meets_unnamed, takes_place
from bot.signals.facts.hosting import hosted
from bot.signals.facts.meeting_dates import dates_of, deadline_of
from bot.signals.facts.mentions import Mention
from bot.signals.facts.participants import (
    attending,
    conveners,
    governments,
    is_at,
    is_event,
    is_summit_at,
    seats_of_title,
)
from bot.signals.facts.places import Place, one_place, place_of
from bot.signals.lexicon import Term, TermHit
from bot.signals.tokens import word_set

MAX_MEETINGS = 4
MAX_WHO = 6
MAX_WORDS = 8  # words for a meeting that are read in a sentence
DATE_REACH = 90  # characters between the word for the meeting and its date
DEADLINE_REACH = 30  # characters between "deadline" and its date

_TOGETHER = MEETS | {"meeting", "meetings", "summit", "gathering"}

_APART = word_set("before after ahead following")


@dataclass(slots=True)
class _Sighting:
    """What one sentence says of a meeting."""

    span: Span
    place: Place | None
    dates: DateMention | None
    seats: list[Seat]
    deadline: bool
    joined: bool  # the sentence says that they meet each other: "Trump and Xi to meet"

    @property
    def tells(self) -> bool:
        """Whether it says where or when: who stands in it takes part, others may only speak of it."""
        return self.place is not None or self.dates is not None

    @property
    def families(self) -> set[str]:
        return {seat.person.family for seat in self.seats if seat.person}

    @property
    def codes(self) -> set[str]:
        return {seat.code for seat in self.seats if seat.code}


def find_meetings(
    document: Document, mentions: list[Mention], parties: Iterable[Party], names: dict[str, str]
) -> list[Meeting]:
    """The meetings of the item, merged. `names` gives a country's name as readers write it."""
    codes = {party.value for party in parties}
    merged: list[_Sighting] = []
    for part, sentence in document.sentences():
        if part.field == "body" and "meeting" not in part.scan.hits and "deadline" not in part.scan.hits:
            continue
        sighting = _sighting(document, part, sentence, mentions, codes)
        if sighting is None:
            continue
        known = next((other for other in merged if _same(other, sighting)), None)
        if known is None:
            merged.append(sighting)
        else:
            _merge(known, sighting)
    return [_fact(sighting, names) for sighting in merged if _says_enough(sighting)][:MAX_MEETINGS]


def _sighting(
    document: Document, part: Part, sentence: Sentence, mentions: list[Mention], codes: set[str]
) -> _Sighting | None:
    title = part.field == "title"
    words = [hit for hit in sentence.hits("meeting")[:MAX_WORDS] if takes_place(sentence, hit, title=title)]
    found = _meeting(document, part, sentence, words, mentions, codes) if words else None
    if found is None and part.field != "body":
        found = _hosted(document, part, sentence, mentions, codes)
    deadlines = sentence.hits("deadline")
    if found or not deadlines:
        return found
    return _deadline(document, part, sentence, deadlines, codes, stated=bool(mentions))


def _hosted(
    document: Document, part: Part, sentence: Sentence, mentions: list[Mention], codes: set[str]
) -> _Sighting | None:
    received = hosted(sentence, mentions, codes)
    if received is None:
        return None
    verb, seats, city = received
    word_for_it = TermHit(verb, verb, Term(table="meeting"))
    dates = dates_of(document, sentence, [word_for_it], DATE_REACH)
    return _Sighting(part.span(verb, verb), city or place_of(sentence, [word_for_it]), dates, seats, False, True)


def _deadline(
    document: Document, part: Part, sentence: Sentence, deadlines: list[TermHit], codes: set[str], *, stated: bool
) -> _Sighting | None:
    """A dated deadline of a measure, a government or an official; it names governments only where there are two."""
    dates = deadline_of(document, sentence, deadlines, DEADLINE_REACH)
    seats = governments(sentence, codes)
    public = sentence.hits("measure") or sentence.hits("country") or sentence.hits("government") or codes or stated
    if dates is None or not public:
        return None
    return _Sighting(_span(part, deadlines), None, dates, seats if len(seats) > 1 else [], True, False)


def _meeting(
    document: Document,
    part: Part,
    sentence: Sentence,
    words: list[TermHit],
    mentions: list[Mention],
    codes: set[str],
) -> _Sighting | None:
    title = part.field == "title"
    place = place_of(sentence, words)
    names = {at: name for at, name in names_in(sentence, mentions, codes).items() if not is_at(sentence, at, place)}
    joined, hit = max(((seats_at(sentence, hit, names), hit) for hit in words), key=_count)
    dates = dates_of(document, sentence, words, DATE_REACH)
    if not title:
        noun_with = joined if word(part.scan, hit.first) not in MEETS else []  # "a summit with North Korea's Kim"
        seats = (
            joined if len(joined) > 1 else unique_seats([*noun_with, *attending(sentence, mentions, codes, place)])
        )
        return _Sighting(_span(part, words), place, dates, seats, False, False)
    where = None if place is not None and _is_of_another(sentence, hit, words, place) else place
    people = all(seat.person is not None for seat in joined)
    noun = word(part.scan, hit.last)
    together = len(joined) > 1 and (people or noun in _TOGETHER or word(part.scan, hit.first) == "hold")
    seats = joined if len(joined) > 1 else seats_of_title(sentence, hit, joined, mentions, codes, place)
    if not seats and dates and noun in _TOGETHER:
        joined = seats = _only_body(names)
    alone = len(joined) == 1 and _is_enough(sentence, hit, joined[0], seats)
    struck = not joined and len(seats) == 2 and all(seat.person for seat in seats) and is_event(sentence, hit)
    convened = conveners(sentence, hit, mentions, names) if not together else []
    if convened and (noun in _TOGETHER or dates or where):
        seats, together = unique_seats([*convened, *seats]), True
    if not (
        together or alone or len(seats) > 1 or (joined and (dates or where)) or is_summit_at(sentence, hit, where)
    ):
        return None
    return _Sighting(_span(part, words), where, dates, seats, False, together or alone or struck)


def _is_enough(sentence: Sentence, hit: TermHit, joined: Seat, seats: list[Seat]) -> bool:
    """Whether the one name joined to a noun will do: a body, or one whose meeting with somebody else it is."""
    if joined.body is not None:
        return True
    if joined.person is None:
        return False
    if word(sentence.scan, hit.last) in MEETS:
        return len(seats) > 1 or joined.person.first > hit.first or meets_unnamed(sentence, hit)
    people = sum(seat.person is not None for seat in seats)
    owned = joined.person.last < hit.first and word_after(sentence, hit.last) == "with"
    return owned or (len(seats) > 1 and (people > 1 or word(sentence.scan, hit.last) in _TOGETHER))


def _is_of_another(sentence: Sentence, hit: TermHit, words: list[TermHit], place: Place) -> bool:
    """Whether the place is that of a second meeting: "Modi meeting may help ahead of Doha talks"."""
    if not any(other is not hit and other.first == place.last + 1 for other in words):
        return False
    return any(word(sentence.scan, at) in _APART for at in range(hit.last + 1, place.first))


def _only_body(names: Names) -> list[Seat]:
    """The one central bank or body that is named, where the day is told: "Fed saw risks at May meeting"."""
    bodies = unique_seats([seat for _, seat in names.values() if seat.body is not None])
    return bodies if len(bodies) == 1 else []


def _count(found: tuple[list[Seat], TermHit]) -> int:
    return len(found[0])


def _span(part: Part, words: list[TermHit]) -> Span:
    return part.span(words[0].first, words[0].last)


# --- one meeting from several sentences ---------------------------------------------------------------------


def _same(known: _Sighting, other: _Sighting) -> bool:
    """Whether two sentences can speak of one meeting: nothing contradicts, and something is shared or missing."""
    if known.deadline != other.deadline:
        return False
    if known.dates and other.dates and not known.dates.agrees(other.dates):
        return False
    if known.place and other.place and not one_place(known.place, other.place):
        return False
    shared = bool(known.families & other.families) or bool(known.codes & other.codes)
    return shared or not known.families or not other.families


def _merge(known: _Sighting, other: _Sighting) -> None:
    """Adds to `known` what `other` says more; a city says more than its country."""
    if other.place and (known.place is None or (other.place.city and not known.place.city)):
        known.place = other.place
    if other.dates and (known.dates is None or (known.dates.loose and not other.dates.loose)):
        known.dates = other.dates
    if other.tells or not known.tells:
        known.seats = known.seats + other.seats
    known.joined = known.joined or other.joined


def _says_enough(sighting: _Sighting) -> bool:
    """Whether there is more than the word: a day or a place and who meets, or two who meet each other."""
    if sighting.deadline or sighting.joined:
        return True
    return sighting.tells and (bool(sighting.seats) or sighting.span.field == "title")


def _fact(sighting: _Sighting, names: dict[str, str]) -> Meeting:
    people: dict[str, str] = {}  # by family name, as readers know it: the longer form wins
    for seat in sighting.seats:
        if seat.person:
            people[seat.person.family] = max(people.get(seat.person.family, ""), seat.person.full, key=len)
    heads = {seat.code for seat in sighting.seats if seat.person}
    absent = [
        seat.body or names.get(seat.code or "", seat.code or "")
        for seat in sighting.seats
        if not seat.person and (seat.code is None or seat.code not in heads)
    ]
    return Meeting(
        where=sighting.place.name if sighting.place else None,
        when=sighting.dates.iso if sighting.dates else None,
        who=tuple(dict.fromkeys((*people.values(), *absent)))[:MAX_WHO],
        span=sighting.span,
    )
