"""How sources are called in answers: their names, addresses and times. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.commands.spec import one_line
from bot.deliver.card import Run
from bot.intake.faults import shown
from bot.model import Source

MAX_SHOWN = 80  # characters of a name or headline
MAX_WHY = 160  # characters of a fault in the list
NAMED = 5  # names in one line


def address(source: Source) -> str:
    """Where a source is, fit to be shown: without user name, password and query."""
    return shown(source.url) if source.url else one_line(source.path or "", MAX_SHOWN)


def named(source: Source) -> str:
    return f"the source {source.id}" if source.name == source.id else f"{quoted(source.name)} ({source.id})"


def quoted(name: str) -> str:
    return f"“{one_line(name, MAX_SHOWN)}”"


def moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
