"""Meetings and dated deadlines: where, when, who. What several sentences say of one meeting becomes one fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model import Meeting, Party, Span
from bot.signals.document import Document, Part, Sentence
from bot.signals.english import ADVERBS, PREPOSITIONS, SPEECH
from bot.signals.facts.attendance import Seat, names_in, only_speaks, seats_at, unique_seats
from bot.signals.facts.clauses import negated, word, word_after
from bot.signals.facts.dates import DateMention, find_dates
from bot.signals.facts.mentions import Mention
from bot.signals.facts.places import Place, one_place, place_of
from bot.signals.facts.verbs import Mood, mood_of
from bot.signals.lexicon import Scan, Table, TermHit
from bot.signals.tokens import word_set

MAX_MEETINGS = 4
MAX_WHO = 6
MAX_WORDS = 8  # words for a meeting that are read in a sentence
DATE_REACH = 90  # characters between the word for the meeting and its date
DEADLINE_REACH = 30  # characters between "deadline" and its date

_HELD = frozenset({"met", "held", "meets"})
_SPOKE_BEFORE = SPEECH | word_set(
    "testified spoke speaking posted wrote tweeted signed released published expire expires effective closed closes"
)
_MEETS = word_set("meet meets met")
_TOGETHER = _MEETS | {"meeting", "summit"}
_NOT_COMPANY = word_set(
    "goals goal target targets deadline demand demands expectations standards rules commitments challenge needs "
    "requirements"
)
# A noun behind "summit" or "meeting" that is spoken of instead, and words that say it did not or may not take place.
_OTHER_NOUNS = word_set(
    "breakdown hopes hope fears plan plans offer invitation minutes agenda preparations prospects speculation "
    "room collapse"
)
_NOT_HELD = word_set(
    "cancels canceled cancelled cancel scraps scrapped postpones postponed delay delays delayed snubs snub skips "
    "skip misses boycott boycotts rules refuses refused rejects rejected declines possible potential without no "
    "proposes offers seeks wants hopes ahead"
)


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
        if "meeting" not in part.scan.hits and "deadline" not in part.scan.hits:
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
    words = [hit for hit in sentence.hits("meeting")[:MAX_WORDS] if _takes_place(sentence, hit)]
    if words:
        return _meeting(document, part, sentence, words, mentions, codes)
    deadlines = sentence.hits("deadline")
    return _deadline(document, part, sentence, deadlines, codes) if deadlines else None


def _deadline(
    document: Document, part: Part, sentence: Sentence, deadlines: list[TermHit], codes: set[str]
) -> _Sighting | None:
    """A dated deadline of a measure or between governments, which it names only where there are two."""
    dates = _dates_of(document, sentence, deadlines, DEADLINE_REACH)
    seats = _governments(sentence, codes)
    if dates is None or not (sentence.hits("measure") or len(seats) > 1):
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
    names = names_in(sentence, mentions, codes)
    joined, hit = max(((seats_at(sentence, hit, names), hit) for hit in words), key=_count)
    seats = joined if len(joined) > 1 else _attending(sentence, mentions, codes)
    if title and len(joined) == 1 and joined[0].person is not None:  # "Starmer to hail ties in Modi meeting"
        seats = joined = unique_seats([*(seat for seat in seats if seat.person), *joined])
    if title and len(seats) < 2:
        return None
    people = all(seat.person is not None for seat in joined)
    together = title and len(joined) > 1 and (people or word(part.scan, hit.last) in _TOGETHER)
    dates = _dates_of(document, sentence, words, DATE_REACH)
    return _Sighting(_span(part, words), place_of(sentence, words), dates, seats, False, together)


def _count(found: tuple[list[Seat], TermHit]) -> int:
    return len(found[0])


def _span(part: Part, words: list[TermHit]) -> Span:
    return part.span(words[0].first, words[0].last)


def _takes_place(sentence: Sentence, hit: TermHit) -> bool:
    """Whether the word says that a meeting is held or set: not "if they meet", "cancels summit", "summit hopes"."""
    scan = sentence.scan
    if word_after(sentence, hit.last) in _OTHER_NOUNS or negated(sentence, hit.first, window=8):
        return False
    before = {word(scan, at) for at in range(max(sentence.first, hit.first - 5), hit.first)}
    if before & _NOT_HELD:
        return False
    if word(scan, hit.first) not in _MEETS:
        return "at" not in {word(scan, at) for at in range(max(sentence.first, hit.first - 4), hit.first)}
    return _has_company(sentence, hit) and mood_of(sentence, hit.first) in (Mood.DONE, Mood.TO_COME)


def _has_company(sentence: Sentence, hit: TermHit) -> bool:
    """Whether "meet" is about people, not targets or demand: "meets Xi", "to meet in London"."""
    following = word_after(sentence, hit.last)
    if not following or following in PREPOSITIONS or following in ADVERBS or following in {"as", "and", "chinese"}:
        return True
    tables: tuple[Table, ...] = ("person", "role", "country", "adjective", "government")
    return any(other.first == hit.last + 1 for table in tables for other in sentence.hits(table)) and not any(
        word(sentence.scan, at) in _NOT_COMPANY for at in range(hit.last + 1, hit.last + 5)
    )


def _attending(sentence: Sentence, mentions: list[Mention], codes: set[str]) -> list[Seat]:
    """Who takes part where no names are joined to the word: who acts, then the governments spoken of."""
    people = [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence and _attends(mention, codes) and not only_speaks(mention)
    ]
    seated = {seat.code for seat in people}
    return unique_seats([*people, *(seat for seat in _governments(sentence, codes) if seat.code not in seated)])


def _attends(mention: Mention, codes: set[str]) -> bool:
    if mention.beside_meeting:
        return True
    return mention.acts or (mention.counterpart and mention.country in codes)


def _governments(sentence: Sentence, codes: set[str]) -> list[Seat]:
    """The governments named in the sentence that are parties, in order."""
    hits = (*sentence.hits("country"), *sentence.hits("government"), *sentence.hits("adjective"))
    spoken = dict.fromkeys(hit.payload.value for hit in sorted(hits, key=lambda hit: hit.first))
    return [Seat(None, code) for code in spoken if code in codes]


# --- when ---------------------------------------------------------------------------------------------------


def _dates_of(document: Document, sentence: Sentence, words: list[TermHit], reach: int) -> DateMention | None:
    """The date of the meeting: near its word, and not the day on which somebody said so."""
    scan = sentence.scan
    past = any(word(scan, hit.first) in _HELD for hit in words) and "will" not in {t.word for t in sentence.tokens}
    past = past or bool({"went", "ended", "concluded"} & {token.word for token in sentence.tokens})
    for mention in find_dates(sentence.text, document.at.date(), past=past):
        start = sentence.start + mention.start
        if _is_day_of_speech(sentence, start) or (mention.weekday and mention.start == 0 and past):
            continue
        if any(_close(scan, hit, start, sentence.start + mention.end, reach) for hit in words):
            return mention
    return None


def _close(scan: Scan, hit: TermHit, start: int, end: int, reach: int) -> bool:
    """Whether a date follows the word for the meeting in its clause, or stands right before it."""
    first, last = scan.quote(hit.first, hit.last)
    after = 0 <= start - last <= reach and not any(mark in scan.text[last:start] for mark in ":;—|")
    before = 0 <= first - end <= 25 and not any(mark in scan.text[end:first] for mark in ":;—|")
    return after or before


def _is_day_of_speech(sentence: Sentence, start: int) -> bool:
    """Whether the date says when something was said: "announced Tuesday", "said on Fox News on Tuesday"."""
    before = [token.word for token in sentence.tokens if token.start < start][-5:]
    return any(spoken in _SPOKE_BEFORE for spoken in before)


# --- one meeting from several sentences ---------------------------------------------------------------------


def _same(known: _Sighting, other: _Sighting) -> bool:
    """Whether two sentences can speak of one meeting: nothing contradicts, and something is shared or missing."""
    if known.deadline != other.deadline:
        return False
    if known.dates and other.dates and known.dates.iso != other.dates.iso:
        return False
    if known.place and other.place and not one_place(known.place, other.place):
        return False
    shared = bool(known.families & other.families) or bool(known.codes & other.codes)
    return shared or not known.families or not other.families


def _merge(known: _Sighting, other: _Sighting) -> None:
    """Adds to `known` what `other` says more; a city says more than its country."""
    if other.place and (known.place is None or (other.place.city and not known.place.city)):
        known.place = other.place
    if other.dates and known.dates is None:
        known.dates = other.dates
    if other.tells or not known.tells:
        known.seats = known.seats + other.seats
    known.joined = known.joined or other.joined


def _says_enough(sighting: _Sighting) -> bool:
    """Whether there is more than the word: a day or a place and who meets, or two who meet each other."""
    return sighting.deadline or (sighting.tells and bool(sighting.seats)) or sighting.joined


def _fact(sighting: _Sighting, names: dict[str, str]) -> Meeting:
    people: dict[str, str] = {}  # by family name, as readers know it: the longer form wins
    for seat in sighting.seats:
        if seat.person:
            people[seat.person.family] = max(people.get(seat.person.family, ""), seat.person.full, key=len)
    heads = {seat.code for seat in sighting.seats if seat.person}
    absent = [
        names.get(seat.code or "", seat.code or "")
        for seat in sighting.seats
        if not seat.person and seat.code not in heads
    ]
    return Meeting(
        where=sighting.place.name if sighting.place else None,
        when=sighting.dates.iso if sighting.dates else None,
        who=tuple(dict.fromkeys((*people.values(), *absent)))[:MAX_WHO],
        span=sighting.span,
    )
