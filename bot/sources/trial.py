"""A test poll: what a feed would bring, before anybody is told anything and before anything is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bot.intake.freshness import is_frozen, usual_pause
from bot.intake.text import clean_line, html_to_text
from bot.model import Entry, Item, Source, Verdict
from bot.pipeline import clean
from bot.signals.classifier import Classifier
from bot.sources.sourcing import Trial

SHOWN = 3  # headlines
REASONS = 2  # headlines that would have been flagged, with why
QUOTED = 3  # words that speak for one
MOST_JUDGED = 100  # entries, the first of the document: a second's work
LONGEST_TITLE = 80  # characters
_UNITS = (
    (timedelta(hours=1), "an hour"),
    (timedelta(days=1), "a day"),
    (timedelta(days=7), "a week"),
    (timedelta(days=30), "a month"),
)


def trial_of(
    classifier: Classifier, source: Source, entries: Sequence[Entry], now: datetime, *, pushed: bool = False
) -> Trial:
    """Reads and judges the entries as a poll would. Takes a while: not for the event loop."""
    items = clean(source, entries[:MOST_JUDGED], now)
    newest = sorted(items, key=lambda item: item.at, reverse=True)
    verdicts = ((item, classifier.classify(item)) for item in newest)
    flagged = [(item, verdict) for item, verdict in verdicts if _is_flagged(verdict)]
    dates = [item.published_at for item in items if item.published_at]
    frozen = bool(dates) and is_frozen(max(dates), usual_pause(dates), now)
    return Trial(
        entries=len(entries),
        newest=tuple(newest[:SHOWN]),
        judged=len(items),
        flagged=len(flagged),
        warnings=tuple(_warnings(items, dates, frozen)),
        reasons=tuple((item, _why(verdict)) for item, verdict in flagged[:REASONS]),
        lang=_language(items),
        rhythm=rhythm(dates),
        pushed=pushed,
        frozen=frozen,
    )


def _is_flagged(verdict: Verdict) -> bool:
    return "trade" in verdict.labels or "market" in verdict.labels


def _why(verdict: Verdict) -> str:
    """ "trade: “tariffs”, “agree”": the topics, and the words that speak for them the loudest."""
    topics = [label for label in verdict.labels if label != "urgent"]
    evidence = sorted(verdict.evidence, key=lambda each: each.weight, reverse=True)
    words = dict.fromkeys(each.text.lower() for each in evidence if each.label in topics and each.weight > 0)
    return f"{', '.join(topics)}: {', '.join(f'“{word}”' for word in list(words)[:QUOTED])}".removesuffix(": ")


def _language(items: Sequence[Item]) -> str | None:
    counted = Counter(item.lang for item in items if item.lang)
    return counted.most_common(1)[0][0] if counted else None


def rhythm(dates: Iterable[datetime]) -> str:
    """How often something comes, by the entries that stand there: "about 12 a day"; empty where nothing says so."""
    times = sorted(dates)
    if len(times) < 2 or times[-1] == times[0]:
        return ""
    each = (times[-1] - times[0]) / (len(times) - 1)
    for unit, name in _UNITS:
        if each < unit:
            return f"about {max(round(unit / each), 1):,} {name}"
    return "less than one a month"


def feed_title(markup: str) -> str:
    """A feed's own title as one line of plain text."""
    return clean_line(html_to_text(markup), LONGEST_TITLE)


def _warnings(items: Sequence[Item], dates: Sequence[datetime], frozen: bool) -> list[str]:
    if not items:
        return ["There is nothing in it that can be read now: it may be new, or given up."]
    if not dates:
        return ["None of its entries has a plausible date: each counts as new when it is first seen."]
    if frozen:
        return [f"It looks frozen: it answers, but its newest entry is of {max(dates):%Y-%m-%d}."]
    return []
