"""`feeds check`: every source asked once, as a table or as JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.base import COULD_NOT, Problem, complain, config_option
from bot.cli.progress import counting
from bot.clock import SystemClock
from bot.counts import how_many
from bot.model import Source
from bot.settings import Settings, load
from bot.sources.sourcing import all_sources, nearest, within

if TYPE_CHECKING:
    from bot.sources.checkup import Checkup

_HEAD = ("STATE", "SOURCE", "ENTRIES", "NEWEST", "RHYTHM", "KNOWN", "SIZE", "TIME")


@click.command("check")
@click.argument("source_ids", metavar="[SOURCE_ID]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source, in the order of the list.")
@config_option
def check_sources(source_ids: tuple[str, ...], as_json: bool, config: Path | None) -> None:
    """Ask every source once, without effect: what it brings, how it does, and the cure where it needs a person.

    Those added from chat are asked too; sources that are off or paused only by name. Exits with 1 where one is
    failing, gone, blocked, frozen or no feed.

    KNOWN says whether a feed knows its document again (ETag or date), so that it need not be sent twice.
    """
    settings = load(config)
    sources = _with_those_from_chat(settings)
    wanted = [named(sources, each) for each in dict.fromkeys(source_ids)]
    wanted = wanted or [source for source in sources if source.enabled]
    found = asyncio.run(_all(settings, wanted))
    for line in map(_as_json, found) if as_json else _table(found):
        click.echo(line)
    if any(each.state.needs_a_person for each in found):
        sys.exit(COULD_NOT)


def _with_those_from_chat(settings: Settings) -> list[Source]:
    """All sources, paused ones not enabled. Where the database cannot be read, those of the file."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import SQLAlchemyError

    from bot.store.added_sources import changes
    from bot.store.engine import Database, DatabaseError

    url = make_url(settings.database_url.get_secret_value())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return list(settings.sources)  # nothing has run yet
    database = Database(settings.database_url.get_secret_value())
    try:
        stored = database.read_now(changes)
    except (SQLAlchemyError, DatabaseError) as error:
        complain(f"sources from chat are left out: {str(error).partition(chr(10))[0]}; see tradewire check")
        return list(settings.sources)
    finally:
        database.close()
    paused = {pause.source_id for pause in stored.pauses}
    found = (within(source, settings.intake.max_age) for source in all_sources(settings.sources, stored.added))
    return [replace(source, enabled=source.enabled and source.id not in paused) for source in found]


def named(sources: Sequence[Source], source_id: str) -> Source:
    """Raises Problem with the nearest id for one that is not there."""
    by_id = {str(source.id): source for source in sources}
    if source_id not in by_id:
        raise Problem(f"there is no source {source_id!r}{nearest(source_id, by_id)}")
    return by_id[source_id]


async def _all(settings: Settings, wanted: Sequence[Source]) -> list[Checkup]:
    """In the order of the list."""
    from bot.assembly import intake_of  # the whole program: other commands start without it
    from bot.sources.checkup import check_up

    found: dict[str, Checkup] = {}
    wish = settings.intake
    with counting("asking sources", len(wanted)) as done:
        async with intake_of(settings) as intake:
            checkups = check_up(
                wanted,
                intake,
                SystemClock().now(),
                contact=wish.user_agent_contact,
                at_once=wish.parallel,
                spacing=wish.host_spacing,
            )
            async for each in checkups:
                found[each.source.id] = each
                done(1)
    return [found[source.id] for source in wanted]


def _as_json(found: Checkup) -> str:
    return json.dumps(
        {
            "id": found.source.id,
            "state": found.state,
            "needs_a_person": found.state.needs_a_person,
            "entries": found.entries,
            "newest": found.newest.isoformat() if found.newest else None,
            "rhythm": found.rhythm or None,
            "validated": found.validated,
            "bytes": found.size,
            "seconds": round(found.took.total_seconds(), 3),
            "cure": found.cure or None,
        },
        ensure_ascii=False,
    )


def _table(found: Sequence[Checkup]) -> list[str]:
    """Those that need a person first; the cure stands below its source."""
    ordered = sorted(found, key=lambda each: each.state.rank)
    rows = [_HEAD, *map(_row, ordered)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    table = lines[:1]
    for line, each in zip(lines[1:], ordered, strict=True):
        table += [line, *([f"    {each.cure}"] if each.cure else [])]
    needing = sum(each.state.needs_a_person for each in found)
    return [*table, f"{how_many(len(found), 'source')}, {needing or 'none'} of them in need of a person"]


def _row(found: Checkup) -> tuple[str, ...]:
    return (
        str(found.state),
        found.source.id,
        f"{found.entries:,}",
        f"{found.newest:%Y-%m-%d %H:%M}" if found.newest else "-",
        found.rhythm or "-",
        ("yes" if found.validated else "no") if found.size else "-",
        f"{max(round(found.size / 1024), 1):,} KiB" if found.size else "-",
        f"{found.took.total_seconds():.1f} s" if found.took else "-",
    )
