"""When a meeting is held: the date near its word, and not the day on which somebody spoke of it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.signals.document import Document, Sentence
from bot.signals.english import PREPOSITIONS, SPEECH, VERBS
from bot.signals.facts.clauses import word
from bot.signals.facts.dates import DateMention, find_dates
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import word_set

_HELD = frozenset({"met", "held", "meets"})
_SPOKE_BEFORE = SPEECH | word_set(
    "testified spoke speaking posted wrote tweeted signed released published expire expires effective closed closes"
)

MAX_PUT_OFF = 4  # words between "delays" and the date of the deadline
_PUTS_OFF = word_set(
    "delay delays delayed delaying extend extends extended extending postpones postponed postpone waives waived"
)
_AHEAD = word_set("will to next")
_NOUNS_TOO = word_set("trade deal tariff ban talks funding budget")


def deadline_of(document: Document, sentence: Sentence, words: list[TermHit], reach: int) -> DateMention | None:
    """The date of a deadline: behind its word, or right before it, unless that is the old one which is put off."""
    return next((found for found in _near(document, sentence, words, reach) if _is_due(sentence, words, found)), None)


def dates_of(document: Document, sentence: Sentence, words: list[TermHit], reach: int) -> DateMention | None:
    """The date of the meeting: near its word, and not the day on which somebody said so."""
    return next(_near(document, sentence, words, reach), None)


def _near(document: Document, sentence: Sentence, words: list[TermHit], reach: int) -> Iterator[DateMention]:
    scan = sentence.scan
    past = any(word(scan, hit.first) in _HELD for hit in words) and "will" not in {t.word for t in sentence.tokens}
    past = past or bool({"went", "ended", "concluded"} & {token.word for token in sentence.tokens})
    found = find_dates(sentence.text, document.at.date(), past=past)
    for mention in sorted(found, key=lambda mention: mention.loose):  # a day before the week it stands in
        start = sentence.start + mention.start
        if _is_day_of_speech(sentence, start, words) or (mention.weekday and mention.start == 0 and past):
            continue
        if mention.loose and not _is_ahead(document, sentence):
            continue
        if any(_close(scan, hit, start, sentence.start + mention.end, reach) for hit in words):
            yield mention


def _is_due(sentence: Sentence, words: list[TermHit], date: DateMention) -> bool:
    scan, start, end = sentence.scan, sentence.start + date.start, sentence.start + date.end
    places = [scan.quote(hit.first, hit.last) for hit in words]
    if any(last <= start for _, last in places):
        return True
    named = min(first for first, _ in places)
    between = {token.word for token in sentence.tokens if end <= token.start < named}
    before = [token.word for token in sentence.tokens if token.start < start][-MAX_PUT_OFF:]
    return not (between & PREPOSITIONS or (between & VERBS) - _NOUNS_TOO or _PUTS_OFF & set(before))


def _close(scan: Scan, hit: TermHit, start: int, end: int, reach: int) -> bool:
    """Whether a date follows the word for the meeting in its clause, or stands right before it."""
    first, last = scan.quote(hit.first, hit.last)
    after = 0 <= start - last <= reach and not any(mark in scan.text[last:start] for mark in ":;—|")
    before = 0 <= first - end <= 25 and not any(mark in scan.text[end:first] for mark in ":;—|")
    return after or before


def _is_ahead(document: Document, sentence: Sentence) -> bool:
    """Whether a week or month may be that of the meeting: in a title, or where the first sentence looks ahead."""
    if document.parts[0].field == "title" and sentence.scan is document.parts[0].scan:
        return sentence.start == 0
    return sentence.start == 0 and any(token.word in _AHEAD for token in sentence.tokens)


def _is_day_of_speech(sentence: Sentence, start: int, words: list[TermHit]) -> bool:
    """Whether the date says when something was said: "announced Tuesday", "said on Fox News on Tuesday"."""
    met = max((hit.last for hit in words if sentence.scan.tokens[hit.last].start < start), default=sentence.first)
    before = [token for token in sentence.tokens if token.start < start][-5:]
    earliest = sentence.scan.tokens[met].start if _is_future(sentence, met) else 0
    return any(token.word in _SPOKE_BEFORE and token.start >= earliest for token in before)


def _is_future(sentence: Sentence, at: int) -> bool:
    """Whether "will" or "to" leads to the verb at token `at`: its date is then not when somebody spoke of it."""
    return any(
        word(sentence.scan, place) in _AHEAD or word(sentence.scan, place).endswith("'ll")
        for place in (at - 1, at - 2)
    )
