"""docs/sources.md says of every setting and every state what it does."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from bot.model import Source
from bot.settings.entries import SourceEntry
from bot.sources.checkup import State

DOCS = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[str]:
    """The first cells of the table under a heading."""
    section = DOCS.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def test_every_setting_has_its_line_and_no_other() -> None:
    assert sorted(rows("Settings of a source")) == sorted(SourceEntry.model_fields)
    assert sorted(rows("Settings of a source")) == sorted(part.name for part in fields(Source))


def test_every_state_of_a_check_has_its_line_and_says_whether_it_needs_a_person() -> None:
    assert rows("Checking") == [str(state) for state in State]
    needing = re.findall(r"^\| `([^`]+)` \|.*\| yes \|$", DOCS, re.MULTILINE)
    assert [state for state in needing if state in set(State)] == [str(each) for each in State if each.needs_a_person]


def test_defaults_are_those_of_the_program() -> None:
    for name, default in re.findall(r"^\| `(\w+)` \| `([\w-]+)` \|", DOCS, re.MULTILINE):
        field = SourceEntry.model_fields[name]
        assert str(field.default).lower() in {default, "0:05:00" if default == "5m" else default}
