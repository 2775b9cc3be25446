"""Every role answers probes, and what it answers is true: not ready before its work runs, nor once that stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from structlog.testing import capture_logs

from bot import app, service
from bot.app import Role, run_bot
from bot.operations import lookout
from bot.store import feeds
from tests.fakes.slack_service import ApiError
from tests.flow.desk import Desk

WITHIN = 20.0  # seconds; all of it takes less than one on a machine that is not busy


class Running:
    """A role of the program, with its real clock, what its probes answer and what it logs."""

    def __init__(self, session: ClientSession, log: list[Any]) -> None:
        self.session = session
        self.log = log

    async def ready(self) -> dict[str, Any]:
        async with self.session.get("/readyz") as answer:
            found: dict[str, Any] = await answer.json()
            assert (answer.status == 200) == found["ready"]
            return found

    async def until(self, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN):
            found = await self.ready()
            while not done(found):
                await asyncio.sleep(0.02)
                found = await self.ready()
            return found


@asynccontextmanager
async def running(desk: Desk, role: Role, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    stop = asyncio.Event()

    @contextmanager
    def by_hand() -> Iterator[asyncio.Event]:
        yield stop

    monkeypatch.setattr(app, "stop_on_signals", by_hand)
    monkeypatch.setenv("TRADEWIRE_PROBES", "127.0.0.1:0")
    desk.configure(main="[web]\nport = 0\n")
    with capture_logs() as lines:
        task = asyncio.create_task(run_bot(desk.settings(), role))
        try:
            async with ClientSession(await _address(lines, task)) as session:
                yield Running(session, lines)
        finally:
            stop.set()
            await task


async def _address(lines: list[Any], task: asyncio.Task[None]) -> str:
    """Where it said that it listens."""
    async with asyncio.timeout(WITHIN):
        while not task.done():
            for line in lines:
                if line["event"] == "probes":
                    return f"http://{line['host']}:{line['port']}"
                if line["event"] == "board":
                    return str(line["url"])
            await asyncio.sleep(0.01)
    raise AssertionError(task.exception())


async def test_a_worker_is_ready_while_it_works_and_not_when_claims_fail(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "SILENT_S", 1.5)  # each kind of work is looked at every second
    async with running(desk, Role.WORKER, monkeypatch) as worker:
        found = await worker.until(lambda each: bool(each["ready"]))
        assert found["parts"].keys() == {
            "poll", "remind", "digests", "send slack", "send discord", "send console", "database",
        }  # fmt: skip
        async with worker.session.get("/metrics") as answer:
            figures = await answer.text()
        assert 'tradewire_part_up{part="send slack"} 1.0' in figures
        assert "tradewire_event_loop_lag_seconds_count" in figures

        def broken(*_: object, **__: object) -> None:
            raise ClientError("planned by the test")

        monkeypatch.setattr(feeds, "claim_due", broken)
        await worker.until(lambda each: each["not_ready"] == ["poll"])
        async with worker.session.get("/healthz") as answer:
            assert answer.status == 200


async def test_a_chat_process_is_ready_while_both_are_connected(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(desk, Role.CHAT, monkeypatch) as chat:
        found = await chat.until(lambda each: bool(each["ready"]))
        assert found["parts"] == {"slack": True, "discord": True, "database": True}


async def test_a_chat_that_is_refused_is_not_ready_and_the_operators_hear_why(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, rounds = lookout.Lookout.look, 0

    async def counted(self: lookout.Lookout) -> None:
        nonlocal rounds
        await look(self)
        rounds += 1

    monkeypatch.setattr(lookout, "EVERY_S", 0.02)
    monkeypatch.setattr(lookout.Lookout, "look", counted)
    desk.slack.fail("apps.connections.open", *[ApiError("invalid_auth")] * 100)
    async with running(desk, Role.CHAT, monkeypatch) as chat:
        await chat.until(lambda each: any(line["event"] == "slack.socket_refused" for line in chat.log))
        begun_before = rounds + 1  # the round that runs now looked before that
        await chat.until(lambda each: rounds > begun_before)
        monkeypatch.setattr(lookout, "PATIENCE", timedelta(0))  # five minutes pass
        found = await chat.until(lambda each: each["not_ready"] == ["slack"] and bool(_told(chat.log)))
        assert found["parts"] == {"slack": False, "discord": True, "database": True}
        (told,) = _told(chat.log)
    assert "SLACK_APP_TOKEN" in told["lines"][0]


def _told(log: list[Any]) -> list[Any]:
    return [line for line in log if line.get("title") == "Nobody answers commands on Slack."]


async def test_a_web_process_answers_for_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(desk, Role.WEB, monkeypatch) as web:
        assert (await web.ready())["parts"] == {"board": True, "database": True}


async def test_one_process_for_everything_answers_for_all_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(desk, Role.ALL, monkeypatch) as everything:
        found = await everything.until(lambda each: bool(each["ready"]))
        assert {"board", "slack", "discord", "poll", "send slack", "database"} <= found["parts"].keys()
        async with everything.session.get("/") as answer:
            assert "All parts well" in await answer.text()
