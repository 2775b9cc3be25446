"""What an item states, as typed facts with their place in the text. English in full, rates and parties in others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from bot.model import Fact, Measure, Move, Party, fact_key
from bot.signals.document import Document
from bot.signals.facts.measures import find_measures
from bot.signals.facts.meetings import find_meetings
from bot.signals.facts.mentions import Mention
from bot.signals.facts.moves import find_moves
from bot.signals.facts.parties import find_parties
from bot.signals.facts.persons import find_mentions, find_persons
from bot.signals.facts.rates import find_rates
from bot.signals.lexicon import Lexicon

F = TypeVar("F", bound=Fact)

MAX_OF_A_TYPE = 8  # a text that states more is a list, not news


def extract(document: Document, lexicon: Lexicon) -> tuple[Fact, ...]:
    """The facts of `document`, each once, the less telling version of a fact left out."""
    english = document.language == "en"
    mentions = find_mentions(document) if english else []
    measures = _staged(_unique(find_measures(document))) if document.says("measure") else []
    parties = find_parties(document) if document.says("country", "government", "adjective") else ()
    acting = _unique([*parties, *_governments_of(mentions, measures)])
    found: list[Fact] = [*acting]
    if mentions:
        found += _unique(find_persons(mentions, frozenset(party.value for party in acting)))
    if mentions or (english and document.says("meeting", "deadline")):
        found += _unique(find_meetings(document, mentions, acting, lexicon.country_names))
    found += measures
    if document.says("rate"):
        found += _unique(find_rates(document))
    if english and document.says("instrument"):
        found += _sized(_unique(find_moves(document)))
    return tuple(found)


def _governments_of(mentions: list[Mention], measures: list[Measure]) -> Iterator[Party]:
    """The governments of known officials who, in the title, act on trade: "Trump threatens tariffs on the EU"."""
    if not any(fact.span.field == "title" and fact.value not in ("rate-decision", "ruling") for fact in measures):
        return
    for mention in mentions:
        named = mention.known and not mention.part.scan.tokens[mention.last].possessive
        if mention.part.field == "title" and named and mention.country and mention.acts:
            yield Party(value=mention.country, span=mention.part.span(mention.first, mention.last))


def _unique(facts: Iterable[F]) -> list[F]:
    """Each statement once, at its first place; of a person, with the office that any mention states."""
    by_key: dict[str, F] = {}
    for fact in facts:
        by_key.setdefault(fact_key(fact), fact)
    return list(by_key.values())[:MAX_OF_A_TYPE]


def _staged(found: list[Measure]) -> list[Measure]:
    """Without measures of no stage, or of talks that are only "talks", where the same measure has a telling one."""
    told = {fact.value for fact in found if fact.stage not in (None, fact.value)}
    staged = {fact.value for fact in found if fact.stage is not None}
    return [
        fact
        for fact in found
        if (fact.stage is not None or fact.value not in staged)
        and (fact.stage != fact.value or fact.value not in told)
    ]


def _sized(found: list[Move]) -> list[Move]:
    """Without moves of no size where the same move has one, or the instrument moved the other way before."""
    sized = {(fact.instrument, fact.direction) for fact in found if fact.size is not None}
    first = {fact.instrument: fact.direction for fact in reversed(found)}
    return [
        fact
        for fact in found
        if fact.size is not None
        or ((fact.instrument, fact.direction) not in sized and first[fact.instrument] == fact.direction)
    ]
