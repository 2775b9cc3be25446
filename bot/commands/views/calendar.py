"""What `/wire calendar` answers, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.calendar.events import Event
from bot.calendar.wording import people, sources, state, subject, when
from bot.commands.spec import one_line
from bot.commands.typed.calendar import Wish
from bot.deliver.card import Action, Line, Reply, Run

PAGE = 8  # events in one answer
STORIES = 2  # of them have a button: Slack shows five, and three are for the list itself
MAX_TITLE = 140  # characters of a headline


def listed(wish: Wish, events: Sequence[Event], today: date, following: Event | None) -> Reply:
    """The events by day, from number `wish.start` on; `following` is the next one where there are none."""
    if not events:
        return _empty(wish, following)
    first = min(wish.start, len(events))
    shown = events[first - 1 : first - 1 + PAGE]
    lines: list[Line] = []
    day: date | None = None
    for event in shown:
        begins = max(event.days.first, wish.period.days(today).first)
        if begins != day:
            lines.append((Run(text=_day(begins, today), bold=True),))
            day = begins
        lines += _event_lines(event)
    part = f": {first} to {first + len(shown) - 1} of {len(events)}" if len(shown) < len(events) else ""
    return Reply(
        title=f"Calendar{_of(wish)}, {wish.period.words.removeprefix('in ')}{part}",
        lines=tuple(lines),
        actions=_actions(wish, shown, first, len(events)),
    )


def _empty(wish: Wish, following: Event | None) -> Reply:
    title = f"Nothing is known to happen{_of(wish)} {wish.period.words}."
    if following is None:
        hint = (
            "Meetings, deadlines and effective dates stand here as soon as an item that is flagged names their day."
        )
        return Reply(title=title, lines=((Run(text=hint),),))
    return Reply(
        title=title,
        lines=(
            (Run(text="The next that is known:"),),
            (Run(text=when(following), bold=True),),
            *_event_lines(following),
        ),
        actions=(Action(label="Story", command=f"story:{following.story}"),),
    )


def _event_lines(event: Event) -> list[Line]:
    """What and when; who says so, with the link. What is off is struck through."""
    said = state(event)
    several = event.days.first != event.days.last
    named = people(event)
    head: Line = (
        *((Run(text=f"{said} ", bold=True),) if said else ()),
        Run(text=subject(event), bold=event.stands, strike=not event.stands),
        *((Run(text=f" · {when(event)}"),) if several else ()),
        *((Run(text=f" · {named}"),) if named else ()),
    )
    source: Line = (
        Run(text=one_line(event.title, MAX_TITLE), url=event.url),
        Run(text=f" · {sources(event)} · {event.story}"),
    )
    return [head, source]


def _actions(wish: Wish, shown: Sequence[Event], first: int, count: int) -> tuple[Action, ...]:
    actions = [Action(label="Remind me", command=f"remind:{f'country:{wish.country}' if wish.country else 'all'}")]
    if first > 1:
        actions.append(Action(label="Earlier", command=wish.command(max(1, first - PAGE))))
    if first - 1 + len(shown) < count:
        actions.append(Action(label="More", command=wish.command(first + PAGE)))
    stories = list(dict.fromkeys(event.story for event in shown))
    for number, story in enumerate(stories[:STORIES], 1):
        label = f"Story {number}" if len(stories) > 1 else "Story"
        actions.append(Action(label=label, command=f"story:{story}"))
    return tuple(actions)


def _of(wish: Wish) -> str:
    return f" for {wish.named}" if wish.named else ""


def _day(day: date, today: date) -> str:
    close = {0: "Today, ", 1: "Tomorrow, "}.get((day - today).days, "")
    return f"{close}{day:%A} {day.day} {day:%b %Y}"
