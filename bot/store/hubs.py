"""Subscriptions to the hubs of feeds: what feeds offer, what hubs were asked, what they confirmed.

A subscription is leased while its hub is asked, as any other work is. Before a hub is asked it is written down that
it is: it may confirm before it answers. `due_at` is when something is to be done: ask, ask again, give up waiting.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.intake.faults import shown
from bot.intake.fetched import Offer
from bot.intake.websub import Mode, lease_of, renewal
from bot.model import SourceId
from bot.store import leases
from bot.store.prepared import Prepared
from bot.store.schema import hub_subscriptions as rows
from bot.store.schema import sources

PATH = "/websub/"  # what a callback ends with, before its token
PATIENCE = timedelta(minutes=10)  # for a hub to confirm what it has accepted
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = timedelta(minutes=5), 4, timedelta(days=1)  # before a hub that failed is asked
LEAVE_TRIES = 3  # to end a subscription; then the end of its lease does
MOVED_AFTER = timedelta(days=1)  # some feeds call themselves otherwise in every answer: they are followed once a day
SECRET_BYTES = 32
FAILING_AFTER = 2  # failures in a row: one is often a hub that is slow
UNCONFIRMED = "it accepted, and then did not confirm: does it reach public_url?"


class HubState(StrEnum):
    WANTED = "wanted"  # to be asked for
    ASKED = "asked"  # not confirmed yet
    LIVE = "live"
    LEAVING = "leaving"  # to be ended


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSubscription:
    """What a hub is to be asked."""

    id: str
    source_id: SourceId
    hub: str
    topic: str
    callback: str = field(repr=False)
    secret: str = field(repr=False)
    mode: Mode
    is_renewal: bool

    def __str__(self) -> str:
        return f"{self.source_id}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStanding:
    """How the pushing of a source is, for people; `hub` without what may be secret in its address.

    `live_until` is None where nothing is pushed.
    """

    hub: str
    live_until: datetime | None
    delivered_at: datetime | None
    fault: str | None


# --- what feeds offer -------------------------------------------------------------------------------------


_OFFERED = Prepared(sa.select(rows).where(rows.c.source_id == sa.bindparam("source"), rows.c.offered_at.is_not(None)))


def offered(connection: sa.Connection, source_id: SourceId, feed: str, offer: Offer, *, now: datetime) -> None:
    """Note what the document of a source said of its hubs; `feed` is the address that it is configured with."""
    current = _OFFERED.row(connection, {"source": source_id})
    if current is not None:
        stays = current.hub in offer.hubs and current.topic == offer.topic
        if current.feed == feed and (stays or now - current.offered_at < MOVED_AFTER):
            return
        _end(connection, current, now)
    if offer.hubs:
        connection.execute(
            sa.insert(rows).values(
                id=secrets.token_hex(6), source_id=source_id, feed=feed, hub=offer.hubs[0], topic=offer.topic,
                token=secrets.token_urlsafe(SECRET_BYTES), secret=secrets.token_hex(SECRET_BYTES),
                offered_at=now, state=HubState.WANTED, due_at=now,
            )
        )  # fmt: skip


def _end(connection: sa.Connection, row: Any, now: datetime) -> None:
    """It is not offered any more: the hub is to forget it, where it was ever asked."""
    mine = rows.c.id == row.id
    if row.callback is None:
        connection.execute(sa.delete(rows).where(mine))
    else:
        values = {"offered_at": None, "state": HubState.LEAVING, "due_at": now, "asked_at": None, "failures": 0}
        connection.execute(sa.update(rows).where(mine).values(values))


# --- asking -----------------------------------------------------------------------------------------------


def is_due(connection: sa.Connection, base: str | None, *, now: datetime, lease: timedelta) -> bool:
    """Whether there is anything for `claim` to do."""
    due = sa.and_(rows.c.due_at <= now, leases.is_free(rows, now, lease), _may_be_asked(base))
    wanted = sa.or_(_astray(base), _told_another(base), due)
    return bool(connection.execute(sa.select(sa.exists().where(wanted))).scalar())


def claim(
    connection: sa.Connection,
    base: str | None,
    feeds: Mapping[SourceId, str | None],
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
) -> list[HubSubscription]:
    """Lease what is to be asked of hubs now; `base` is where they reach us, None: nowhere.

    `feeds` are the sources that are polled, with their addresses.
    """
    to_leave = {"state": HubState.LEAVING, "due_at": now, "asked_at": None, "failures": 0}
    connection.execute(sa.update(rows).where(_astray(base)).values(to_leave))
    connection.execute(sa.update(rows).where(_told_another(base)).values(due_at=now, asked_at=None))
    ids = leases.claim(connection, rows, _may_be_asked(base), owner=owner, now=now, lease=lease, limit=limit)
    taken = connection.execute(sa.select(rows).where(rows.c.id.in_(ids)).order_by(rows.c.id)).all()
    return [
        _ask(connection, row, base, now) for row in taken if _is_to_be_asked(connection, row, feeds, base, now=now)
    ]


def answered(
    connection: sa.Connection,
    subscription_id: str,
    *,
    owner: str,
    fault: str | None,
    wait: timedelta = timedelta(0),
    now: datetime,
) -> None:
    """Whether the hub took the request, `fault` says why not; it is asked again after `wait` at the earliest."""
    mine = rows.c.id == subscription_id, rows.c.lease_owner == owner
    row = connection.execute(sa.select(rows).where(*mine).with_for_update()).first()
    if row is None:
        return
    if row.asked_at is None:  # it has confirmed already
        _update(connection, row)
    elif fault is None:
        _update(connection, row, due_at=now + PATIENCE)
    else:
        _failed(connection, row, fault, wait, now)


def _astray(base: str | None) -> sa.ColumnElement[bool]:
    """Subscriptions of sources that are not polled any more, or that hubs are to push to where we are not."""
    subscribed = rows.c.state.in_([HubState.ASKED, HubState.LIVE])
    return subscribed if base is None else sa.and_(subscribed, ~_is_polled())


def _told_another(base: str | None) -> sa.ColumnElement[bool]:
    """Those whose hubs were told an address that was ours once."""
    subscribed = rows.c.state.in_([HubState.ASKED, HubState.LIVE])
    return sa.and_(subscribed, ~rows.c.callback.startswith(f"{base}{PATH}", autoescape=True))


def _may_be_asked(base: str | None) -> sa.ColumnElement[bool]:
    leaving = rows.c.state == HubState.LEAVING
    return leaving if base is None else sa.or_(leaving, _is_polled())


def _is_polled() -> sa.ColumnElement[bool]:
    return sa.exists().where(sources.c.id == rows.c.source_id, sources.c.active)


def _is_to_be_asked(
    connection: sa.Connection,
    row: sa.Row[Any],
    feeds: Mapping[SourceId, str | None],
    base: str | None,
    *,
    now: datetime,
) -> bool:
    if row.state != HubState.LEAVING and row.source_id not in feeds:  # this process has not heard of it yet
        _update(connection, row, due_at=now + FIRST_PAUSE)
    elif (
        row.state != HubState.LEAVING and row.feed != feeds[SourceId(row.source_id)]
    ):  # of an earlier one of its name
        _update(connection, row)
        _end(connection, row, now)
    elif row.asked_at is not None:
        _failed(connection, row, UNCONFIRMED, timedelta(0), now)
    else:
        return True
    return False


def _ask(connection: sa.Connection, row: sa.Row[Any], base: str | None, now: datetime) -> HubSubscription:
    leaving = row.state == HubState.LEAVING
    callback = row.callback if leaving else f"{base}{PATH}{row.token}"
    state = HubState.ASKED if row.state == HubState.WANTED else row.state
    values = {"asked_at": now, "state": state, "callback": callback}
    connection.execute(sa.update(rows).where(rows.c.id == row.id).values(values))
    return HubSubscription(
        id=row.id,
        source_id=SourceId(row.source_id),
        hub=row.hub,
        topic=row.topic,
        callback=callback,
        secret=row.secret,
        mode="unsubscribe" if leaving else "subscribe",
        is_renewal=row.state == HubState.LIVE,
    )


def _failed(connection: sa.Connection, row: sa.Row[Any], fault: str, wait: timedelta, now: datetime) -> None:
    """Try again later. What is live stays so until its lease ends; what cannot be ended ends with its lease."""
    failures = row.failures + 1
    if row.state == HubState.LEAVING and failures >= LEAVE_TRIES:
        _left(connection, row, now)
        return
    if row.state != HubState.LEAVING:
        state = HubState.LIVE if row.live_until and row.live_until > now else HubState.WANTED
    else:
        state = HubState.LEAVING
    pause = min(FIRST_PAUSE * GROWTH ** min(row.failures, 10), LONGEST_PAUSE)
    due_at = now + max(pause, min(wait, LONGEST_PAUSE))
    _update(connection, row, state=state, failures=failures, fault=fault, asked_at=None, due_at=due_at)


def _left(connection: sa.Connection, row: sa.Row[Any], now: datetime) -> None:
    """The hub has forgotten it; where the feed still offers it, it waits until its source is polled again."""
    if row.offered_at is None:
        connection.execute(sa.delete(rows).where(rows.c.id == row.id))
    else:
        _update(
            connection, row, state=HubState.WANTED, due_at=now, asked_at=None, live_until=None, callback=None,
            failures=0, fault=None,
        )  # fmt: skip


def _update(connection: sa.Connection, row: sa.Row[Any], **values: object) -> None:
    """With these, and without the lease."""
    unleased = {"lease_owner": None, "lease_until": None}
    connection.execute(sa.update(rows).where(rows.c.id == row.id).values(unleased | values))


# --- what hubs say ----------------------------------------------------------------------------------------


def secret_of(connection: sa.Connection, token: str) -> tuple[SourceId, str] | None:
    """Whose subscription has this token, and the secret that its hub signs with; None: no hub was told it."""
    mine = rows.c.token == token, rows.c.callback.is_not(None)
    row = connection.execute(sa.select(rows.c.source_id, rows.c.secret).where(*mine)).first()
    return (SourceId(row.source_id), row.secret) if row else None


def confirmed(connection: sa.Connection, token: str, mode: str, topic: str, lease: str, *, now: datetime) -> bool:
    """Whether we want what the hub asks about, which then is so: https://www.w3.org/TR/websub/#verification-details

    `lease` is in seconds, as the hub wrote it.
    """
    row = _told_to(connection, token, topic)
    if row is None:
        return False
    if mode == "unsubscribe" and row.state == HubState.LEAVING and row.asked_at is not None:
        _left(connection, row, now)
        return True
    if mode != "subscribe" or row.state == HubState.LEAVING:
        return False
    given = lease_of(lease)
    values = {
        "state": HubState.LIVE, "live_until": now + given, "due_at": renewal(now, given, row.id), "asked_at": None,
        "failures": 0, "fault": None,
    }  # fmt: skip
    connection.execute(sa.update(rows).where(rows.c.id == row.id).values(values))
    return True


def denied(connection: sa.Connection, token: str, topic: str, fault: str, *, now: datetime) -> bool:
    """The hub will push nothing: https://www.w3.org/TR/websub/#hub-verifies-intent. It is asked again tomorrow."""
    row = _told_to(connection, token, topic)
    if row is None or row.state == HubState.LEAVING:
        return False
    values = {
        "state": HubState.WANTED, "live_until": None, "due_at": now + LONGEST_PAUSE, "asked_at": None,
        "failures": row.failures + 1, "fault": fault,
    }  # fmt: skip
    connection.execute(sa.update(rows).where(rows.c.id == row.id).values(values))
    return True


def _told_to(connection: sa.Connection, token: str, topic: str) -> sa.Row[Any] | None:
    """The subscription that a hub was asked for under this token, if that is its topic."""
    mine = rows.c.token == token, rows.c.topic == topic, rows.c.callback.is_not(None)
    return connection.execute(sa.select(rows).where(*mine).with_for_update()).first()


# --- how it is --------------------------------------------------------------------------------------------


def standings(connection: sa.Connection, *, now: datetime) -> dict[SourceId, HubStanding]:
    """Of each source that offers a hub."""
    found: Sequence[sa.Row[Any]] = connection.execute(sa.select(rows).where(rows.c.offered_at.is_not(None))).all()
    return {
        SourceId(row.source_id): HubStanding(
            hub=shown(row.hub),
            live_until=row.live_until if _is_live(row, now) else None,
            delivered_at=row.delivered_at,
            fault=row.fault if row.failures >= FAILING_AFTER else None,
        )
        for row in found
    }


def counts(connection: sa.Connection, *, now: datetime) -> dict[str, int]:
    """How many sources that offer a hub are `live`, how many `failing`, and how many of the rest are `waiting`."""
    kind = sa.case(
        (sa.and_(rows.c.state == HubState.LIVE, rows.c.live_until > now), "live"),
        (rows.c.failures >= FAILING_AFTER, "failing"),
        else_="waiting",
    ).label("kind")
    offered = sa.select(kind).where(rows.c.offered_at.is_not(None)).subquery()
    found = connection.execute(sa.select(offered.c.kind, sa.func.count()).group_by(offered.c.kind))
    return {"live": 0, "failing": 0, "waiting": 0} | {row[0]: row[1] for row in found}


def none_reaches_us(connection: sa.Connection) -> bool:
    """Whether hubs take requests and none has confirmed one."""
    unconfirmed = sa.exists().where(rows.c.fault == UNCONFIRMED, rows.c.failures >= FAILING_AFTER)
    confirmed_once = sa.exists().where(rows.c.live_until.is_not(None))
    return bool(connection.execute(sa.select(sa.and_(unconfirmed, ~confirmed_once))).scalar())


def _is_live(row: sa.Row[Any], now: datetime) -> bool:
    return row.state == HubState.LIVE and row.live_until is not None and row.live_until > now
