"""`sources.toml` as a text that a person wrote: sources are added and removed, and every comment stays in its place.

What a source may say is checked by `settings.py`; here every change is only checked to be the one that was meant, by
reading the text before and after it.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from bot.sources.opml import Outline
from bot.sources.sourcing import make_id, nearest, plain_scheme, same_place, written

_HEADER = re.compile(r"\s*\[\[\s*source\s*\]\]")
_TABLE = re.compile(r"\s*\[")
_COMMENT = re.compile(r"\s*#")


class SourceListError(Exception):
    """A change that cannot be made; one line with the cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to: the ids that are new, and how many of its feeds the list had already."""

    added: tuple[str, ...]
    known: int


class SourceList:
    """The text of one `sources.toml`. Changes are made in memory; `save` writes them."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        self._sources = _sources(path, text)

    @classmethod
    def load(cls, path: Path) -> SourceList:
        """Read `path`; a file that is not there yet is an empty list. Raises SourceListError."""
        try:
            return cls(path, path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(path, "")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceListError(f"{path}: cannot be read ({error}); check its rights and encoding") from None

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(str(source.get("id")) for source in self._sources)

    def add(self, *, url: str | None = None, path: str | None = None, name: str = "", source_id: str = "") -> str:
        """Append a feed (`url`) or a folder (`path`) and give back its id, made from its name or address if none is
        given. Raises SourceListError where it is there already."""
        place = url or path
        if not place or (url and path):
            raise SourceListError("give either the address of a feed or the path of a folder")
        known = self.id_at(place)
        if known is not None:
            raise SourceListError(f"{place} is in the list already, as {known!r}")
        if source_id in self.ids:
            raise SourceListError(f"{self._path}: there is a source {source_id!r} already; choose another id")
        chosen = source_id or make_id(name, place, self.ids)
        self._append([_described(chosen, name, "url" if url else "path", plain_scheme(place))])
        return chosen

    def id_at(self, place: str) -> str | None:
        """The id of the source at that address or path; None where there is none."""
        return self._places().get(same_place(place))

    def add_all(self, outlines: Iterable[Outline]) -> Imported:
        """Append the feeds of an OPML list that are not in this one yet."""
        places, taken, known = set(self._places()), set(self.ids), 0
        new: list[dict[str, Any]] = []
        for outline in outlines:
            if same_place(outline.url) in places:
                known += 1
                continue
            chosen = make_id(outline.name, outline.url, taken)
            new.append(_described(chosen, outline.name, "url", outline.url) | _wishes(outline))
            places.add(same_place(outline.url))
            taken.add(chosen)
        self._append(new)
        return Imported(added=tuple(source["id"] for source in new), known=known)

    def remove(self, source_id: str) -> None:
        """Take a source out, with the comment directly above it. Raises SourceListError."""
        if source_id not in self.ids:
            raise SourceListError(f"{self._path}: there is no source {source_id!r}{nearest(source_id, self.ids)}")
        position = self.ids.index(source_id)
        rest = [source for index, source in enumerate(self._sources) if index != position]
        self._change(_without_block(self._text, position), rest)

    def save(self) -> None:
        """Replace the file in one step: a reader, or a crash, sees the old list or the new one."""
        target = self._path.resolve()
        mode = target.stat().st_mode if target.exists() else 0o644
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(self._text)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def _places(self) -> dict[str, str]:
        return {
            same_place(str(source.get("url") or source.get("path"))): str(source.get("id"))
            for source in self._sources
        }

    def _append(self, new: list[dict[str, Any]]) -> None:
        if not new:
            return
        tables = tomlkit.aot()
        for source in new:
            tables.append(tomlkit.item(source))
        before = f"{self._text.rstrip()}\n\n" if self._text.strip() else ""
        self._change(before + tomlkit.dumps({"source": tables}), [*self._sources, *new])

    def _change(self, text: str, meant: list[dict[str, Any]]) -> None:
        try:
            sources = _sources(self._path, text)
        except SourceListError:
            sources = None
        if sources != meant:
            raise SourceListError(
                f"{self._path}: its form is too unusual to be changed safely; change it by hand, with one [[source]] "
                "table for each source"
            )
        self._text, self._sources = text, meant


def _described(source_id: str, name: str, kind: str, place: str) -> dict[str, Any]:
    return {"id": source_id, **({"name": name} if name else {}), kind: place}


def _wishes(outline: Outline) -> dict[str, Any]:
    """What a list says of a feed beside its name and address."""
    said = {"every": written(outline.every) if outline.every else None, "authority": outline.authority}
    wishes = {key: str(value) for key, value in said.items() if value}
    return wishes if outline.enabled else {**wishes, "enabled": False}


def _sources(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        found = tomllib.loads(text).get("source", [])
    except tomllib.TOMLDecodeError as error:
        raise SourceListError(f"{path}: not valid TOML ({error}); correct it first") from None
    if not isinstance(found, list) or not all(isinstance(source, dict) for source in found):
        raise SourceListError(f"{path}: `source` is no list of tables; write each source under [[source]]")
    return found


def _without_block(text: str, position: int) -> str:
    """`text` without its table number `position`: from the comment directly above its header to the next table."""
    lines = text.splitlines(keepends=True)
    headers = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    if position >= len(headers):
        return text
    start = headers[position]
    following = [number for number in range(start + 1, len(lines)) if _TABLE.match(lines[number])]
    end = _with_comment(lines, following[0]) if following else len(lines)
    return "".join(lines[: _with_comment(lines, start)] + lines[end:])


def _with_comment(lines: list[str], header: int) -> int:
    """Where the comment lines directly above a header begin."""
    while header > 0 and _COMMENT.match(lines[header - 1]):
        header -= 1
    return header
