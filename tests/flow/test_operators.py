"""The whole bot: who looks after it hears, on the other platform, of what takes no messages, and of its end."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.flow.desk import SLACK_CHANNEL, Desk


async def test_a_closed_channel_is_heard_of_where_the_owner_said_and_so_is_its_end(desk: Desk) -> None:
    desk.configure(
        routes=f'[[route]]\nname = "desk"\nto = ["slack:{SLACK_CHANNEL}"]\nwhen = "topic:trade OR topic:market"\n',
        main=f'[operations]\ntell = ["discord:{GUILD_CHANNEL_ID}"]\n',
    )
    desk.slack.add_channel(SLACK_CHANNEL).archived = True
    async with desk.bot() as bot:
        await bot.service.once()
        await bot.service.tell_operators()
        await bot.service.tell_operators()
        await bot.service.senders.run_due()
        (told,) = desk.discord_titles
        assert told == "1 place takes no messages: a person is needed."
        (message,) = desk.discord.messages[GUILD_CHANNEL_ID]
        assert "unarchive the channel" in message["embeds"][0]["description"]

        desk.slack.add_channel(SLACK_CHANNEL).archived = False
        desk.clock.advance(timedelta(minutes=20))
        await bot.service.senders.run_due()
        assert len(desk.slack.messages(SLACK_CHANNEL)) == 2
        await bot.service.tell_operators()
        await bot.service.senders.run_due()

    assert desk.discord_titles[1:] == ["1 place takes messages again."]
    assert f"slack:{SLACK_CHANNEL}" in json.dumps(desk.discord.messages[GUILD_CHANNEL_ID][1])
    desk.assert_payloads_are_valid()
