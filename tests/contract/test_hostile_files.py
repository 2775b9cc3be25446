"""Everything that may lie in a folder of articles, read by real worker processes from a real file system."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.intake import folder
from bot.intake.fetched import FaultKind, Fetched, FetchState
from bot.intake.folder import fetch_folder
from bot.intake.normalise import normalise
from bot.intake.workers import WorkerPool
from bot.model import Item, Source, SourceId
from tests.fakes.hostile.files import CASES, STEEL, TEXT, FileCase, Reads, Skips

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
SOURCE = Source(id=SourceId("folder"), name="Folder", path="folder")
GOOD = "zz-good.txt"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(workers=1) as opened:
        yield opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


async def poll(root: Path, pool: WorkerPool, state: FetchState | None = None) -> Fetched:
    return await fetch_folder(root, state or FetchState(), pool)


def items_of(fetched: Fetched) -> list[Item]:
    return [item for entry in fetched.entries if (item := normalise(entry, SOURCE, NOW))]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_an_odd_file_does_what_is_expected_and_costs_no_other(
    root: Path, pool: WorkerPool, case: FileCase
) -> None:
    case.make(root / case.name)
    (root / GOOD).write_text("Copper tariffs rise")
    fetched = await poll(root, pool)
    *found, good = items_of(fetched)
    assert good.title == "Copper tariffs rise"
    assert "secret" not in repr(fetched)
    if isinstance(case.expected, Reads):
        (item,) = found
        assert item.title.startswith(case.expected.title), fetched.skipped
        case.expected.look(item)
        assert fetched.skipped == ()
    else:
        assert found == []
        assert_skipped(fetched, case)
    assert (await poll(root, pool, fetched.state)).entries == (), "it is not read again and again"


def assert_skipped(fetched: Fetched, case: FileCase) -> None:
    if not isinstance(case.expected, Skips):
        assert fetched.skipped == ()
        return
    (fault,) = fetched.skipped
    assert fault.kind is case.expected.kind
    assert case.expected.says in fault.message
    assert case.name in fault.message


async def test_a_message_shows_an_odd_name_on_one_line(root: Path, pool: WorkerPool) -> None:
    (root / "a\n\u202e\udcff.txt").touch()
    (fault,) = (await poll(root, pool)).skipped
    assert fault.message.isprintable()


async def test_names_that_differ_in_case_alone_are_two_files(root: Path, pool: WorkerPool) -> None:
    names = ("a.txt", "A.txt", "a.TXT")
    for name in names:
        (root / name).write_text(f"Duties of {name}")
    titles = {item.title for item in items_of(await poll(root, pool))}
    assert titles == {f"Duties of {name}" for name in names}


async def test_a_file_that_is_gone_when_its_turn_comes_is_nobodys_fault(
    root: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.txt").write_text(TEXT)
    (root / GOOD).write_text("Copper tariffs rise")
    run = pool.run

    async def late(*args: object, **kwargs: object) -> object:
        (root / "a.txt").unlink(missing_ok=True)
        return await run(*args, **kwargs)  # type: ignore[arg-type] # handed through

    monkeypatch.setattr(pool, "run", late)
    fetched = await poll(root, pool)
    assert [item.title for item in items_of(fetched)] == ["Copper tariffs rise"]
    assert fetched.skipped == ()


async def test_a_folder_that_is_gone_when_its_turn_comes_is_a_fault(root: Path, pool: WorkerPool) -> None:
    shutil.rmtree(root)
    fault = (await poll(root, pool)).fault
    assert fault is not None
    assert fault.kind is FaultKind.UNREACHABLE


# --- files that are being written -------------------------------------------------------------------------


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited for; nobody really waits."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(folder, "SETTLED", 3_600.0)
    monkeypatch.setattr("bot.intake.folder.asyncio.sleep", sleep)
    return waited


async def test_a_fresh_file_is_taken_once_it_was_left_alone(root: Path, pool: WorkerPool, waits: list[float]) -> None:
    (root / "a.txt").write_text(TEXT)
    assert [item.title for item in items_of(await poll(root, pool))] == [STEEL]
    assert waits == [3_600.0]


async def test_a_file_of_old_is_not_waited_for(root: Path, pool: WorkerPool, waits: list[float]) -> None:
    (root / "a.txt").write_text(TEXT)
    os.utime(root / "a.txt", (0, 0))
    assert [item.title for item in items_of(await poll(root, pool))] == [STEEL]
    assert waits == []


async def test_a_file_from_the_future_is_taken_at_the_second_look(
    root: Path, pool: WorkerPool, waits: list[float]
) -> None:
    (root / "a.txt").write_text(TEXT)
    os.utime(root / "a.txt", (4_000_000_000, 4_000_000_000))
    assert [item.title for item in items_of(await poll(root, pool))] == [STEEL]
    assert len(waits) == 1


async def test_a_file_is_read_only_when_it_is_whole(
    root: Path, pool: WorkerPool, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = root / "a.txt"
    written.write_text(TEXT[:40])

    async def write_more(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) <= 2:
            with written.open("a") as file:
                file.write(TEXT[40 * len(waits) : 40 * (len(waits) + 1)])

    monkeypatch.setattr("bot.intake.folder.asyncio.sleep", write_more)
    (item,) = items_of(await poll(root, pool))
    assert item.body.endswith("the ministers said.")
    assert len(waits) == 3


async def test_a_file_that_never_ends_holds_up_no_other_and_is_read_when_it_rests(
    root: Path, pool: WorkerPool, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = root / "a.txt"
    log.write_text(TEXT)
    (root / GOOD).write_text("Copper tariffs rise")

    async def grow(seconds: float) -> None:
        waits.append(seconds)
        with log.open("a") as file:
            file.write("more\n")

    with monkeypatch.context() as patch:
        patch.setattr("bot.intake.folder.asyncio.sleep", grow)
        fetched = await poll(root, pool)
        again = await poll(root, pool, fetched.state)
    assert [item.title for item in items_of(fetched)] == ["Copper tariffs rise"]
    assert ["still being written" in fault.message for fault in fetched.skipped] == [True]
    assert (again.entries, again.skipped) == ((), ()), "what rests was read, and it is said once"
    rested = await poll(root, pool, again.state)
    assert [item.title for item in items_of(rested)] == [STEEL, "Copper tariffs rise"]


async def test_a_file_that_changes_while_it_is_read_is_read_later(
    root: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.txt").write_text(TEXT)
    stamps = iter(range(100))
    with monkeypatch.context() as patch:
        patch.setattr("bot.intake.articles.stamp", lambda about: (next(stamps), 0))
        fetched = await poll(root, pool)
    assert [fault.kind for fault in fetched.skipped] == [FaultKind.TIMEOUT]
    await asyncio.sleep(0)
    assert [item.title for item in items_of(await poll(root, pool, fetched.state))] == [STEEL]
