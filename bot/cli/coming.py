"""`calendar`: what is to happen, for eyes or for other calendars."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.base import Problem, config_option
from bot.counts import how_many
from bot.settings import load

if TYPE_CHECKING:
    from bot.calendar.events import Event

USUAL_DAYS = 90
PAST_DAYS = 30  # that a file keeps: a calendar forgets what is no longer in it
MOST_DAYS = 730


@click.command()
@config_option
@click.option("--ics", is_flag=True, help="Write an iCalendar file (RFC 5545) that calendars import.")
@click.option("--country", help="Only what this country takes part in: its name or code, such as China or CN.")
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=USUAL_DAYS, show_default=True, help="How far ahead."
)
def calendar(config: Path | None, ics: bool, country: str | None, days: int) -> None:
    """Print what is to happen: meetings, deadlines and the days from which measures are in force.

    With --ics the last 30 days are in it too, and what moved or was called off: a calendar that has read it before
    then puts its own entries right.
    """
    from bot.calendar.ics import calendar_file

    events = _events(config, _code(country), days, ics=ics)
    if ics:
        sys.stdout.buffer.write(calendar_file(events))
        return
    for event in events:
        click.echo(_line(event))
    if not events:
        click.echo(f"Nothing is known of the next {how_many(days, 'day')}.", err=True)


def _code(country: str | None) -> str | None:
    from bot.routing.countries import country_of

    if country is None:
        return None
    if code := country_of(country):
        return code
    raise Problem(f"--country: {country!r} is no country; write its name or code, such as China or CN")


def _events(config: Path | None, country: str | None, days: int, *, ics: bool) -> list[Event]:
    from bot.calendar.ics import MAX_EVENTS
    from bot.store import calendar as stored
    from bot.store.engine import Database
    from bot.store.upgrade import upgrade

    today = datetime.now(UTC).date()
    last = today + timedelta(days=days)
    database = Database(load(config).database_url.get_secret_value())
    try:
        upgrade(database)
        if not ics:
            return database.read_now(stored.between, today, last, country=country, limit=MAX_EVENTS)
        first = today - timedelta(days=PAST_DAYS)
        return database.read_now(stored.published, first, last, country=country, limit=MAX_EVENTS)
    finally:
        database.close()


def _line(event: Event) -> str:
    from bot.calendar.wording import sources, state, subject, when

    said = state(event)
    parts = (when(event), said, subject(event), f"({sources(event)})", event.url or event.title)
    return "".join(char if char.isprintable() else " " for char in "  ".join(part for part in parts if part))
