"""The short form of the crash run: twenty kills, on both databases at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.crash.campaign import Plan, run
from tests.crash.fleet import forked
from tests.fakes.postgres import PostgresDatabase

KILLS = 10  # on each


@pytest.mark.timeout(180)
async def test_twenty_kills_lose_repeat_and_disorder_nothing(tmp_path: Path, postgres: PostgresDatabase) -> None:
    urls = {f"sqlite:///{tmp_path / 'crash.db'}": 1, postgres.emptied(): 2}
    async with forked() as start:
        runs = [
            run(
                Plan(
                    kills=KILLS,
                    workers=workers,
                    seed=workers,
                    start=start,
                    first_s=1.0,
                    busy_s=0.4,
                    stories=2,
                    mild=True,
                ),
                url,
                tmp_path / f"{workers}",
            )
            for url, workers in urls.items()
        ]
        outcomes = await asyncio.gather(*runs)
    assert [outcome.findings.all for outcome in outcomes] == [[], []]
    assert sum(sum(outcome.kills.values()) for outcome in outcomes) == 2 * KILLS
    for outcome in outcomes:
        assert all(outcome.findings.told[what] for what in ("alerts", "direct"))
