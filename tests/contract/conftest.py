from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.deliver.discord.session import use_endpoints
from tests.fakes.discord_service import FakeDiscord
from tests.fakes.discord_waiting import stop_waiting
from tests.fakes.slack_desk import Desk
from tests.fakes.slack_service import SlackService


@pytest.fixture
async def slack() -> AsyncIterator[SlackService]:
    async with SlackService() as service:
        yield service
        service.assert_clean()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def service() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as fake:
        use_endpoints(fake.api_url, fake.gateway.url)
        yield fake
        use_endpoints()
    assert fake.violations == []


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return stop_waiting(monkeypatch)
