"""Folders of article files, watched: what changes in one is read at once.

It is a wake-up and no more. Folders are polled all the same, so where watching fails nothing is lost but time:
network folders say nothing of what other machines write, and the system watches only so many folders for one user.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog

from bot.intake.articles import READERS
from bot.intake.threads import in_daemon_thread
from bot.model import SourceId

log = structlog.get_logger()

SETTLED_MS = 300  # without a further change, before it is told
GROUPED_MS = 2_000  # of changes that go on, as one
GAP_S = 1.0  # between two wake-ups: a folder that is written to all the time is not polled all the time
LOOK_S = 1.0  # between two looks whether the folders are still those that are watched
RETRY_S = 60.0  # after watching failed

# Their writers on other machines are not heard of. https://man7.org/linux/man-pages/man7/inotify.7.html ("NOTES")
NETWORK_FILE_SYSTEMS = frozenset({
    "9p", "afs", "ceph", "cifs", "davfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.sshfs", "glusterfs",
    "lustre", "nfs", "nfs4", "smb3", "smbfs",
})  # fmt: skip
_MOUNTS = Path("/proc/self/mounts")  # on Linux
_HIDDEN = (".", "~", "#")  # how the names of files begin that a poll passes over

Identity = tuple[int, int]  # device and inode: a folder made anew under its old name is another
Wake = Callable[[Collection[SourceId]], Awaitable[Collection[SourceId]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The folders that are there and can be watched, links followed, and in words those that cannot."""

    roots: Mapping[SourceId, Path]
    there: Mapping[Path, Identity]
    deaf: tuple[str, ...] = ()


@dataclass(kw_only=True)
class FolderWatch:
    """Tells `wake` of the sources in whose `folders` something changed.

    `wake` gives back those that it could not wake, which are told again. What cannot be watched is said once.
    """

    folders: Callable[[], Mapping[SourceId, Path]]
    wake: Wake
    _waiting: set[SourceId] = field(default_factory=set, init=False)
    _seen: Sight | None = field(default=None, init=False)
    _said: str = field(default="", init=False)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._watch()
            except (ImportError, OSError, RuntimeError) as error:  # the last where watchfiles has no better word
                self._say(_explained(error))
                await asyncio.sleep(RETRY_S)

    async def _watch(self) -> None:
        """Until the folders that are there are others."""
        sight = await self._look()
        if not sight.there:
            self._say("; ".join(sight.deaf))
            await self._tell()
            await asyncio.sleep(LOOK_S)
            return
        awatch = await in_daemon_thread(_watcher)
        changes = awatch(
            *sight.there,
            watch_filter=None,
            debounce=GROUPED_MS,
            step=SETTLED_MS,
            rust_timeout=round(LOOK_S * 1000),
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        async with aclosing(changes) as rounds:
            async for changed in rounds:
                self._say("; ".join(sight.deaf))
                paths = {Path(path) for _, path in changed}
                self._waiting |= concerned(paths, sight.roots)
                await self._tell()
                if self._forget(paths) or (await self._look()).there != sight.there:
                    return

    async def _look(self) -> Sight:
        """What appears or goes after the first look is told as a change."""
        folders, before = dict(self.folders()), self._seen
        sight = await in_daemon_thread(look, folders) if folders else Sight(roots={}, there={})
        if before is not None:
            others = {path for path, _ in before.there.items() ^ sight.there.items()}
            both = (*before.roots.items(), *sight.roots.items())
            self._waiting |= {source_id for source_id, root in both if root in others and source_id in folders}
        self._seen = sight
        return sight

    def _forget(self, changed: Collection[Path]) -> bool:
        """Whether a folder itself was changed: it may be another by now, with the inode of the one that is gone."""
        if self._seen is None or self._seen.there.keys().isdisjoint(changed):
            return False
        left = {path: identity for path, identity in self._seen.there.items() if path not in changed}
        self._seen = replace(self._seen, there=left)
        return True

    async def _tell(self) -> None:
        if self._waiting:
            self._waiting = set(await self.wake(frozenset(self._waiting)))
            await asyncio.sleep(GAP_S)

    def _say(self, why: str) -> None:
        if why and why != self._said:
            log.warning("folders_not_watched", why=why, meanwhile="they are polled as ever")
        self._said = why


def concerned(changed: Iterable[Path], roots: Mapping[SourceId, Path]) -> set[SourceId]:
    """The sources whose next poll may find something else: their folder itself changed, or what is read in it."""
    return {source_id for path in changed for source_id, root in roots.items() if _matters(path, root)}


def _matters(path: Path, root: Path) -> bool:
    if not path.is_relative_to(root):
        return False
    inside = path.relative_to(root).parts
    # What has no suffix may be a folder that was moved here: of the files in it nothing is said.
    return not inside or not (
        any(part.startswith(_HIDDEN) for part in inside) or path.suffix.lower() not in {"", *READERS}
    )


def look(folders: Mapping[SourceId, Path]) -> Sight:
    """How the folders are now. A network folder is not looked at: one whose server is gone would not answer."""
    roots: dict[SourceId, Path] = {}
    there: dict[Path, Identity] = {}
    deaf: list[str] = []
    mounts = _mounts()
    for source_id, folder in folders.items():
        kind = _file_system(folder.absolute(), mounts)
        if kind in NETWORK_FILE_SYSTEMS:
            deaf.append(f"{folder} is on a network file system ({kind}), which does not say what others write there")
        elif folder.is_dir():
            about = folder.stat()
            roots[source_id] = folder.resolve()
            there[roots[source_id]] = (about.st_dev, about.st_ino)
    return Sight(roots=roots, there=there, deaf=tuple(deaf))


def _mounts() -> dict[Path, str]:
    """The kind of file system at each mount point; none where the system does not say."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    fields = (line.split(" ") for line in lines)
    return {Path(parts[1].replace("\\040", " ")): parts[2] for parts in fields if len(parts) > 2}


def _file_system(folder: Path, mounts: Mapping[Path, str]) -> str:
    return next((mounts[place] for place in (folder, *folder.parents) if place in mounts), "")


def _watcher() -> Callable[..., AsyncGenerator[set[tuple[Any, str]], None]]:
    """Loaded when there is a folder to watch, and not on the event loop: it takes a moment."""
    from watchfiles import awatch

    return awatch


def _explained(error: Exception) -> str:
    if isinstance(error, ImportError):
        return f"the package watchfiles is missing or does not load here ({error}): install it"
    limits = "raise fs.inotify.max_user_watches or fs.inotify.max_user_instances (sysctl) if that is the limit"
    return f"{error}; {limits}"
