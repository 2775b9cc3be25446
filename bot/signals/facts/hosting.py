"""Meetings told by who is received: "Carney hosts Modi in Ottawa", "Vilnius hosts Carney, Modi"."""

from __future__ import annotations

from bot.signals.document import Sentence
from bot.signals.english import ADVERBS
from bot.signals.facts.attendance import Seat, list_behind, names_in, unique_seats
from bot.signals.facts.clauses import word
from bot.signals.facts.mentions import Mention
from bot.signals.facts.places import Place
from bot.signals.facts.verbs import Mood, mood_of
from bot.signals.tokens import word_set

_RECEIVES = word_set("host hosts hosted hosting receives received")
_HUDDLES = word_set("huddles huddled sits sat")  # "huddles with", "sits down with"
_BEFORE = word_set("to will is") | ADVERBS


def hosted(
    sentence: Sentence, mentions: list[Mention], codes: set[str]
) -> tuple[int, list[Seat], Place | None] | None:
    """The verb, who meets, and the city that receives them; None where nobody is received by name."""
    here = [mention for mention in mentions if mention.sentence is sentence]
    if not here:
        return None
    for at in range(sentence.first + 1, sentence.stop - 1):
        guests_at = _guests_at(sentence, at)
        if guests_at is None or mood_of(sentence, at) not in (Mood.DONE, Mood.TO_COME):
            continue
        guests = list_behind(sentence, guests_at - 1, names_in(sentence, here, codes))
        before = at - 1
        while before > sentence.first and word(sentence.scan, before) in _BEFORE:
            before -= 1
        host = next((mention for mention in here if mention.last == before and mention.acts), None)
        city = next((hit for hit in sentence.hits("place") if hit.last == before), None)
        if not any(guest.person for guest in guests) or (host is None and city is None):
            return None
        seats = unique_seats([*([Seat(host, host.country)] if host else []), *guests])
        place = Place(city.payload.value, city.payload.country or "", True, city.first, city.last) if city else None
        return at, seats, place
    return None


def _guests_at(sentence: Sentence, at: int) -> int | None:
    """Where the guests are named behind the verb at token `at`."""
    scan = sentence.scan
    if word(scan, at) in _RECEIVES:
        return at + 1
    if word(scan, at) in _HUDDLES:
        behind = at + 1 + (word(scan, at + 1) == "down")
        return behind + 1 if word(scan, behind) == "with" else None
    return None
