"""One poll of one folder of article files."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.intake.articles import READERS, read_article_file, read_named_file, read_regular, stamp, still_written
from bot.intake.faults import FetchFailed, failed
from bot.intake.fetched import Fault, FaultKind, Fetched, FetchState
from bot.intake.threads import in_daemon_thread
from bot.intake.workers import WorkerPool
from bot.model import Entry

MAX_FILES = 10_000  # of one folder, the first ones by name
FILE_LIMIT = 20.0  # seconds to read one file; the first web page also pays for loading its reader
SETTLED = 1.0  # seconds for which a file must have been left alone: whoever writes it has done so by then
MOST_LOOKS = 5  # at files that change, SETTLED apart, before the poll goes on without them


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What lies in a folder. `signature` is the same as long as names and contents are."""

    files: tuple[str, ...]
    skipped: tuple[Fault, ...]
    signature: str


async def fetch_folder(root: Path, state: FetchState, pool: WorkerPool) -> Fetched:
    """All articles of a folder where anything in it changed since `state`, else none.

    Files of other kinds, hidden ones and editors' temporary ones are passed over; a file that cannot be read costs a
    Fault in `skipped`, and the others go on. A file that is being written is waited for, a few seconds long. Whoever
    writes into the folder does best to write under another name (`.part`, say) and rename at the end.
    """
    try:
        restless = await _restless(root)
        listing = await in_daemon_thread(list_articles, root, restless)
    except FetchFailed as failure:
        return Fetched(state=FetchState(body_hash=state.body_hash, failures=state.failures + 1), fault=failure.fault)
    if listing.signature == state.body_hash:
        return Fetched(state=FetchState(body_hash=state.body_hash))
    entries, unread = await _read_all(listing, pool)
    # What overran its time on a busy machine deserves another try: remember the folder as not yet read.
    again = any(fault.kind is FaultKind.TIMEOUT for fault in unread)
    return Fetched(
        entries=entries,
        state=FetchState(body_hash=None if again else listing.signature),
        skipped=(*listing.skipped, *unread),
    )


async def read_articles(path: Path, pool: WorkerPool) -> tuple[Entry, ...]:
    """The entries of one file that a person named; a link is followed. Raises FetchFailed."""
    if path.suffix.lower() not in READERS:
        raise failed(FaultKind.UNREADABLE, f"{path} is no article file; the kinds are {', '.join(READERS)}")
    return await pool.run(read_named_file, str(path), subject=str(path), limit=FILE_LIMIT)


def list_articles(root: Path, restless: Collection[str] = ()) -> Listing:
    """Look at every article file below `root`, in the order of their names. Raises FetchFailed where there is no
    such folder. Links to folders are not followed, links to files are skipped with a Fault, and so are those that
    are `restless`; they do not count in the signature, and so are read once they are left alone."""
    paths = sorted(_article_paths(root))
    files: list[str] = []
    skipped = [still_written(path).fault for path in paths if path in restless]
    signature = hashlib.sha256()
    for path in paths[:MAX_FILES]:
        if path in restless:
            continue
        signature.update(os.fsencode(os.path.relpath(path, root)) + b"\0")
        try:
            signature.update(hashlib.sha256(read_regular(path)).digest())
        except FetchFailed as failure:
            if os.path.lexists(path):  # else it was taken away since it was listed
                skipped.append(failure.fault)
                signature.update(failure.fault.message.encode("utf-8", "replace"))
        else:
            files.append(path)
    if len(paths) > MAX_FILES:
        message = f"{root} holds {len(paths)} article files; only the first {MAX_FILES} by name are read: split it"
        skipped.append(failed(FaultKind.TOO_LARGE, message).fault)
    return Listing(files=tuple(files), skipped=tuple(skipped), signature=signature.hexdigest())


async def _read_all(listing: Listing, pool: WorkerPool) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    entries: list[Entry] = []
    unread: list[Fault] = []
    for path in listing.files:  # one after the other: a large folder must not hold up the feeds
        try:
            entries += await pool.run(read_article_file, path, subject=path, limit=FILE_LIMIT)
        except FetchFailed as failure:
            if await in_daemon_thread(os.path.lexists, path):
                unread.append(failure.fault)
    return tuple(entries), tuple(unread)


async def _restless(root: Path) -> set[str]:
    """The files that are still being written after a few looks."""
    young, seen = await in_daemon_thread(_young, root, {})
    for _ in range(MOST_LOOKS):
        if not young:
            break
        await asyncio.sleep(SETTLED)
        young, seen = await in_daemon_thread(_young, root, seen)
    return young


def _young(root: Path, seen: Mapping[str, tuple[int, int]]) -> tuple[set[str], dict[str, tuple[int, int]]]:
    """The files that were changed within SETTLED or lie in the future, unless they are as they were `seen`; and how
    they are now. The clock of a network folder may be wrong, so the time alone says little."""
    since = time.time() - SETTLED
    stamps = {
        path: stamp(about) for path in _article_paths(root) if (about := _about(path)) and about.st_mtime > since
    }
    return {path for path, now in stamps.items() if seen.get(path) != now}, stamps


def _about(path: str) -> os.stat_result | None:
    """None where it is no regular file, or is gone."""
    try:
        about = os.lstat(path)
    except OSError:
        return None
    return about if stat.S_ISREG(about.st_mode) else None


def _not_listed(error: OSError) -> None:
    """Of a folder that is gone meanwhile there is nothing to say; one that may not be looked into is no empty one."""
    if not isinstance(error, FileNotFoundError):
        why = f"{error.filename} cannot be looked into ({error.strerror}); give the user of this program read access"
        raise failed(FaultKind.UNREADABLE, why)


def _article_paths(root: Path) -> Iterator[str]:
    if not root.is_dir():
        raise failed(FaultKind.UNREACHABLE, f"{root} is no folder; create it or correct the `path` of the source")
    for folder, folders, names in os.walk(root, onerror=_not_listed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if Path(name).suffix.lower() in READERS and not name.startswith((".", "~", "#")):
                yield str(Path(folder) / name)
