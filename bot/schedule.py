"""APScheduler gives the ticks. What is due stands in rows, so a missed tick loses nothing and two do no harm."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock
from bot.observe.complaint import Complaint, complaining

log = structlog.get_logger()

TICK_S = 1
DIGESTS_EVERY_S = 1
TELL_EVERY_S = 30
RETENTION_EVERY_S = 3600
_NTP = "waits go on from now; have the clock kept by NTP, which sets it in small steps (timedatectl set-ntp true)"


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


def put_forward(scheduler: AsyncIOScheduler) -> None:
    """Have everything run now: it goes by the clock on the wall, which was set back, and would wait for it."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))


async def watch_clock(clock: Clock, on_set_back: Callable[[], Awaitable[None]]) -> None:
    """Call `on_set_back` whenever the clock was set back by more than a moment, until it succeeds."""
    complaint = Complaint("clock_not_put_right")
    last = clock.now()
    while True:
        await asyncio.sleep(TICK_S)  # by a clock that nobody sets
        now = clock.now()
        try:
            if now < last:
                await on_set_back()
                log.warning("clock_set_back", seconds=round((last - now).total_seconds()), cure=_NTP)
            last = now
            complaint.over()
        except Exception as error:  # noqa: BLE001 - it is said, and tried again
            complaint.raised(error)


async def _tick(wake: Callable[[], None]) -> None:
    # A coroutine, so that the scheduler runs it on the event loop: setting an event from its threads is not safe.
    wake()
