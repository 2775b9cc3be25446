"""A small day of the desk, held against what everybody asked for; `python -m bench day` is the large one."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bench.busy_day import replayed
from bench.busy_day.expected import Post, complaints
from bench.busy_day.invented import invent
from bench.busy_day.replayed import replay
from bot.deliver.card import Bulletin, Card
from bot.deliver.discord.embeds import message_payload as discord_payload
from bot.deliver.ports import Message
from bot.deliver.slack.blocks import message_payload as slack_payload
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack

DAY = invent(articles=50, subscriptions=250, people=20, seed=7)


async def test_every_message_of_a_day_is_one_that_the_platforms_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Card | Bulletin] = []
    keep = replayed._post

    def noting(message: Message, at: datetime) -> Post:
        sent.append(message.card)
        return keep(message, at)

    monkeypatch.setattr(replayed, "_post", noting)
    await replay(DAY, tmp_path)
    assert {type(card) for card in sent} == {Card, Bulletin}
    for card in sent:
        assert judge_slack(slack_payload(card)) == []
        assert judge_discord("/channels/{channel_id}/messages", "POST", discord_payload(card)) == []


async def test_everybody_gets_exactly_what_they_asked_for_and_the_checker_would_see_otherwise(tmp_path: Path) -> None:
    got = await replay(DAY, tmp_path)
    posts = [(place, post) for place, each in got.items() for post in each]
    assert {post.is_digest for _, post in posts} == {True, False}
    assert complaints(DAY, got) == []
    for place, post in posts:
        without, twice, late = (deepcopy(got) for _ in range(3))
        without[place].remove(post)
        twice[place].append(post)
        next(each for each in late[place] if each == post).at += timedelta(minutes=2)
        assert complaints(DAY, without)
        assert complaints(DAY, late)
        assert complaints(DAY, twice)
