"""Which item a person means."""

from __future__ import annotations

import sqlalchemy as sa

from bot.model import Destination, Item, Story, Verdict
from bot.store import audience, news


def wanted_item(
    connection: sa.Connection, place: Destination, wanted: str | None
) -> tuple[Item, Verdict, Story] | None:
    """The item of a reference, a link or a story, else the last that was told in `place`; with its story."""
    key = news.find_item(connection, wanted) if wanted else audience.last_told_item(connection, place)
    found = news.item(connection, key) if key else None
    story = news.story(connection, found[2]) if found else None
    return (found[0], found[1], story) if found and story else None
