"""`backup` and `restore`: the state of the bot as a file, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.base import Problem, config_option
from bot.settings import load

if TYPE_CHECKING:
    from bot.operations.restore import Done
    from bot.store.engine import Database


@contextmanager
def _opened(config: Path | None) -> Iterator[tuple[Database, str]]:
    """The database with its URL; errors of backups as one clear line."""
    from bot.store.backup import BackupError
    from bot.store.engine import Database

    url = load(config).database_url.get_secret_value()
    database = Database(url)
    try:
        yield database, url
    except BackupError as error:
        raise Problem(str(error)) from None
    finally:
        database.close()


@click.command()
@config_option
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path))
def backup(config: Path | None, target: Path) -> None:
    """Save the database to FILE while the bot runs. FILE may be a folder: the name is then the time."""
    from bot.operations.restore import save

    with _opened(config) as (database, url):
        if target.is_dir():
            target /= f"tradewire-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{'db' if database.is_sqlite else 'dump'}"
        schema = save(database, url, target)
        size = target.stat().st_size / 2**20
        click.echo(f"{database.name}: saved to {target} and checked ({size:.1f} MiB, schema {schema})")


def _moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    """ISO 8601; without a zone UTC."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time: write 2025-05-06T14:05, or 2025-05-06T14:05+02:00") from None
    at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    if at > datetime.now(UTC):
        raise click.BadParameter(f"{value!r} lies ahead; nothing was told then (a time without a zone is UTC)")
    return at


@click.command()
@config_option
@click.argument(
    "file", metavar="[FILE]", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--loaded", is_flag=True, help="The database is an earlier state already: settle that alone.")
@click.option("--told-until", callback=_moment, metavar="TIME", help="When the lost bot last worked. Default: now.")
@click.option("--tell-missed", is_flag=True, help="Tell what came since the backup, told before or not.")
def restore(
    config: Path | None, file: Path | None, loaded: bool, told_until: datetime | None, tell_missed: bool
) -> None:
    """Put a backup in the place of the database, which is kept aside. Stop the bot first.

    What was published before now counts as told and is not sent again, and what waited in the backup is looked up
    before it is sent; see docs/operations.md.
    """
    from bot.operations.restore import restore as put_back
    from bot.operations.restore import settle_loaded

    if (file is None) != loaded:
        raise click.UsageError("Name the FILE that backup has made, or --loaded where something else restored it.")
    if tell_missed and told_until is not None:
        raise click.UsageError("--tell-missed means that nothing counts as told: leave --told-until away.")
    now = datetime.now(UTC)
    until = None if tell_missed else told_until or now
    with _opened(config) as (database, url):
        if file is None:
            done = settle_loaded(database, told_until=until, now=now)
        else:
            done = put_back(database, url, file, told_until=until, now=now)
        for line in _said(database.name, file, done, until):
            click.echo(line)


def _said(name: str, file: Path | None, done: Done, until: datetime | None) -> Iterator[str]:
    settled = done.settled
    yield f"{name}: restored from {file}" if file else f"{name}: settled"
    if done.aside:
        yield f"the database that was there: {done.aside}"
    yield f"{settled.looked_up} deliveries that waited are looked up before they are sent"
    if until is None:
        yield "what was sent since the backup may be sent again"
        return
    yield f"what was published before {until:%Y-%m-%d %H:%M} UTC counts as told: it is stored and not sent"
    yield (
        f"not sent either: {settled.too_old} deliveries too old to look up, {settled.digests} digests and "
        f"{settled.reminders} reminders that were due by then"
    )
