"""`run`, `once` and `migrate`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bot.cli.base import COULD_NOT, Problem, complain, config_option
from bot.settings import Settings, load

ROLES = ("all", "worker", "chat", "web")


@click.command()
@config_option
@click.option("--role", type=click.Choice(ROLES), default="all", show_default=True, help="What this process does.")
def run(config: Path | None, role: str) -> None:
    """Run the bot until it is stopped. Without chat tokens it alerts on the console and the board."""
    from bot.app import Role, run_bot
    from bot.board.app import BoardAddressError

    try:
        asyncio.run(run_bot(load(config), Role(role)))
    except BoardAddressError as error:
        raise Problem(str(error)) from None


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for every notice sent.")
def once(config: Path | None, as_json: bool) -> None:
    """Poll everything that is due, deliver everything, and end.

    What goes to a platform without its token waits, which is said and is no failure: another process may send it.
    """
    from bot.app import run_once
    from bot.stopping import Stopped

    settings = load(config)
    try:
        undelivered = asyncio.run(run_once(settings, as_json=as_json))
    except Stopped:
        raise Problem("stopped before all was polled and delivered; the next run goes on from there") from None
    for problem in _missing_tokens(settings):
        complain(problem)
    for entry in undelivered:
        complain(f"{entry.destination}: {entry.waiting} not delivered: {entry.fault}")
    if undelivered:
        sys.exit(COULD_NOT)


def _missing_tokens(settings: Settings) -> Iterator[str]:
    """The tokens that routes need and this process was not given, each with the places that get nothing."""
    from bot.operations.outlook import TOKENS

    secrets = settings.secrets
    given = {"slack": secrets.slack_bot_token, "discord": secrets.discord_token}
    places = list(dict.fromkeys(place for route in settings.routes for place in route.to))
    for platform, token in TOKENS.items():
        there = [str(place) for place in places if place.platform == platform]
        if there and given[platform] is None:
            yield f"{token} is not set: what goes to {', '.join(there)} waits in the outbox"


@click.command()
@config_option
def migrate(config: Path | None) -> None:
    """Bring the database to this program's schema. `run` and `once` do it too, where it is needed."""
    from bot.store.engine import Database
    from bot.store.upgrade import upgrade

    database = Database(load(config).database_url.get_secret_value())
    try:
        before, after = upgrade(database)
    finally:
        database.close()
    state = "already at" if before == after else f"from {before or 'empty'} to"
    click.echo(f"{database.name}: {state} schema {after}")
