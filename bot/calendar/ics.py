"""Events as an iCalendar file that other calendars read or subscribe to: RFC 5545. Pure.

An event keeps its UID, and SEQUENCE grows with each change that counts, so a client replaces what it has. What is off
or withdrawn stays in the file as CANCELLED: a client that imported it would keep it otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.calendar.events import DAY, Event
from bot.calendar.wording import is_sure, people, sources, state, subject, when

if TYPE_CHECKING:
    from icalendar import Event as Entry

PRODID = "-//Tradewire//Calendar of talks//EN"
DOMAIN = "tradewire"  # the right-hand side of each UID
NAME = "Tradewire: trade talks and deadlines"
REFRESH = timedelta(hours=1)
MAX_EVENTS = 1_000  # in one file: with texts as short as ours far below a megabyte
MAX_LINE = 400  # characters of a text


def calendar_file(events: Sequence[Event], name: str = NAME) -> bytes:
    """The first MAX_EVENTS of `events` as a file. The same events always give the same bytes.

    For a thread: what writes it is loaded for the first file, and takes a while.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", _clean(name))  # RFC 7986
    calendar.add("x-wr-calname", _clean(name))  # what came before it, and is still read more
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for event in events[:MAX_EVENTS]:
        calendar.add_component(_entry(event))
    written: bytes = calendar.to_ical()
    return written


def changed_at(events: Sequence[Event]) -> datetime | None:
    """When the file last changed, in whole seconds as HTTP tells them."""
    newest = max((event.changed_at for event in events[:MAX_EVENTS]), default=None)
    return newest and newest.astimezone(UTC).replace(microsecond=0)


def _entry(event: Event) -> Entry:
    from icalendar import Event as Entry

    entry = Entry()
    entry.add("uid", f"{event.id}@{DOMAIN}")
    entry.add("dtstamp", event.changed_at.replace(microsecond=0))
    entry.add("created", event.made_at.replace(microsecond=0))
    entry.add("last-modified", event.changed_at.replace(microsecond=0))
    entry.add("sequence", event.sequence)
    entry.add("status", _status(event))
    entry.add("dtstart", event.days.first)
    entry.add("dtend", event.days.last + DAY)  # DTEND is the day after the last (3.6.1)
    entry.add("transp", "TRANSPARENT")  # nobody is busy because ministers meet
    entry.add("summary", _clean(_summary(event)))
    entry.add("description", _description(event))
    if event.where:
        entry.add("location", _clean(event.where))
    if event.url and event.url.isprintable() and " " not in event.url:
        entry.add("url", event.url)
    entry.add("categories", [str(event.kind)])
    return entry


def _status(event: Event) -> str:
    if not event.stands:
        return "CANCELLED"
    return "CONFIRMED" if is_sure(event) else "TENTATIVE"


def _summary(event: Event) -> str:
    loose = " (day not told)" if event.days.loose else ""
    return f"{'' if event.stands else 'OFF: '}{subject(event)}{loose}"


def _description(event: Event) -> str:
    named = people(event)
    lines = [state(event), when(event), f"With {named}" if named else "", event.title, sources(event)]
    return "\n".join(_clean(line) for line in lines if line)


def _clean(text: str) -> str:
    """One line of printable text: a calendar file is lines, and feeds write what they like."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(printable.split())
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…"
