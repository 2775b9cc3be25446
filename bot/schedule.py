"""APScheduler gives the ticks. What is due stands in rows, so a missed tick loses nothing and two do no harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.complaint import Complaint, complaining

TICK_S = 1
DIGESTS_EVERY_S = 1
TELL_EVERY_S = 30
RETENTION_EVERY_S = 3600


def ticking(
    wake: Callable[[], None],
    prune: Callable[[], Awaitable[None]],
    send_digests: Callable[[], Awaitable[None]],
    tell_operators: Callable[[], Awaitable[None]],
) -> AsyncIOScheduler:
    """A scheduler, not yet started, that wakes the workers and looks for digests every second, and prunes every hour.

    Every half minute it looks for what the operators should hear of.

    `misfire_grace_time=None` because the default drops a tick that is a second late; `coalesce` because ten late
    ticks are one.
    """
    scheduler = AsyncIOScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(_tick, "interval", seconds=TICK_S, args=[wake], id="wake")
    for job, seconds, name in (
        (send_digests, DIGESTS_EVERY_S, "digests"),
        (tell_operators, TELL_EVERY_S, "operators"),
        (prune, RETENTION_EVERY_S, "retention"),
    ):
        guarded = complaining(job, Complaint("tick_failed", job=name))
        scheduler.add_job(guarded, "interval", seconds=seconds, id=name)
    return scheduler


async def _tick(wake: Callable[[], None]) -> None:
    # A coroutine, so that the scheduler runs it on the event loop: setting an event from its threads is not safe.
    wake()
