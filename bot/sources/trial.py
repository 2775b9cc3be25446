"""A test poll: what a feed would bring, before anybody is told anything and before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.intake.freshness import is_frozen, usual_pause
from bot.intake.text import clean_line, html_to_text
from bot.model import Entry, Item, Source
from bot.pipeline import clean
from bot.signals.classifier import Classifier
from bot.sources.sourcing import Trial

SHOWN = 3  # headlines
MOST_JUDGED = 100  # entries, the first of the document: a second's work
LONGEST_TITLE = 80  # characters


def trial_of(classifier: Classifier, source: Source, entries: Sequence[Entry], now: datetime) -> Trial:
    """Reads and judges the entries as a poll would. Takes a while: not for the event loop."""
    items = clean(source, entries[:MOST_JUDGED], now)
    newest = sorted(items, key=lambda item: item.at, reverse=True)
    labels = [classifier.classify(item).labels for item in items]
    return Trial(
        entries=len(entries),
        newest=tuple(newest[:SHOWN]),
        judged=len(items),
        flagged=sum("trade" in each or "market" in each for each in labels),
        warnings=tuple(_warnings(items, now)),
    )


def feed_title(markup: str) -> str:
    """A feed's own title as one line of plain text."""
    return clean_line(html_to_text(markup), LONGEST_TITLE)


def _warnings(items: Sequence[Item], now: datetime) -> list[str]:
    if not items:
        return ["There is nothing in it that can be read now: it may be new, or given up."]
    dates = [item.published_at for item in items if item.published_at]
    if not dates:
        return ["None of its entries has a plausible date: each counts as new when it is first seen."]
    newest = max(dates)
    if is_frozen(newest, usual_pause(dates), now):
        return [f"It looks frozen: it answers, but its newest entry is of {newest:%Y-%m-%d}."]
    return []
