"""Folders of article files on a real file system, read by real worker processes."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.intake import folder
from bot.intake.articles import MAX_FILE
from bot.intake.faults import FetchFailed
from bot.intake.fetch import Intake
from bot.intake.fetched import FaultKind, Fetched, FetchState
from bot.intake.folder import fetch_folder, read_articles
from bot.intake.http import GuardedClient
from bot.intake.normalise import normalise
from bot.intake.workers import WorkerPool
from bot.model import Source, SourceId

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
SEEDS = Path(__file__).parents[2] / "seeds"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(workers=1) as opened:
        yield opened


async def poll(root: Path, pool: WorkerPool, state: FetchState | None = None) -> Fetched:
    return await fetch_folder(root, state or FetchState(), pool)


def titles(fetched: Fetched) -> list[str | None]:
    return [entry.title for entry in fetched.entries]


async def test_the_users_article_comes_out_whole_and_without_litter(pool: WorkerPool) -> None:
    source = Source(id=SourceId("seeds"), name="Articles", path="seeds")
    async with GuardedClient() as client:
        intake = Intake(client=client, pool=pool, root=SEEDS.parent)
        fetched = await intake.fetch(source, FetchState(), NOW)
    (found,) = [entry for entry in fetched.entries if "signaling an openness" in (entry.title or "")]
    item = normalise(found, source, NOW)
    assert item is not None
    assert item.title.startswith("Trump officials will meet with China")
    assert item.body.startswith("Two top Trump officials are scheduled")
    assert item.body.endswith("reaching any deal.”")
    assert item.body.count("\n\n") == 14
    assert (item.outlet, item.lang) == ("CNN", "en")
    assert item.published_at == datetime(2025, 5, 6, 12, 0, tzinfo=UTC)


async def test_files_are_read_in_the_order_of_their_names_below_folders_too(tmp_path: Path, pool: WorkerPool) -> None:
    (tmp_path / "older").mkdir()
    for name in ("b.txt", "a.md", "older/c.TXT", "older/d.html"):
        (tmp_path / name).write_text(f"<title>{name}</title>" if name.endswith("html") else name)
    assert titles(await poll(tmp_path, pool)) == ["a.md", "b.txt", "older/c.TXT", "older/d.html"]


async def test_an_unchanged_folder_is_not_read_again_and_a_changed_one_is(tmp_path: Path, pool: WorkerPool) -> None:
    (tmp_path / "a.txt").write_text("First")
    first = await poll(tmp_path, pool)
    again = await poll(tmp_path, pool, first.state)
    (tmp_path / "b.txt").write_text("Second")
    changed = await poll(tmp_path, pool, again.state)
    assert (titles(first), titles(again), titles(changed)) == (["First"], [], ["First", "Second"])
    assert first.state == again.state != changed.state


async def test_the_same_content_is_the_same_entry_wherever_it_moves(tmp_path: Path, pool: WorkerPool) -> None:
    (tmp_path / "a.txt").write_text("Duties fall\n\nBody")
    before = await poll(tmp_path, pool)
    (tmp_path / "archive").mkdir()
    (tmp_path / "a.txt").rename(tmp_path / "archive" / "z.txt")
    os.utime(tmp_path / "archive" / "z.txt", (0, 0))
    after = await poll(tmp_path, pool, before.state)
    assert before.entries[0].guid == after.entries[0].guid
    assert after.entries[0].published is None


async def test_other_hidden_and_temporary_files_are_passed_over(tmp_path: Path, pool: WorkerPool) -> None:
    (tmp_path / ".git").mkdir()
    for name in ("a.pdf", ".b.txt", "~c.txt", "#d.txt", "e.txt.part", "f.txt~", ".git/g.txt", "README"):
        (tmp_path / name).write_text("not an article")
    (tmp_path / "h.txt").write_text("An article")
    fetched = await poll(tmp_path, pool)
    assert titles(fetched) == ["An article"]
    assert fetched.skipped == ()


async def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path: Path, pool: WorkerPool) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside.txt"
    root.mkdir()
    outside.write_text("secret")
    (root / "link.txt").symlink_to(outside)
    (root / "folder.txt").mkdir()
    (root / "linked").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.txt")
    (root / "device.txt").symlink_to("/dev/zero")
    with (root / "sparse.txt").open("wb") as sparse:
        sparse.truncate(5 * 2**30)
    (root / "large.txt").write_bytes(b"x" * (MAX_FILE + 1))
    (root / "binary.txt").write_bytes(b"\x7fELF\0\0")
    (root / "empty.txt").write_bytes(b"")
    (root / "broken.json").write_text("[" * 100_000)
    (root / "digits.json").write_text('{"title": ' + "9" * 5_000 + "}")
    (root / "good.txt").write_text("Good")
    fetched = await poll(root, pool)
    assert titles(fetched) == ["Good"]
    assert fetched.fault is None
    said = {Path(fault.message.split()[0].rstrip(":")).name: fault for fault in fetched.skipped}
    assert set(said) == {
        "link.txt", "pipe.txt", "device.txt", "sparse.txt", "large.txt", "binary.txt", "empty.txt", "broken.json",
        "digits.json",
    }  # fmt: skip
    assert said["sparse.txt"].kind is said["large.txt"].kind is FaultKind.TOO_LARGE
    assert "links are not followed" in said["link.txt"].message
    assert not any("secret" in fault.message for fault in fetched.skipped)
    assert (await poll(root, pool, fetched.state)).skipped == ()


async def test_hostile_files_of_every_kind_cost_only_themselves(tmp_path: Path, pool: WorkerPool) -> None:
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n" for level in range(3_000))
    (tmp_path / "a.eml").write_text(f"Subject: deep\nMIME-Version: 1.0\n{parts}")
    (tmp_path / "b.html").write_text("<div>" * 50_000 + "text")
    (tmp_path / "c.html").write_text("<!--" * 100_000)
    (tmp_path / "d.md").write_text("---\n" * 10_000)
    (tmp_path / "e.json").write_text('{"title": "\\ud800 half", "body": "x"}')
    (tmp_path / "f.txt").write_text("Good")
    fetched = await poll(tmp_path, pool)
    assert fetched.fault is None
    assert titles(fetched)[-1] == "Good"


async def test_a_file_that_overran_its_time_is_tried_again(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("Slow")
    with monkeypatch.context() as patched:
        patched.setattr(folder, "FILE_LIMIT", 1e-6)
        fetched = await poll(tmp_path, pool)
    assert [fault.kind for fault in fetched.skipped] == [FaultKind.TIMEOUT]
    assert titles(await poll(tmp_path, pool, fetched.state)) == ["Slow"]


async def test_a_folder_that_is_not_there_is_a_fault_with_the_cure(tmp_path: Path, pool: WorkerPool) -> None:
    fetched = await poll(tmp_path / "gone", pool, FetchState(body_hash="old", failures=1))
    assert fetched.fault is not None
    assert fetched.fault.kind is FaultKind.UNREACHABLE
    assert "create it" in fetched.fault.message
    assert fetched.state == FetchState(body_hash="old", failures=2)


async def test_a_named_file_is_read_through_a_link(tmp_path: Path, pool: WorkerPool) -> None:
    (tmp_path / "2025-05-06-a.txt").write_text("Duties fall\n\nBody")
    (tmp_path / "link.txt").symlink_to(tmp_path / "2025-05-06-a.txt")
    (entry,) = await read_articles(tmp_path / "link.txt", pool)
    assert (entry.title, entry.body) == ("Duties fall", "Body")
    assert entry.published == datetime(2025, 5, 6, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("name", "said"), [("a.pdf", "the kinds are .txt"), ("gone.txt", "No such file")])
async def test_a_named_file_that_is_no_article_is_a_fault(
    tmp_path: Path, pool: WorkerPool, name: str, said: str
) -> None:
    with pytest.raises(FetchFailed, match=said):
        await read_articles(tmp_path / name, pool)


async def test_a_folder_that_may_not_be_looked_into_is_no_empty_one(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.scandir", refused)  # who tests as root may look into everything
    found = await fetch_folder(tmp_path, FetchState(), pool)
    assert found.fault is not None
    assert found.fault.kind is FaultKind.UNREADABLE
    assert f"{tmp_path} cannot be looked into" in found.fault.message
