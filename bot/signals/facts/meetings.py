"""Meetings and dated deadlines: where, when, who. What several sentences say of one meeting becomes one fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model import Meeting, Party, Span
from bot.signals.document import Document, Part, Sentence
from bot.signals.english import ADVERBS, PREPOSITIONS, PRESENTS
from bot.signals.facts.attendance import Seat, names_in, only_speaks, seats_at, unique_seats
from bot.signals.facts.clauses import clause_breaks, negated, word, word_after
from bot.signals.facts.dates import DateMention
from bot.signals.facts.meeting_dates import dates_of
from bot.signals.facts.mentions import Mention
from bot.signals.facts.places import Place, one_place, place_of
from bot.signals.facts.verbs import Mood, mood_of
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

MAX_MEETINGS = 4
MAX_WHO = 6
MAX_WORDS = 8  # words for a meeting that are read in a sentence
DATE_REACH = 90  # characters between the word for the meeting and its date
DEADLINE_REACH = 30  # characters between "deadline" and its date

_MEETS = word_set("meet meets met")
_TOGETHER = _MEETS | {"meeting", "meetings", "summit", "gathering"}
_SUMMIT = frozenset({"summit", "talks"})
# Who does this to a meeting takes part in it: "to chair peace summit", "convenes meeting on".
_CONVENES = word_set(
    "chair chairs chaired convene convenes convened host hosts hosted attend attends attended hold holds held "
    "gathers gather skip join joins joined leads open opens opened kicks prepares arrives"
)
NEGATION_REACH = 8  # tokens before the meeting in which a negation denies it
MAX_CONVENED = 4  # words between such a verb and the meeting: "chairs Gaza peace summit"
MAX_NAMED_AFTER = 7  # words between "after" and the meeting it leads to: "in first post-election meeting"
_EVENT = word_set("after before at in during following of amid")
_AFTER_MEET = word_set(
    "as and chinese monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight next this last "
    "here again face behind top senior his her their leaders counterparts counterpart"
)
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
    "proposes offers seeks seek seeking wants want hopes eyes eye may could"
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
    title = part.field == "title"
    words = [hit for hit in sentence.hits("meeting")[:MAX_WORDS] if _takes_place(sentence, hit, title=title)]
    found = _meeting(document, part, sentence, words, mentions, codes) if words else None
    deadlines = sentence.hits("deadline")
    if found or not deadlines:
        return found
    return _deadline(document, part, sentence, deadlines, codes, stated=bool(mentions))


def _deadline(
    document: Document, part: Part, sentence: Sentence, deadlines: list[TermHit], codes: set[str], *, stated: bool
) -> _Sighting | None:
    """A dated deadline of a measure, a government or an official; it names governments only where there are two."""
    dates = dates_of(document, sentence, deadlines, DEADLINE_REACH)
    seats = _governments(sentence, codes)
    if dates is None or not (sentence.hits("measure") or codes or stated):
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
    names = {at: name for at, name in names_in(sentence, mentions, codes).items() if not _is_at(sentence, at, place)}
    joined, hit = max(((seats_at(sentence, hit, names), hit) for hit in words), key=_count)
    dates = dates_of(document, sentence, words, DATE_REACH)
    if not title:
        noun_with = joined if word(part.scan, hit.first) not in _MEETS else []  # "a summit with North Korea's Kim"
        seats = (
            joined if len(joined) > 1 else unique_seats([*noun_with, *_attending(sentence, mentions, codes, place)])
        )
        return _Sighting(_span(part, words), place, dates, seats, False, False)
    people = all(seat.person is not None for seat in joined)
    noun = word(part.scan, hit.last)
    together = len(joined) > 1 and (people or noun in _TOGETHER or word(part.scan, hit.first) == "hold")
    seats = joined if len(joined) > 1 else _seats_of_title(sentence, hit, joined, mentions, codes, place)
    alone = len(joined) == 1 and noun not in _MEETS and _is_enough(sentence, hit, joined[0], seats)
    struck = not joined and len(seats) == 2 and all(seat.person for seat in seats) and _is_event(sentence, hit)
    convened = _convener(sentence, hit, mentions) if noun in _TOGETHER and not together else []
    if convened:
        seats, together = unique_seats([*convened, *seats]), True
    if not (together or alone or len(seats) > 1 or (joined and (dates or place)) or _is_summit_at(part, hit, place)):
        return None
    return _Sighting(_span(part, words), place, dates, seats, False, together or alone or struck)


def _is_at(sentence: Sentence, at: int, place: Place | None) -> bool:
    """Whether the name at token `at` is the place of the meeting: "New Delhi summit"."""
    return place is not None and any(
        hit.first == at and hit.payload.value == place.name for hit in sentence.hits("place")
    )


def _is_enough(sentence: Sentence, hit: TermHit, joined: Seat, seats: list[Seat]) -> bool:
    """Whether the one name joined to a noun will do: a body, or one whose meeting with somebody else it is."""
    if joined.body is not None:
        return True
    if joined.person is None:
        return False
    people = sum(seat.person is not None for seat in seats)
    owned = joined.person.last < hit.first and word_after(sentence, hit.last) == "with"
    return owned or (len(seats) > 1 and (people > 1 or word(sentence.scan, hit.last) in _TOGETHER))


def _seats_of_title(
    sentence: Sentence,
    hit: TermHit,
    joined: list[Seat],
    mentions: list[Mention],
    codes: set[str],
    place: Place | None,
) -> list[Seat]:
    """Who meets where a title joins at most one name to the word: "Starmer to hail ties in Modi meeting"."""
    seats = _attending(sentence, mentions, codes, place)
    pair = _pair(sentence, hit, mentions)
    if pair:
        return pair
    if joined and _is_topic(sentence, hit, joined[0]):  # "heads to Oslo for Gaza talks"
        others = [seat for seat in seats if seat.code != joined[0].code]
        return others[:1] if others and others[0].person is None else others or joined
    if not joined:
        return _with_object(sentence, hit, seats, mentions)
    if joined[0].person is None:  # "G20 meeting", "US meeting on Huawei", "summit with North Korean leader"
        with_it = joined[0].body is None and word_after(sentence, hit.last) == "with"
        people = [seat for seat in seats if seat.person] if with_it else []
        return unique_seats([*people, *joined])
    people = [seat for seat in seats if seat.person]
    others = people if len(unique_seats([*people, *joined])) > 1 else _speakers(sentence, hit, mentions) or seats
    return unique_seats([*others, *joined])


def _is_topic(sentence: Sentence, hit: TermHit, joined: Seat) -> bool:
    """Whether a country before "talks" is what they are about: who comes "for Ukraine talks" takes part."""
    scan = sentence.scan
    if joined.person is not None or joined.body is not None or word(scan, hit.first) != "talks":
        return False
    return any(word(scan, at) == "for" for at in range(max(sentence.first, hit.first - 3), hit.first))


def _pair(sentence: Sentence, hit: TermHit, mentions: list[Mention]) -> list[Seat]:
    """The two people of whom a title says that the "pair" meets."""
    scan = sentence.scan
    if not any(word(scan, at) in {"pair", "duo"} for at in range(max(sentence.first, hit.first - 6), hit.first)):
        return []
    people = [mention for mention in mentions if mention.sentence is sentence and mention.last < hit.first]
    seats = unique_seats([Seat(mention, mention.country) for mention in people])
    return seats if len(seats) == 2 else []


def _with_object(sentence: Sentence, hit: TermHit, seats: list[Seat], mentions: list[Mention]) -> list[Seat]:
    """Who acts and on whom, where that is "in" or "before" their meeting: "Modi warns Xi in tense meeting"."""
    people = [seat for seat in seats if seat.person] or _speakers(sentence, hit, mentions)
    if len(people) != 1 or not _is_event(sentence, hit):
        return seats
    struck = [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence
        and mention.country not in (None, people[0].code)
        and mention.after in PRESENTS
        and not mention.part.scan.tokens[mention.last].possessive
    ]
    return [*people, *struck] if struck else seats


def _is_event(sentence: Sentence, hit: TermHit) -> bool:
    """Whether the meeting is when something else happens: "after meeting", "in first post-election meeting"."""
    scan = sentence.scan
    return any(word(scan, at) in _EVENT for at in range(max(sentence.first, hit.first - MAX_NAMED_AFTER), hit.first))


def _speakers(sentence: Sentence, hit: TermHit, mentions: list[Mention]) -> list[Seat]:
    """Who speaks in a title of a meeting just named: "Carney says ties are better after Modi meeting"."""
    if not _is_event(sentence, hit):
        return []
    return [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence and mention.acts and mention.first == sentence.first
    ]


def _convener(sentence: Sentence, hit: TermHit, mentions: list[Mention]) -> list[Seat]:
    """Who chairs, hosts or convenes the meeting."""
    scan = sentence.scan
    verb = next(
        (at for at in range(hit.first - 1, hit.first - 2 - MAX_CONVENED, -1) if word(scan, at) in _CONVENES), None
    )
    if verb is None or verb <= sentence.first or mood_of(sentence, verb) not in (Mood.DONE, Mood.TO_COME):
        return []
    if any(clause_breaks(scan, at) or word(scan, at) in PREPOSITIONS for at in range(verb, hit.first + 1)):
        return []
    return [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence and mention.last < verb and mention.acts and not only_speaks(mention)
    ]


def _is_summit_at(part: Part, hit: TermHit, place: Place | None) -> bool:
    """Whether a title names a summit by its city alone: "Fear of slowdown hangs over summit in Oslo"."""
    return place is not None and place.city and word(part.scan, hit.last) in _SUMMIT


def _count(found: tuple[list[Seat], TermHit]) -> int:
    return len(found[0])


def _span(part: Part, words: list[TermHit]) -> Span:
    return part.span(words[0].first, words[0].last)


def _takes_place(sentence: Sentence, hit: TermHit, *, title: bool) -> bool:
    """Whether the word says that a meeting is held or set: not "if they meet", "cancels summit", "summit hopes"."""
    scan = sentence.scan
    if word_after(sentence, hit.last) in _OTHER_NOUNS or negated(sentence, hit.first, window=NEGATION_REACH):
        return False
    before = {word(scan, at) for at in range(max(sentence.first, hit.first - 5), hit.first)}
    if before & _NOT_HELD:
        return False
    if word(scan, hit.first) not in _MEETS:
        return title or "at" not in {word(scan, at) for at in range(max(sentence.first, hit.first - 4), hit.first)}
    return _has_company(sentence, hit) and mood_of(sentence, hit.first) in (Mood.DONE, Mood.TO_COME)


def _has_company(sentence: Sentence, hit: TermHit) -> bool:
    """Whether "meet" is about people, not targets or demand: "meets Xi", "to meet in London"."""
    following = word_after(sentence, hit.last)
    if not following or following in PREPOSITIONS or following in ADVERBS or following in _AFTER_MEET:
        return True
    tables: tuple[Table, ...] = ("person", "role", "country", "adjective", "government")
    return any(other.first == hit.last + 1 for table in tables for other in sentence.hits(table)) and not any(
        word(sentence.scan, at) in _NOT_COMPANY for at in range(hit.last + 1, hit.last + 5)
    )


def _attending(sentence: Sentence, mentions: list[Mention], codes: set[str], place: Place | None) -> list[Seat]:
    """Who takes part where no names are joined to the word: who acts, then the governments spoken of."""
    people = [
        Seat(mention, mention.country)
        for mention in mentions
        if mention.sentence is sentence and _attends(mention, codes) and not only_speaks(mention)
    ]
    seated = {seat.code for seat in people}
    return unique_seats(
        [*people, *(seat for seat in _governments(sentence, codes, place) if seat.code not in seated)]
    )


def _attends(mention: Mention, codes: set[str]) -> bool:
    if mention.beside_meeting:
        return True
    return mention.acts or (mention.counterpart and mention.country in codes)


def _governments(sentence: Sentence, codes: set[str], place: Place | None = None) -> list[Seat]:
    """The governments named in the sentence that are parties, in order, but for one that is the place."""
    hits = (*sentence.hits("country"), *sentence.hits("government"), *sentence.hits("adjective"))
    ordered = sorted(hits, key=lambda hit: hit.first)
    spoken = dict.fromkeys(hit.payload.value for hit in ordered if not _is_at(sentence, hit.first, place))
    return [Seat(None, code) for code in spoken if code in codes]


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
