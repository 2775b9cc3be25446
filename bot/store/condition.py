"""How the whole is doing, for `/wire status`: what waits, what came last, and how large the database is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.model import DeliveryAction, DeliveryState, Destination
from bot.store import outages
from bot.store.outbox import Backlog
from bot.store.schema import decisions, deliveries, stories


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for one platform."""

    platform: str
    waiting: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAlert:
    title: str  # of its story
    reference: str  # the key of its item
    at: datetime  # when it was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """What takes no messages: one destination, or with `destination` None the platform as a whole."""

    platform: str
    destination: Destination | None
    why: str
    since: datetime
    probe_at: datetime
    passing: bool  # a pause that ends by itself


def downs(connection: sa.Connection, *, now: datetime) -> list[Down]:
    """Platforms first, then the longest down; a pause is left out once its time has come."""
    found = []
    for outage in outages.current(connection):
        if outage.passing and outage.is_probed(now):
            continue
        destination = None if outage.is_platform else Destination.parse(outage.place)
        found.append(
            Down(
                platform=destination.platform if destination else outage.place,
                destination=destination,
                why=outage.why,
                since=outage.since,
                probe_at=outage.probe_at,
                passing=outage.passing,
            )
        )
    return sorted(found, key=lambda down: down.destination is not None)


def queues(waiting: Sequence[Backlog]) -> list[Queue]:
    """By platform, the one that waits longest first."""
    platforms = dict.fromkeys(entry.destination.platform for entry in sorted(waiting, key=lambda each: each.oldest))
    found = []
    for platform in platforms:
        entries = [entry for entry in waiting if entry.destination.platform == platform]
        count, oldest = sum(entry.waiting for entry in entries), min(entry.oldest for entry in entries)
        found.append(Queue(platform=platform, waiting=count, oldest=oldest))
    return found


def last_alert(connection: sa.Connection, place: Destination) -> LastAlert | None:
    """The last alert that reached a place."""
    row = connection.execute(
        sa.select(stories.c.title, decisions.c.item_key, deliveries.c.finished_at)
        .join(decisions, decisions.c.id == deliveries.c.decision_id)
        .join(stories, stories.c.id == decisions.c.story_id)
        .where(
            deliveries.c.destination == str(place),
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.action == DeliveryAction.POST,
        )
        .order_by(deliveries.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else LastAlert(title=row.title, reference=row.item_key, at=row.finished_at)


def size(connection: sa.Connection) -> int:
    """Bytes on disk, without what a database writes ahead."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(sa.select(sa.func.pg_database_size(sa.func.current_database()))).scalar_one())
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())
