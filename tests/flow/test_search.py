"""Search in the running program: what was stored before there was an index comes into it by itself."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bot.assembly import Bot
from bot.routing.query import parse
from bot.store import searchable
from bot.store.search import find
from tests.contract.archive import forget_index
from tests.flow.desk import Desk


def _found(bot: Bot) -> int:
    return len(bot.database.read_now(find, parse("brazil OR nikkei OR tomato*"), limit=10).hits)


async def test_a_bot_that_runs_indexes_what_was_stored_before(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    done, loop, catch_up = asyncio.Event(), asyncio.get_running_loop(), searchable.catch_up

    def noted(connection: sa.Connection, before: searchable.Place | None) -> searchable.Place | None:
        last = catch_up(connection, before)
        if last is None:
            loop.call_soon_threadsafe(done.set)
        return last

    monkeypatch.setattr(searchable, "catch_up", noted)
    async with desk.bot() as bot:
        await bot.service.once()
        assert _found(bot) == 3
        bot.database.write_now(forget_index)
        assert _found(bot) == 0
        serving = asyncio.create_task(bot.service.serve())
        try:
            await asyncio.wait_for(done.wait(), 20)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        assert _found(bot) == 3


async def test_what_an_older_process_beside_it_stored_is_indexed_by_the_hourly_work(desk: Desk) -> None:
    async with desk.bot() as bot:
        await bot.service.once()
        bot.database.write_now(forget_index)
        await bot.service.prune()
        assert _found(bot) == 3
