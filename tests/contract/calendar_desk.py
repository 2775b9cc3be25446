"""Items that tell days to come, admitted as the pipeline does, and what is then sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.calendar.events import Event, Status
from bot.calendar.reminders import Lead, Reminder
from bot.codec import bulletin_from_json
from bot.deliver.card import Bulletin
from bot.model import Destination, Fact, Item, ItemKey, Mark, Meeting, Party, StoryId
from bot.settings import LEXICON_FILE, default_directory
from bot.signals.atlas import Atlas
from bot.signals.lexicon_file import read_lexicon
from bot.steps.agenda import Agenda
from bot.steps.grouping import Joined
from bot.store import calendar, news
from bot.store.engine import Database
from bot.store.schema import deliveries
from tests import samples
from tests.samples import NOW, SLACK

ANN = Destination("slack", "UANN", person=True)
UTC_ZONE = ZoneInfo("UTC")
TITLE = "Ministers to meet in Geneva"


@cache
def atlas() -> Atlas:
    return Atlas.of(read_lexicon(default_directory() / LEXICON_FILE))


def said(day: str | None) -> tuple[Fact, ...]:
    """The facts of an item by which China and the US meet on `day`."""
    facts: list[Fact] = [Party(value=code, span=samples.span()) for code in ("CN", "US")]
    if day:
        facts.append(Meeting(when=day, where="Geneva", who=("China", "US"), span=samples.span()))
    return tuple(facts)


@dataclass
class CalendarDesk:
    """`now` is moved by the tests."""

    database: Database
    agenda: Agenda
    now: datetime = NOW
    items: dict[int, Item] = field(default_factory=dict)

    def item(self, number: int, day: str | None, **changes: Any) -> None:
        """Item `number`, an hour after the one before, reports that China and the US meet on `day`."""
        at = NOW + timedelta(hours=number)
        story = StoryId(f"{number:012x}")
        values = {
            "key": ItemKey(f"{number:016x}"),
            "title": TITLE,
            "summary": "",
            "url": f"https://news.example/{number}",
            "outlet": f"Outlet {number}",
            "published_at": at,
            "seen_at": at,
        }
        new = number not in self.items
        self.items[number] = samples.item(**(values | changes))

        def fill(connection: sa.Connection) -> None:
            if new:
                lead = self.items[number].key
                news.add_story(connection, samples.story(id=story, key=story, lead=lead, title=TITLE))
                news.add_item(connection, self.items[number], story, samples.verdict())

        self.database.write_now(fill)
        self.note(number, day, revised=not new)

    def note(self, number: int, day: str | None, *, revised: bool = False, mark: Mark | None = None) -> None:
        verdict = samples.verdict(facts=said(day))
        story = samples.story(id=StoryId(f"{number:012x}"))
        joined = Joined(self.items[number], verdict, story, mark=mark, revised=revised)

        def note(connection: sa.Connection) -> None:
            if mark == "withdrawn":
                news.mark_item(connection, joined.item.key, mark, "")
            self.agenda.note(connection, joined, self.now)

        self.database.write_now(note)

    def withdraw(self, number: int) -> None:
        self.note(number, None, revised=True, mark="withdrawn")

    def events(self) -> list[Event]:
        """All that are known, those withdrawn too."""
        first, last = NOW.date() - timedelta(days=99), NOW.date() + timedelta(days=99)
        return self.database.read_now(calendar.published, first, last, limit=99)

    def standing(self) -> list[tuple[str, Status, str]]:
        """The days, the status and the note of what is still in the calendar."""
        return [
            (event.days.first.isoformat(), event.status, event.note)
            for event in self.events()
            if event.status is not Status.WITHDRAWN
        ]

    def start(self, query: str = "", lead: str = "1d", place: Destination = SLACK, zone: str = "UTC") -> Reminder:
        reminder = Reminder(place=place, owner=ANN, query=query, lead=Lead.parse(lead), zone=zone, made_at=self.now)
        return self.database.write_now(self.agenda.start, reminder, self.now)[0]

    def tick(self, at: str | None = None) -> list[tuple[str, str]]:
        """Remind of what is due at that moment; the titles of all that was put into the outbox so far, by place."""
        if at is not None:
            self.now = datetime.fromisoformat(f"{at}+00:00")
        self.database.write_now(self.agenda.remind, self.now)
        return [(place, bulletin.title) for place, bulletin in self.sent()]

    def sent(self) -> list[tuple[str, Bulletin]]:
        def read(connection: sa.Connection) -> list[tuple[str, Bulletin]]:
            rows = connection.execute(sa.select(deliveries).order_by(deliveries.c.seq))
            return [(row.destination, bulletin_from_json(row.bulletin)) for row in rows]

        return self.database.read_now(read)


def desk_on(database: Database) -> CalendarDesk:
    return CalendarDesk(database, Agenda(atlas=atlas(), zone=UTC_ZONE))


def in_zone(desk: CalendarDesk, zone: str) -> CalendarDesk:
    return replace(desk, agenda=replace(desk.agenda, zone=ZoneInfo(zone)))
