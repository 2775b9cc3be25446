"""The sources' rows: what is due, the cursor of each, and how each is doing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.intake.fetched import Fault, FetchState
from bot.intake.trouble import Trouble
from bot.model import Destination, Reason, Source, SourceId
from bot.store import leases
from bot.store.prepared import Prepared
from bot.store.schema import UtcTime, added_sources, among, decisions, documents, items, sources

_CURSOR = (
    sources.c.id, sources.c.etag, sources.c.last_modified, sources.c.body_hash, sources.c.failures,
    sources.c.rhythm, sources.c.moved_to, documents.c.memory,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How a source is doing, for `status` and the board."""

    id: SourceId
    active: bool
    failures: int
    last_ok_at: datetime | None
    last_new_at: datetime | None
    fault_kind: str | None
    fault: str | None
    fault_at: datetime | None
    trouble: Trouble | None = None
    trouble_at: datetime | None = None
    moved_to: str | None = None
    rhythm: str | None = None


def sync(connection: sa.Connection, configured: Sequence[Source], *, now: datetime) -> None:
    """Make the rows match the configuration; a source that left it keeps its cursor, in case it comes back.

    What was learned of another address, and what was wrong with it, is forgotten.
    """
    wanted = {str(source.id): source.url for source in configured if source.enabled}
    known = {row.id: row for row in connection.execute(sa.select(sources.c.id, sources.c.active, sources.c.url))}
    new = [{"id": each, "active": True, "due_at": now, "url": wanted[each]} for each in sorted(wanted.keys() - known)]
    if new:
        connection.execute(sa.insert(sources), new)
    for source_id, row in known.items():
        values: dict[str, object] = {}
        if row.active != (source_id in wanted):
            values = {"active": source_id in wanted, "due_at": now, **_NOBODYS}
        if source_id in wanted and row.url != wanted[source_id]:
            elsewhere = {**_ELSEWHERE, **_NOBODYS, "due_at": now} if row.url is not None else {}
            values |= {**elsewhere, "url": wanted[source_id]}
        if values:
            connection.execute(sa.update(sources).where(sources.c.id == source_id).values(values))


_NOBODYS = {"lease_owner": None, "lease_until": None}  # a poll that is under way is of what was, and writes nothing
# Of a source whose address was changed. Its rhythm stays, and so does what is known of its entries: most such changes
# are of the address alone.
_ELSEWHERE = {
    "etag": None, "last_modified": None, "body_hash": None, "moved_to": None, "failures": 0,
    "fault_kind": None, "fault": None, "fault_at": None, "trouble": None, "trouble_at": None, "trouble_told": None,
}  # fmt: skip

# True of all: lets the database begin with the few that are due, by an index that goes by `active` first. It would
# rather look up each of `ours`, so those are compared with what is in no index.
_BY_DUE = sources.c.active.in_([sa.true(), sa.false()])


def claim_due(
    connection: sa.Connection,
    ours: Collection[SourceId],
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
    limit: int,
    due_by: datetime | None = None,
) -> list[tuple[SourceId, FetchState]]:
    """Lease those of `ours` whose poll is due, with the cursor of each: the longest due first, what failed last.

    Others may share the database, and `active` is what the last of them says.
    """
    mine = sa.and_(_BY_DUE, among(sources.c.id.concat(""), ours))
    ids = leases.claim(connection, sources, mine, owner=owner, now=now, lease=lease, limit=limit, due_by=due_by)
    rows = connection.execute(
        sa.select(*_CURSOR)
        .select_from(sources.outerjoin(documents, documents.c.source_id == sources.c.id))
        .where(sources.c.id.in_(ids))
        .order_by(sa.case((sources.c.failures > 0, 1), else_=0), sources.c.due_at, sources.c.id)
    )
    return [
        (
            SourceId(row.id),
            FetchState(
                etag=row.etag,
                last_modified=row.last_modified,
                body_hash=row.body_hash,
                failures=row.failures,
                memory=row.memory,
                rhythm=row.rhythm,
                moved_to=row.moved_to,
            ),
        )
        for row in rows
    ]


def holds(connection: sa.Connection, source_id: SourceId, *, owner: str) -> bool:
    """Is the poll of this source still ours to write?"""
    return leases.holds(connection, sources, source_id, owner=owner)


_UNREAD = Prepared(sa.select(sources.c.id).where(sources.c.id == sa.bindparam("source"), sources.c.read_at.is_(None)))
_ADDED_AT = sa.select(added_sources.c.added_at).where(added_sources.c.id == sa.bindparam("source")).scalar_subquery()
_TOLD_OF = Prepared(
    sa.select(decisions.c.destination, items.c.key, items.c.published_at)
    .join(items, items.c.key == decisions.c.item_key)
    .where(
        items.c.source_id == sa.bindparam("source"),
        among(decisions.c.reason, "telling"),
        sa.or_(_ADDED_AT.is_(None), decisions.c.decided_at >= _ADDED_AT),
    )
    .distinct()
)


def told_in_first_poll(
    connection: sa.Connection, source_id: SourceId
) -> dict[Destination, list[datetime | None]] | None:
    """When the items of the source that each destination was told were published, while its first poll is not done.

    There are such items where a crash cut the first poll short. None after it. An answer without entries is none.
    What was told before a source was added from chat was told of an earlier one with its id.
    """
    if _UNREAD.row(connection, {"source": source_id}) is None:
        return None
    told: dict[Destination, list[datetime | None]] = {}
    for row in _TOLD_OF.rows(connection, {"source": source_id, "telling": [each for each in Reason if each.tells]}):
        told.setdefault(Destination.parse(row.destination), []).append(row.published_at)
    return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A poll that was answered and brought nothing; `owner` holds its lease, which ends with it."""

    source_id: SourceId
    state: FetchState
    owner: str
    now: datetime
    due_at: datetime
    trouble: Trouble | None = None


_NOW, _TROUBLE = sa.bindparam("now", type_=UtcTime), sa.bindparam("new_trouble", type_=sa.Text)
_SETTLE_QUIET = (
    sa.update(sources)
    .where(sources.c.id == sa.bindparam("settled"), sources.c.lease_owner == sa.bindparam("owner"))
    .values(
        etag=sa.bindparam("new_etag"),
        last_modified=sa.bindparam("new_last_modified"),
        body_hash=sa.bindparam("new_body_hash"),
        last_ok_at=_NOW,
        due_at=sa.bindparam("next"),
        rhythm=sa.bindparam("new_rhythm"),
        moved_to=sa.bindparam("new_moved_to"),
        trouble=_TROUBLE,
        trouble_at=sa.case((sources.c.trouble == _TROUBLE, sources.c.trouble_at), (_TROUBLE.is_not(None), _NOW)),
        failures=0, fault_kind=None, fault=None, fault_at=None, lease_owner=None, lease_until=None,
    )
)  # fmt: skip


def settle_quiet(connection: sa.Connection, polls: Sequence[Quiet]) -> set[SourceId]:
    """Cursors and leases of polls that brought nothing; returns those whose lease was not lost."""
    ids = [poll.source_id for poll in polls]
    held = dict(
        connection.execute(
            sa.select(sources.c.id, sources.c.lease_owner)
            .where(among(sources.c.id, ids))
            .order_by(sources.c.id)
            .with_for_update()
        ).all()
    )
    kept = [poll for poll in polls if held.get(poll.source_id) == poll.owner]
    if kept:
        connection.execute(
            _SETTLE_QUIET,
            [
                {
                    "settled": poll.source_id,
                    "owner": poll.owner,
                    "new_etag": poll.state.etag,
                    "new_last_modified": poll.state.last_modified,
                    "new_body_hash": poll.state.body_hash,
                    "new_rhythm": poll.state.rhythm,
                    "new_moved_to": poll.state.moved_to,
                    "new_trouble": poll.trouble,
                    "now": poll.now,
                    "next": poll.due_at,
                }
                for poll in kept
            ],
        )
    return {poll.source_id for poll in kept}


_SAVE_CURSOR = Prepared(
    sa.update(sources)
    .where(sources.c.id == sa.bindparam("saved"), sources.c.lease_owner == sa.bindparam("owner"))
    .values(
        last_ok_at=_NOW,
        last_new_at=sa.func.coalesce(sa.bindparam("new_at", type_=UtcTime), sources.c.last_new_at),
        read_at=sa.func.coalesce(sources.c.read_at, sa.bindparam("entries_at", type_=UtcTime)),
        trouble=_TROUBLE,
        trouble_at=sa.case((sources.c.trouble == _TROUBLE, sources.c.trouble_at), (_TROUBLE.is_not(None), _NOW)),
        failures=0, fault_kind=None, fault=None, fault_at=None,
    )
)  # fmt: skip


def save_cursor(
    connection: sa.Connection,
    source_id: SourceId,
    state: FetchState,
    *,
    owner: str,
    now: datetime,
    brought_new: bool,
    brought_entries: bool = False,
    trouble: Trouble | None = None,
) -> bool:
    """Store the cursor of a good answer. False, and nothing written, where the lease was lost."""
    saved = _SAVE_CURSOR.run(
        connection,
        {
            "saved": source_id,
            "owner": owner,
            "etag": state.etag,
            "last_modified": state.last_modified,
            "body_hash": state.body_hash,
            "rhythm": state.rhythm,
            "moved_to": state.moved_to,
            "new_trouble": trouble,
            "now": now,
            "new_at": now if brought_new else None,
            "entries_at": now if brought_entries else None,
        },
    )
    return saved > 0


_REMEMBER = Prepared(sa.insert(documents))
_REMEMBER_MORE, _FORGET = (
    Prepared(which.where(documents.c.source_id == sa.bindparam("known")))
    for which in (sa.update(documents), sa.delete(documents))
)


def remember(connection: sa.Connection, source_id: SourceId, memory: str | None, *, owner: str) -> None:
    """Keep what is known of the entries of a source's document; None: nothing is."""
    if not leases.holds(connection, sources, source_id, owner=owner):
        return
    if memory is None:
        _FORGET.run(connection, {"known": source_id})
    elif not _REMEMBER_MORE.run(connection, {"known": source_id, "memory": memory}):
        _REMEMBER.run(connection, {"source_id": source_id, "memory": memory})


def save_fault(
    connection: sa.Connection,
    source_id: SourceId,
    fault: Fault,
    state: FetchState,
    *,
    owner: str,
    now: datetime,
    trouble: Trouble | None = None,
) -> None:
    """Store why a poll gave nothing; the cursor stays, and so does an earlier trouble where there is no new one."""
    values: dict[str, object] = {
        "failures": state.failures,
        "fault_kind": fault.kind,
        "fault": fault.message,
        "fault_at": now,
        "rhythm": state.rhythm,
        "moved_to": state.moved_to,
    }
    if trouble is not None:
        since = sa.case((sources.c.trouble == trouble, sources.c.trouble_at), else_=sa.literal(now, UtcTime))
        values |= {"trouble": trouble, "trouble_at": since}
    mine = sources.c.id == source_id, sources.c.lease_owner == owner
    connection.execute(sa.update(sources).where(*mine).values(values))


def give_back(connection: sa.Connection, source_id: SourceId, *, owner: str, due_at: datetime) -> None:
    leases.give_back(connection, sources, source_id, owner=owner, due_at=due_at)


def health(connection: sa.Connection, *, resting_too: bool = False) -> list[SourceHealth]:
    """Every source's row, the failing ones first; `resting_too`: also of those that are not polled now."""
    wanted = sa.true() if resting_too else sources.c.active
    rows = connection.execute(sa.select(sources).where(wanted).order_by(sources.c.failures.desc(), sources.c.id))
    return [
        SourceHealth(
            id=SourceId(row.id),
            active=row.active,
            failures=row.failures,
            last_ok_at=row.last_ok_at,
            last_new_at=row.last_new_at,
            fault_kind=row.fault_kind,
            fault=row.fault,
            fault_at=row.fault_at,
            trouble=Trouble(row.trouble) if row.trouble else None,
            trouble_at=row.trouble_at,
            moved_to=row.moved_to,
            rhythm=row.rhythm,
        )
        for row in rows
    ]
