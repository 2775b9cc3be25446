"""What `/wire remind` answers, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.calendar.events import Event
from bot.calendar.reminders import Reminder
from bot.calendar.wording import subject, when
from bot.commands.spec import Permission, one_line
from bot.deliver.card import Action, Line, Reply, Run
from bot.routing.query import QueryError

SHOWN = 5  # events that a new reminder covers
PAGE = 4  # reminders with their buttons: Slack shows five
MAX_QUERY = 200  # characters
MAX_TIME = 20
CALENDAR = Action(label="Calendar", command="calendar:")


def started(reminder: Reminder, covered: Sequence[Event], zone: str) -> Reply:
    """What one will be reminded of, when, and the next events that it covers."""
    lines: list[Line] = [(Run(text=f"{_capital(reminder.lead.words)}, {zone} time.", bold=True),)]
    if covered:
        more = f" (the next of {len(covered)})" if len(covered) > SHOWN else ""
        lines.append((Run(text=f"It covers now{more}:"),))
        lines += [(Run(text=f"{when(event)}: {subject(event)}"),) for event in covered[:SHOWN]]
    else:
        lines.append((Run(text="No such event is known yet; you hear of each that comes."),))
    return Reply(
        title=f"Reminders {_where(reminder)}: {_what(reminder)}.",
        lines=tuple(lines),
        actions=(stop(reminder, "Undo"), CALENDAR),
    )


def listed(reminders: Sequence[Reminder]) -> Reply:
    """What is asked for, with a button to stop each."""
    if not reminders:
        hint = "/wire remind China reminds you a day before what China takes part in; /wire remind all of everything."
        return Reply(title="No reminders are set.", lines=((Run(text=hint),),), actions=(CALENDAR,))
    shown = list(enumerate(reminders, 1))
    return Reply(
        title="Reminders",
        lines=tuple(
            (Run(text=f"{number}. {_what(each)}", bold=True), Run(text=f" · {each.lead.words} · {_where(each)}"))
            for number, each in shown
        ),
        actions=(*(stop(each, f"Stop {number}") for number, each in shown[:PAGE]), CALENDAR),
    )


def stopped(reminders: Sequence[Reminder]) -> Reply:
    if not reminders:
        return Reply(title="There was no such reminder.", actions=(Action(label="Reminders", command="remind:"),))
    named = "; ".join(_what(each) for each in reminders[:SHOWN])
    more = f" and {len(reminders) - SHOWN} more" if len(reminders) > SHOWN else ""
    return Reply(title=f"No more reminders {_where(reminders[0])}: {named}{more}.")


def not_allowed(permission: Permission) -> Reply:
    hint = "For yourself: /wire remind … dm sends them to you alone."
    return Reply(
        title="What this channel is reminded of is for those who manage it to say.",
        lines=((Run(text=permission.why),), (Run(text=hint),)),
    )


def too_many(most: int) -> Reply:
    return Reply(
        title=f"{most} reminders are set there already.",
        lines=((Run(text="/wire remind lists them; stop some first."),),),
        actions=(Action(label="Reminders", command="remind:"),),
    )


def two_times(first: str, second: str) -> Reply:
    hint = "For both, ask twice. In quotes it is a word to look for."
    title = (
        f"“{one_line(first, MAX_TIME)}” and “{one_line(second, MAX_TIME)}” are two times before an event: name one."
    )
    return Reply(title=title, lines=((Run(text=hint),), (Run(text="/wire remind China 2d"),)))


def no_query(text: str, error: QueryError) -> Reply:
    """What is wrong and where, and how it is written."""
    lines: list[Line] = [
        (
            Run(text=one_line(text[: error.start], MAX_QUERY)),
            Run(text=f" ▸{one_line(text[error.start : error.end])}◂ ", bold=True),
            Run(text=one_line(text[error.end :], MAX_QUERY)),
        )
    ]
    if error.correction:
        lines.append((Run(text="Perhaps you mean: "), Run(text=error.correction, bold=True)))
    lines.append((Run(text="Name a country, “all”, or a query as for /wire subscribe: steel country:EU"),))
    return Reply(title=f"{_capital(error.problem)}.", lines=tuple(lines))


def stop(reminder: Reminder, label: str) -> Action:
    return Action(label=label, command=f"remind:off #{reminder.id}")


def _what(reminder: Reminder) -> str:
    return f"“{one_line(reminder.query, MAX_QUERY)}”" if reminder.query else "every event"


def _where(reminder: Reminder) -> str:
    return "by direct message" if reminder.place.person else "in this channel"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
