"""Reports of days to come, as items make them, and calendar files read back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar

from bot.calendar.events import Days, EventKind, Report
from bot.model import Authority, ItemKey, StoryId

MONDAY = datetime(2025, 5, 5, 8, 0, tzinfo=UTC)


def report(number: int = 0, days: str | None = "2025-05-12", **changes: Any) -> Report:
    """Report `number`, an hour after the one before, of an outlet and a story of its own."""
    values: dict[str, Any] = {
        "kind": EventKind.MEETING,
        "days": Days.parse(days) if days else None,
        "parties": ("CN", "US"),
        "item": ItemKey(f"{number:016x}"),
        "story": StoryId(f"{number:012x}"),
        "title": f"Headline {number}",
        "url": f"https://news.example/{number}",
        "outlet": f"Outlet {number}",
        "authority": Authority.OUTLET,
        "said_at": MONDAY + timedelta(hours=number),
    }
    if isinstance(was := changes.get("was"), str):
        changes["was"] = Days.parse(was)
    return Report(**(values | changes))


def entries(content: bytes) -> list[Any]:
    """The events of an iCalendar file, as the library reads them."""
    return list(Calendar.from_ical(content).walk("VEVENT"))
