"""How work that a signal cuts short comes to its end."""

from __future__ import annotations

import asyncio

import pytest

from bot.stopping import Stopped, unless_stopped


async def test_what_is_done_before_anybody_asks_is_the_answer() -> None:
    async def work() -> int:
        return 7

    assert await unless_stopped(work(), asyncio.Event()) == 7


async def test_work_that_is_stopped_has_its_clean_end_first() -> None:
    stop, ended = asyncio.Event(), False

    async def work() -> None:
        nonlocal ended
        try:
            stop.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended = True

    with pytest.raises(Stopped):
        await unless_stopped(work(), stop)
    assert ended


async def test_what_fails_fails_as_it_would_alone() -> None:
    async def work() -> None:
        raise ValueError("no room")

    with pytest.raises(ValueError, match="no room"):
        await unless_stopped(work(), asyncio.Event())


async def test_nothing_is_left_running() -> None:
    async def work() -> None:
        await asyncio.sleep(0)

    await unless_stopped(work(), asyncio.Event())
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
