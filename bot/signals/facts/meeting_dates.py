"""When a meeting is held: the date near its word, and not the day on which somebody spoke of it."""

from __future__ import annotations

from bot.signals.document import Document, Sentence
from bot.signals.english import SPEECH
from bot.signals.facts.clauses import word
from bot.signals.facts.dates import DateMention, find_dates
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import word_set

_HELD = frozenset({"met", "held", "meets"})
_SPOKE_BEFORE = SPEECH | word_set(
    "testified spoke speaking posted wrote tweeted signed released published expire expires effective closed closes"
)


def dates_of(document: Document, sentence: Sentence, words: list[TermHit], reach: int) -> DateMention | None:
    """The date of the meeting: near its word, and not the day on which somebody said so."""
    scan = sentence.scan
    past = any(word(scan, hit.first) in _HELD for hit in words) and "will" not in {t.word for t in sentence.tokens}
    past = past or bool({"went", "ended", "concluded"} & {token.word for token in sentence.tokens})
    found = find_dates(sentence.text, document.at.date(), past=past)
    for mention in sorted(found, key=lambda mention: mention.loose):  # a day before the week it stands in
        start = sentence.start + mention.start
        if _is_day_of_speech(sentence, start) or (mention.weekday and mention.start == 0 and past):
            continue
        if mention.loose and sentence.start > 0:  # beyond the first sentence a week is mostly some other week
            continue
        if any(_close(scan, hit, start, sentence.start + mention.end, reach) for hit in words):
            return mention
    return None


def _close(scan: Scan, hit: TermHit, start: int, end: int, reach: int) -> bool:
    """Whether a date follows the word for the meeting in its clause, or stands right before it."""
    first, last = scan.quote(hit.first, hit.last)
    after = 0 <= start - last <= reach and not any(mark in scan.text[last:start] for mark in ":;—|")
    before = 0 <= first - end <= 25 and not any(mark in scan.text[end:first] for mark in ":;—|")
    return after or before


def _is_day_of_speech(sentence: Sentence, start: int) -> bool:
    """Whether the date says when something was said: "announced Tuesday", "said on Fox News on Tuesday"."""
    before = [token.word for token in sentence.tokens if token.start < start][-5:]
    return any(spoken in _SPOKE_BEFORE for spoken in before)
