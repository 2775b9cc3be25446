"""Meetings and dated deadlines: where, when, who. What several sentences say of one meeting becomes one fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model import Meeting, Party, Span
from bot.signals.document import Document, Part, Sentence
from bot.signals.english import SPEECH
from bot.signals.facts.clauses import word
from bot.signals.facts.dates import DateMention, find_dates
from bot.signals.facts.persons import Mention
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import word_set

MAX_MEETINGS = 4
MAX_WHO = 6
DATE_REACH = 90  # characters between the word for the meeting and its date
PLACE_PREPOSITIONS = frozenset({"in", "at", "to"})
_HELD = frozenset({"met", "held"})
_SPOKE_BEFORE = SPEECH | word_set("testified spoke speaking posted wrote tweeted signed released published")


@dataclass(frozen=True, slots=True)
class _Place:
    """A city or country where something is held; `city` is None for a whole country."""

    name: str
    country: str
    city: bool


@dataclass(slots=True)
class _Sighting:
    """What one sentence says of a meeting."""

    span: Span
    place: _Place | None
    dates: DateMention | None
    who: tuple[Mention, ...]
    parties: tuple[str, ...]
    deadline: bool


def find_meetings(
    document: Document, mentions: list[Mention], parties: Iterable[Party], names: dict[str, str]
) -> list[Meeting]:
    """The meetings of the item, merged. `names` gives a country's name as readers write it."""
    codes = {party.value for party in parties}
    merged: list[_Sighting] = []
    for part, sentence in document.sentences():
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
    words, deadlines = sentence.hits("meeting"), sentence.hits("deadline")
    if not words and not deadlines:
        return None
    scan = part.scan
    dates = _dates_of(document, sentence, words or deadlines)
    if deadlines and not words and dates is None:
        return None
    place = _place_of(scan, sentence) if words else None
    who = tuple(
        mention
        for mention in mentions
        if mention.sentence is sentence and (mention.acts or (mention.counterpart and mention.country in codes))
    )
    first = (words or deadlines)[0]
    countries = (*sentence.hits("country"), *sentence.hits("government"), *sentence.hits("adjective"))
    spoken = dict.fromkeys(hit.payload.value for hit in sorted(countries, key=lambda hit: hit.first))
    return _Sighting(
        span=part.span(first.first, first.last),
        place=place,
        dates=dates,
        who=who if words else (),
        parties=tuple(code for code in spoken if code in codes),
        deadline=not words,
    )


def _place_of(scan: Scan, sentence: Sentence) -> _Place | None:
    """Where it is held: a city or country after "in", "at" or "to"."""
    for table, city in (("place", True), ("country", False)):
        for hit in sentence.hits(table):  # type: ignore[arg-type]
            if word(scan, hit.first - 1) in PLACE_PREPOSITIONS and not scan.tokens[hit.last].possessive:
                if not city and word(scan, hit.first - 1) != "in" and word(scan, hit.first - 2) not in _GOING:
                    continue
                if not city and word(scan, hit.last + 1) in _NOT_WHERE:
                    continue
                country = hit.payload.country if city else hit.payload.value
                name = hit.payload.value if city else scan.text[slice(*scan.quote(hit.first, hit.last))]
                return _Place(name, country or "", city)
    return None


_GOING = word_set("visit visits travel travels traveling trip flies fly heads head")
_NOT_WHERE = word_set("tariffs tariff trade goods talks relations ties")


def _dates_of(document: Document, sentence: Sentence, words: list[TermHit]) -> DateMention | None:
    """The date of the meeting: near its word, and not the day on which somebody said so."""
    scan = sentence.scan
    past = any(word(scan, hit.first) in _HELD for hit in words) and "will" not in {t.word for t in sentence.tokens}
    found = find_dates(sentence.text, document.at.date(), past=past)
    for mention in found:
        start = sentence.start + mention.start
        if _is_day_of_speech(scan, sentence, start) or (mention.weekday and _opens(sentence, mention) and past):
            continue
        if any(_close(scan, hit, start, sentence.start + mention.end) for hit in words):
            return mention
    return None


def _close(scan: Scan, hit: TermHit, start: int, end: int) -> bool:
    """Whether a date follows the word for the meeting within reach, or stands right before it."""
    first, last = scan.quote(hit.first, hit.last)
    return 0 <= start - last <= DATE_REACH or 0 <= first - end <= 25


def _is_day_of_speech(scan: Scan, sentence: Sentence, start: int) -> bool:
    """Whether the date says when something was said: "announced Tuesday", "said on Fox News on Tuesday"."""
    before = [token.word for token in sentence.tokens if token.start < start][-6:]
    return any(spoken in _SPOKE_BEFORE for spoken in before[-5:])


def _opens(sentence: Sentence, mention: DateMention) -> bool:
    return mention.start == 0


def _same(known: _Sighting, other: _Sighting) -> bool:
    """Whether two sentences can speak of one meeting: nothing contradicts, and something is shared or missing."""
    if known.deadline != other.deadline:
        return False
    if known.dates and other.dates and known.dates.iso != other.dates.iso:
        return False
    if known.place and other.place and not _one_place(known.place, other.place):
        return False
    families, others = {mention.family for mention in known.who}, {mention.family for mention in other.who}
    shared = bool(families & others) or bool(set(known.parties) & set(other.parties))
    return shared or not families or not others


def _one_place(first: _Place, second: _Place) -> bool:
    if first.city and second.city:
        return first.name == second.name
    return first.country == second.country


def _merge(known: _Sighting, other: _Sighting) -> None:
    """Adds to `known` what `other` says more; a city says more than its country."""
    if other.place and (known.place is None or (other.place.city and not known.place.city)):
        known.place = other.place
    if other.dates and known.dates is None:
        known.dates = other.dates
    if _tells(other):
        known.who = known.who + other.who
    known.parties = tuple(dict.fromkeys(known.parties + other.parties))


def _tells(sighting: _Sighting) -> bool:
    """Whether a sentence says where or when: who stands in it takes part, others may only speak of it."""
    return sighting.place is not None or sighting.dates is not None


def _says_enough(sighting: _Sighting) -> bool:
    return _tells(sighting)


def _fact(sighting: _Sighting, names: dict[str, str]) -> Meeting:
    people = {mention.family: mention for mention in sighting.who}
    full = {mention.family: mention.full for mention in sighting.who if len(mention.full) > len(mention.family)}
    seated = {mention.country for mention in people.values()}
    absent = [names.get(code, code) for code in sighting.parties if code not in seated]
    who = [full.get(family, mention.full) for family, mention in people.items()] + absent
    return Meeting(
        where=sighting.place.name if sighting.place else None,
        when=sighting.dates.iso if sighting.dates else None,
        who=tuple(dict.fromkeys(who))[:MAX_WHO],
        span=sighting.span,
    )
