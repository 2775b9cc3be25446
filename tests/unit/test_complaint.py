"""What fails again and again is said once, and once more when it is over."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.observe.complaint import Complaint, complaining
from bot.schedule import ticking
from bot.worker import Worker

AWAY = OperationalError("SELECT 1", {}, Exception("connection refused\nis the server running?"))


class Answers:
    """Gives these, one at a call; an error is raised. Says when it was asked for more."""

    def __init__(self, *answers: Exception | None) -> None:
        self._answers = [*answers]
        self.all_given = asyncio.Event()

    async def give(self, *_: object) -> None:
        if not self._answers:
            self.all_given.set()
        elif answer := self._answers.pop(0):
            raise answer

    async def claim(self, room: int) -> list[str]:
        await self.give()
        return []


async def test_an_outage_is_one_line_and_its_end_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.worker.CLAIM_PAUSE_S", 0)
    monkeypatch.setattr("bot.worker.FALLBACK_TICK_S", 0)
    answers = Answers(AWAY, AWAY, ConnectionResetError("reset by peer"), AWAY, None)
    worker = Worker[str]("poll", claim=answers.claim, run=answers.give, parallel=1)
    with capture_logs() as logs:
        serving = asyncio.create_task(worker.serve())
        await answers.all_given.wait()
        serving.cancel()
        await asyncio.wait([serving])
    said, over = logs
    assert (said["event"], said["log_level"], said["worker"]) == ("claim_failed", "warning", "poll")
    assert said["why"].endswith("connection refused")
    assert "exc_info" not in said
    assert (over["event"], over["seconds"]) == ("claim_failed_over", 0)


async def test_a_job_that_the_outage_hits_is_one_line_without_a_traceback() -> None:
    jobs = ["one"]

    async def claim(_room: int) -> list[str]:
        return [jobs.pop()] if jobs else []

    worker = Worker[str]("send", claim=claim, run=Answers(AWAY).give, parallel=1)
    with capture_logs() as logs:
        await worker.run_due()
    assert [(line["event"], line["log_level"]) for line in logs] == [("job_failed", "warning")]


async def test_our_own_faults_keep_their_traceback_and_each_kind_is_said() -> None:
    now = 100.0
    complaint = Complaint("tick_failed", monotonic=lambda: now, job="digests")
    answers = Answers(KeyError("a"), KeyError("b"), AWAY, KeyError("c"), None, KeyError("d"))
    job = complaining(answers.give, complaint)
    with capture_logs() as logs:
        for _ in range(6):
            await job()
            now += 10
    events = [(line["event"], line["log_level"], "exc_info" in line) for line in logs]
    fault, away = ("tick_failed", "error", True), ("tick_failed", "warning", False)
    assert events == [fault, away, fault, ("tick_failed_over", "info", False), fault]
    assert logs[3]["seconds"] == 40


async def test_the_ticks_of_an_outage_are_one_line_not_one_a_second() -> None:
    digests = Answers(AWAY, AWAY, None)

    async def nothing() -> None: ...

    with capture_logs() as logs:
        scheduler = ticking(lambda: None, nothing, digests.give, nothing)
        scheduler.start()
        for _ in range(4):
            job = scheduler.get_job("digests")
            job.modify(next_run_time=job.next_run_time - timedelta(seconds=60))
            await asyncio.sleep(0.05)
        await asyncio.wait_for(digests.all_given.wait(), 10)
        await asyncio.sleep(0)
        scheduler.shutdown(wait=False)
    assert [line["event"] for line in logs] == ["tick_failed", "tick_failed_over"]
