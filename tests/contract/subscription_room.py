"""What the tests of the subscription commands share: what is stored, and pressing what an answer offers."""

from __future__ import annotations

from dataclasses import replace

from bot.deliver.card import Reply
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.model import Destination
from bot.routing.subscriptions import Subscription
from bot.store import subscriptions
from tests.contract.story_room import ALONE, ANN, ANSWER, MANAGER, Room, never_asked
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack

IN_CHANNEL = replace(MANAGER, may_manage=never_asked)  # what is for oneself needs no leave


def stored(room: Room, *places: Destination) -> list[Subscription]:
    return [each for place in places or (ANN,) for each in room.database.read_now(subscriptions.at, place)]


async def press(room: Room, reply: Reply, label: str) -> Reply:
    answer = await room.press(reply, label, ALONE)
    assert judge_slack(slack_payload(answer)) == []
    assert judge_discord(*ANSWER, discord_payload(answer)) == []
    return answer
