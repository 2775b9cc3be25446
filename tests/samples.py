"""Ready-made values for tests; each call may change what matters to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.model import (
    Authority,
    Destination,
    Fact,
    Item,
    ItemKey,
    Measure,
    Notice,
    Party,
    Rate,
    Reason,
    SourceId,
    Span,
    Story,
    StoryId,
    Tier,
    Verdict,
)

NOW = datetime(2025, 5, 7, 8, 0, tzinfo=UTC)
SLACK = Destination.parse("slack:C0TRADE")
DISCORD = Destination.parse("discord:4242")
CONSOLE = Destination.parse("console")

TITLE = "Ministers agree to suspend steel duties for ninety days"


def span(start: int = 0, end: int = 4) -> Span:
    return Span(field="title", start=start, end=end)


FACTS: tuple[Fact, ...] = (
    Party(value="US", span=span()),
    Measure(value="tariff", stage="paused", span=span()),
    Rate(value=25.0, of="tariff", span=span()),
)


def item(**changes: Any) -> Item:
    base = Item(
        key=ItemKey("00aa11bb22cc33dd"),
        source_id=SourceId("wire"),
        title=TITLE,
        summary="Both sides will keep talking, the trade ministry said.",
        url="https://news.example/steel",
        outlet="Example Wire",
        authority=Authority.WIRE,
        lang="en",
        published_at=NOW,
        seen_at=NOW,
        content_hash="hash",
    )
    return replace(base, **changes)


def verdict(**changes: Any) -> Verdict:
    base = Verdict(
        trade=0.95,
        market=0.7,
        urgent=0.2,
        labels=("trade", "market"),
        direction="de-escalation",
        kind="trade-policy",
        facts=FACTS,
        model="test",
    )
    return replace(base, **changes)


def story(**changes: Any) -> Story:
    base = Story(
        id=StoryId("a1b2c3d4e5f6"),
        key="feedfeedfeedfeed",
        lead=item().key,
        title=TITLE,
        verdict=verdict(),
        tier=Tier.ALERT,
        outlets=("Example Wire",),
        first_at=NOW,
        updated_at=NOW,
    )
    return replace(base, **changes)


def notice(**changes: Any) -> Notice:
    base = Notice(
        destination=SLACK,
        story_id=story().id,
        item_key=item().key,
        route="desk",
        reason=Reason.FIRST,
        detail="topic:trade matched",
        tier=Tier.ALERT,
        new_facts=FACTS,
        version=1,
        decided_at=NOW,
    )
    return replace(base, **changes)
