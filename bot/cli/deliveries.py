"""`deliveries`: what has not arrived, since when, why, and what happens next."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.base import Problem, config_option
from bot.model import Destination
from bot.settings import load

if TYPE_CHECKING:
    from rich.table import Table

    from bot.operations.outlook import Outlook
    from bot.store.undelivered import Undelivered

USUAL_LIMIT = 50
MOST = 100_000
GIVEN_UP_FOR = timedelta(days=7)  # how long what was given up is shown


@click.command()
@config_option
@click.option("--stuck", is_flag=True, help="Only what has been due for ten minutes, and what was given up.")
@click.option("--destination", "place", help="Only this one, written as in routes.toml: slack:C0123, discord:@123.")
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=USUAL_LIMIT, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def deliveries(config: Path | None, stuck: bool, place: str | None, limit: int, as_json: bool) -> None:
    """Print what has not arrived: what waits, what may have arrived, and what was given up in the last seven days.

    For each: since when, why, what happens next by itself, and what you can do. The longest waiting comes first.
    """
    from bot.operations.outlook import outlook

    now = datetime.now(UTC)
    found, counts = _found(config, now, _destination(place), stuck=stuck, limit=limit)
    told = [(each, outlook(each, now)) for each in found]
    if as_json:
        for each in told:
            click.echo(json.dumps(_line(*each)))
        return
    if not told:
        click.echo("Nothing is stuck." if stuck else "Nothing waits, and nothing was given up.")
        return
    _show(told, now)
    kinds = ", ".join(f"{count:,} {state}" for state, count in sorted(counts.items()))
    click.echo(f"{len(told)} shown. In all: {kinds}. More: --limit, --destination, --json", err=True)


def _destination(text: str | None) -> Destination | None:
    try:
        return Destination.parse(text) if text else None
    except ValueError as error:
        raise Problem(f"--destination: {error}") from None


def _found(
    config: Path | None, now: datetime, place: Destination | None, *, stuck: bool, limit: int
) -> tuple[list[Undelivered], dict[str, int]]:
    from bot.store import undelivered
    from bot.store.engine import Database
    from bot.store.upgrade import upgrade

    since = now - GIVEN_UP_FOR
    database = Database(load(config).database_url.get_secret_value())
    try:
        upgrade(database)
        found = database.read_now(
            undelivered.undelivered, since=since, now=now, stuck=stuck, destination=place, limit=limit
        )
        return found, database.read_now(undelivered.counts, since=since)
    finally:
        database.close()


def _line(delivery: Undelivered, outlook: Outlook) -> dict[str, Any]:
    return {
        "delivery": delivery.id,
        "destination": str(delivery.destination),
        "action": delivery.action,
        "state": delivery.state,
        "reason": delivery.reason or "bulletin",
        "item": delivery.item_key,
        "story": delivery.story_id,
        "decision": delivery.decision,
        "title": delivery.title,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at.isoformat(),
        "since": outlook.since.isoformat(),
        "why": outlook.why,
        "next": outlook.next,
        "cure": outlook.cure,
    }


def _show(told: list[tuple[Undelivered, Outlook]], now: datetime) -> None:
    from bot.deliver.console import console_on

    console_on(sys.stdout).print(_table(told, now))


def _table(told: list[tuple[Undelivered, Outlook]], now: datetime) -> Table:
    from rich.table import Table
    from rich.text import Text

    from bot.deliver.console import one_line
    from bot.operations.outlook import span

    styles = {"failed": "red", "expired": "red", "unknown": "yellow", "sending": "cyan"}
    table = Table(show_lines=True, expand=True)
    table.add_column("Destination", ratio=3, overflow="fold")
    table.add_column("What", ratio=4, overflow="fold")
    table.add_column("State", min_width=12)
    table.add_column("Why, what happens next, what you can do", ratio=7, overflow="fold")
    for delivery, outlook in told:
        what = f"{delivery.action}, {delivery.reason or 'bulletin'}: {one_line(delivery.title)}"
        state = Text(delivery.state, style=styles.get(delivery.state, ""))
        state.append(f"\nfor {span(now - outlook.since)}\n{delivery.attempts} tried", style="dim")
        then = Text(one_line(outlook.why))
        then.append(f"\n→ {outlook.next}", style="cyan")
        if outlook.cure:
            then.append(f"\n! {outlook.cure}", style="bold yellow")
        table.add_row(Text(str(delivery.destination)), Text(what), state, then)
    return table
