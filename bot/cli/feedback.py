"""`feedback`: what people marked in the channels, for eyes or as labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.base import config_option
from bot.settings import load

if TYPE_CHECKING:
    from bot.model import Item
    from bot.routing.learning import Mark

STRATUM = "feedback"  # of every label line, so that evaluation and training can tell it from labels made on purpose


@click.command()
@config_option
@click.option("--jsonl", is_flag=True, help="Print labels, one JSON object an item, for `eval` and for training.")
def feedback(config: Path | None, jsonl: bool) -> None:
    """Print what people marked as relevant and not relevant, as long as texts are kept.

    With --jsonl: one label line an item, {"id", "title", "summary", "body"?, "outlet", "date", "lang", "stratum":
    "feedback"} and 0 or 1 for the topics that the marks speak about, no others.

    \b
    - "Not relevant" says 0 for each topic that the mark concerns: those that the
      story was flagged for and that are asked for there, or the one that was named.
    - "Relevant" says 1 where it concerns one topic. Of two it says that one of them
      is right, not which: no label.
    - Neither says anything of urgency: whether a desk wants to be interrupted is
      another question than whether the story belongs there.
    - On one item a person's latest mark counts, wherever it was made; then the
      majority of the persons. Where they are even there is no label.

    These are labels of what was told, mostly: precision can be read from them, recall cannot. A desk that watches
    only steel says "Not relevant" of good trade news about cars. So weigh them as what one desk wants, beside labels
    made by a codebook, and look at the stratum on its own.
    """
    for item, marks in _marked(config):
        for line in _label_lines(item, marks) if jsonl else _plain_lines(item, marks):
            click.echo(line)


def _marked(config: Path | None) -> list[tuple[Item, list[Mark]]]:
    from bot.store import feedback as stored
    from bot.store.engine import Database
    from bot.store.upgrade import upgrade

    database = Database(load(config).database_url.get_secret_value())
    try:
        upgrade(database)
        return database.read_now(stored.with_items)
    finally:
        database.close()


def _label_lines(item: Item, marks: list[Mark]) -> Iterator[str]:
    """One line, or none where the marks come to no label."""
    from bot.routing.learning import labels_of

    if labels := labels_of(marks):
        yield json.dumps(_text_of(item) | {"stratum": STRATUM} | labels)


def _text_of(item: Item) -> dict[str, Any]:
    return {
        "id": item.key,
        "title": item.title,
        "summary": item.summary,
        **({"body": item.body} if item.body else {}),
        "outlet": item.outlet,
        "date": item.at.isoformat(),
        "lang": item.lang,
    }


def _plain_lines(item: Item, marks: list[Mark]) -> Iterator[str]:
    for mark in marks:
        topics = " and ".join(mark.topics) or "no topic"
        says = f"{mark.says} ({topics})"
        yield f"{mark.marked_at:%Y-%m-%d %H:%M}  {mark.place!s:24} {mark.person!s:24} {says:32} {item.title}"
