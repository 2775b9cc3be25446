"""What was committed is on the disk. Tests do without that (see `keep_nothing`), the program does not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.store.engine import Database
from tests.fakes.engines import keep_nothing


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_commit_on_sqlite_waits_for_the_disk(database: Database) -> None:
    """It takes FULL, which is 2, beside a log written ahead: https://www.sqlite.org/pragma.html#pragma_synchronous"""
    sa.event.remove(database.engine, "checkout", keep_nothing)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
