"""All that is stored about one person: to be shown to them, and to be deleted when they say so.

A row is a person's own where it stands for their direct messages or for what they did alone. What they did for a
channel (a mute, a subscription, a source) is the channel's and stays, without their name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.model import Destination, Reason
from bot.store import news, unreachable
from bot.store import places as place_rows
from bot.store import reminders as reminder_rows
from bot.store import subscriptions as subscription_rows
from bot.store import summaries as summary_rows
from bot.store.schema import (
    added_sources,
    decisions,
    deliveries,
    destinations,
    digest_entries,
    follows,
    marks,
    metadata,
    mutes,
    places,
    reminders,
    source_pauses,
    subscriptions,
    summaries,
    summaries_seen,
    told,
)

MOST_ROWS = 5_000  # of one table in an export; the newest
NOBODY = Destination("console")  # in the place of who did something for a channel
NO_NAME = "someone"

# The columns that name a person. Rows that other modules delete or make nameless,
_OF_OTHER_MODULES: tuple[sa.Column[Any], ...] = (
    subscriptions.c.destination,
    subscriptions.c.owner,
    reminders.c.destination,
    reminders.c.owner,
    summaries.c.person,
    summaries_seen.c.person,
    places.c.destination,
)
# those that are deleted here, in this order,
_DELETED: tuple[sa.Column[Any], ...] = (
    follows.c.destination,
    mutes.c.destination,
    marks.c.person,
    marks.c.destination,
    digest_entries.c.destination,
    told.c.destination,
    deliveries.c.destination,
    decisions.c.destination,
    destinations.c.id,
)
# and rows that stay without them.
_AUTHORS: tuple[sa.Column[Any], ...] = (
    mutes.c.author,
    added_sources.c.author,
    source_pauses.c.author,
)
NAMING = (*_OF_OTHER_MODULES, *_DELETED, *_AUTHORS)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored about a person: their rows by table, and of how many more it is not given here."""

    rows: Mapping[str, list[dict[str, Any]]]
    left_out: Mapping[str, int]

    @property
    def counts(self) -> dict[str, int]:
        return {table: len(rows) + self.left_out.get(table, 0) for table, rows in self.rows.items()}


def about(connection: sa.Connection, person: Destination) -> Stored:
    """Every row that names the person, as plain values that JSON can hold; tables with none are left out."""
    rows: dict[str, list[dict[str, Any]]] = {}
    left_out: dict[str, int] = {}
    for table in metadata.sorted_tables:
        if columns := [column for column in NAMING if column.table is table]:
            naming = sa.or_(*(column == str(person) for column in columns))
            newest = sa.select(table).where(naming).order_by(*(key.desc() for key in table.primary_key))
            found = connection.execute(newest.limit(MOST_ROWS)).mappings().all()
            if found:
                rows[table.name] = [_plain(dict(row)) for row in found]
            if len(found) == MOST_ROWS:
                count = sa.select(sa.func.count()).select_from(table).where(naming)
                left_out[table.name] = connection.execute(count).scalar_one() - MOST_ROWS
    return Stored(rows, left_out)


def forget(connection: sa.Connection, person: Destination, *, name: str) -> None:
    """Delete a person's own rows, and take them out of what stays; `name` is how their platform shows them now."""
    news.group_alone(connection)  # what is being decided for them at this moment is seen then
    shown = {name, str(person), *_names(connection, person)} - {""}
    subscription_rows.remove_all(connection, subscriptions.c.destination == str(person))
    subscription_rows.disown(connection, person)
    reminder_rows.forget_person(connection, person)
    summary_rows.forget_person(connection, person)
    place_rows.forget(connection, person)
    for column in _DELETED:
        connection.execute(sa.delete(column.table).where(column == str(person)))
    for column in _AUTHORS:
        nameless = {column.name: str(NOBODY), f"{column.name}_name": NO_NAME}
        connection.execute(sa.update(column.table).where(column == str(person)).values(nameless))
    noted = deliveries.c.bulletin_key.startswith(unreachable.key_of(person), autoescape=True)
    connection.execute(sa.delete(deliveries).where(noted))
    _take_out_of_reasons(connection, shown)


def _names(connection: sa.Connection, person: Destination) -> set[str]:
    """As whom the person has been stored with what they did for channels."""
    names: set[str] = set()
    for column in _AUTHORS:
        name = column.table.c[f"{column.name}_name"]
        names.update(connection.execute(sa.select(name).where(column == str(person)).distinct()).scalars())
    return names


def _take_out_of_reasons(connection: sa.Connection, names: Iterable[str]) -> None:
    """Decisions say in words who muted something: see Mute.detail."""
    for name in names:
        said = f"muted by {name} until "
        connection.execute(
            sa.update(decisions)
            .where(decisions.c.reason == Reason.MUTED, decisions.c.detail.startswith(said, autoescape=True))
            .values(detail=sa.func.replace(decisions.c.detail, said, f"muted by {NO_NAME} until "))
        )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in row.items()}
