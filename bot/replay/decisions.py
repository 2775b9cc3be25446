"""What a replay decided, read back from its database: every decision, and the sums of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.model import DeliveryAction, DeliveryState, Destination, Notice, Reason, Tier
from bot.replay.archive import Contents, Identity, archive
from bot.replay.figures import Days, Figures, Traffic, Trial
from bot.routing.routes import Route
from bot.store import audience
from bot.store.schema import decisions, deliveries, items

_AT_ONCE = 500  # rows in memory

_is_post = deliveries.c.action == DeliveryAction.POST
is_sent = sa.and_(_is_post, deliveries.c.state == DeliveryState.PENDING)  # nobody drains: others were superseded
_sent_at = sa.case((is_sent, deliveries.c.not_before))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision with the item that it was about. `sent_at` is None where nothing was sent."""

    notice: Notice
    identity: Identity
    title: str
    outlet: str
    url: str | None
    labels: tuple[str, ...]  # of the item; the decision is on its story
    sent_at: datetime | None
    in_thread: bool


def decided(connection: sa.Connection, routes: Sequence[Route], *, silent: bool) -> Iterator[Decided]:
    """The decisions of these routes in the order they were taken; with `silent` also those that sent nothing."""
    query = (
        sa.select(
            decisions,
            archive.c.identity,
            items.c.title,
            items.c.outlet,
            items.c.url,
            items.c.verdict["labels"].label("labels"),
            _sent_at.label("sent_at"),
            _in_thread().label("in_thread"),
        )
        .join(items, items.c.key == decisions.c.item_key)
        .join(archive, archive.c.key == decisions.c.item_key)
        .outerjoin(deliveries, sa.and_(_is_post, deliveries.c.decision_id == decisions.c.id))
        .where(decisions.c.route.in_([route.name for route in routes]))
        .order_by(decisions.c.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for row in connection.execute(query if silent else query.where(is_sent)):
        yield Decided(
            notice=audience.notice_of(row),
            identity=row.identity,
            title=row.title,
            outlet=row.outlet,
            url=row.url,
            labels=tuple(row.labels),
            sent_at=row.sent_at,
            in_thread=row.in_thread,
        )


def figures(
    connection: sa.Connection, routes: Sequence[Route], contents: Contents, trials: Sequence[Trial]
) -> Figures:
    """The sums of a replay of `contents`, which has a first and a last item."""
    if contents.first is None or contents.last is None:
        raise ValueError("a replay of nothing has no days")
    sums = _traffic(connection, routes)
    sent = [day for each in sums.values() for day in each.by_day]
    days = Days(contents.first.date(), max([contents.last.date(), *sent]))
    return Figures(days=days, items=contents.items, traffic=sums, trials=trials)


def _traffic(connection: sa.Connection, routes: Sequence[Route]) -> dict[tuple[str, Destination], Traffic]:
    """The sums of each route and destination, in the order of the routes, also where nothing was decided."""
    sums = {(route.name, destination): Traffic() for route in routes for destination in route.to}
    what = (decisions.c.route, decisions.c.destination, decisions.c.reason)
    how = (
        sa.func.date(_sent_at, type_=sa.Text).label("day"),
        decisions.c.tier,
        sa.and_(is_sent, _in_thread()).label("in_thread"),
        deliveries.c.state,
    )
    rows = connection.execute(
        sa.select(*what, *how, sa.func.count().label("n"))
        .outerjoin_from(decisions, deliveries, sa.and_(_is_post, deliveries.c.decision_id == decisions.c.id))
        .where(decisions.c.route.in_([route.name for route in routes]))
        .group_by(*what, *how)
    )
    for row in rows:
        _add(sums[row.route, Destination.parse(row.destination)], row)
    return sums


def _add(sums: Traffic, row: sa.Row[Any]) -> None:
    if row.day is not None:
        sums.by_day[date.fromisoformat(row.day)] += row.n
        sums.tiers[Tier(row.tier)] += row.n
        sums.reasons[Reason(row.reason)] += row.n
        sums.threads += row.n if row.in_thread else 0
    elif row.state is not None:
        sums.superseded += row.n
    else:
        sums.quiet[Reason(row.reason)] += row.n


def _in_thread() -> sa.ColumnElement[bool]:
    """Whether the destination had a message about the story before: then this one answers in its thread.

    What escalates stands in the channel again.
    """
    earlier, sent = decisions.alias("earlier"), deliveries.alias("sent")
    return (
        sa.exists()
        .where(
            earlier.c.story_id == decisions.c.story_id,
            earlier.c.destination == decisions.c.destination,
            earlier.c.id < decisions.c.id,
            sent.c.decision_id == earlier.c.id,
            sent.c.action == DeliveryAction.POST,
            sent.c.state == DeliveryState.PENDING,
            decisions.c.reason != Reason.ESCALATED,
        )
        .correlate(decisions)
    )
