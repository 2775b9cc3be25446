from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.fakes.clock import FakeClock
from tests.flow.desk import Desk, open_desk

if TYPE_CHECKING:
    from bot.deliver.card import Reply
    from tests.flow.both_platforms import Seen


@pytest_asyncio.fixture
async def desk(
    tmp_path: Path, clock: FakeClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """On SQLite and on PostgreSQL."""
    folder = tmp_path / "config"
    folder.mkdir()
    async with open_desk(folder, clock, database_url, monkeypatch) as opened:
        yield opened


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    from tests.flow.both_platforms import noted

    return noted(monkeypatch)


@pytest.fixture
def mistakes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The title of every Mistake that a command makes of what was typed."""
    from bot.commands.spec import Mistake

    made: list[str] = []
    init = Mistake.__init__

    def noting(self: Mistake, reply: Reply, option: str = "") -> None:
        init(self, reply, option)
        made.append(reply.title)

    monkeypatch.setattr(Mistake, "__init__", noting)
    return made
