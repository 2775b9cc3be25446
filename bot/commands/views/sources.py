"""What the source commands answer, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.commands.spec import Mistake, Permission, one_line
from bot.commands.views import flooding
from bot.commands.views.source_names import MAX_SHOWN, MAX_WHY, NAMED, address, capital, moment, named
from bot.deliver.card import Action, File, Line, Reply, Run
from bot.intake.faults import without_secrets
from bot.intake.fetched import Fault
from bot.model import Source
from bot.sources.sourcing import AddedSource, Pause, written

PAGE = 6  # sources in one answer


class State(StrEnum):
    """How a source is doing; the ones to look at come first."""

    FAILING = "failing"
    BLOCKED = "blocked"
    RETIRED = "retired"
    FROZEN = "frozen"
    PAUSED = "paused"
    NEW = "not polled yet"
    OK = "ok"
    OFF = "off in sources.toml"

    @property
    def rank(self) -> int:
        return list(State).index(self)


_SIGNS = {
    State.FAILING: "✗", State.BLOCKED: "✗", State.RETIRED: "✗", State.FROZEN: "❄",
    State.PAUSED: "⏸", State.NEW: "…", State.OK: "✓", State.OFF: "–",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """How a hub pushes a source: `until` when, None where it does not now, `why` where somebody should know."""

    hub: str
    until: datetime | None = None
    last: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A source as it stands: `why` and `since` belong to its state, `added` is who added it from chat."""

    source: Source
    state: State
    why: str = ""
    since: datetime | None = None
    last_new_at: datetime | None = None
    added: AddedSource | None = None
    held: int = 0  # items of which nobody is told until somebody decides
    push: Push | None = None  # where its feed offers a hub
    moved_to: str | None = None  # the address that is asked in the place of its own


# --- the list ---------------------------------------------------------------------------------------------


def listed(standings: Sequence[Standing], start: str = "1") -> Reply:
    """The sources from number `start` on, those to look at first."""
    if not standings:
        hint = "An administrator adds one: /wire sources add with the address of a feed or site."
        return Reply(title="There are no sources.", lines=((Run(text=hint),),))
    ordered = sorted(standings, key=lambda each: (each.state.rank, each.source.id))
    first = _number(start, len(ordered))
    page = list(enumerate(ordered, 1))[first - 1 : first - 1 + PAGE]
    last = page[-1][0]
    part = f": {first} to {last} of {len(ordered)}" if len(page) < len(ordered) else ""
    more = (Action(label="More", command=f"sources:list {last + 1}"),) if last < len(ordered) else ()
    return Reply(
        title=f"Sources{part}",
        lines=((Run(text=_tally(ordered)),), *(_entry(number, each) for number, each in page)),
        actions=more,
    )


def one(standing: Standing) -> Reply:
    """All about one source."""
    decide = flooding.decide(standing.source) if standing.held else ()
    return Reply(
        title=f"{capital(named(standing.source))}: {standing.state}",
        lines=((Run(text="Address: ", bold=True), Run(text=address(standing.source))), _details(standing)),
        actions=(
            Action(label="Check", command=f"sources:check {standing.source.id}"),
            _pause_action(standing),
            *decide,
        ),
    )


def _number(text: str, count: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= count:
        return int(text)
    counted = "is 1 source" if count == 1 else f"are {count} sources"
    raise Mistake(Reply(title=f"There {counted}, and “{text[:40]}” is no number of one.", actions=(_list_action(),)))


def _tally(standings: Sequence[Standing]) -> str:
    states = [each.state for each in standings]
    return ", ".join(f"{states.count(state)} {state}" for state in State if state in states)


def _entry(number: int, standing: Standing) -> Line:
    name = f"{number}. {_SIGNS[standing.state]} {standing.source.id}"
    called = one_line(standing.source.name, MAX_SHOWN)
    said = f" “{called}”" if called != standing.source.id else ""
    return (Run(text=name, bold=True), Run(text=f"{said} · "), *_details(standing))


def _details(standing: Standing) -> Line:
    source = standing.source
    runs: list[Run] = [Run(text=str(standing.state))]
    if standing.since:
        runs += [Run(text=" since "), moment(standing.since)]
    if standing.why:
        runs.append(Run(text=f": {one_line(standing.why, MAX_WHY)}"))
    if standing.last_new_at and standing.last_new_at != standing.since:
        runs += [Run(text=" · last new "), moment(standing.last_new_at)]
    runs += _pushed(standing.push) if standing.push else ()
    if standing.moved_to:
        runs.append(Run(text=f" · moved to {without_secrets(standing.moved_to)}: change the url"))
    if standing.held:
        runs.append(Run(text=f" · {flooding.waiting(source, standing.held)}"))
    added = f" · added by {one_line(standing.added.by, MAX_SHOWN)}" if standing.added else ""
    runs.append(Run(text=f" · every {written(source.every)} · {source.authority}{added}"))
    return tuple(runs)


def _pushed(push: Push) -> Line:
    if push.until is None:
        return (Run(text=f" · not pushed by {push.hub}: {one_line(push.why, MAX_WHY) or 'asked for'}"),)
    last = (Run(text=", last delivery "), moment(push.last)) if push.last else ()
    return (Run(text=f" · pushed by {push.hub}"), *last, Run(text=", lease until "), moment(push.until))


# --- changes ----------------------------------------------------------------------------------------------


def added(new: AddedSource) -> Reply:
    source = new.source
    hint = "Its first poll comes in seconds: of what is there only the newest can alert, and what comes later always."
    return Reply(
        title=f"Added {named(source)}, polled every {written(source.every)}.",
        lines=((Run(text=hint),),),
        actions=(
            Action(label="Remove", command=f"sources:remove {source.id}"),
            Action(label="Pause", command=f"sources:pause {source.id}"),
        ),
    )


def already(source: Source) -> Reply:
    return Reply(
        title=f"That is there already: {named(source)}.",
        actions=(Action(label="Check", command=f"sources:check {source.id}"),),
    )


def removed(old: AddedSource, reference: str) -> Reply:
    return Reply(
        title=f"Removed {named(old.source)}. It is not polled any more; what it brought stays.",
        actions=(Action(label="Undo", command=f"sources:add #{reference}"),),
    )


def in_the_file(source: Source) -> Reply:
    """A source of sources.toml can only be paused from here."""
    cure = f"Remove it there, or with: tradewire feeds remove {source.id}. From here it can be paused."
    return Reply(
        title=f"{capital(named(source))} stands in sources.toml.",
        lines=((Run(text=cure),),),
        actions=(Action(label="Pause", command=f"sources:pause {source.id}"),),
    )


def paused(source: Source, pause: Pause) -> Reply:
    lines: list[Line] = []
    if pause.reason:
        lines.append((Run(text="Because: ", bold=True), Run(text=pause.reason)))
    return Reply(
        title=f"Paused: {named(source)} is not polled until somebody resumes it.",
        lines=tuple(lines),
        actions=(Action(label="Resume", command=f"sources:resume {source.id}"),),
    )


def paused_already(source: Source, pause: Pause) -> Reply:
    """Who paused it first, and why: a second pause changes neither."""
    because = f": {pause.reason}" if pause.reason else ", who gave no reason"
    return Reply(
        title=f"{capital(named(source))} is paused already.",
        lines=((Run(text="Since "), moment(pause.paused_at), Run(text=f" by {pause.by}{because}")),),
        actions=(Action(label="Resume", command=f"sources:resume {source.id}"),),
    )


def resumed(source: Source) -> Reply:
    return Reply(title=f"Resumed: {named(source)} is polled again.", actions=(_list_action(),))


def asked_now(source: Source) -> Reply:
    hint = "Its address is the configured one again, and what it failed before does not count. See in a minute:"
    return Reply(
        title=f"{capital(named(source))} is asked now.",
        lines=((Run(text=hint),),),
        actions=(_list_action(),),
    )


def not_paused(source: Source) -> Reply:
    return Reply(title=f"{capital(named(source))} is not paused.", actions=(_list_action(),))


# --- lists of feeds ---------------------------------------------------------------------------------------


def exported(document: str, feeds: int, hidden: int) -> Reply:
    """The list as a file; `hidden` counts the addresses whose passwords or keys were left out."""
    lines: list[Line] = []
    if hidden:
        are = "1 address is" if hidden == 1 else f"{hidden} addresses are"
        lines.append((Run(text=f"{are} without the password or key: no chat should hold one."),))
    return Reply(
        title=f"{feeds} feed{'' if feeds == 1 else 's'} as OPML, for any feed reader.",
        lines=tuple(lines),
        file=File(name="tradewire-sources.opml", content=document.encode()),
    )


def imported(new: Sequence[AddedSource], known: int, unusable: Sequence[str], left: int, most: int) -> Reply:
    """What became of every feed of a list."""
    lines: list[Line] = []
    if new:
        names = ", ".join(one_line(each.source.id, MAX_SHOWN) for each in new[:NAMED])
        more = f" and {len(new) - NAMED} more" if len(new) > NAMED else ""
        lines.append((Run(text="Added: ", bold=True), Run(text=f"{names}{more}")))
        lines.append((Run(text="What stands in them now is history; only what comes from now on can alert."),))
    if unusable:
        named = ", ".join(unusable[:NAMED])
        lines.append((Run(text="No web address: ", bold=True), Run(text=named)))
    if left:
        full = f"{left} more did not fit: at most {most} sources are added from chat. Put them into sources.toml."
        lines.append((Run(text=full),))
    return Reply(
        title=f"{len(new)} added, {known} there already, {len(unusable)} unusable.",
        lines=tuple(lines),
        actions=(_list_action(),),
    )


def not_imported(fault: Fault) -> Reply:
    return Reply(title="Nothing was imported.", lines=((Run(text=fault.message),),))


# --- refusals ---------------------------------------------------------------------------------------------


def not_allowed(permission: Permission) -> Reply:
    """Who may, and what everybody may."""
    return Reply(
        title="The sources are for the administrators of Tradewire to change.",
        lines=((Run(text=permission.why),), (Run(text="Everybody may list them: /wire sources"),)),
        actions=(_list_action(),),
    )


def unknown(wanted: str, near: Sequence[str], actions: Sequence[str]) -> Reply:
    hints = [f"/wire sources {action}" for action in actions] + list(near)
    did_you_mean = ((Run(text="Did you mean "), Run(text=" or ".join(hints), bold=True), Run(text="?")),)
    return Reply(
        title=f"There is no source “{wanted[:60]}”.",
        lines=did_you_mean if hints else (),
        actions=(_list_action(),),
    )


def nothing_named(action: str) -> Reply:
    """What an action needs."""
    what = "the address of an OPML list, or attach it as file" if action == "import" else "the id of a source"
    what = "the address of a feed or of a site's page" if action == "add" else what
    return Reply(title=f"{capital(action)} what? Name {what}: /wire sources {action} …", actions=(_list_action(),))


def file_without_import(action: str) -> Reply:
    """A file is an OPML list, and means nothing to other actions."""
    hint = f"A file is a list of feeds: /wire sources import takes it, {action} does not."
    return Reply(title="Nothing was done with that file.", lines=((Run(text=hint),),), actions=(_list_action(),))


def no_address(wanted: str) -> Reply:
    hint = "Write it as a browser shows it: /wire sources add https://www.example.org/news"
    return Reply(title=f"“{wanted[:60]}” is no web address.", lines=((Run(text=hint),),))


def too_long_ago() -> Reply:
    return Reply(title="That offer is more than a day old. Look again with /wire sources add and the address.")


def too_many(most: int) -> Reply:
    hint = "Remove one, or put the source into sources.toml."
    return Reply(title=f"{most} sources have been added from chat, which is the most.", lines=((Run(text=hint),),))


# --- parts ------------------------------------------------------------------------------------------------


_RESUMED = {State.PAUSED, State.BLOCKED, State.RETIRED}


def _pause_action(standing: Standing) -> Action:
    verb = "resume" if standing.state in _RESUMED else "pause"
    return Action(label=capital(verb), command=f"sources:{verb} {standing.source.id}")


def _list_action() -> Action:
    return Action(label="Sources", command="sources")
