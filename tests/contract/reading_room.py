"""A desk with an archive to read in."""

from __future__ import annotations

import sqlalchemy as sa

from bot.deliver.card import Reply
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.store.engine import Database
from tests.contract.archive import store
from tests.contract.story_room import (
    ANSWER,
    HOUR,
    Room,
    room_of,
)
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import NOW


def filled(database: Database, clock: FakeClock) -> Room:
    """A desk that has read the three reports of a story, and later 20 items about copper by two outlets."""
    room = room_of(database, clock)

    def fill(connection: sa.Connection) -> None:
        for number in range(100, 120):
            at = NOW + number * HOUR
            store(
                connection,
                number,
                title=f"Copper story number {number} <!channel> @everyone",
                summary=f"Before it. {'So it went. ' * 30}Then the copper quota number {number} was agreed on.",
                outlet="Daily" if number % 2 else "Metal Wire",
                seen_at=at,
                published_at=at,
            )

    database.write_now(fill)
    clock.advance(120 * HOUR)
    return room


def judged(reply: Reply) -> Reply:
    assert judge_slack(slack_payload(reply)) == []
    assert judge_discord(*ANSWER, discord_payload(reply)) == []
    return reply
