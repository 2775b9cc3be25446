"""What an item states, as typed facts with their place in the text. English in full, rates and parties in others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from bot.model import Fact, Measure, Move, Party, fact_key
from bot.signals.document import Document
from bot.signals.facts.measures import find_measures
from bot.signals.facts.meetings import find_meetings
from bot.signals.facts.moves import find_moves
from bot.signals.facts.parties import find_parties
from bot.signals.facts.persons import Mention, find_mentions, find_persons
from bot.signals.facts.rates import find_rates
from bot.signals.lexicon import Lexicon

F = TypeVar("F", bound=Fact)

MAX_OF_A_TYPE = 8  # a text that states more is a list, not news


def extract(document: Document, lexicon: Lexicon) -> tuple[Fact, ...]:
    """The facts of `document`, each once, the less telling version of a fact left out."""
    mentions = find_mentions(document) if document.language == "en" else []
    acting = _unique([*find_parties(document), *_governments_of(mentions)])
    found: list[Fact] = [*acting]
    if document.language == "en":
        found += _unique(find_persons(mentions, frozenset(party.value for party in acting)))
        found += _unique(find_meetings(document, mentions, acting, lexicon.country_names))
    found += _staged(_unique(find_measures(document)))
    found += _unique(find_rates(document))
    found += _sized(_unique(find_moves(document)))
    return tuple(found)


def _governments_of(mentions: list[Mention]) -> Iterator[Party]:
    """The governments of known officials who, in the title, act on trade: "Trump threatens tariffs on the EU"."""
    for mention in mentions:
        if mention.part.field == "title" and mention.known and mention.country and mention.acts:
            acts_on = {hit.payload.value for hit in mention.sentence.hits("measure")} - {"rate-decision", "ruling"}
            if acts_on:
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
    """Without moves of no size where the same move has one."""
    sized = {(fact.instrument, fact.direction) for fact in found if fact.size is not None}
    return [fact for fact in found if fact.size is not None or (fact.instrument, fact.direction) not in sized]
