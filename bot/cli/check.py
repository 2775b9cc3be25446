"""`check`: everything that could keep the bot from its work, each failure with its cure."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.base import COULD_NOT, config_option
from bot.settings import load

if TYPE_CHECKING:
    from bot.checks import Check


async def _told(checks: AsyncIterator[Check]) -> list[Check]:
    """Each result as it comes: feeds take their time."""
    results = []
    async for result in checks:
        click.echo(result.line)
        results.append(result)
    return results


@click.command()
@config_option
@click.option("--online", is_flag=True, help="Ask the chat services and the feeds as well.")
def check(config: Path | None, online: bool) -> None:
    """Check configuration, word list and database; with --online also tokens, channels and feeds."""
    from bot.checks import offline, over_the_network  # the whole program: other commands start without it

    settings = load(config)
    results = list(offline(settings))
    for result in results:
        click.echo(result.line)
    if online:
        results += asyncio.run(_told(over_the_network(settings)))
    if not all(result.ok for result in results):
        sys.exit(COULD_NOT)
