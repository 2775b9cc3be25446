from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.flow.desk import Desk, open_desk


@pytest_asyncio.fixture
async def desk(
    tmp_path: Path, clock: FakeClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """On SQLite and on PostgreSQL."""
    folder = tmp_path / "config"
    folder.mkdir()
    async with open_desk(folder, clock, database_url, monkeypatch) as opened:
        yield opened
