"""Fixtures that every suite shares: both databases, a clock that is moved by hand, and ready-made items."""

from __future__ import annotations

import functools
import gc
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings

from tests.fakes.clock import FakeClock

if TYPE_CHECKING:  # the process that only hands the tests to the others starts without the program
    from bot.store.engine import Database
    from tests.fakes.postgres import PostgresDatabase

# A slow example is no fault: the machine may be busy. For a long search: pytest --hypothesis-profile thorough.
settings.register_profile("usual", settings(deadline=None, max_examples=50))
settings.register_profile("thorough", settings(deadline=None, max_examples=2_000))
settings.load_profile("usual")
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)],
    logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as the program: standard output is for answers
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nearly all that collecting makes stays; to look through it for garbage, time and again, takes seconds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One process more than processors: some tests wait, for a socket, another process or a kill."""
    return (yield) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take the longest begins first, so that no process is still at it when all others are done."""
    items.sort(key=lambda item: -max((mark.args[0] for mark in item.iter_markers("timeout")), default=0))


@pytest.fixture(autouse=True, scope="session")
def _loaded_once(_migrated: Callable[[], Path]) -> Iterator[None]:
    from tests.fakes.loading import loaded_once

    with loaded_once(_migrated):
        yield


@pytest.fixture(autouse=True, scope="session")
def _surroundings() -> Iterator[None]:
    """Of every test, and the same for each: to make them anew thousands of times takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):  # the SDKs ask the environment; loopback is reached without it
            patch.delenv(name, raising=False)
            patch.delenv(name.lower(), raising=False)
        # A command run in the tests' own process would set up logs for good; no later test could look at its own.
        patch.setattr("bot.cli.base.configure_logs", lambda level, form: None)
        # A folder source takes a file at once; the real one waits until it was left alone for a second.
        patch.setattr("bot.intake.folder.SETTLED", 0.0)
        yield


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Gives a migrated, empty SQLite file, made when it is first asked for."""
    from tests.fakes.engines import migrated

    return functools.cache(lambda: migrated(tmp_path_factory.mktemp("sqlite") / "template.db"))


@pytest.fixture(scope="session")
def sqlite_template(_migrated: Callable[[], Path]) -> Path:
    """A migrated, empty SQLite file, copied for each test."""
    return _migrated()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresDatabase]:
    """A database on a PostgreSQL from a wheel, or on the one you name."""
    from tests.fakes.postgres import PostgresDatabase, postgres_server

    given = os.environ.get("TRADEWIRE_TEST_POSTGRES_URL")
    # Not in the folder of pytest, which each run closes to other users: the server of a run by root is one.
    with TemporaryDirectory(prefix="tradewire-") as folder:
        server = nullcontext(given) if given else postgres_server(Path(folder) / "postgres")
        with server as url, PostgresDatabase(url).lent() as database:
            yield database


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "tradewire.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    postgres: PostgresDatabase = request.getfixturevalue("postgres")
    return postgres.emptied()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    from bot.store.engine import Database

    opened = Database(database_url)
    yield opened
    opened.close()
