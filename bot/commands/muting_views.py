"""What the mute commands answer, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.commands.spec import Caller, Permission
from bot.deliver.card import Action, Line, Reply, Run
from bot.routing.mutes import Mute, MuteKind

NAMED = 5  # valid names in one answer
STILL = "What already stands here is corrected and withdrawn all the same; nothing new comes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is muted: `value` as it is stored, `name` for people."""

    kind: MuteKind
    value: str
    name: str

    def __str__(self) -> str:
        return f"the {self.kind} “{self.name}”"


def muted(mute: Mute, target: Target, *, already: bool = False) -> Reply:
    """What is silent now, until when and why, and how to take it back."""
    return Reply(
        title=f"{'Muted already' if already else 'Muted'} {_where(mute)}: {target}.",
        lines=(*_terms(mute), (Run(text=STILL),)),
        actions=(unmute_action(target, "Undo"),),
    )


def unmuted(mute: Mute, target: Target) -> Reply:
    return Reply(title=f"No longer muted {_where(mute)}: {target}.")


def listed(caller: Caller, mutes: Sequence[tuple[Mute, Target]]) -> Reply:
    """Everything that is muted in the caller's place: who said so, why, until when."""
    where = "for you" if caller.place.person else "in this channel"
    if not mutes:
        hint = "The Mute button of an alert mutes its story; /wire help mute shows the rest."
        return Reply(title=f"Nothing is muted {where}.", lines=((Run(text=hint),),))
    lines = [
        (Run(text=f"{number}. {_capital(str(target))}", bold=True), Run(text=" · "), *_summary(mute))
        for number, (mute, target) in enumerate(mutes, 1)
    ]
    actions = [unmute_action(target, f"Unmute {number}") for number, (_, target) in enumerate(mutes[:5], 1)]
    return Reply(title=f"Muted {where}", lines=tuple(lines), actions=tuple(actions))


def unmute_action(target: Target, label: str = "Unmute") -> Action:
    return Action(label=label, command=f"unmute:{target.kind} {target.value}")


# --- refusals ---------------------------------------------------------------------------------------------


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
    lines.append((Run(text='A name of several words stands in quotes: /wire mute source "Example Wire"'),))
    return Reply(title=f"No source or outlet “{wanted[:60]}” is known.", lines=tuple(lines))


def not_muted(kind: MuteKind, wanted: str, here: Sequence[tuple[Mute, Target]]) -> Reply:
    if not here:
        return Reply(title="Nothing is muted here.")
    shown = "; ".join(str(target) for _, target in here[:NAMED])
    more = f" and {len(here) - NAMED} more, see /wire mutes" if len(here) > NAMED else ""
    return Reply(
        title=f"No {kind} “{wanted[:60]}” is muted here.", lines=((Run(text=f"Muted here: {shown}{more}."),),)
    )


def closed(target: Target, open_for: timedelta) -> Reply:
    hours = f"{open_for.total_seconds() / 3600:g}"
    hint = f"A story closes {hours} hours after its last report; what comes later is a new one."
    return Reply(title=f"Nothing more comes of {target}: it is closed.", lines=((Run(text=hint),),))


def too_many(most: int) -> Reply:
    hint = "/wire mutes lists them; take some back, or change the route in routes.toml."
    return Reply(title=f"{most} things are muted here already.", lines=((Run(text=hint),),))


# --- parts ------------------------------------------------------------------------------------------------


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
    return f"“{name}”"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
