"""What becomes of a delivery that has not arrived: since when, why, and what happens next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model import DeliveryAction, DeliveryState
from bot.store.undelivered import STUCK_AFTER, Undelivered

NOBODY_CAME = timedelta(minutes=1)  # a worker looks every second
TOKENS = {"slack": "SLACK_BOT_TOKEN", "discord": "DISCORD_TOKEN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """In words for the operator; `cure` is empty where nobody has to do anything."""

    since: datetime
    why: str
    next: str
    cure: str = ""


def outlook(delivery: Undelivered, now: datetime) -> Outlook:
    match delivery.state:
        case DeliveryState.FAILED:
            return _given_up(delivery, "it is not tried again", "")
        case DeliveryState.EXPIRED:
            cure = "raise expire_after under [delivery] in tradewire.toml where outages last longer than it"
            return _given_up(delivery, "it is too old to be sent", cure)
        case DeliveryState.SENDING:
            return _being_sent(delivery, now)
        case _:
            return _waiting(delivery, now)


def _given_up(delivery: Undelivered, after: str, cure: str) -> Outlook:
    """The fault is the platform's or ours, and names its own cure."""
    ended = delivery.finished_at or delivery.created_at
    return Outlook(since=ended, why=delivery.fault or "no reason was kept", next=after, cure=cure)


def _being_sent(delivery: Undelivered, now: datetime) -> Outlook:
    since = delivery.started_at or delivery.created_at
    if delivery.leased_until is not None and delivery.leased_until > now:
        return Outlook(since=since, why="an attempt is under way", next="its outcome is recorded")
    return Outlook(
        since=since,
        why="the process that was sending it has ended",
        next="the next worker asks the platform whether it arrived, and sends it where not",
        cure=_no_worker(delivery) if now - since > STUCK_AFTER else "",
    )


def _waiting(delivery: Undelivered, now: datetime) -> Outlook:
    since = max(delivery.not_before, delivery.created_at)
    if delivery.not_before > now:
        return _held(delivery, now)
    if delivery.turn_at is None:
        return Outlook(
            since=since,
            why="it waits, but its destination is not marked as due",
            next="nothing: no worker looks for it",
            cure="restart Tradewire, and report this: it must not happen",
        )
    if delivery.outage is not None:
        why, at = delivery.outage.why, max(delivery.outage.probe_at, now)
        cure = "" if delivery.outage.passing else "mend what is named; it is tried by itself, at a restart at once"
        return Outlook(since=since, why=why, next=f"{_act(delivery)} {_in(at, now)}", cure=cure)
    return _in_turn(delivery, since, now)


def _held(delivery: Undelivered, now: datetime) -> Outlook:
    if delivery.fault:
        why = delivery.fault
    elif delivery.action is DeliveryAction.EDIT:
        why = "edits of one message keep their distance"
    else:
        why = "held for quiet hours"
    return Outlook(since=delivery.created_at, why=why, next=f"{_act(delivery)} {_in(delivery.not_before, now)}")


def _in_turn(delivery: Undelivered, since: datetime, now: datetime) -> Outlook:
    """Nothing is wrong with the place, as far as anybody knows."""
    if delivery.leased_until is not None and delivery.leased_until > now:
        return Outlook(since=since, why="what came before it is being sent", next="its turn comes behind that")
    turn = delivery.turn_at or now
    if turn > now:
        why = delivery.fault or "what came before it waits"
        return Outlook(since=since, why=why, next=f"{_act(delivery)} {_in(turn, now)}")
    late = now - max(turn, since) > NOBODY_CAME
    return Outlook(
        since=since,
        why=delivery.fault or ("no worker has come for it" if late else "it has just become due"),
        next=f"{_act(delivery)} as soon as a worker comes",
        cure=_no_worker(delivery) if late else "",
    )


def _act(delivery: Undelivered) -> str:
    if delivery.state is DeliveryState.UNKNOWN and delivery.action is DeliveryAction.POST:
        return "the platform is asked whether it arrived, and it is sent where not,"
    return "it is tried again" if delivery.attempts else "it is sent"


def _no_worker(delivery: Undelivered) -> str:
    token = TOKENS.get(delivery.destination.platform)
    where = f" where {token} is set" if token else ""
    return f"see that `tradewire run` (role all or worker) runs{where}, and what its /readyz says"


def _in(at: datetime, now: datetime) -> str:
    return f"in {span(at - now)}" if at > now else "now"


def span(length: timedelta) -> str:
    """In the largest unit that fits twice: "45 s", "90 min", "30 h", "3 d"."""
    seconds = max(int(length.total_seconds()), 0)
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= 2 * size), ("s", 1))
    return f"{seconds // size} {unit}"


_UNITS = (("d", 86_400), ("h", 3600), ("min", 60))
