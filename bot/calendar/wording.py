"""How an event is told to people: in a list, in a reminder, in a calendar file. Pure."""

from __future__ import annotations

from bot.calendar.events import Confidence, Event, EventKind, Status
from bot.country_names import country_name

MAX_NAMED = 6  # parties or people; the others are counted
MAX_OUTLETS = 3

_MEASURES = {"rate-decision": "rate decision", "": "measure", "other": "measure"}


def subject(event: Event) -> str:
    """What happens, in a line: "Meeting: China · US, Geneva", "In force: tariff (EU · US)"."""
    parties = [country_name(code) for code in event.parties] + list(event.names)
    who = " · ".join(_some(parties))
    match event.kind:
        case EventKind.MEETING:
            place = f", {event.where}" if event.where and event.where not in parties else ""
            return f"Meeting: {who or event.where or 'not named'}{place if who else ''}"
        case EventKind.DEADLINE:
            return f"Deadline: {_measure(event)}{f' ({who})' if who else ''}"
        case EventKind.EFFECTIVE:
            threatened = " (threatened)" if event.stage == "threatened" else ""
            return f"In force: {_measure(event)}{f' ({who})' if who else ''}{threatened}"


def people(event: Event) -> str:
    """Who is named, where anybody is: "Bessent, He Lifeng"."""
    return ", ".join(_some(list(event.people)))


def when(event: Event) -> str:
    """ "9 to 12 May 2025", and that the day is not told where it is not."""
    return f"{event.days}, the day is not told" if event.days.loose else str(event.days)


def state(event: Event) -> str:
    """What became of it: "MOVED (was 9 May 2025)", "OFF (called off)"; empty where nothing did."""
    match event.status:
        case Status.MOVED:
            return f"MOVED ({event.note})" if event.note else "MOVED"
        case Status.CANCELLED:
            return f"OFF ({event.note})" if event.note else "OFF"
        case Status.WITHDRAWN:
            return f"WITHDRAWN ({event.note})"
        case Status.SET:
            return event.note


def sources(event: Event) -> str:
    """Who says so and how sure that is: "high confidence: Reuters, AP, FT +2"."""
    named, more = event.outlets[:MAX_OUTLETS], len(event.outlets) - MAX_OUTLETS
    counted = f" +{more}" if more > 0 else ""
    return (
        f"{event.confidence} confidence: {', '.join(named)}{counted}" if named else f"{event.confidence} confidence"
    )


def is_sure(event: Event) -> bool:
    """Whether other calendars may show it as confirmed."""
    return event.confidence is not Confidence.LOW and not event.days.loose


def _measure(event: Event) -> str:
    return _MEASURES.get(event.measure, event.measure.replace("-", " "))


def _some(names: list[str]) -> list[str]:
    more = len(names) - MAX_NAMED
    return [*names[:MAX_NAMED], *([f"+{more}"] if more > 0 else [])]
