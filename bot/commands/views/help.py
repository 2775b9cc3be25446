"""What `/wire help` answers, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.commands.spec import Command, Mistake
from bot.deliver.card import Action, Line, Reply, Run
from bot.routing.guide import EXAMPLES

QUERY = "query"  # the page on how queries are written
MAX_NAMED = 40  # characters of what somebody typed


Copyable = Callable[[str], str]  # a command, as it works when it is copied


def overview(commands: Sequence[Command], copyable: Copyable) -> Reply:
    """Every command in a line, then where to read on."""
    lines = [(Run(text=command.usage, bold=True), Run(text=f": {command.help}")) for command in commands]
    examples, queries = copyable("/wire help latest"), copyable(f"/wire help {QUERY}")
    more = f"With examples: {examples}. How queries are written: {queries}."
    return Reply(
        title="Tradewire: one event, one alert, with the facts and the reason.",
        lines=(*lines, (Run(text=more),)),
        actions=(Action(label="How queries are written", command=f"help:{QUERY}"),),
    )


def language(copyable: Copyable) -> Reply:
    """The subscription language in ten lines."""
    lines: list[Line] = [(Run(text=example, bold=True), Run(text=f"  {finds}")) for example, finds in EXAMPLES]
    lines.append((Run(text="Try one: "), Run(text=copyable("/wire search tarif* country:CN"), bold=True)))
    return Reply(title="How queries are written", lines=tuple(lines))


def unknown(wanted: str, near: str | None, names: Sequence[str]) -> Mistake:
    hint = f"Did you mean {near}? " if near else ""
    return Mistake(
        Reply(
            title=f"There is no command “{wanted[:MAX_NAMED]}”.",
            lines=((Run(text=f"{hint}Commands: {', '.join(names)}; and {QUERY}, how queries are written."),),),
            actions=(Action(label=f"Help on {near}", command=f"help:{near}"),) if near else (),
        ),
        option="command",
    )
