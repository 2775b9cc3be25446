"""Statements that end in time, also those that the database would think about for long."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

_OFTEN = 10_000  # instructions of SQLite between two looks at the clock: less than a millisecond
_CANCELLED = "57014"  # https://www.postgresql.org/docs/current/errcodes-appendix.html


class Overdue(Exception):
    """The time was up; what was read in this transaction before is all there is."""


@contextmanager
def time_limit(connection: sa.Connection, seconds: float) -> Iterator[None]:
    """Raises Overdue where the statements within take longer. For reading: the transaction is rolled back then."""
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        end = time.monotonic() + seconds
        driver.set_progress_handler(lambda: time.monotonic() > end, _OFTEN)
    else:
        connection.execute(sa.text(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}"))
    try:
        yield
    except DBAPIError as error:
        if not _is_cancelled(error):
            raise
        connection.rollback()
        raise Overdue from None
    else:
        if not isinstance(driver, sqlite3.Connection):
            connection.execute(sa.text("SET LOCAL statement_timeout TO DEFAULT"))
    finally:
        if isinstance(driver, sqlite3.Connection):
            driver.set_progress_handler(None, 0)


def _is_cancelled(error: DBAPIError) -> bool:
    sqlite_code = getattr(error.orig, "sqlite_errorcode", None)
    return sqlite_code == sqlite3.SQLITE_INTERRUPT or getattr(error.orig, "sqlstate", None) == _CANCELLED
