"""What the commands answer, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commands.spec import Caller
from bot.deliver.card import Action, Line, Reply, Run, fact_fields
from bot.model import Destination, Evidence, Item, Notice, Verdict
from bot.store.news import SHORTEST_REFERENCE

MOST_EVIDENCE = 8
MOST_DECISIONS = 8
MOST_FAILING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What was decided on an item, as one reader may see it: `told` and `untold` count the other channels."""

    shown: Sequence[Notice]
    told: int = 0
    untold: int = 0


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
    read: Line | None = None,
) -> Reply:
    """The verdict with its quoted evidence, each decision with its reason, then what was `learned` from marks.

    `read` says what became of the item's page, where that was asked for.
    """
    lines: list[Line] = [
        (Run(text=item.title, bold=True, url=item.url),),
        (Run(text=f"{item.outlet or item.source_id} · "), _moment(item.at)),
        (Run(text="Judged: ", bold=True), Run(text=_judgement(verdict))),
        *([read] if read else []),
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


def page_line(item: Item, failure: str | None) -> Line:
    """How much of the article was read; `failure` says why only the teaser, in words that follow "its page"."""
    if failure is not None:
        return (Run(text="By its teaser: ", bold=True), Run(text=f"its page {failure}"))
    return (Run(text="Read in full: ", bold=True), Run(text=f"{len(item.body):,} characters on its page"))


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


def _moment(when: datetime) -> Run:
    return Run(text=f"{when:%Y-%m-%d %H:%M} UTC", when=when)
