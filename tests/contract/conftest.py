from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

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
