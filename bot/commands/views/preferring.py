"""What the settings of a place and its digests answer, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.commands.spec import Permission
from bot.commands.typed.preferring import EXAMPLES, HOW, LANGUAGES, Setting
from bot.counts import how_many
from bot.deliver.card import Action, Bulletin, Line, Menu, Reply, Run
from bot.deliver.panel import Panel, Row
from bot.model import Destination, Tier
from bot.routing.preferences import Preferences
from bot.routing.routes import Route

NEXT = Action(label="Next digest", command="digest:show")

_CHOICES: Mapping[Setting, tuple[tuple[str, str], ...]] = {
    Setting.ZONE: tuple(
        (zone, zone)
        for zone in (
            "UTC", "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo", "Europe/London",
            "Europe/Berlin", "Europe/Paris", "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai",
            "Asia/Tokyo", "Australia/Sydney",
        )
    ),
    Setting.LANGUAGE: tuple((name, code) for code, name in LANGUAGES.items())[:20],
    Setting.TIER: tuple((f"{tier} and louder", str(tier)) for tier in Tier),
    Setting.THRESHOLD: tuple(
        (f"{topic} at {value}", f"{topic} {value}")
        for topic in ("trade", "market")
        for value in ("0.5", "0.7", "0.9")
    ),
    Setting.QUIET: (
        ("At night, 22:00-06:00", "22:00-06:00"), ("Long nights, 20:00-08:00", "20:00-08:00"),
        ("At work only, 18:00-09:00", "18:00-09:00"),
    ),
    Setting.LOUD: tuple((f"{tier} and louder", str(tier)) for tier in (Tier.FLASH, Tier.URGENT)),
    Setting.DIGEST: (
        ("Every hour", "hourly"), ("Every day at 08:00", "daily 08:00"),
        ("Every day at 08:00 and 17:00", "daily 08:00 17:00"), ("On weekdays at 08:00", "weekdays 08:00"),
        ("On Mondays at 08:00", "weekly monday 08:00"),
    ),
    Setting.CAP: tuple((f"{number} messages a day", str(number)) for number in (5, 10, 20, 50)),
    Setting.HOURLY: tuple((f"{number} messages an hour", str(number)) for number in (3, 5, 10, 20)),
}  # fmt: skip
_RESETS = {
    Setting.QUIET: "No quiet hours but the route's",
    Setting.DIGEST: "No digests",
    Setting.CAP: "No cap",
    Setting.HOURLY: "As many as the bot is set to",
    Setting.LANGUAGE: "Every language",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """A place with what it prefers, what its routes say, and when its next digest comes.

    `asks` is how many subscriptions there are; `usual` is the zone of places that never said one, `hourly` what holds
    there of the messages of an hour.
    """

    own: Preferences
    routes: Sequence[Route]
    asks: int
    usual: str
    comes: datetime | None
    hourly: int | None = None

    @property
    def place(self) -> Destination:
        return self.own.place

    @property
    def where(self) -> str:
        return "your direct messages" if self.place.person else "this channel"


def overview(here: Here, zone: str | None = None) -> Reply:
    """Every setting; `zone` is the caller's own, where it is another than that of the place and they never chose."""
    lines: list[Line] = [(Run(text=f"{setting}: ", bold=True), Run(text=said(here, setting))) for setting in Setting]
    if here.comes:
        lines.append(_next_digest(here.comes))
    if not (here.routes or here.asks):
        nothing = f"Nothing comes to {here.where} yet: no route names it, and it subscribes to nothing."
        lines.append((Run(text=nothing),))
    mine = (Action(label=f"Use {zone}", command=f"settings:{Setting.ZONE} {zone}"),) if zone else ()
    choices = tuple((f"{setting.capitalize()}: {HOW[setting]}"[:90], f"settings:{setting}") for setting in Setting)
    return Reply(
        title=f"Settings of {here.where}",
        lines=tuple(lines),
        actions=(*mine, NEXT),
        menu=Menu(label="Change a setting", choices=choices),
    )


def one(here: Here, setting: Setting) -> Reply:
    """One setting with what it can be."""
    reset = _RESETS.get(setting, "As it was set up")
    choices = (*_CHOICES[setting], (reset, "default"))
    return Reply(
        title=f"{setting.capitalize()} of {here.where}: {said(here, setting)}",
        lines=(
            (Run(text="It is "), Run(text=HOW[setting]), Run(text="; or default.")),
            (Run(text=f"/wire settings {setting} {EXAMPLES[setting]}"),),
        ),
        menu=Menu(label="Choose", choices=tuple((text, f"settings:{setting} {value}") for text, value in choices)),
        actions=(_ALL,),
    )


def changed(before: Here, here: Here, setting: Setting) -> Reply:
    """What it is now, what follows from it, and how to take it back."""
    if before.own == here.own:
        return Reply(title=f"{setting.capitalize()} of {here.where} stays: {said(here, setting)}.", actions=(_ALL,))
    lines: list[Line] = [(Run(text="It was: "), Run(text=said(before, setting)))]
    lines += [(Run(text=note),) for note in _notes(here, setting)]
    if here.comes:
        lines.append(_next_digest(here.comes))
    undo = Action(label="Undo", command=f"settings:{setting} {_typed(before.own, here.own, setting)}")
    return Reply(
        title=f"{setting.capitalize()} of {here.where}: {said(here, setting)}.",
        lines=tuple(lines),
        actions=(undo, _ALL),
    )


def not_allowed(permission: Permission) -> Reply:
    hint = "For yourself: in direct messages with me the settings are yours."
    return Reply(
        title="The settings of this channel are for those who manage it to change.",
        lines=((Run(text=permission.why),), (Run(text=hint),)),
    )


def digest_preview(here: Here, bulletin: Bulletin | None) -> Reply:
    if here.own.digest is None and bulletin is None:
        hint = f"What is too quiet, in quiet hours or over the cap would come as one message: {HOW[Setting.DIGEST]}"
        set_one = Action(label="Set one up", command=f"settings:{Setting.DIGEST}")
        return Reply(title=f"No digest is planned for {here.where}.", lines=((Run(text=hint),),), actions=(set_one,))
    when = (_next_digest(here.comes),) if here.comes else ()
    if bulletin is None:
        return Reply(title="Nothing waits for the next digest.", lines=when, actions=(_ALL,))
    send = Action(label="Send it now", command="digest:now")
    return Reply(title=bulletin.title, lines=(*when, *bulletin.lines), actions=(send, _ALL))


def digest_sent(here: Here, *, sent: bool) -> Reply:
    if not sent:
        return digest_preview(here, None)
    when = (_next_digest(here.comes),) if here.comes else ()
    return Reply(title=f"The digest is on its way to {here.where}.", lines=when)


def panel(here: Here) -> Panel:
    """The settings as a part of one's own page."""
    rows = [
        Row(
            line=(Run(text=f"{setting.capitalize()}: ", bold=True), Run(text=said(here, setting))),
            actions=(Action(label="Change", command=f"settings:{setting}"),),
        )
        for setting in Setting
    ]
    lines = (_next_digest(here.comes),) if here.comes else ()
    return Panel(title="Digest and settings", lines=lines, rows=tuple(rows), actions=(NEXT,))


# --- in words -----------------------------------------------------------------------------------------------

_ALL = Action(label="All settings", command="settings")


def said(here: Here, setting: Setting) -> str:
    """What holds there, and where it comes from where nobody chose it."""
    own, routes = here.own, here.routes
    match setting:
        case Setting.ZONE:
            return own.zone or f"{here.usual}, the bot's"
        case Setting.LANGUAGE:
            return ", ".join(LANGUAGES.get(code, code) for code in own.lang) + " only" if own.lang else "every one"
        case Setting.TIER:
            return (
                f"{own.tier} and louder" if own.tier else _of_routes(routes, lambda route: f"{route.tier} and louder")
            )
        case Setting.THRESHOLD:
            chosen = ", ".join(f"{topic} {value:g}" for topic, value in own.thresholds.items())
            return chosen or _of_routes(routes, lambda route: f"{route.threshold:g}" if route.threshold else "")
        case Setting.QUIET:
            return str(own.quiet) if own.quiet else _of_routes(routes, lambda route: str(route.quiet or ""), "none")
        case Setting.LOUD:
            chosen = f"{own.loud} and louder" if own.loud else ""
            return chosen or _of_routes(routes, lambda route: str(route.loud or ""), "nothing passes quiet hours")
        case Setting.DIGEST:
            return str(own.digest) if own.digest else "none"
        case Setting.CAP:
            return f"{own.cap} message{'s' if own.cap > 1 else ''} a day" if own.cap else "none"
        case Setting.HOURLY:
            return f"{how_many(here.hourly, 'message')} an hour" if here.hourly else "as many as come"


def _of_routes(routes: Sequence[Route], of: Callable[[Route], str], otherwise: str = "as judged") -> str:
    """What the routes say that tell the place, each once."""
    found: dict[str, list[str]] = {}
    for route in routes:
        if value := of(route):
            found.setdefault(value, []).append(route.name)
    shown = "; ".join(f"{value} (route {', '.join(names)})" for value, names in found.items())
    return shown or otherwise


def _notes(here: Here, setting: Setting) -> list[str]:
    """What follows from a change that is not plain from its name."""
    own = here.own
    quiet_routes = [route.name for route in here.routes if route.quiet]
    match setting:
        case Setting.QUIET if own.quiet is None and quiet_routes:
            kept = f"The quiet hours of route {', '.join(quiet_routes)} hold again"
            return [f"{kept}; /wire settings loud digest lets everything pass them."]
        case Setting.QUIET if own.quiet and own.digest:
            return ["What they hold comes with the next digest where that is within a day, else when they end."]
        case Setting.LOUD if own.loud and not own.quiet and not quiet_routes:
            return ["There are no quiet hours here that it could pass: /wire settings quiet 22:00-06:00"]
        case Setting.DIGEST if own.digest:
            return ["It brings what is too quiet to be posted, what quiet hours hold, and what is more than the cap."]
        case Setting.DIGEST:
            return [
                "What is too quiet to be posted is not told at all now. What waits already comes when the day ends."
            ]
        case Setting.CAP if own.cap:
            rest = "with the next digest" if own.digest else "as one digest when the day ends here"
            return [f"What is more comes {rest}; a flash comes at once."]
        case Setting.HOURLY:
            rest = "with the next digest" if own.digest else "as one digest at the next full hour"
            return [f"What is more comes {rest}; a flash comes at once, and what passes quiet hours here."]
        case Setting.TIER if own.digest is None and own.tier not in {None, Tier.DIGEST}:
            quieter = "What is quieter is not told by routes; subscriptions have tiers of their own."
            return [f"{quieter} /wire settings digest daily 08:00 brings it as a digest."]
        case Setting.LANGUAGE if own.lang:
            return ["What is in another language is not told; where the language is not known, it is."]
    return []


def _typed(before: Preferences, after: Preferences, setting: Setting) -> str:
    """The value that puts a setting back to what it was."""
    match setting:
        case Setting.THRESHOLD:
            topics = sorted({*before.thresholds, *after.thresholds})
            topic = next(each for each in topics if before.thresholds.get(each) != after.thresholds.get(each))
            return f"{topic} {before.thresholds.get(topic, 'default')}"
        case Setting.LANGUAGE:
            return " ".join(before.lang) or "default"
        case _:
            return str(getattr(before, setting) or "default")


def _next_digest(at: datetime) -> Line:
    return (Run(text="Next digest: ", bold=True), Run(text=f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC", when=at))
