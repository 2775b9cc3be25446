"""From a feed to a reminder: a day is told, reminded of once over restarts, and its move is told too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.commands.spec import Caller, Permission
from bot.deliver.card import plain
from bot.model import Destination
from bot.store import calendar
from bot.store.engine import Database
from bot.store.upgrade import upgrade
from tests.calendar_reports import entries
from tests.contract.calendar_desk import desk_on
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, Desk

TALKS = item(
    "US and China to hold trade talks in Geneva on 12 May",
    guid="talks-1",
    link="https://wire.example/talks",
    pubDate="Wed, 07 May 2025 07:30:00 GMT",
    description="The two sides will discuss tariffs, the trade ministry in Beijing said.",
)
MOVED = item(
    "US and China postpone Geneva trade talks to 20 May",
    guid="talks-2",
    link="https://wire.example/moved",
    pubDate="Sun, 11 May 2025 15:00:00 GMT",
    description="The two sides need more time on tariffs, the trade ministry in Beijing said.",
)


async def granted() -> Permission:
    return Permission(granted=True)


MANAGER = Caller(
    user=Destination("slack", "UANN", person=True), place=Destination("slack", SLACK_CHANNEL), may_manage=granted
)


def told(desk: Desk, text: str) -> int:
    """How many messages in the channel hold `text`."""
    return sum(text in message for message in desk.slack_titles)


async def test_an_event_is_reminded_of_once_over_restarts_and_its_move_is_told(desk: Desk) -> None:
    async with desk.bot() as bot:
        reply = await bot.catalog.run_text("remind China 1d here", MANAGER)
        assert reply.title == "Reminders in this channel: “country:CN”."
    desk.web.serve("/feed", rss(TALKS))
    await desk.once()
    assert told(desk, "Tomorrow:") == 0
    desk.clock.advance(datetime(2025, 5, 11, 8, 59, tzinfo=UTC) - desk.clock.now())
    await desk.once()
    assert told(desk, "Tomorrow:") == 0, "a minute is left"
    desk.clock.advance(timedelta(minutes=1))
    for _ in range(2):
        await desk.once()
        assert told(desk, "Tomorrow: Meeting: China · US, Geneva") == 1
    desk.clock.advance(timedelta(hours=7))
    desk.web.serve("/feed", rss(MOVED, TALKS))
    await desk.once()
    assert told(desk, "Changed: Meeting: China · US, Geneva") == 1
    assert told(desk, "MOVED (was 12 May 2025)") == 1
    async with desk.bot() as bot:
        shown = await bot.catalog.run_text("calendar China month", MANAGER)
        assert "MOVED (was 12 May 2025) Meeting: China · US, Geneva" in plain(shown.lines)
    desk.clock.advance(timedelta(days=8))
    await desk.once()
    assert told(desk, "Tomorrow: Meeting: China · US, Geneva") == 2, "reminded anew, of the new day"
    desk.assert_payloads_are_valid()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "tradewire.toml").write_text(f'[database]\nurl = "sqlite:///{tmp_path}/t.db"\n')
    (folder / "sources.toml").write_text("")
    (folder / "routes.toml").write_text('[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade"\n')
    return folder


def test_the_command_line_prints_the_calendar_and_writes_it_as_a_file(config: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/t.db")
    upgrade(database)
    now = datetime.now(UTC)
    day = (now + timedelta(days=5)).date()
    desk_on(database).item(0, day.isoformat(), published_at=now, seen_at=now)
    (event,) = database.read_now(calendar.published, day, day, limit=9)
    database.close()

    def run(*arguments: str) -> bytes:
        result = CliRunner().invoke(main, ["calendar", "--config", str(config), *arguments])
        assert result.exit_code == 0, result.output
        return result.stdout_bytes

    (line,) = run("--country", "China").decode().splitlines()
    assert "Meeting: China · US, Geneva  (medium confidence: Outlet 0)  https://news.example/0" in line
    (entry,) = entries(run("--ics", "--days", "10"))
    assert (entry.decoded("dtstart"), entry["uid"]) == (day, f"{event.id}@tradewire")
    assert entries(run("--ics", "--days", "3")) == []
    assert run("--country", "FR") == b""


def test_a_wrong_country_is_named_with_its_cure(config: Path) -> None:
    result = CliRunner().invoke(main, ["calendar", "--config", str(config), "--country", "Nowhere"])
    assert result.exit_code == 1
    assert "'Nowhere' is no country; write its name or code" in result.stderr
