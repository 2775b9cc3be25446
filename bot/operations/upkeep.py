"""What is forgotten with time, once an hour: which rule for what, and how much of it in one transaction.

docs/operations.md, "What is kept how long", says the same to people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.routing.follows import KEPT_FOR
from bot.settings import RetentionSettings
from bot.store import (
    alike,
    bulletins,
    calendar,
    floods,
    follows,
    invocations,
    mutes,
    pushed,
    retention,
    subscriptions,
    summaries,
    written_use,
)
from bot.store.engine import Database
from bot.stories.cluster import OPEN_FOR

CONFIRM_WITHIN = timedelta(days=1)  # a subscription that its owner was warned of


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Keeps the database from growing without end."""

    database: Database
    keep: RetentionSettings

    async def prune(self, now: datetime) -> None:
        """Forget what is old, in portions, so that nobody waits long for the database."""
        write = self.database.write
        await write(subscriptions.forget_unconfirmed, made_before=now - CONFIRM_WITHIN)
        await write(mutes.forget_ended, now=now, closed_before=now - OPEN_FOR)
        await write(follows.forget_closed, closed_before=now - KEPT_FOR)
        await write(floods.drop_overdue, now=now)
        await write(invocations.forget, now=now)
        await write(pushed.forget, now=now)
        faded = now - self.keep.decisions
        await write(floods.forget, before=faded)
        await write(bulletins.forget_before, faded)
        await write(summaries.forget, made_before=faded)
        await write(written_use.forget, before=faded.date())
        before = {
            "texts_before": now - self.keep.items,
            "decisions_before": faded,
            "signatures_before": now - alike.KEPT_FOR,
        }
        while any(await write(retention.prune, **before)):
            pass
        await self._all(retention.forget_unsent_digests, added_before=faded)
        await self._all(retention.forget_told, quiet_since=now - self.keep.deliveries)
        await self._all(calendar.prune, before=(now - self.keep.items).date(), most=retention.PORTION)

    async def _all(self, forget: Callable[..., int], **limits: Any) -> None:
        """Portion by portion, until there is nothing more to forget."""
        while await self.database.write(forget, **limits):
            pass
