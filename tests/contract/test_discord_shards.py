"""A bot whose servers are divided among connections: which this process makes, and what it says of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError

from bot.commands.on_discord.chat import DiscordChat
from bot.commands.spec import Catalog, Command
from bot.deliver.card import Reply
from bot.deliver.discord.session import Shards, use_endpoints
from bot.settings import ChatSettings
from tests.fakes.discord_service import TOKEN, FakeDiscord
from tests.fakes.discord_waiting import stop_waiting
from tests.fakes.reports import Heard


async def _answer(*_: object) -> Reply:
    return Reply(title="Here")


CATALOG = Catalog((Command(name="latest", help="The latest stories.", run=_answer),))


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeDiscord]:
    stop_waiting(monkeypatch)
    async with FakeDiscord() as fake:
        use_endpoints(fake.api_url, fake.gateway.url)
        yield fake
        use_endpoints()


async def _ended(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_process_connects_the_shards_that_are_its_own_and_answers_on_them(service: FakeDiscord) -> None:
    heard = Heard()
    chat = DiscordChat(TOKEN, CATALOG, report=heard, shards=Shards(4, (0, 2)))
    running = asyncio.create_task(chat.run())
    await heard.until(True, "connected as tradewire, shards 0, 2 of 4")
    assert service.gateway.shards == [[0, 4], [2, 4]]
    interaction = await service.slash("latest")
    await asyncio.wait_for(interaction.answered.wait(), 10)
    await _ended(running)
    assert service.violations == []


async def test_without_numbers_all_shards_are_this_process_s(service: FakeDiscord) -> None:
    heard = Heard()
    running = asyncio.create_task(DiscordChat(TOKEN, CATALOG, report=heard, shards=Shards(2)).run())
    await heard.until(True, "connected as tradewire, shards 0, 1 of 2")
    assert service.gateway.shards == [[0, 2], [1, 2]]
    await _ended(running)


async def test_one_lost_shard_is_said_and_comes_back_while_the_other_goes_on(service: FakeDiscord) -> None:
    heard = Heard()
    running = asyncio.create_task(DiscordChat(TOKEN, CATALOG, report=heard, shards=Shards(2)).run())
    await heard.until(True, "connected as tradewire, shards 0, 1 of 2")
    await service.gateway.drop(shard=1)
    await heard.until(False, "shards without a connection: 1 of 2; connecting")
    interaction = await service.slash("latest")
    await asyncio.wait_for(interaction.answered.wait(), 10)
    await heard.until(True, "connected as tradewire, shards 0, 1 of 2")
    await _ended(running)
    assert service.gateway.resumed == 1


@pytest.mark.parametrize(
    ("shards", "ids", "problem"),
    [
        (None, (0,), "discord_shards is missing"),
        (4, (0, 4), "4 is no shard; they are numbered from 0 to 3"),
        (4, (1, 1), "one stands there twice"),
        (0, (), "greater than or equal to 1"),
    ],
)
def test_a_wrong_division_is_refused_with_its_cure(shards: int | None, ids: tuple[int, ...], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        ChatSettings(discord_shards=shards, discord_shard_ids=ids)
