"""The fault table of docs/reliability.md names tests that exist, for every fault that it has to cover."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEADER = "| fault | injected | people see | operators see | held by |"
COVERED = (
    "429 for one route", "429 for one channel", "429 for everything", "both forms of Retry-After", "5xx",
    "503 that discord.py does not retry", "dropped connection", "half-open connection", "slow answer",
    "revoked token", "deleted channel", "missing right", "closed direct messages", "archived or deleted thread",
    "too long or rejected payload", "one bad image", "invalid requests limit", "Socket Mode that goes deaf",
    "gateway drop", "malformed event",
)  # fmt: skip

_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def rows() -> dict[str, list[str]]:
    """The cells of each row, by its fault."""
    table = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8").partition(HEADER)[2]
    lines = [line for line in table.splitlines()[2:] if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells}


@cache
def names_in(path: str) -> set[str]:
    return set(re.findall(r"^(?:async )?def (test_\w+)", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("fault", COVERED)
def test_every_fault_is_in_the_table(fault: str) -> None:
    assert fault in rows()


@pytest.mark.parametrize("fault", rows())
def test_a_row_says_everything_and_names_tests_that_exist(fault: str) -> None:
    injected, people, operators, held = rows()[fault]
    assert injected
    assert people
    assert operators
    named = _TEST.findall(held)
    assert named
    assert held.replace(" ", "") == ",".join(f"`{path}::{name}`" for path, name in named)
    assert [f"{path}::{name}" for path, name in named if name not in names_in(path)] == []
