"""`stories`: which items report one event."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.base import COULD_NOT, complain
from bot.cli.judging import items_of_lines
from bot.model import Item, ItemKey

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@click.command()
@click.option("--jsonl", is_flag=True, required=True, help="Read items as JSON lines from standard input.")
def stories(jsonl: bool) -> None:
    """Group items into stories: prints {"id", "story"} for each line of standard input, in order.

    The items are taken in the order given, with their dates, as if they had just been published.
    """
    from bot.model import Verdict
    from bot.steps.grouping import Judged, place
    from bot.store.engine import Database
    from bot.store.schema import metadata
    from bot.stories.sense import Sense
    from bot.stories.signature import signature

    sense, failed = Sense(), False
    with tempfile.TemporaryDirectory(prefix="tradewire-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'stories.db'}")
        metadata.create_all(database.engine)
        for number, (identity, item) in enumerate(items_of_lines(sys.stdin.buffer)):
            if isinstance(item, Item):
                own = replace(item, key=ItemKey(f"{number:016x}"))  # an id that comes twice is two items here
                judged = Judged(own, Verdict(), signature(own, sense.of(own)))
                joined = database.write_now(place, judged, max(own.at, EARLIEST))
                click.echo(json.dumps({"id": identity, "story": joined.story.id}))
            else:
                failed = True
                complain(item)
        database.close()
    if failed:
        sys.exit(COULD_NOT)
