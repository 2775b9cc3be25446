"""The marks of people on items: "Relevant" and "Not relevant", one a person, item and place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.model import Destination, Item, ItemKey, Verdict
from bot.routing.learning import COUNTS_FOR, Mark
from bot.store import news
from bot.store.prepared import Prepared
from bot.store.schema import among, items, marks

_COUNTING = Prepared(
    sa.select(marks)
    .where(among(marks.c.destination, "places"), marks.c.marked_at > sa.bindparam("since"))
    .order_by(marks.c.id)
)


def save_mark(connection: sa.Connection, mark: Mark) -> None:
    """Keep a mark in place of what the same person said of the item here before, and as the last one."""
    connection.execute(sa.delete(marks).where(*_made(mark.place, mark.person), marks.c.item_key == mark.item_key))
    connection.execute(
        sa.insert(marks).values(
            destination=str(mark.place),
            person=str(mark.person),
            item_key=mark.item_key,
            relevant=mark.relevant,
            topics=list(mark.topics),
            flagged=list(mark.flagged),
            trade=mark.verdict.trade,
            market=mark.verdict.market,
            urgent=mark.verdict.urgent,
            labels=list(mark.verdict.labels),
            model=mark.verdict.model,
            marked_at=mark.marked_at,
        )
    )


def take_back(
    connection: sa.Connection, place: Destination, person: Destination, item_key: ItemKey | None
) -> Mark | None:
    """Delete a person's mark on the item, or without one the person's last mark here; returns what it was."""
    query = sa.select(marks).where(*_made(place, person)).order_by(marks.c.id.desc()).limit(1)
    if item_key is not None:
        query = query.where(marks.c.item_key == item_key)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    connection.execute(sa.delete(marks).where(marks.c.id == row.id))
    return _mark(row)


def counting(connection: sa.Connection, places: Collection[Destination], *, now: datetime) -> list[Mark]:
    """The marks in these places that count at `now`, oldest first."""
    rows = _COUNTING.rows(connection, {"places": places, "since": now - COUNTS_FOR})
    return [_mark(row) for row in rows]


def with_items(connection: sa.Connection) -> list[tuple[Item, list[Mark]]]:
    """Every item that was marked anywhere, with its marks, oldest first; in the order of their first marks."""
    found: dict[str, list[Mark]] = {}
    for row in connection.execute(sa.select(marks).order_by(marks.c.id)):
        found.setdefault(row.item_key, []).append(_mark(row))
    rows = connection.execute(sa.select(items).where(among(items.c.key, found)))
    marked = {row.key: news.item_of(row) for row in rows}
    return [(marked[key], said) for key, said in found.items() if key in marked]


def _made(place: Destination, person: Destination) -> Sequence[sa.ColumnElement[bool]]:
    return marks.c.destination == str(place), marks.c.person == str(person)


def _mark(row: Any) -> Mark:
    return Mark(
        place=Destination.parse(row.destination),
        person=Destination.parse(row.person),
        item_key=ItemKey(row.item_key),
        relevant=row.relevant,
        topics=tuple(row.topics),
        flagged=tuple(row.labels if row.flagged is None else row.flagged),
        verdict=Verdict(
            trade=row.trade, market=row.market, urgent=row.urgent, labels=tuple(row.labels), model=row.model
        ),
        marked_at=row.marked_at,
    )
