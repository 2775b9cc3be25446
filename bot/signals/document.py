"""An item as the rules read it: each field scanned once, cut into sentences, capped in length."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.model import Item, Span, TextField
from bot.signals.lexicon import Lexicon, Scan, Table, TermHit
from bot.signals.lexicon_file import LANGUAGES, Language
from bot.signals.sentences import split_sentences
from bot.signals.tokens import Token, is_cjk

# What is read of each field, in characters. News stands at the top: what an article says after its twelfth
# thousand is background. The caps also bound the time that a hostile item can take.
MAX_LENGTH: dict[TextField, int] = {"title": 2_000, "summary": 4_000, "body": 12_000}
MAX_TOKENS = 1_600  # of a field: in Chinese and Japanese, where a character is a token, this is the cap that counts
_INITIALS = re.compile(r"[A-Z]\.(?: ?[A-Z]\.)+$")
_CUT_NUMBER = re.compile(r"\d\.\s+\d{1,2}\s?(?:%|p)")  # "2. 1%", as some wires are passed on
LEAD = 800  # characters of a body that count as its lead
MAX_SENTENCE = 120  # tokens; a longer run (a table, a text without full stops) is cut, which bounds every rule's time


@dataclass(frozen=True, slots=True)
class Part:
    """One field of an item."""

    field: TextField
    scan: Scan
    sentences: list[Sentence]

    def span(self, first: int, last: int) -> Span:
        """The span of tokens `first` to `last`, both inclusive."""
        start, end = self.scan.quote(first, last)
        return Span(field=self.field, start=start, end=end)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A run of tokens of a part: `tokens[first : stop]`. `start` and `end` are its characters."""

    scan: Scan
    first: int
    stop: int
    start: int
    end: int

    @property
    def tokens(self) -> list[Token]:
        return self.scan.tokens[self.first : self.stop]

    @property
    def text(self) -> str:
        return self.scan.text[self.start : self.end]

    def hits(self, table: Table) -> list[TermHit]:
        """The terms of `table` that begin in this sentence; `first` and `last` still count within the part."""
        if self.first == 0 and self.stop == len(self.scan.tokens):
            return self.scan.of(table)
        return self.scan.within(table, self.first, self.stop)


@dataclass(frozen=True, slots=True)
class Document:
    """An item, read."""

    language: Language
    at: datetime
    parts: tuple[Part, ...]

    def says(self, *tables: Table) -> bool:
        """Whether any term of `tables` stands anywhere: what lets a rule pass over a text at once."""
        return any(table in part.scan.hits for part in self.parts for table in tables)

    def sentences(self) -> Iterator[tuple[Part, Sentence]]:
        for part in self.parts:
            for sentence in part.sentences:
                yield part, sentence


def read(item: Item, lexicon: Lexicon) -> Document | None:
    """`item` scanned in its own language; None where the lexicon has no terms for that language."""
    language = language_of(item)
    if language is None:
        return None
    parts = []
    fields: tuple[TextField, ...] = ("title", "summary", "body")
    for name in fields:
        text: str = getattr(item, name)[: MAX_LENGTH[name]]
        if text:
            scan = lexicon.scan(text, language, MAX_TOKENS)
            ranges = split_sentences(scan.text)
            parts.append(
                Part(name, scan, _sentences(scan, _headline(scan.text, ranges) if name == "title" else ranges))
            )
    return Document(language, item.at, tuple(parts))


def language_of(item: Item) -> Language | None:
    """The language to read `item` in: as given, else by its script; None for one we have no words in."""
    if item.lang is not None:
        code = item.lang.casefold().replace("_", "-").partition("-")[0]
        return next((language for language in LANGUAGES if language == code), None)
    letters = [letter for letter in item.title[:200] if letter.isalpha()]
    if any("\u3040" <= letter <= "\u30ff" for letter in letters):
        return "ja"
    if any(is_cjk(letter) for letter in letters):
        return "zh"
    latin = sum(letter < "\u0250" for letter in letters)
    return "en" if latin * 2 >= len(letters) else None


def _headline(text: str, ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The sentences of a title, in which initials and cut numbers end none: "U.S. Stocks Rally", "up 2. 1%"."""
    if len(ranges) < 2:
        return ranges
    joined = [ranges[0]]
    for start, end in ranges[1:]:
        first, last = joined[-1]
        if _INITIALS.search(text, max(first, last - 8), last) or _CUT_NUMBER.match(text, last - 2):
            joined[-1] = (first, end)
        else:
            joined.append((start, end))
    return joined


def _sentences(scan: Scan, ranges: list[tuple[int, int]]) -> list[Sentence]:
    starts = [token.start for token in scan.tokens]
    sentences = []
    for start, end in ranges:
        first, stop = bisect.bisect_left(starts, start), bisect.bisect_left(starts, end)
        for cut in range(first, stop, MAX_SENTENCE):
            last = min(cut + MAX_SENTENCE, stop)
            begins = start if cut == first else starts[cut]
            ends = end if last == stop else scan.tokens[last - 1].end
            sentences.append(Sentence(scan, cut, last, begins, ends))
    return sentences
