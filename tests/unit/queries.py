"""What the tests of the subscription language share."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.model import (
    Direction,
    Fact,
    Item,
    ItemKey,
    Kind,
    Label,
    SourceId,
    Span,
    Tier,
    Verdict,
)
from bot.routing.query import Subject, parse, subject
from bot.routing.syntax import Words

HERE = Span(field="title", start=0, end=1)


def seen(
    title: str = "",
    *,
    summary: str = "",
    body: str = "",
    source: str = "ustr",
    outlet: str = "",
    lang: str | None = None,
    labels: tuple[Label, ...] = (),
    kind: Kind | None = None,
    direction: Direction | None = None,
    facts: tuple[Fact, ...] = (),
    tier: Tier = Tier.ALERT,
) -> Subject:
    item = Item(
        key=ItemKey("0" * 16),
        source_id=SourceId(source),
        title=title,
        summary=summary,
        body=body,
        outlet=outlet,
        lang=lang,
        seen_at=datetime(2025, 5, 6, tzinfo=UTC),
        content_hash="",
    )
    return subject(item, Verdict(labels=labels, kind=kind, direction=direction, facts=facts), tier)


def matches(query: str, subject: Subject) -> bool:
    return parse(query).matches(subject)


def word(text: str) -> Words:
    return Words((text,))
