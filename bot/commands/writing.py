"""Written summaries: asked of the service that the owner named, within the day's cap, or why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot.clock import Clock
from bot.settings import Settings
from bot.store import written_use
from bot.store.engine import Database
from bot.store.written_use import DayCap
from bot.summary import written
from bot.summary.endpoint import Endpoint, EndpointFailed
from bot.summary.entries import Entry
from bot.summary.written import Sentence, Unreadable, Written

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Asks `endpoint`, never beyond `cap`."""

    endpoint: Endpoint
    cap: DayCap
    database: Database
    clock: Clock

    async def write(self, entries: Sequence[Entry]) -> Written:
        """A summary of `entries` in sentences. Whatever goes wrong is an answer, not an error."""
        try:
            found = await self._sentences(entries)
        except EndpointFailed as error:
            log.warning("written_summary_failed", why=str(error))
            return Written(why_not=str(error))
        if not found:
            return Written(why_not="no sentence rested on the stories alone")
        return Written(sentences=tuple(found), model=self.endpoint.model)

    async def _sentences(self, entries: Sequence[Entry]) -> list[Sentence]:
        messages = written.messages(entries)
        reserved = self.endpoint.most_tokens(messages)
        day = self.clock.now().date()
        if not await self.database.write(written_use.reserve, day, reserved, self.cap):
            raise EndpointFailed("the day's cap of requests or tokens is used up")
        completion = await self.endpoint.complete(messages)  # what fails is counted as reserved: it may have cost it
        if completion.tokens is not None:
            await self.database.write(written_use.settle, day, reserved=reserved, used=completion.tokens)
        try:
            return await asyncio.to_thread(written.sentences, completion.text, entries)
        except Unreadable as error:
            raise EndpointFailed(str(error)) from None


def writer_of(settings: Settings, database: Database, clock: Clock) -> Writer | None:
    """None where the desk wants no written summaries."""
    wish, endpoint = settings.summary, endpoint_of(settings)
    if endpoint is None:
        return None
    cap = DayCap(requests=wish.requests_per_day, tokens=wish.tokens_per_day)
    return Writer(endpoint=endpoint, cap=cap, database=database, clock=clock)


def endpoint_of(settings: Settings) -> Endpoint | None:
    """The service that writes summaries, as the owner set it; None where there is none."""
    wish = settings.summary
    if wish.url is None or wish.model is None:
        return None
    key = settings.secrets.tradewire_summary_key
    return Endpoint(url=wish.url, model=wish.model, deadline=wish.deadline.total_seconds(), key=key)
