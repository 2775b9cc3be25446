"""`/wire why` with the link of an alert: found where it stands, and nowhere else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.codec import receipt_to_json
from bot.commands.lookup import wanted_item
from bot.commands.message_links import message_in
from bot.model import DeliveryState, Destination, Reason, Receipt
from bot.store import audience, outbox
from bot.store.engine import Database
from bot.store.schema import deliveries
from tests import samples
from tests.contract.story_room import ANN, BOB, LEAD, STORY, Room, room_of
from tests.fakes.clock import FakeClock
from tests.samples import DISCORD, NOW, SLACK

SLACK_LINK = "https://desk.slack.example/archives/C0123/p1746555120000100"
DISCORD_LINK = "https://discord.com/channels/700/123/1369000000000000000"


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (SLACK_LINK, ("C0123", "1746555120.000100")),
        (f" {SLACK_LINK}?thread_ts=1746555000.000001&cid=C0123 ", ("C0123", "1746555120.000100")),
        ("https://slack.com/archives/D0ANN/p1746555120000100", ("D0ANN", "1746555120.000100")),
        (DISCORD_LINK, ("123", "1369000000000000000")),
        ("https://discord.com/channels/@me/123/456", ("123", "456")),
        ("https://ptb.discord.com/channels/700/123/456/", ("123", "456")),
        ("https://discordapp.com/channels/700/123/456", ("123", "456")),
        ("https://discord.com/channels/700/123", None),
        ("https://discord.com.evil.example/channels/700/123/456", None),
        ("https://news.example/archives/2025/p1", None),
        ("https://news.example/a?" + SLACK_LINK, None),
        ("3f9a6c01", None),
    ],
)
def test_a_link_of_a_message_names_its_channel_and_itself(link: str, message: tuple[str, str] | None) -> None:
    assert message_in(link) == message


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


def stand(room: Room, place: Destination, channel: str, message_id: str) -> None:
    """The alert of the story's first report stands there."""

    def write(connection: sa.Connection) -> None:
        notice = samples.notice(destination=place, item_key=LEAD, story_id=STORY, reason=Reason.FIRST, decided_at=NOW)
        outbox.enqueue(connection, notice, audience.save_decision(connection, notice))
        receipt = Receipt(channel=channel, message_id=message_id, sent_at=NOW)
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.destination == str(place))
            .values(state=DeliveryState.SENT, receipt=receipt_to_json(receipt))
        )

    room.database.write_now(write)


@pytest.mark.parametrize(
    ("place", "channel", "message_id", "link"),
    [
        (SLACK, "C0123", "1746555120.000100", SLACK_LINK),
        (DISCORD, "123", "1369000000000000000", DISCORD_LINK),
        (ANN, "D0ANN", "1746555120.000100", "https://slack.com/archives/D0ANN/p1746555120000100"),
    ],
)
async def test_the_alert_behind_a_link_is_explained_where_it_stands(
    room: Room, place: Destination, channel: str, message_id: str, link: str
) -> None:
    stand(room, place, channel, message_id)
    found = room.database.read_now(_key, place, link)
    assert found == LEAD
    assert room.database.read_now(_key, BOB, link) is None, "of another's messages nothing is told"
    assert room.database.read_now(_key, place, link[:-1] + "7") is None


def _key(connection: sa.Connection, place: Destination, link: str) -> object:
    found = wanted_item(connection, place, link)
    return found[0].key if found else None
