"""What a test poll of a feed came to, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands.spec import one_line
from bot.commands.views.source_names import MAX_SHOWN, MAX_WHY, NAMED, address, capital, moment, named, quoted
from bot.deliver.card import Action, Line, Menu, Reply, Run
from bot.intake.faults import shown
from bot.intake.fetched import Fault
from bot.model import Item, Source
from bot.sources.sourcing import Trial, written

MENU_LABEL = 70  # characters of a choice


def trial_lines(source: Source, trial: Trial) -> tuple[Line, ...]:
    """What a test poll came to: how many entries, the newest of them, how many would have been flagged."""
    counted = "1 entry" if trial.entries == 1 else f"{trial.entries} entries"
    flagged = f"{trial.flagged} of {'them' if trial.judged == trial.entries else f'the first {trial.judged}'}"
    lines: list[Line] = [(Run(text=f"{counted} · {address(source)}"),)]
    lines += [_headline(item) for item in trial.newest]
    if trial.judged:
        lines.append((Run(text="Would have been flagged: ", bold=True), Run(text=flagged)))
    lines += [_reason(item, why) for item, why in trial.reasons]
    language = f"language {trial.lang}" if trial.lang else ""
    pushed = "a hub pushes it" if trial.pushed else ""
    if about := [part for part in (language, trial.rhythm, pushed) if part]:
        lines.append((Run(text="About it: ", bold=True), Run(text=" · ".join(about))))
    lines += [(Run(text="Beware: ", bold=True), Run(text=warning)) for warning in trial.warnings]
    return tuple(lines)


def offered(source: Source, trial: Trial, reference: str) -> Reply:
    """A feed that can be added, and the button that does."""
    terms = f"It would be polled every {written(source.every)}, as {source.authority}."
    return Reply(
        title=f"Found {quoted(source.name or shown(source.url or ''))}. Nothing is saved yet.",
        lines=(*trial_lines(source, trial), (Run(text=terms),)),
        actions=(Action(label="Add", command=f"sources:add #{reference}"),),
    )


def checked(source: Source, trial: Trial) -> Reply:
    """A source that is there already, asked once."""
    return Reply(title=f"{capital(named(source))} answers.", lines=trial_lines(source, trial))


def unwell(source: Source, why: str) -> Reply:
    return Reply(title=f"{capital(named(source))} does not answer well.", lines=((Run(text=why),),))


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


def _reason(item: Item, why: str) -> Line:
    return (Run(text=f"{quoted(item.title)} for {one_line(why, MAX_WHY)}"),)


def _headline(item: Item) -> Line:
    when = (moment(item.published_at),) if item.published_at else (Run(text="no date"),)
    return (Run(text=one_line(item.title, MAX_SHOWN), url=item.url), Run(text=" · "), *when)
