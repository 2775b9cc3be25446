"""Watching folders: real folders and real notifications, on both databases."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.intake import watching
from bot.intake.fetched import FetchState
from bot.intake.watching import FolderWatch, concerned, look
from bot.model import Source, SourceId
from bot.store import feeds
from bot.store.due import make_due
from bot.store.engine import Database
from tests.samples import NOW

WITHIN = 20.0  # seconds until a change must have been told, on a machine that is busy
DESK, OTHER = SourceId("desk"), SourceId("other")


class Woken:
    """Hears of changes, and waits for them."""

    def __init__(self) -> None:
        self.told: list[set[SourceId]] = []
        self.ever: set[SourceId] = set()
        self.busy: set[SourceId] = set()
        self._event = asyncio.Event()

    async def wake(self, changed: Collection[SourceId]) -> Collection[SourceId]:
        self.told.append(set(changed))
        self.ever |= set(changed)
        self._event.set()
        return self.busy & set(changed)

    async def hears(self, *wanted: SourceId) -> None:
        """Wait until these have been told; what else is told meanwhile may be of an earlier change."""
        async with asyncio.timeout(WITHIN):
            while not set(wanted) <= set().union(*self.told):
                await self._event.wait()
                self._event.clear()
        self.told.clear()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"GAP_S": 0.01, "LOOK_S": 0.05, "SETTLED_MS": 20, "GROUPED_MS": 100, "RETRY_S": 0.05}.items():
        monkeypatch.setattr(watching, name, value)


@asynccontextmanager
async def watched(folders: Mapping[SourceId, Path]) -> AsyncIterator[Woken]:
    """Begun when a first file has been noticed."""
    woken = Woken()
    watch = FolderWatch(folders=lambda: folders, wake=woken.wake)
    task = asyncio.create_task(watch.run())
    try:
        async with asyncio.timeout(WITHIN):
            while watch._seen is None:  # noqa: ASYNC110  # what it has seen is no event to wait for
                await asyncio.sleep(0.01)
        if there := [folder for folder in folders.values() if folder.is_dir()]:
            await _until_heard(woken, there[0])
        yield woken
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _until_heard(woken: Woken, folder: Path) -> None:
    async with asyncio.timeout(WITHIN):
        while not woken.told:
            (folder / "first.txt").write_text("first")
            await asyncio.sleep(0.02)
    woken.told.clear()


def article(folder: Path, name: str = "a.txt", text: str = "Tariffs fall") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "desk"
    made.mkdir()
    return made


@pytest.fixture
def other(tmp_path: Path) -> Path:
    made = tmp_path / "other"
    made.mkdir()
    return made


def _rename(folder: Path) -> None:
    article(folder, "b.part").rename(folder / "b.txt")


def _move_a_folder_in(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    article(outside)
    outside.rename(folder / "inside")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(article, id="a new file"),
        pytest.param(lambda folder: article(folder, "first.txt", "corrected"), id="a file written again"),
        pytest.param(lambda folder: (folder / "first.txt").unlink(), id="a file taken away"),
        pytest.param(_rename, id="a file renamed when it is whole"),
        pytest.param(_move_a_folder_in, id="a folder moved in"),
    ],
)
async def test_a_change_is_told(folder: Path, change: Callable[[Path], object]) -> None:
    async with watched({DESK: folder}) as woken:
        change(folder)
        await woken.hears(DESK)


async def test_only_the_source_of_the_folder_is_told(folder: Path, other: Path) -> None:
    async with watched({OTHER: other, DESK: folder}) as woken:
        for number in range(3):
            article(other, f"{number}.txt")
            await woken.hears(OTHER)
            assert DESK not in woken.ever


async def test_a_folder_within_a_folder_is_told_for_both(folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    async with watched({DESK: folder, OTHER: inner}) as woken:
        article(inner)
        await woken.hears(DESK, OTHER)


async def test_a_folder_that_appears_later_is_told_and_watched_from_then_on(tmp_path: Path) -> None:
    late = tmp_path / "late"
    async with watched({DESK: late}) as woken:
        late.mkdir()
        await woken.hears(DESK)
        await _until_heard(woken, late)
        article(late)
        await woken.hears(DESK)


async def test_a_folder_taken_away_and_made_anew_is_told_both_times(folder: Path, other: Path) -> None:
    async with watched({OTHER: other, DESK: folder}) as woken:
        shutil.rmtree(folder)
        await woken.hears(DESK)
        await asyncio.to_thread(folder.mkdir)
        await woken.hears(DESK)
        await _until_heard(woken, other)
        article(other)
        await woken.hears(OTHER)


async def test_who_is_busy_is_told_again(folder: Path) -> None:
    async with watched({DESK: folder}) as woken:
        woken.busy = {DESK}
        article(folder)
        await woken.hears(DESK)
        await woken.hears(DESK)  # without a further change
        woken.busy = set()
        await woken.hears(DESK)


async def test_a_link_to_a_folder_is_watched_where_it_leads(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    async with watched({DESK: link}) as woken:
        article(folder)
        await woken.hears(DESK)


async def test_a_stop_ends_its_thread_and_its_handle(folder: Path) -> None:
    def held() -> tuple[int, int]:
        """Handles of inotify, and threads that read them."""
        handles = [_read(entry.readlink) for entry in Path("/proc/self/fd").iterdir()]
        threads = [_read((task / "comm").read_text) for task in Path("/proc/self/task").iterdir()]
        return sum("inotify" in each for each in handles), sum("notify" in each for each in threads)

    async def holds(wanted: tuple[int, int]) -> None:
        async with asyncio.timeout(WITHIN):  # a thread that is told to end is there for another moment
            while held() != wanted:  # noqa: ASYNC110  # the system says nothing of it
                await asyncio.sleep(0.01)

    await holds((0, 0))
    async with watched({DESK: folder}):
        await holds((1, 1))
    await holds((0, 0))


def _read(what: Callable[[], object]) -> str:
    try:
        return str(what())
    except OSError:  # gone since it was listed
        return ""


async def test_where_watching_fails_it_is_said_once_and_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = asyncio.Semaphore(0)

    def refused(*_: object, **__: object) -> object:
        tries.release()
        raise OSError(errno.ENOSPC, "OS file watch limit reached.")

    monkeypatch.setattr("watchfiles.awatch", refused)
    watch = FolderWatch(folders=lambda: {DESK: folder}, wake=Woken().wake)
    with capture_logs() as logs:
        task = asyncio.create_task(watch.run())
        async with asyncio.timeout(WITHIN):
            for _ in range(4):
                await tries.acquire()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [line["event"] for line in logs] == ["folders_not_watched"]
    assert "OS file watch limit reached" in logs[0]["why"]
    assert "fs.inotify.max_user_watches" in logs[0]["why"]
    assert logs[0]["meanwhile"] == "they are polled as ever"


def test_a_network_folder_is_said_and_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    share = tmp_path / "the share"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nnas:/x {str(share).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n")
    monkeypatch.setattr(watching, "_MOUNTS", mounts)
    sight = look({DESK: share / "news", OTHER: tmp_path})
    assert set(sight.roots) == {OTHER}
    assert sight.deaf == (
        f"{share / 'news'} is on a network file system (nfs4), which does not say what others write there",
    )


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("a.txt", True),
        ("A.HTML", True),
        ("deep/er/a.md", True),
        ("", True),
        ("moved-in", True),
        (".a.txt.swp", False),
        ("a.part", False),
        ("a.txt~", False),
        (".git/a.txt", False),
        ("~$a.txt", False),
        ("#a.txt", False),
        ("../desk2/a.txt", False),
    ],
)
def test_what_a_poll_passes_over_wakes_nobody(name: str, matters: bool) -> None:
    root = Path("/articles/desk")
    path = Path("/articles") / name[3:] if name.startswith("../") else root / name
    assert concerned([path], {DESK: root}) == ({DESK} if matters else set())


# --- the row of a source ----------------------------------------------------------------------------------


def _claim(database: Database, source: Source) -> list[tuple[SourceId, FetchState]]:
    return database.write_now(
        feeds.claim_due, [source.id], owner="me:1", now=NOW, lease=timedelta(minutes=3), limit=5
    )


def test_a_source_made_due_is_claimed_at_once_by_whoever_polls(database: Database) -> None:
    source = Source(id=DESK, name="Desk", path="desk")
    database.write_now(feeds.sync, [source], now=NOW + timedelta(hours=1))
    assert _claim(database, source) == []
    assert database.write_now(make_due, [DESK, SourceId("unknown")], now=NOW) == set()
    assert [claimed for claimed, _ in _claim(database, source)] == [DESK]


def test_a_source_that_is_polled_just_now_is_named(database: Database) -> None:
    source = Source(id=DESK, name="Desk", path="desk")
    database.write_now(feeds.sync, [source], now=NOW)
    assert _claim(database, source)
    assert database.write_now(make_due, [DESK], now=NOW) == {DESK}


def test_a_source_that_is_off_stays_off(database: Database) -> None:
    source = Source(id=DESK, name="Desk", path="desk")
    database.write_now(feeds.sync, [source], now=NOW)
    database.write_now(feeds.sync, [], now=NOW + timedelta(hours=1))
    assert database.write_now(make_due, [DESK], now=NOW) == set()
    assert _claim(database, source) == []
