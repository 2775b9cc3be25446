"""Whether the files of the model belong together: each has its hash in SHA256SUMS, as `sha256sum` writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

SUMS = "SHA256SUMS"
FILES = ("blend.json", "encoder.onnx", "gate.npy", "pieces.model", "positions.npy", "words.npy")


def check(folder: Path, files: Sequence[str] = FILES) -> None:
    """Raises ValueError that names the file which is missing or not as it was written, and the cure."""
    try:
        sums = {tuple(line.split()) for line in (folder / SUMS).read_text("ascii").splitlines()}
        damaged = [name for name in files if (_hash(folder / name), name) not in sums]
    except (OSError, ValueError) as error:
        raise ValueError(f"{folder}: the model cannot be read ({error}); install Tradewire again") from None
    if damaged:
        names = ", ".join(damaged)
        raise ValueError(f"{folder}: {names} is not what {SUMS} says; install Tradewire again, or train it anew")


def write(folder: Path, files: Sequence[str] = FILES) -> None:
    """Say in SHA256SUMS that the files are as they should be."""
    lines = [f"{_hash(folder / name)}  {name}\n" for name in files]
    (folder / SUMS).write_text("".join(lines), "ascii")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
