"""What the source commands answer, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.commands.spec import Mistake, Permission, one_line
from bot.commands.views import flooding
from bot.deliver.card import Action, File, Line, Menu, Reply, Run
from bot.intake.faults import shown
from bot.model import Fault, Item, Source
from bot.sources.sourcing import AddedSource, Pause, Trial, written

PAGE = 6  # sources in one answer
NAMED = 5  # names in one line
MAX_SHOWN = 80  # characters of a name or headline
MAX_WHY = 160  # characters of a fault in the list
MENU_LABEL = 70  # characters of a choice


class State(StrEnum):
    """How a source is doing; the ones to look at come first."""

    FAILING = "failing"
    FROZEN = "frozen"
    PAUSED = "paused"
    NEW = "not polled yet"
    OK = "ok"
    OFF = "off in sources.toml"

    @property
    def rank(self) -> int:
        return list(State).index(self)


_SIGNS = {State.FAILING: "✗", State.FROZEN: "❄", State.PAUSED: "⏸", State.NEW: "…", State.OK: "✓", State.OFF: "–"}


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
        title=f"{_capital(_named(standing.source))}: {standing.state}",
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
        runs += [Run(text=" since "), _moment(standing.since)]
    if standing.why:
        runs.append(Run(text=f": {one_line(standing.why, MAX_WHY)}"))
    if standing.last_new_at and standing.last_new_at != standing.since:
        runs += [Run(text=" · last new "), _moment(standing.last_new_at)]
    if standing.held:
        runs.append(Run(text=f" · {flooding.waiting(source, standing.held)}"))
    added = f" · added by {one_line(standing.added.by, MAX_SHOWN)}" if standing.added else ""
    runs.append(Run(text=f" · every {written(source.every)} · {source.authority}{added}"))
    return tuple(runs)


# --- a test poll ------------------------------------------------------------------------------------------


def trial_lines(source: Source, trial: Trial) -> tuple[Line, ...]:
    """What a test poll came to: how many entries, the newest of them, how many would have been flagged."""
    counted = "1 entry" if trial.entries == 1 else f"{trial.entries} entries"
    flagged = f"{trial.flagged} of {'them' if trial.judged == trial.entries else f'the first {trial.judged}'}"
    lines: list[Line] = [(Run(text=f"{counted} · {address(source)}"),)]
    lines += [_headline(item) for item in trial.newest]
    if trial.judged:
        lines.append((Run(text="Would have been flagged: ", bold=True), Run(text=flagged)))
    lines += [(Run(text="Beware: ", bold=True), Run(text=warning)) for warning in trial.warnings]
    return tuple(lines)


def offered(source: Source, trial: Trial, reference: str) -> Reply:
    """A feed that can be added, and the button that does."""
    terms = f"It would be polled every {written(source.every)}, as {source.authority}."
    return Reply(
        title=f"Found {_quoted(source.name or shown(source.url or ''))}. Nothing is saved yet.",
        lines=(*trial_lines(source, trial), (Run(text=terms),)),
        actions=(Action(label="Add", command=f"sources:add #{reference}"),),
    )


def checked(source: Source, trial: Trial) -> Reply:
    """A source that is there already, asked once."""
    return Reply(title=f"{_capital(_named(source))} answers.", lines=trial_lines(source, trial))


def unwell(source: Source, why: str) -> Reply:
    return Reply(title=f"{_capital(_named(source))} does not answer well.", lines=((Run(text=why),),))


def choice(site: str, found: Sequence[tuple[Source, int, str]], known: Sequence[str]) -> Reply:
    """The feeds of a site, each with its number of entries and its reference, to choose one from."""
    lines: list[Line] = [
        (Run(text=one_line(source.name, MAX_SHOWN) or "(no title)", bold=True), Run(text=f" · {_size(source, size)}"))
        for source, size, _ in found
    ]
    if known:
        lines.append((Run(text=f"There already: {', '.join(known[:NAMED])}."),))
    choices = tuple(
        (one_line(f"{source.name} · {address(source)}", MENU_LABEL), f"sources:check #{reference}")
        for source, _, reference in found
    )
    return Reply(
        title=f"{shown(site)} has {len(found)} feeds. Which one?",
        lines=tuple(lines),
        menu=Menu(label="Choose a feed to try", choices=choices),
    )


def not_found(fault: Fault) -> Reply:
    hint = "Nothing was added. The address of a feed often ends in /feed or /rss.xml."
    return Reply(title="I found no feed there.", lines=((Run(text=fault.message),), (Run(text=hint),)))


def _size(source: Source, size: int) -> str:
    return f"{'1 entry' if size == 1 else f'{size} entries'} · {address(source)}"


def _headline(item: Item) -> Line:
    when = (_moment(item.published_at),) if item.published_at else (Run(text="no date"),)
    return (Run(text=one_line(item.title, MAX_SHOWN), url=item.url), Run(text=" · "), *when)


# --- changes ----------------------------------------------------------------------------------------------


def added(new: AddedSource) -> Reply:
    source = new.source
    hint = "Its first poll comes in seconds: of what is there only the newest can alert, and what comes later always."
    return Reply(
        title=f"Added {_named(source)}, polled every {written(source.every)}.",
        lines=((Run(text=hint),),),
        actions=(
            Action(label="Remove", command=f"sources:remove {source.id}"),
            Action(label="Pause", command=f"sources:pause {source.id}"),
        ),
    )


def already(source: Source) -> Reply:
    return Reply(
        title=f"That is there already: {_named(source)}.",
        actions=(Action(label="Check", command=f"sources:check {source.id}"),),
    )


def removed(old: AddedSource, reference: str) -> Reply:
    return Reply(
        title=f"Removed {_named(old.source)}. It is not polled any more; what it brought stays.",
        actions=(Action(label="Undo", command=f"sources:add #{reference}"),),
    )


def in_the_file(source: Source) -> Reply:
    """A source of sources.toml can only be paused from here."""
    cure = f"Remove it there, or with: tradewire feeds remove {source.id}. From here it can be paused."
    return Reply(
        title=f"{_capital(_named(source))} stands in sources.toml.",
        lines=((Run(text=cure),),),
        actions=(Action(label="Pause", command=f"sources:pause {source.id}"),),
    )


def paused(source: Source, pause: Pause) -> Reply:
    lines: list[Line] = []
    if pause.reason:
        lines.append((Run(text="Because: ", bold=True), Run(text=pause.reason)))
    return Reply(
        title=f"Paused: {_named(source)} is not polled until somebody resumes it.",
        lines=tuple(lines),
        actions=(Action(label="Resume", command=f"sources:resume {source.id}"),),
    )


def paused_already(source: Source, pause: Pause) -> Reply:
    """Who paused it first, and why: a second pause changes neither."""
    because = f": {pause.reason}" if pause.reason else ", who gave no reason"
    return Reply(
        title=f"{_capital(_named(source))} is paused already.",
        lines=((Run(text="Since "), _moment(pause.paused_at), Run(text=f" by {pause.by}{because}")),),
        actions=(Action(label="Resume", command=f"sources:resume {source.id}"),),
    )


def resumed(source: Source) -> Reply:
    return Reply(title=f"Resumed: {_named(source)} is polled again.", actions=(_list_action(),))


def not_paused(source: Source) -> Reply:
    return Reply(title=f"{_capital(_named(source))} is not paused.", actions=(_list_action(),))


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
    what = "the address of an OPML list" if action == "import" else "the id of a source"
    what = "the address of a feed or of a site's page" if action == "add" else what
    return Reply(title=f"{_capital(action)} what? Name {what}: /wire sources {action} …", actions=(_list_action(),))


def no_address(wanted: str) -> Reply:
    hint = "Write it as a browser shows it: /wire sources add https://www.example.org/news"
    return Reply(title=f"“{wanted[:60]}” is no web address.", lines=((Run(text=hint),),))


def too_long_ago() -> Reply:
    return Reply(title="That offer is more than a day old. Look again with /wire sources add and the address.")


def too_many(most: int) -> Reply:
    hint = "Remove one, or put the source into sources.toml."
    return Reply(title=f"{most} sources have been added from chat, which is the most.", lines=((Run(text=hint),),))


# --- parts ------------------------------------------------------------------------------------------------


def address(source: Source) -> str:
    """Where a source is, fit to be shown: without user name, password and query."""
    return shown(source.url) if source.url else one_line(source.path or "", MAX_SHOWN)


def _pause_action(standing: Standing) -> Action:
    verb = "resume" if standing.state is State.PAUSED else "pause"
    return Action(label=_capital(verb), command=f"sources:{verb} {standing.source.id}")


def _list_action() -> Action:
    return Action(label="Sources", command="sources")


def _named(source: Source) -> str:
    return f"the source {source.id}" if source.name == source.id else f"{_quoted(source.name)} ({source.id})"


def _quoted(name: str) -> str:
    return f"“{one_line(name, MAX_SHOWN)}”"


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
