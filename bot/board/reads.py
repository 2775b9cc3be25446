"""Reads with a deadline, so that a slow or absent database gives a clear page and never a pile of waiting work."""

from __future__ import annotations

import asyncio
from typing import ParamSpec, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.store.engine import Database, Work

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")


class Unavailable(Exception):
    """The database gave no answer; the text says so to the reader of a page, the log says why."""


class Reader:
    """Runs reads of the board, `at_once` at a time, each within `deadline` seconds, its wait for a turn included.

    A read that is late goes on in its thread and keeps its turn until it ends: the threads are shared with the
    rest of the program, which the board must not starve when the database hangs.
    """

    def __init__(self, database: Database, *, deadline: float, at_once: int) -> None:
        self._database = database
        self._deadline = deadline
        self._turns = asyncio.Semaphore(at_once)

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of `work`; raises Unavailable."""
        try:
            async with asyncio.timeout(self._deadline):
                await self._turns.acquire()
                running = asyncio.ensure_future(self._database.read(work, *args, **kwargs))
                running.add_done_callback(self._ended)
                return await asyncio.shield(running)
        except TimeoutError:
            log.warning("board_read_late", deadline_s=self._deadline)
            raise Unavailable(f"The database did not answer within {self._deadline:g} s.") from None
        except SQLAlchemyError as error:
            log.warning("board_read_failed", error=str(error).partition("\n")[0])
            raise Unavailable("The database cannot be read.") from None

    def _ended(self, running: asyncio.Future[T]) -> None:
        self._turns.release()
        if not running.cancelled():
            running.exception()  # of a late one nobody else asks; unasked, asyncio would complain
