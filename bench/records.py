"""Files of JSON lines that a benchmark measures on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.cli.judging import record_of

_T = TypeVar("_T")


def read_lines(path: Path, of: Callable[[dict[str, Any]], _T]) -> list[_T]:
    """`of` of the object in every line. Raises ClickException that names a line it cannot take."""
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                found.append(of(record_of(line)))
            except (ValueError, LookupError, TypeError, RecursionError) as error:
                raise click.ClickException(f"{path}, line {number}: {error}") from None
    return found


def texts_by_id(path: Path) -> dict[str, dict[str, Any]]:
    """The records of a file of texts, plain or .gz, by their ids."""
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
    return {str(record["id"]): record for record in map(json.loads, lines)}
