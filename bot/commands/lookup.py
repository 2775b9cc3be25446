"""Which item a person means."""

from __future__ import annotations

import sqlalchemy as sa

from bot.commands.message_links import message_in
from bot.commands.naming import reference_in
from bot.model import Destination, Item, ItemKey, Story, Verdict
from bot.store import audience, messages, news


def wanted_item(
    connection: sa.Connection, place: Destination, wanted: str | None
) -> tuple[Item, Verdict, Story] | None:
    """The item of a reference, with or without its title, of a link (its own, or that of an alert in `place`) or of a
    story, else the last told in `place`; with its story.
    """
    key = _key(connection, place, wanted) if wanted else audience.last_told_item(connection, place)
    found = news.item(connection, key) if key else None
    story = news.story(connection, found[2]) if found else None
    return (found[0], found[1], story) if found and story else None


def _key(connection: sa.Connection, place: Destination, wanted: str) -> ItemKey | None:
    if message := message_in(wanted):
        return messages.item_shown(connection, place, *message)
    return news.find_item(connection, reference_in(wanted))
