"""The calendar on the board: a page by day, and the file that other calendars subscribe to."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from itertools import groupby
from urllib.parse import urlencode

from aiohttp import web
from pydantic import SecretStr

from bot.board.access import CALENDAR, calendar_token
from bot.board.pages import Problem
from bot.board.reads import Reader
from bot.board.render import Views
from bot.calendar.events import Event
from bot.calendar.ics import MAX_EVENTS, calendar_file, changed_at
from bot.calendar.wording import people, sources, state, subject, when
from bot.clock import Clock
from bot.country_names import country_name
from bot.routing.countries import country_of
from bot.store import calendar

PAGE_DAYS = 60
PAGE_EVENTS = 200
FILE_DAYS = 365
PAST_DAYS = 30  # that the file keeps: a calendar forgets what is no longer in it
MOST_DAYS = 730
MOST_COUNTRIES = 12  # to choose from


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An event in words."""

    event: Event
    subject: str
    state: str
    when: str
    people: str
    sources: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPages:
    """The handlers. `token` is the board's own; without one the file is for this machine only."""

    reader: Reader
    views: Views
    clock: Clock
    token: SecretStr | None

    async def page(self, request: web.Request) -> web.Response:
        country, today = _country(request), self.clock.now().date()
        last = today + timedelta(days=PAGE_DAYS)
        events = await self.reader.read(calendar.between, today, last, country=country, limit=PAGE_EVENTS + 1)
        busy = await self.reader.read(calendar.countries, since=today)
        response = web.Response(
            text=self.views.page(
                "calendar.html",
                days=list(_by_day(events[:PAGE_EVENTS], today)),
                more=len(events) > PAGE_EVENTS,
                country=country,
                countries=[(code, country_name(code)) for code in busy[:MOST_COUNTRIES]],
                length=PAGE_DAYS,
                file=self._address(country),
            ),
            content_type="text/html",
        )
        response.enable_compression()
        return response

    async def file(self, request: web.Request) -> web.Response:
        """The events as iCalendar; 304 where the client has it already."""
        country, today = _country(request), self.clock.now().date()
        first, last = today - timedelta(days=PAST_DAYS), today + timedelta(days=_days(request))
        events = await self.reader.read(calendar.published, first, last, country=country, limit=MAX_EVENTS)
        content = await asyncio.to_thread(calendar_file, events)
        tag, changed = f'"{hashlib.sha256(content).hexdigest()[:24]}"', _last_modified(events, today)
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(changed, usegmt=True),
            "Cache-Control": "private, no-cache",
        }
        if _has_it(request, tag, changed):
            return web.Response(status=304, headers=headers)
        response = web.Response(
            body=content,
            content_type="text/calendar",
            charset="utf-8",
            headers={**headers, "Content-Disposition": 'inline; filename="tradewire.ics"'},
        )
        response.enable_compression()
        return response

    def _address(self, country: str | None) -> str:
        query = {"country": country} if country else {}
        if self.token is not None:
            query["token"] = calendar_token(self.token)
        return f"{CALENDAR}?{urlencode(query)}" if query else CALENDAR


def _by_day(events: Sequence[Event], today: date) -> Iterator[tuple[date, list[Row]]]:
    """What has begun already stands under today."""
    for day, begun in groupby(events, key=lambda event: max(event.days.first, today)):
        yield day, [_row(event) for event in begun]


def _row(event: Event) -> Row:
    return Row(
        event=event,
        subject=subject(event),
        state=state(event),
        when=when(event),
        people=people(event),
        sources=sources(event),
    )


def _country(request: web.Request) -> str | None:
    text = request.query.get("country", "")
    if not text:
        return None
    if code := country_of(text[:60]):
        return code
    raise Problem(400, "The calendar can be narrowed to a country by its name or code, such as China or CN.")


def _days(request: web.Request) -> int:
    text = request.query.get("days", str(FILE_DAYS))
    if text.isascii() and text.isdigit() and len(text) < 5 and 0 < int(text) <= MOST_DAYS:
        return int(text)
    raise Problem(400, f"days is a number from 1 to {MOST_DAYS}.")


def _last_modified(events: Sequence[Event], today: date) -> datetime:
    """With each day others come into the file and leave it, so it is of today at least."""
    begun = datetime.combine(today, time(0), UTC)
    return max(changed_at(events) or begun, begun)


def _has_it(request: web.Request, tag: str, changed: datetime) -> bool:
    """By the tag where the client names one, else by the time: RFC 9110, 13.2.2."""
    if tags := request.if_none_match:
        return any(each.value in {"*", tag.strip('"')} for each in tags)
    since = request.if_modified_since
    return since is not None and changed <= since
