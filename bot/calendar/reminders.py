"""Who wants to be reminded of what, how long before. Pure.

Events last whole days of no zone, so a reminder counts from the reader's own day: some days before at nine in the
morning, or some hours before the day begins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from bot.calendar.events import Days, Event
from bot.calendar.wording import people, sources, state, subject, when
from bot.deliver.card import Action, Bulletin, Line, Run
from bot.model import Destination, Item, Verdict
from bot.routing.query import Query, Subject, parse
from bot.routing.query import subject as subject_of
from bot.routing.tiers import tier_of

MORNING = time(9)
LONGEST_LEAD = timedelta(days=30)

_LEAD = re.compile(r"([1-9]\d{0,2})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Lead:
    """How long before: "1d", "2w", "3h"."""

    amount: int
    unit: Literal["h", "d"]

    @classmethod
    def parse(cls, text: str) -> Lead:
        """Raises ValueError that says what is accepted."""
        found = _LEAD.fullmatch(text.strip().lower())
        if found is None or int(found[1]) * _UNITS[found[2]] > LONGEST_LEAD:
            raise ValueError(
                f"“{text[:40]}” is no time before an event: write a number and h, d or w, as in 1d, "
                f"up to {LONGEST_LEAD.days} days"
            )
        amount = int(found[1])
        match found[2]:
            case "h":
                return cls(amount, "h")
            case "w":
                return cls(7 * amount, "d")
            case _:
                return cls(amount, "d")

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def words(self) -> str:
        """ "1 day before, at 09:00", "3 hours before the day begins"."""
        unit = "hour" if self.unit == "h" else "day"
        plural = "" if self.amount == 1 else "s"
        moment = " the day begins" if self.unit == "h" else f", at {MORNING:%H:%M}"
        return f"{self.amount} {unit}{plural} before{moment}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A wish to be reminded at `place`. An empty `query` means every event; `zone` is the IANA zone of `owner`."""

    id: int = 0
    place: Destination
    owner: Destination
    query: str
    lead: Lead
    zone: str
    made_at: datetime


def due_at(days: Days, lead: Lead, zone: ZoneInfo) -> datetime:
    """When to remind of an event on `days`, in UTC.

    On a day whose nine o'clock does not exist or comes twice the clock's first one counts, as in PEP 495.
    """
    if lead.unit == "d":
        local = datetime.combine(days.first - timedelta(days=lead.amount), MORNING, zone)
        return local.astimezone(UTC)
    begins = datetime.combine(days.first, time(0), zone).astimezone(UTC)
    return begins - timedelta(hours=lead.amount)


def is_over(days: Days, now: datetime, zone: ZoneInfo) -> bool:
    """Whether there is nothing to be reminded of any more: it began before today, or all of its week is past."""
    return (days.last if days.loose else days.first) < now.astimezone(zone).date()


def has_heard(told: Days, days: Days) -> bool:
    """Whether who was told of `told` knows of `days`: these fit, and are no day within a week that was told."""
    return told.overlaps(days) and (days.loose or not told.loose)


def asked_for(event: Event, item: Item, verdict: Verdict) -> Subject:
    """What queries see of `event`, whose report is `item`. Its countries are those that take part."""
    return replace(subject_of(item, verdict, tier_of(verdict)), countries=frozenset(event.parties))


def wants(query: str, asked: Subject | None) -> bool:
    """Whether an event is one that a reminder's query asks for; `asked` is None where its report is gone."""
    return not query or (asked is not None and _parsed(query).matches(asked))


@lru_cache(maxsize=4_096)
def _parsed(query: str) -> Query:
    return parse(query)


# --- what is sent ---------------------------------------------------------------------------------------------


def reminding(event: Event, now: datetime, zone: ZoneInfo) -> Bulletin:
    """The reminder: when, what, who says so."""
    ahead = (event.days.first - now.astimezone(zone).date()).days
    close = {0: "Today", 1: "Tomorrow"}.get(ahead, f"In {ahead} days") if not event.days.loose else "Soon"
    return _bulletin(f"{close}: {subject(event)}", event)


def changed(event: Event) -> Bulletin:
    """For those who were reminded: it moved, it is off, or it is on again."""
    return _bulletin(f"{'Changed' if event.stands else 'Off'}: {subject(event)}", event)


def _bulletin(title: str, event: Event) -> Bulletin:
    lines: list[Line] = [(Run(text=when(event), bold=event.stands, strike=not event.stands),)]
    if said := state(event):
        lines.append((Run(text=said, bold=True),))
    if named := people(event):
        lines.append((Run(text=f"With {named}"),))
    lines.append((Run(text=event.title, url=event.url), Run(text=f" ({sources(event)})")))
    actions = (Action(label="Story", command=f"story:{event.story}"), Action(label="Calendar", command="calendar:"))
    return Bulletin(title=title, lines=tuple(lines), actions=actions)
