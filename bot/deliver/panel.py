"""A page of one's own: what a person has set up, each part with what can be done about it. Neutral and pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.deliver.card import Action, Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing, with the commands that change or end it."""

    line: Line
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Things of one kind. `lines` stand above the rows, `actions` below."""

    title: str
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()
    actions: tuple[Action, ...] = ()
