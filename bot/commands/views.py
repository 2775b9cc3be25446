"""What the commands answer, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commands.spec import Caller, Command
from bot.deliver.card import Action, Line, Reply, Run, fact_fields
from bot.model import Destination, Evidence, Item, Notice, Story, Verdict
from bot.observe import Part
from bot.store.feeds import SourceHealth
from bot.store.news import SHORTEST_REFERENCE
from bot.store.outbox import Backlog

MOST_EVIDENCE = 8
MOST_DECISIONS = 8
MOST_FAILING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What was decided on an item, as one reader may see it: `told` and `untold` count the other channels."""

    shown: Sequence[Notice]
    told: int = 0
    untold: int = 0


def latest(stories: Sequence[tuple[Story, Item]], *, topic: str | None, since: datetime) -> Reply:
    """One line a story: headline, outlets, tier, direction, when."""
    what = f"{topic} stories" if topic else "stories"
    if not stories:
        return Reply(title=f"No {what} were flagged since then.", lines=((Run(text="since "), _moment(since)),))
    return Reply(
        title=f"Latest {what}",
        lines=tuple(_headline(story, item) for story, item in stories),
        actions=tuple(
            Action(label=f"Why {number}", command=f"why:{item.key}")
            for number, (_, item) in enumerate(stories[:5], 1)
        ),
    )


def _headline(story: Story, item: Item) -> Line:
    direction = f" · {story.verdict.direction}" if story.verdict.direction else ""
    outlets = ", ".join(story.outlets[:3]) or item.source_id
    more = f" +{len(story.outlets) - 3}" if len(story.outlets) > 3 else ""
    return (
        Run(text=story.title, bold=True, url=item.url),
        Run(text=f" · {outlets}{more} · {story.tier}{direction} · "),
        _moment(item.at),
    )


def unknown_item(wanted: str | None, command: str = "why") -> Reply:
    if wanted is None:
        return Reply(title=f"Nothing was told here yet; name an item: /wire {command} REFERENCE")
    hint = f"Use the reference of an alert ({SHORTEST_REFERENCE} characters of it at least), its link or its story."
    return Reply(title=f"No item “{wanted[:60]}” is stored.", lines=((Run(text=hint),),))


def why(
    item: Item,
    verdict: Verdict,
    decisions: Decisions,
    learned: Sequence[Line] = (),
    actions: tuple[Action, ...] = (),
) -> Reply:
    """The verdict with its quoted evidence, each decision with its reason, then what was `learned` from marks."""
    lines: list[Line] = [
        (Run(text=item.title, bold=True, url=item.url),),
        (Run(text=f"{item.outlet or item.source_id} · "), _moment(item.at)),
        (Run(text="Judged: ", bold=True), Run(text=_judgement(verdict))),
    ]
    if verdict.evidence:
        lines.append((Run(text="Because it says", bold=True),))
        lines += [
            _quote(each) for each in sorted(verdict.evidence, key=lambda each: -abs(each.weight))[:MOST_EVIDENCE]
        ]
    lines += [
        (Run(text=f"{field.label}: ", bold=True), Run(text=field.value)) for field in fact_fields(verdict.facts)
    ]
    lines.append((Run(text="Decided", bold=True),))
    lines += _decided(decisions)
    lines += learned
    return Reply(title=f"Why {item.key[:8]}", lines=tuple(lines), actions=actions)


def _quote(evidence: Evidence) -> Line:
    side = "for" if evidence.weight > 0 else "against"
    return (Run(text=f"“{evidence.text}” speaks {side} {evidence.label} ({evidence.weight:+.1f})"),)


def _judgement(verdict: Verdict) -> str:
    figures = f"trade {verdict.trade:.2f}, market {verdict.market:.2f}, urgent {verdict.urgent:.2f}"
    labels = ", ".join(verdict.labels) or "neither trade nor market"
    extra = "".join(f", {part}" for part in (verdict.direction, verdict.kind) if part)
    return f"{labels}{extra} ({figures})"


def decisions_for(caller: Caller, notices: Sequence[Notice], managers: Collection[Destination]) -> Decisions:
    """Those of the caller and of the place where they ask; of other channels for `managers`, of other people never.

    A decision may say who muted what, and why: that is for the people of its channel.
    """
    own, manages = {caller.place, caller.user}, caller.user in managers
    channels = {notice.destination for notice in notices if not notice.destination.person}
    shown = own | channels if manages else own
    told = {notice.destination for notice in notices if notice.reason.tells}
    elsewhere = channels - shown
    return Decisions(
        shown=[notice for notice in notices if notice.destination in shown],
        told=len(elsewhere & told),
        untold=len(elsewhere - told),
    )


def _decided(decisions: Decisions) -> list[Line]:
    lines = [_decision(notice) for notice in decisions.shown[-MOST_DECISIONS:]]
    if elsewhere := decisions.told + decisions.untold:
        lines = lines or [(Run(text="Nothing for this place."),)]
        counts = f"{decisions.told} told, {decisions.untold} not told"
        lines.append((Run(text=f"{elsewhere} other channel{'' if elsewhere == 1 else 's'}: {counts}"),))
    return lines or [(Run(text="No route of yours or of a channel names a destination for it."),)]


def _decision(notice: Notice) -> Line:
    return (
        Run(text=f"{notice.destination}: ", bold=True),
        Run(text=f"{notice.reason} by route {notice.route}: {notice.detail} · "),
        _moment(notice.decided_at),
    )


def status(
    *,
    sources: Sequence[SourceHealth],
    read: int,
    opened: int,
    waiting: Sequence[Backlog],
    outcomes: dict[str, int],
    reasons: dict[str, int],
    parts: Sequence[Part],
) -> Reply:
    """The last day in figures, then everything that is not as it should be, each with its cure."""
    failing = [source for source in sources if source.failures]
    lines: list[Line] = [
        (
            Run(text="Last 24 h: ", bold=True),
            Run(text=f"{read} items, {opened} stories, {_figures(outcomes) or 'no'} deliveries"),
        ),
        (Run(text="Decisions: ", bold=True), Run(text=_figures(reasons) or "none yet")),
        (Run(text="Sources: ", bold=True), Run(text=f"{len(sources) - len(failing)} well, {len(failing)} failing")),
    ]
    lines += [_failing(source) for source in failing[:MOST_FAILING]]
    if not waiting:
        lines.append((Run(text="Outbox: ", bold=True), Run(text="empty")))
    lines += [_waiting(entry) for entry in waiting]
    lines += [
        (Run(text=f"{'✓' if part.ok else '✗'} {part.name}: ", bold=True), Run(text=part.detail)) for part in parts
    ]
    well = not failing and not waiting and all(part.ok for part in parts)
    return Reply(title="All is well." if well else "Status", lines=tuple(lines))


def _figures(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))


def _failing(source: SourceHealth) -> Line:
    last = (
        (Run(text=" · last good "), _moment(source.last_ok_at)) if source.last_ok_at else (Run(text=" · never good"),)
    )
    return (Run(text=f"✗ {source.id}: ", bold=True), Run(text=source.fault or "no answer"), *last)


def _waiting(entry: Backlog) -> Line:
    why = f": {entry.fault}" if entry.fault else ""
    return (
        Run(text=f"{entry.destination}: ", bold=True),
        Run(text=f"{entry.waiting} waiting since "),
        _moment(entry.oldest),
        Run(text=why),
    )


def overview(commands: Sequence[Command]) -> Reply:
    """Every command in a line."""
    lines = [(Run(text=command.usage, bold=True), Run(text=f": {command.help}")) for command in commands]
    return Reply(title="Tradewire: one event, one alert, with the facts and the reason.", lines=tuple(lines))


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)
