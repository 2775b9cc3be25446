"""The two or three sentences that carry the news, taken from the text as they stand."""

from __future__ import annotations

import re

from bot.model import Item, Move, TextField, Verdict
from bot.signals.sentences import split_sentences

MAX_SENTENCE = 350  # characters on the card; a longer sentence is cut at a word
MIN_SENTENCE = 30  # characters: shorter ones are captions and signs
MIN_SENTENCE_CJK = 12
MAX_TEXT = 12_000  # characters read
MAX_OVERLAP = 0.65  # share of words in common from which a sentence only repeats another

_LITTER = re.compile(
    r"©|\(c\) ?(?:19|20)\d\d|all rights reserved|getty images|\bvia (?:ap|afp|cnn)\b|sign up|subscribe|click here"
    r"|read (?:more|also|next)|contributed to this|to this report|has been updated|this is a (?:breaking|developing)"
    r"|advertis|newsletter|cookies?\b|follow us|download (?:the|our) app|reporting by|editing by"
    r"|photo(?:graph)?\s*[:/]|watch (?:live|the video)"
    r"|listen to (?:this )?article|share this|terms of (?:use|service)|privacy policy",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_FIGURE = re.compile(r"\d")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

_LEAD = 3.0  # what the first sentence is worth; the next ones less and less
_PER_EVIDENCE = 0.5  # per unit of log-odds
_MOST_EVIDENCE = 3.0
_PER_FACT = 1.0  # moves have a line of their own on the card, so their sentences need not stand here too
_MOST_FACTS = 4.0
_WITH_FIGURE = 0.5
_QUESTION = -1.5


def gist(item: Item, verdict: Verdict, count: int = 3) -> tuple[str, ...]:
    """At most `count` sentences of `item` in text order, each of at most 350 characters; () where it has no text.

    They come from the body, else from the summary; none is litter, a repeat of the title or of another one.
    """
    field: TextField = "body" if item.body.strip() else "summary"
    text: str = getattr(item, field)[:MAX_TEXT]
    scored = [
        (_score(text[start:end], number, start, end, field, verdict), number, text[start:end])
        for number, (start, end) in enumerate(_candidates(text))
    ]
    chosen: list[tuple[int, str]] = []
    title, said = _words(item.title), list[frozenset[str]]()
    for _, number, sentence in sorted(scored, key=lambda entry: (-entry[0], entry[1])):
        if len(chosen) == count:
            break
        words = _words(sentence)
        # A sentence near the title that holds a figure which the title lacks is the news itself.
        adds = set(_NUMBER.findall(sentence)) - set(_NUMBER.findall(item.title))
        if not any(_repeats(words, other) for other in said) and (adds or not _repeats(words, title)):
            said.append(words)
            chosen.append((number, _cut(sentence)))
    return tuple(sentence for _, sentence in sorted(chosen))


def _candidates(text: str) -> list[tuple[int, int]]:
    ranges = []
    for start, end in split_sentences(text):
        sentence = text[start:end]
        shortest = MIN_SENTENCE if sentence.isascii() or not _is_cjk(sentence) else MIN_SENTENCE_CJK
        if end - start >= shortest and not _LITTER.search(sentence):
            ranges.append((start, end))
    return ranges


def _score(sentence: str, number: int, start: int, end: int, field: TextField, verdict: Verdict) -> float:
    evidence = sum(
        _PER_EVIDENCE * max(piece.weight, 0)
        for piece in verdict.evidence
        if piece.field == field and start <= piece.start < end
    )
    facts = sum(
        _PER_FACT
        for fact in verdict.facts
        if fact.span.field == field and start <= fact.span.start < end and not isinstance(fact, Move)
    )
    return (
        _LEAD / (1 + 0.4 * number)
        + min(evidence, _MOST_EVIDENCE)
        + min(facts, _MOST_FACTS)
        + (_WITH_FIGURE if _FIGURE.search(sentence) else 0)
        + (_QUESTION if sentence.endswith(("?", "？")) else 0)
    )


def _words(text: str) -> frozenset[str]:
    """The words of `text`; of Chinese and Japanese its characters."""
    if _is_cjk(text):
        return frozenset(text)
    return frozenset(word.casefold() for word in _WORD.findall(text))


def _is_cjk(text: str) -> bool:
    return any("\u3040" <= letter <= "\u9fff" for letter in text[:50])


def _repeats(words: frozenset[str], other: frozenset[str]) -> bool:
    return len(words & other) >= MAX_OVERLAP * max(1, min(len(words), len(other)))


def _cut(sentence: str) -> str:
    """`sentence` on one line, cut at a word where it is too long."""
    line = " ".join(sentence.split())
    if len(line) <= MAX_SENTENCE:
        return line
    cut = line[: MAX_SENTENCE - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > MAX_SENTENCE // 2 else cut).rstrip(" ,;:—–-") + "…"
