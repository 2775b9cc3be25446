"""A test poll from the command line, by the same code as `/wire sources add`."""

from __future__ import annotations

import asyncio
from datetime import datetime

from bot.assembly import classifier_of, intake_of
from bot.clock import SystemClock
from bot.intake.discovery import Found, discover
from bot.intake.faults import FetchFailed
from bot.intake.fetched import Fault
from bot.model import Source, SourceId
from bot.settings import Settings
from bot.sources.sourcing import Trial
from bot.sources.trial import feed_title, trial_of


def try_feeds(settings: Settings, url: str) -> list[tuple[Source, Trial]] | Fault:
    """The feeds at an address, or behind its page, each polled once; the fault where there is none."""
    now = SystemClock().now()
    try:
        found = asyncio.run(_found(settings, url, now))
    except FetchFailed as failure:
        return failure.fault
    classifier = classifier_of(settings.lexicon_path)
    sources = [Source(id=SourceId(""), name=feed_title(each.title), url=each.url) for each in found]
    return [
        (source, trial_of(classifier, source, each.entries, now, pushed=bool(each.hubs)))
        for source, each in zip(sources, found, strict=True)
    ]


async def _found(settings: Settings, url: str, now: datetime) -> list[Found]:
    async with intake_of(settings) as intake:
        return await discover(url, intake.client, intake.pool, now)
