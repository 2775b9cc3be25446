"""Small questions about the tokens of a sentence that several kinds of facts ask."""

from __future__ import annotations

from bot.signals.document import Sentence
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import Token, number_value

_CLAUSE_MARKS = frozenset(",;:—–|()。，；：、")


def between(scan: Scan, at: int) -> str:
    """The characters between token `at - 1` and token `at`; behind the last token, the rest of the text."""
    if not at:
        return ""
    end = scan.tokens[at].start if at < len(scan.tokens) else len(scan.text)
    return scan.text[scan.tokens[at - 1].end : end]


def clause_breaks(scan: Scan, at: int) -> bool:
    """Whether a comma, semicolon, dash, colon or bracket stands before token `at`."""
    gap = between(scan, at)
    if gap == " " or not gap:
        return False
    return any(mark in _CLAUSE_MARKS for mark in gap) or " - " in gap


def word(scan: Scan, at: int) -> str:
    """The folded word at token `at`; empty outside the text."""
    return scan.tokens[at].word if 0 <= at < len(scan.tokens) else ""


def word_after(sentence: Sentence, at: int) -> str:
    """The folded word after token `at`, where the same clause goes on; else empty."""
    following = at + 1
    if following >= sentence.stop or clause_breaks(sentence.scan, following):
        return ""
    return sentence.scan.tokens[following].word


def percent_length(scan: Scan, at: int) -> int:
    """How many tokens of a percent sign or word begin at `at`; 0 for none, and for percentage points."""
    here, following = word(scan, at), word(scan, at + 1)
    if here == "per":
        return 2 if following == "cent" else 0
    if here == "por":
        return 2 if following == "ciento" else 0
    return 1 if here in {"%", "percent", "pct", "pc", "prozent", "percentage"} and following != "points" else 0


def number_at(scan: Scan, at: int) -> float | None:
    """The number that token `at` is."""
    if not 0 <= at < len(scan.tokens) or not scan.tokens[at].number:
        return None
    return number_value(scan.tokens[at])


def number_from(scan: Scan, at: int) -> tuple[float, int] | None:
    """The number that begins at token `at`, and its last token: two where a wire cut it ("4. 5", "1, 020")."""
    value = number_at(scan, at)
    if value is None:
        return None
    rest = scan.tokens[at + 1] if at + 1 < len(scan.tokens) else None
    if rest is not None and rest.number and rest.word.isdigit() and scan.tokens[at].word.isdigit():
        gap = between(scan, at + 1)
        if gap == ". " and len(rest.word) <= 2:
            return float(f"{scan.tokens[at].word}.{rest.word}"), at + 1
        if gap == ", " and len(rest.word) == 3 and value < 1_000:
            return value * 1_000 + float(rest.word), at + 1
    return value, at


def negated(sentence: Sentence, at: int, *, window: int = 4) -> bool:
    """Whether a negation stands within `window` words before token `at`, in the same sentence."""
    return bool(sentence.scan.within("negation", max(sentence.first, at - window), at))


def joins(tokens: list[Token], first: TermHit, second: TermHit) -> bool:
    """Whether `second` follows `first` with nothing but "and", "&" or a comma between: a list."""
    if second.first <= first.last:
        return False
    gap = [token.word for token in tokens[first.last + 1 : second.first]]
    return gap in ([], ["and"], ["the"], ["and", "the"])
