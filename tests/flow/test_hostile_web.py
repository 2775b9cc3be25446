"""The whole bot polls everything hostile and twenty good feeds in one run."""

from __future__ import annotations

import gc
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bot.intake.unpack import unpack
from bot.intake.workers import MOST_RESIDENT, WORKERS, WorkerPool
from bot.store.engine import Database
from bot.store.schema import sources
from tests.fakes.clock import FakeClock
from tests.fakes.hostile import CASES, Fails, HostileWeb
from tests.fakes.hostile.good import GOOD_FEEDS, GOOD_TITLES
from tests.fakes.hostile.server import NETWORK, fake_names
from tests.flow.desk import ROUTES, SLACK_CHANNEL, Desk, open_desk

MIB = 2**20
GROWTH = 300 * MIB  # of the bot itself; the models that the first item of all loads are half of it

WANTED = "topic:trade OR topic:market"
GOOD_WANTED = "governments trade"  # with all that the hostile ones say, the hour would be full

INTAKE = f"""[intake]
allow_networks = ["{NETWORK}"]
deadline = "4s"
parse_deadline = "1s"
max_bytes = {2 * MIB}
parallel = 48
"""


@dataclass
class Seen:
    """Where the work on strangers' bytes was done."""

    threads: set[str] = field(default_factory=set)
    children: set[int] = field(default_factory=set)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """Real worker processes of this bot alone; what would read a document in this process fails."""
    seen = Seen()

    def unpacking(*args: Any) -> bytes:
        seen.threads.add(threading.current_thread().name)
        return unpack(*args)

    def never(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a document is read in the bot's own process")

    monkeypatch.setattr("bot.assembly.WorkerPool", WorkerPool)
    monkeypatch.setattr("bot.intake.http.unpack", unpacking)
    for reader in ("feedparser.parse", "bot.intake.changes.read_strictly", "bot.intake.parsing._json"):
        monkeypatch.setattr(reader, never)
    return seen


async def test_everything_hostile_at_once_holds_up_nobody(
    tmp_path: Path, clock: FakeClock, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, watched: Seen
) -> None:
    database = tmp_path / "tradewire.db"
    shutil.copy(sqlite_template, database)
    async with (
        HostileWeb((*CASES, *GOOD_FEEDS)) as web,
        open_desk(tmp_path, clock, f"sqlite:///{database}", monkeypatch) as desk,
    ):
        (tmp_path / "tradewire.toml").write_text(INTAKE)
        (tmp_path / "routes.toml").write_text(ROUTES.replace(WANTED, GOOD_WANTED))
        (tmp_path / "sources.toml").write_text(
            "".join(f'[[source]]\nid = "{case}"\nurl = "{web.url(case)}"\n' for case in (*CASES, *GOOD_FEEDS))
        )
        with fake_names(web.hosts[GOOD_FEEDS[0].name]):
            await poll_everything(desk, web, watched)
    assert faults(f"sqlite:///{database}") >= {case.name for case in CASES if isinstance(case.expected, Fails)}
    assert not faults(f"sqlite:///{database}") & {case.name for case in GOOD_FEEDS}


async def poll_everything(desk: Desk, web: HostileWeb, watched: Seen) -> None:
    start, others = desk.clock.now(), children()
    async with desk.bot() as bot:
        gc.collect()
        before = resident(os.getpid())
        assert await bot.service.once() == []
        gc.collect()
        assert resident(os.getpid()) - before < GROWTH
        workers = children() - others
        assert len(workers) <= WORKERS
        assert all(resident(worker) < MOST_RESIDENT for worker in workers)
    assert web.inside == []
    assert threading.current_thread().name not in watched.threads
    titles = [title for destination, title in desk.sent if destination == f"slack:{SLACK_CHANNEL}"]
    for title in GOOD_TITLES:
        assert titles.count(title) == 1, title
    assert desk.clock.now() - start < timedelta(minutes=2)
    desk.assert_payloads_are_valid()


def faults(database_url: str) -> set[str]:
    """The sources whose last poll failed."""
    database = Database(database_url)
    try:
        rows = database.read_now(lambda connection: connection.execute(sources.select()).all())
    finally:
        database.close()
    return {row.id for row in rows if row.failures}


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def children() -> set[int]:
    return set(_children())


def _children() -> Iterator[int]:
    for task in Path("/proc/self/task").iterdir():
        yield from map(int, (task / "children").read_text(encoding="ascii").split())
