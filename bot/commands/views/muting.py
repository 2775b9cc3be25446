"""What the mute commands answer, as neutral replies. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.commands.spec import Caller, Mistake, Permission, one_line
from bot.deliver.card import Action, Line, Reply, Run
from bot.deliver.panel import Panel, Row
from bot.model import Destination
from bot.routing.mutes import Mute, MuteKind

NAMED = 5  # valid names in one answer
PAGE = 4  # mutes, each with its button, and "More": Slack shows five buttons
MAX_SHOWN = 80  # characters of a name
STILL = "What already stands here is corrected and withdrawn all the same; nothing new comes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is muted: `value` as it is stored, `name` for people."""

    kind: MuteKind
    value: str
    name: str

    @property
    def reference(self) -> str:
        """What a button says to mean it: a name may be too long for a button, or hold what is read otherwise."""
        if self.kind in (MuteKind.STORY, MuteKind.TOPIC):
            return self.value
        return f"#{hashlib.sha256(self.value.encode()).hexdigest()[:8]}"

    def __str__(self) -> str:
        return f"the {self.kind} “{one_line(self.name, MAX_SHOWN)}”"


def muted(mute: Mute, target: Target, *, already: bool = False) -> Reply:
    """What is silent now, until when and why, and how to take it back."""
    return Reply(
        title=f"{'Muted already' if already else 'Muted'} {_where(mute)}: {target}.",
        lines=(*_terms(mute), (Run(text=STILL),)),
        actions=(unmute_action(target, "Undo"),),
    )


def unmuted(mute: Mute, target: Target) -> Reply:
    return Reply(title=f"No longer muted {_where(mute)}: {target}.")


def listed(caller: Caller, mutes: Sequence[tuple[Mute, Target]], start: str = "1") -> Reply:
    """What is muted in the caller's place from number `start` on: who said so, why, until when, and its button."""
    where = "for you" if caller.place.person else "in this channel"
    if not mutes:
        hint = "The Mute button of an alert mutes its story; /wire help mute shows the rest."
        return Reply(title=f"Nothing is muted {where}.", lines=((Run(text=hint),),))
    first = _number(start, len(mutes))
    shown = list(enumerate(mutes, 1))[first - 1 : first - 1 + PAGE]
    last = shown[-1][0]
    actions = [unmute_action(target, f"Unmute {number}") for number, (_, target) in shown]
    if last < len(mutes):
        actions.append(Action(label="More", command=f"mutes:{last + 1}"))
    part = f": {first} to {last} of {len(mutes)}" if len(shown) < len(mutes) else ""
    return Reply(title=f"Muted {where}{part}", lines=tuple(_entry(*each) for each in shown), actions=tuple(actions))


def panel(mutes: Sequence[tuple[Mute, Target]]) -> Panel:
    """One's own mutes as a part of one's own page."""
    hint = "Nothing is muted for you. The Mute button of an alert in our direct messages mutes its story."
    return Panel(
        title="Mutes",
        lines=() if mutes else ((Run(text=hint),),),
        rows=tuple(Row(line=_row(mute, target), actions=(unmute_action(target),)) for mute, target in mutes),
    )


def _row(mute: Mute, target: Target) -> Line:
    why = f" · {mute.reason}" if mute.reason else ""
    return (Run(text=f"{_capital(_identified(target))}{why} · until "), _until(mute))


def _number(text: str, count: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= count:
        return int(text)
    are = "is 1 mute" if count == 1 else f"are {count} mutes"
    raise Mistake(
        Reply(title=f"There {are} here, and “{text[:40]}” is no number of one.", actions=(_list_action("Mutes"),))
    )


def _entry(number: int, found: tuple[Mute, Target]) -> Line:
    mute, target = found
    return (Run(text=f"{number}. {_capital(_identified(target))}", bold=True), Run(text=" · "), *_summary(mute))


def _list_action(label: str) -> Action:
    return Action(label=label, command="mutes")


def unmute_action(target: Target, label: str = "Unmute") -> Action:
    return Action(label=label, command=f"unmute:{target.kind} {target.reference}")


# --- refusals ---------------------------------------------------------------------------------------------


def never_told(place: Destination) -> Reply:
    """Nothing comes here that could be silenced, and to say that it is silent now would be no help."""
    cure = f"No route in routes.toml names {place}. In direct messages with me, what you mute is muted for you."
    return Reply(title="No alerts come to this channel, so there is nothing to mute.", lines=((Run(text=cure),),))


def not_allowed(permission: Permission, story: Target | None) -> Reply:
    """Who may, and what everybody may: `story` is what they wanted muted, where it was a story."""
    own = "For yourself: what you mute in direct messages with me is muted for you alone"
    follow = (Action(label="Follow", command=f"follow:{story.value}"),) if story else ()
    hint = f"{own}, and Follow brings you the further news of a story there." if story else f"{own}."
    return Reply(
        title="What is muted in this channel is for those who manage it to say.",
        lines=((Run(text=permission.why),), (Run(text=hint),)),
        actions=follow,
    )


def unknown_source(wanted: str, near: Sequence[str], known: Sequence[str]) -> Reply:
    lines: list[Line] = []
    if near:
        lines.append((Run(text="Did you mean "), Run(text=" or ".join(map(_quoted, near)), bold=True), Run(text="?")))
    if known:
        more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
        lines.append((Run(text=f"Known: {', '.join(map(_quoted, known[:NAMED]))}{more}."),))
    reason = "A reason comes after the time or after quotes: /wire mute source Example Wire for 3d too noisy"
    lines.append((Run(text=reason),))
    return Reply(title=f"No source or outlet “{wanted[:60]}” is known.", lines=tuple(lines))


def not_muted(kind: MuteKind, wanted: str, here: Sequence[tuple[Mute, Target]]) -> Reply:
    if not here:
        return Reply(title="Nothing is muted here.")
    shown = "; ".join(_identified(target) for _, target in here[:NAMED])
    more = f" and {len(here) - NAMED} more" if len(here) > NAMED else ""
    return Reply(
        title=f"No {kind} “{wanted[:60]}” is muted here.",
        lines=((Run(text=f"Muted here: {shown}{more}."),),),
        actions=(_list_action("Mutes"),),
    )


def closed(target: Target, open_for: timedelta) -> Reply:
    hours = f"{open_for.total_seconds() / 3600:g}"
    hint = f"A story closes {hours} hours after its last report; what comes later is a new one."
    return Reply(title=f"Nothing more comes of {target}: it is closed.", lines=((Run(text=hint),),))


def too_many(most: int) -> Reply:
    hint = "/wire mutes lists them; take some back, or change the route in routes.toml."
    return Reply(title=f"{most} things are muted here already.", lines=((Run(text=hint),),))


# --- parts ------------------------------------------------------------------------------------------------


def _identified(target: Target) -> str:
    """With the id of a story: many may share a title, and nobody types one."""
    return f"{target} · {target.value}" if target.kind is MuteKind.STORY else str(target)


def _where(mute: Mute) -> str:
    return "for you" if mute.place.person else "in this channel"


def _terms(mute: Mute) -> list[Line]:
    lines: list[Line] = [
        (Run(text="Until: ", bold=True), _until(mute)),
        (Run(text="By: ", bold=True), Run(text=mute.by)),
    ]
    if mute.reason:
        lines.append((Run(text="Because: ", bold=True), Run(text=mute.reason)))
    return lines


def _summary(mute: Mute) -> Line:
    why = (Run(text=f" · {mute.reason}"),) if mute.reason else ()
    return (Run(text=f"by {mute.by} until "), _until(mute), *why)


def _until(mute: Mute) -> Run:
    return Run(text=mute.until, when=mute.expires_at)


def _quoted(name: str) -> str:
    return f"“{one_line(name, MAX_SHOWN)}”"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
