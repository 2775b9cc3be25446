"""Lists of feeds in and out, as OPML."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.commands.typed.sources import LONGEST, SHORTEST
from bot.commands.views import sources as views
from bot.deliver.card import Reply
from bot.intake.faults import failed, masked, shown
from bot.intake.feed import refusal
from bot.intake.fetch import Intake
from bot.intake.fetched import FaultKind
from bot.model import Authority, Source, SourceId
from bot.sources.opml import Opml, Outline, fetched_opml, write_opml
from bot.sources.sourcing import all_sources
from bot.store import added_sources

FETCHED_WITHIN = 15.0  # seconds, its reading included; a command has 25 for everything


async def fetch_list(url: str, intake: Intake, now: datetime) -> Opml:
    """The list at `url`, read in a worker process. Raises FetchFailed."""
    try:
        async with asyncio.timeout(FETCHED_WITHIN):
            answer = await intake.client.get(url)
            if not 200 <= answer.status < 300:
                raise refusal(answer, shown(url), now)
            return await intake.pool.run(fetched_opml, answer.body, shown(url), subject=shown(url))
    except TimeoutError:
        message = f"{shown(url)} did not answer in full within {FETCHED_WITHIN:g} s; try again later"
        raise failed(FaultKind.TIMEOUT, message) from None


def source_of(outline: Outline) -> Source:
    """A feed of a list as a source that tells nothing of what is there already: lists are long."""
    usual = Source(id=SourceId(""), name="").every
    return Source(
        id=SourceId(""),
        name=outline.name,
        url=outline.url,
        every=min(max(outline.every or usual, SHORTEST), LONGEST),
        authority=outline.authority or Authority.OUTLET,
        enabled=outline.enabled,
        first_poll="none",
    )


def export_list(connection: sa.Connection, configured: Sequence[Source]) -> Reply:
    """Every feed; one that is paused is written as not enabled."""
    stored = added_sources.changes(connection)
    paused = {pause.source_id for pause in stored.pauses}
    feeds, hidden = [], 0
    for source in all_sources(configured, stored.added):
        if source.url:
            url = masked(source.url, "")
            hidden += url != source.url
            feeds.append(replace(source, url=url, enabled=source.enabled and source.id not in paused))
    return views.exported(write_opml(feeds), len(feeds), hidden)
