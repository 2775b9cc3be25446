"""The lexicon compiled: which terms stand in a text, and what each of them means.

A `Term` belongs to a table (a topic, `direction`, `instrument`, `role` ...) and has a value there. Within one
table the longest term wins where two overlap, so "trade union" hides "trade". Different tables do not hide each
other: "cuts tariffs" is at once a trade term, a de-escalation and a measure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bot.model import Direction, Kind, Label
from bot.signals.atlas import Atlas
from bot.signals.english import NAME_PARTICLES
from bot.signals.lexicon_file import (
    LANGUAGES,
    FieldFactors,
    Group,
    Language,
    LexiconError,
    LexiconFile,
    MarketGroup,
    MarketTopic,
    Terms,
    Topic,
    read_lexicon,
)
from bot.signals.patterns import Hit, Matcher, TermError, parse_term
from bot.signals.tokens import Token, tokenise

__all__ = ["Lexicon", "LexiconError", "Scan", "Term", "TermHit"]

Table = Literal[
    "trade", "market", "urgent", "direction",
    "negation", "company", "country", "government", "adjective", "place", "instrument", "role", "person",
    "up", "down", "measure", "stage", "rate", "meeting", "deadline",
]  # fmt: skip
NOT_AN_INSTRUMENT = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What a term means."""

    table: Table
    value: str = ""
    weight: float = 0.0
    group: str = ""  # its key in the file: "market.terms[3]"
    needs: str | None = None
    country: str | None = None  # of a place, an office or a person
    proper: bool = False  # a name: it must be capitalised where the text uses capitals at all
    full_name: bool = False  # of a person: the given name stands with it


TermHit = Hit[Term]


@dataclass(frozen=True, slots=True)
class Scan:
    """One text, read once: its tokens and, by table, the terms that stand in it."""

    text: str
    tokens: list[Token]
    hits: dict[Table, list[TermHit]]

    def of(self, table: Table) -> list[TermHit]:
        return self.hits.get(table, [])

    def within(self, table: Table, first: int, stop: int) -> list[TermHit]:
        """The terms of `table` that begin at tokens `first` to `stop - 1`."""
        hits = self.hits.get(table)
        if not hits:
            return []
        start = bisect_left(hits, first, key=_begins)
        return hits[start : bisect_left(hits, stop, lo=start, key=_begins)]

    def quote(self, first: int, last: int) -> tuple[int, int]:
        """The character range of `tokens[first : last + 1]`."""
        return self.tokens[first].start, self.tokens[last].end


@dataclass(frozen=True, slots=True)
class TopicScale:
    """How the weights of a topic become a probability and a label."""

    bias: float
    threshold: float
    body_limit: float
    signals: dict[str, float]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything `lexicon.toml` says, ready to use. Built by `load`."""

    name: str
    factors: FieldFactors
    topics: dict[Label, TopicScale]
    neutral_bias: float
    country_names: dict[str, str]
    asset_classes: dict[str, str]  # instrument -> index, currency, bond, crypto or commodity
    atlas: Atlas = field(repr=False)
    matchers: dict[Language, Matcher[Term]] = field(repr=False)

    @classmethod
    def load(cls, path: Path) -> Lexicon:
        """The lexicon of the file at `path`. Raises LexiconError naming the file, the key and the cure."""
        file = read_lexicon(path)
        entries = list(_entries(file))
        faults = [f"{path}: {entry.key}: {entry.term!r} {fault}" for entry in entries if (fault := _fault(entry))]
        if faults:
            raise LexiconError("\n".join(faults))
        matchers = {language: _matcher(entries, language) for language in LANGUAGES}
        parse_term.cache_clear()  # nobody asks again
        return cls(
            name=file.name,
            factors=file.fields,
            topics={"trade": _scale(file.trade), "market": _scale(file.market), "urgent": _scale(file.urgent)},
            neutral_bias=file.direction.neutral_bias,
            country_names={code: country.name for code, country in file.countries.items()},
            asset_classes={name: instrument.asset for name, instrument in file.instruments.items()},
            atlas=Atlas.of(file),
            matchers=matchers,
        )

    def scan(self, text: str, language: Language, max_tokens: int) -> Scan:
        """The terms of `language` in the first `max_tokens` tokens of `text`."""
        tokens = tokenise(text, max_tokens)
        capitals = any(token.capital for token in tokens)
        by_table: dict[Table, list[TermHit]] = {}
        for hit in self.matchers[language].scan(tokens):
            if hit.payload.proper and capitals and not _capitalised(tokens, hit):
                continue
            by_table.setdefault(hit.payload.table, []).append(hit)
        return Scan(text, tokens, {table: _visible(hits) for table, hits in by_table.items()})


def _begins(hit: TermHit) -> int:
    return hit.first


def _capitalised(tokens: list[Token], hit: TermHit) -> bool:
    if tokens[hit.first].word in NAME_PARTICLES:  # "von der Leyen"
        return tokens[hit.last].capital
    return not tokens[hit.first].text[:1].islower()


def _visible(hits: list[TermHit]) -> list[TermHit]:
    """`hits` without those inside a longer phrase of the same table; in text order.

    Equal places are all kept (a word may be two things), and a term with a gap hides nothing: what stands in the
    gap is not part of it.
    """
    kept = []
    hidden_to, pending, place = -1, -1, (-1, -1)
    for hit in sorted(hits, key=lambda hit: (hit.first, -hit.last)):
        if (hit.first, hit.last) != place:
            hidden_to, place = max(hidden_to, pending), (hit.first, hit.last)
        if hit.last > hidden_to:
            kept.append(hit)
            if not hit.gapped:
                pending = max(pending, hit.last)
    return kept


def _scale(topic: Topic | MarketTopic) -> TopicScale:
    return TopicScale(
        topic.bias, topic.threshold, topic.body_limit, {str(name): weight for name, weight in topic.signals.items()}
    )


def _matcher(entries: list[_Entry], language: Language) -> Matcher[Term]:
    chosen = ((entry.term, entry.meaning) for entry in entries if entry.language in (language, "any"))
    return Matcher(chosen, cjk=language in ("zh", "ja"))


# --- from the file's tables to terms ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    key: str  # where it stands in the file
    language: str
    term: str
    meaning: Term


def _fault(entry: _Entry) -> str | None:
    try:
        parse_term(entry.term)
    except TermError as error:
        return str(error)
    return None


def _entries(file: LexiconFile) -> Iterator[_Entry]:
    yield from _topic_entries(file)
    yield from _direction_entries(file)
    yield from _country_entries(file)
    yield from _market_name_entries(file)
    yield from _official_entries(file)
    yield from _fact_word_entries(file)


def _of(key: str, terms: Terms, meaning: Term) -> Iterator[_Entry]:
    for language in ("any", *LANGUAGES):
        for term in getattr(terms, language):
            yield _Entry(f"{key}.{language}", language, term, meaning)


def _group_entries(key: str, groups: tuple[Group, ...], table: Table, value: str = "") -> Iterator[_Entry]:
    for number, group in enumerate(groups, start=1):
        kind: Kind | None = group.kind if isinstance(group, MarketGroup) else None
        meaning = Term(
            table=table,
            value=kind or value,
            weight=group.weight,
            needs=group.needs,
            group=f"{key}[{number}]",
        )
        yield from _of(f"{key}[{number}]", group, meaning)


def _topic_entries(file: LexiconFile) -> Iterator[_Entry]:
    yield from _group_entries("trade.terms", file.trade.terms, "trade")
    yield from _group_entries("market.terms", file.market.terms, "market")
    yield from _group_entries("urgent.terms", file.urgent.terms, "urgent")


def _direction_entries(file: LexiconFile) -> Iterator[_Entry]:
    groups: dict[Direction, tuple[Group, ...]] = {
        "escalation": file.direction.escalation,
        "de-escalation": file.direction.de_escalation,
        "neutral": file.direction.neutral,
    }
    for direction, terms in groups.items():
        yield from _group_entries(f"direction.{direction}", terms, "direction", direction)
    yield from _of("negation", file.negation, Term(table="negation"))


def _country_entries(file: LexiconFile) -> Iterator[_Entry]:
    for code, country in file.countries.items():
        key = f"countries.{code}"
        yield from _of(key, country, Term(table="country", value=code, proper=True))
        for term in country.governments:
            yield _Entry(f"{key}.governments", "any", term, Term(table="government", value=code, proper=True))
        for term in country.adjectives:
            yield _Entry(f"{key}.adjectives", "any", term, Term(table="adjective", value=code, proper=True))
    for code, terms in file.places.items():
        for language in ("any", *LANGUAGES):
            for name in getattr(terms, language):
                place = Term(table="place", value=name, country=code, proper=True)
                yield _Entry(f"places.{code}.{language}", language, name, place)


def _market_name_entries(file: LexiconFile) -> Iterator[_Entry]:
    for name, instrument in file.instruments.items():
        yield from _of(f"instruments.{name}", instrument, Term(table="instrument", value=name))
    yield from _of("not_instruments", file.not_instruments, Term(table="instrument", value=NOT_AN_INSTRUMENT))
    yield from _of("companies", file.companies, Term(table="company", proper=True))


def _official_entries(file: LexiconFile) -> Iterator[_Entry]:
    for number, roles in enumerate(file.roles, start=1):
        yield from _of(f"roles[{number}]", roles, Term(table="role", country=roles.country))
    for code, people in file.people.items():
        for name in (*people.known, *people.full):
            alone = name in people.known
            yield from _person_entries(f"people.{code}", code, name, alone=alone)


def _person_entries(key: str, country: str, name: str, *, alone: bool) -> Iterator[_Entry]:
    family, _, given = (part.strip() for part in name.partition(","))
    for order in (f"{given} {family}", f"{family} {given}"):
        meaning = Term(table="person", value=family, country=country, proper=True, full_name=True)
        yield _Entry(key, "any", order.strip(), meaning)
    if alone:
        yield _Entry(key, "any", family, Term(table="person", value=family, country=country, proper=True))


def _fact_word_entries(file: LexiconFile) -> Iterator[_Entry]:
    for measure, terms in file.measures.items():
        yield from _of(f"measures.{measure}", terms, Term(table="measure", value=measure))
    for stage, terms in _named(file.stages):
        yield from _of(f"stages.{stage}", terms, Term(table="stage", value=stage))
    for rate, terms in _named(file.rates):
        yield from _of(f"rates.{rate}", terms, Term(table="rate", value=rate))
    yield from _of("moves.up", file.moves.up, Term(table="up", value="up"))
    yield from _of("moves.down", file.moves.down, Term(table="down", value="down"))
    yield from _of("meetings.words", file.meetings.words, Term(table="meeting"))
    yield from _of("meetings.deadlines", file.meetings.deadlines, Term(table="deadline"))


def _named(tables: object) -> Iterator[tuple[str, Terms]]:
    """The tables of a model under the names they have in the file."""
    for name, info in type(tables).model_fields.items():  # type: ignore[attr-defined]
        yield info.alias or name, getattr(tables, name)
