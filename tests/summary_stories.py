"""Stories for summaries: a week of trade and markets, invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model import Authority, Direction, Fact, ItemKey, Label, Mark, Move, Party, Rate, Story, StoryId, Tier
from bot.store import news
from bot.summary.entries import Entry
from tests import samples
from tests.samples import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def party(code: str) -> Party:
    return Party(value=code, span=samples.span())


def tariff(percent: float) -> Rate:
    return Rate(value=percent, of="tariff", span=samples.span())


def move(instrument: str, size: float = 1.5) -> Move:
    return Move(instrument=instrument, direction="up", size=size, unit="percent", span=samples.span())


def story(
    number: int,
    *facts: Fact,
    title: str = "",
    labels: tuple[Label, ...] = ("trade",),
    direction: Direction | None = None,
    tier: Tier = Tier.ALERT,
    outlets: int = 1,
    at: datetime = NOW - HOUR,
    mark: Mark | None = None,
) -> Story:
    """The story number `number`, told once at `at`."""
    return samples.story(
        id=StoryId(f"{number:012x}"),
        key=f"key{number}",
        lead=ItemKey(f"{number:016x}"),
        title=title or f"Story {number} of the day",
        verdict=samples.verdict(facts=facts, labels=labels, direction=direction, kind=None, trade=0.9, market=0.5),
        tier=tier,
        outlets=tuple(f"Outlet {place}" for place in range(outlets)),
        first_at=at,
        updated_at=at,
        mark=mark,
    )


def entry(told: Story, *, authority: Authority = Authority.OUTLET, seen: frozenset[str] | None = None) -> Entry:
    return Entry(story=told, url=f"https://news.example/{told.id}", authority=authority, seen=seen)


def store(connection: sa.Connection, stories: Sequence[Story], *, url: str | None = None) -> None:
    """Each story with its one item."""
    for told in stories:
        news.add_story(connection, told)
        item = samples.item(
            key=told.lead,
            title=told.title,
            summary="",
            url=url or f"https://news.example/{told.id}",
            published_at=told.first_at,
            seen_at=told.first_at,
        )
        news.add_item(connection, item, told.id, told.verdict)


def a_week() -> list[Story]:
    """Two stories with China, one with the EU, one of markets, one urgent only, one withdrawn."""
    us = party("US")
    return [
        story(1, us, party("CN"), tariff(25), direction="escalation", tier=Tier.FLASH, outlets=5, at=NOW - HOUR),
        story(2, us, party("CN"), tariff(10), direction="de-escalation", outlets=2, at=NOW - 3 * HOUR),
        story(3, us, party("EU"), direction="escalation", at=NOW - 2 * DAY),
        story(4, move("Dow"), labels=("market",), at=NOW - 2 * HOUR),
        story(5, labels=("urgent",), at=NOW - 4 * HOUR),
        story(6, us, party("JP"), direction="escalation", mark="withdrawn", at=NOW - 5 * HOUR),
    ]
