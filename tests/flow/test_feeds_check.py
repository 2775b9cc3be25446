"""`tradewire feeds check`: every source asked once over real sockets, and what a person would have to do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import Result

from bot.model import Destination, Source, SourceId
from bot.sources import checkup
from bot.sources.checkup import CONTACT_CURE, State, wants_contact
from bot.sources.sourcing import Pause
from bot.store import added_sources
from bot.store.engine import Database
from bot.store.upgrade import upgrade
from tests.fakes.names import lead
from tests.fakes.web import FakeWeb, item, rss
from tests.flow.test_command_line import tradewire


def feed(*days_old: float) -> str:
    now = datetime.now(UTC)
    entries = [item(f"News {n}", guid=str(n), pubDate=format_datetime(now - timedelta(days=n))) for n in days_old]
    return rss(*entries)


@pytest_asyncio.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as server:
        server.serve("/ok", feed(0.5, 1, 2), headers={"ETag": '"1"'})
        server.redirect("/moved", "/ok", status=301)
        server.redirect("/elsewhere", "/ok", status=302)
        server.serve("/empty", rss())
        server.serve("/frozen", feed(400, 401, 402))
        server.serve("/stale", feed(4, 5, 6))
        server.serve("/blocked", status=403)
        server.serve("/gone", status=410)
        server.serve("/busy", status=429)
        server.serve("/page", "<!doctype html><html><body>Hello</body></html>")
        server.serve("/broken", "{")
        yield server


STATES = {
    "ok": State.OK,
    "elsewhere": State.OK,
    "moved": State.MOVED,
    "empty": State.EMPTY,
    "frozen": State.FROZEN,
    "stale": State.STALE,
    "blocked": State.BLOCKED,
    "gone": State.GONE,
    "busy": State.THROTTLED,
    "page": State.NOT_A_FEED,
    "broken": State.FAILING,
    "missing": State.FAILING,
}


def configure(folder: Path, web: FakeWeb, *names: str, contact: str = "", host: str = "") -> Path:
    (folder / "tradewire.toml").write_text(
        '[intake]\nallow_networks = ["127.0.0.1/32"]\nmax_age = "3d"\nhost_spacing = "0s"\n'
        f'user_agent_contact = "{contact}"\n[database]\nurl = "sqlite:///{folder / "none.db"}"\n'
    )
    sources = (f'[[source]]\nid = "{name}"\nurl = "{web.url(f"/{name}", host=host)}"\n' for name in names)
    (folder / "sources.toml").write_text("".join(sources))
    (folder / "routes.toml").write_text("")
    return folder


async def checked(config: Path, *arguments: str) -> tuple[Result, dict[str, Mapping[str, object]]]:
    result = await asyncio.to_thread(tradewire, "feeds", "check", "--json", *arguments, "--config", config)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return result, {line["id"]: line for line in lines}


async def test_every_state_is_told_apart_with_its_cure(tmp_path: Path, web: FakeWeb) -> None:
    result, found = await checked(configure(tmp_path, web, *STATES))
    assert {name: line["state"] for name, line in found.items()} == {k: str(v) for k, v in STATES.items()}
    assert list(found) == list(STATES), "in the order of the list"
    assert result.exit_code == 1
    assert {name for name, line in found.items() if line["needs_a_person"]} == {
        "frozen", "blocked", "gone", "page", "broken", "missing",
    }  # fmt: skip
    assert web.url("/ok") in str(found["moved"]["cure"])
    assert "set user_agent_contact under [intake]" in str(found["blocked"]["cure"])
    assert "HTTP 404" in str(found["missing"]["cure"])
    assert all(line["cure"] for line in found.values() if line["needs_a_person"])
    well = found["ok"]
    assert (well["entries"], well["rhythm"], well["validated"]) == (3, "about 1 a day", True)
    assert isinstance(well["bytes"], int)
    assert well["bytes"] > 100
    assert not found["empty"]["validated"]
    assert len(web.requests) == len(STATES) + 2, "each once, and two redirects"


async def test_all_well_exits_with_zero_and_a_table(tmp_path: Path, web: FakeWeb) -> None:
    config = configure(tmp_path, web, "ok", "empty")
    result = await asyncio.to_thread(tradewire, "feeds", "check", "--config", config)
    assert result.exit_code == 0, result.output
    head, *rows, last = result.stdout.splitlines()
    assert head.split() == ["STATE", "SOURCE", "ENTRIES", "NEWEST", "RHYTHM", "KNOWN", "SIZE", "TIME"]
    assert [row.split()[:3] for row in rows] == [["empty", "empty", "0"], ["ok", "ok", "3"]], "the odd ones first"
    assert last == "2 sources, none of them in need of a person"


async def test_a_cure_stands_below_its_source(tmp_path: Path, web: FakeWeb) -> None:
    config = configure(tmp_path, web, "ok", "page")
    result = await asyncio.to_thread(tradewire, "feeds", "check", "--config", config)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[1].startswith("not a feed  page")
    assert lines[2].startswith("    http://127.0.0.1")
    assert "is a web page, not a feed" in lines[2]
    assert lines[-1] == "2 sources, 1 of them in need of a person"


async def test_who_names_a_contact_is_not_told_to(tmp_path: Path, web: FakeWeb) -> None:
    _, found = await checked(configure(tmp_path, web, "blocked", contact="desk@example.org"))
    assert "though it names a contact" in str(found["blocked"]["cure"])
    assert web.requests[0].headers["user-agent"].endswith("(+desk@example.org)")


async def test_only_those_named_are_asked(tmp_path: Path, web: FakeWeb) -> None:
    _, found = await checked(configure(tmp_path, web, "ok", "page"), "ok", "ok")
    assert list(found) == ["ok"]
    result, _ = await checked(tmp_path, "okk")
    assert result.exit_code == 1
    assert "there is no source 'okk'; did you mean 'ok'?" in result.stderr


async def test_what_is_off_is_asked_only_by_name(tmp_path: Path, web: FakeWeb) -> None:
    configure(tmp_path, web, "ok", "page")
    with (tmp_path / "sources.toml").open("a") as file:
        file.write("enabled = false\n")
    assert list((await checked(tmp_path))[1]) == ["ok"]
    assert list((await checked(tmp_path, "page"))[1]) == ["page"]


async def test_sources_from_chat_are_asked_too_and_paused_ones_are_not(
    tmp_path: Path, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    monkeypatch.setenv("TRADEWIRE_DATABASE_URL", url)
    config = configure(tmp_path, web, "ok", "page")
    assert list((await checked(config))[1]) == ["ok", "page"], "before anything has run"
    database = Database(url)
    upgrade(database)
    ann, now = Destination("slack", "UANN", person=True), datetime.now(UTC)
    stale = Source(id=SourceId("stale"), name="Stale", url=web.url("/stale"))
    database.write_now(added_sources.add, (), [stale], author=ann, author_name="Ann", most=9, now=now)
    database.write_now(added_sources.pause, Pause(source_id=SourceId("page"), author=ann, paused_at=now))
    database.close()
    _, found = await checked(config)
    assert {name: line["state"] for name, line in found.items()} == {"ok": "ok", "stale": "stale"}
    assert list((await checked(config, "page"))[1]) == ["page"]


async def test_a_database_that_cannot_be_read_leaves_the_file(
    tmp_path: Path, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "desk.db").write_bytes(b"no database at all, but long enough to look at" * 40)
    monkeypatch.setenv("TRADEWIRE_DATABASE_URL", f"sqlite:///{tmp_path / 'desk.db'}")
    result, found = await checked(configure(tmp_path, web, "ok"))
    assert list(found) == ["ok"]
    assert "sources from chat are left out" in result.stderr


async def test_folders_are_looked_into_too(tmp_path: Path, web: FakeWeb) -> None:
    configure(tmp_path, web)
    articles = tmp_path / "articles"
    await asyncio.to_thread(articles.mkdir)
    (articles / "2025-05-06-a.txt").write_text("Tariffs fall\n\nMinisters agreed.\n")
    (articles / "b.json").write_text("{")
    (tmp_path / "sources.toml").write_text(
        f'[[source]]\nid = "there"\npath = "{articles}"\n[[source]]\nid = "gone"\npath = "{tmp_path / "no"}"\n'
    )
    _, found = await checked(tmp_path)
    assert (found["there"]["state"], found["there"]["entries"]) == ("ok", 1)
    assert "b.json" in str(found["there"]["cure"])
    assert found["gone"]["state"] == "failing"
    assert "is no folder" in str(found["gone"]["cure"])


async def test_what_answers_late_is_slow(tmp_path: Path, web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "SLOW", timedelta())
    _, found = await checked(configure(tmp_path, web, "ok"))
    assert found["ok"]["state"] == "slow"


async def test_one_host_is_asked_one_feed_at_a_time(
    tmp_path: Path, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead(monkeypatch, one="127.0.0.1")
    under_way, most = 0, 0

    async def behave(asked: object, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        body = feed(1).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        under_way -= 1

    names = [f"f{number}" for number in range(6)]
    for name in names:
        web.on(f"/{name}", behave)
    _, found = await checked(configure(tmp_path, web, *names, host="one.example"))
    assert len(found) == 6
    assert most == 1


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://www.sec.gov/news/pressreleases.rss", True),
        ("https://sec.gov/x", True),
        ("https://www.bls.gov/feed/cpi.rss", True),
        ("https://notsec.gov/x", False),
        ("https://ustr.gov/rss.xml", False),
    ],
)
def test_sites_that_want_a_contact_are_known(url: str, wanted: bool) -> None:
    source = Source(id=SourceId("s"), name="S", url=url)
    assert wants_contact(source) is wanted
    assert "user_agent_contact" in CONTACT_CURE


async def test_every_setting_of_a_source_can_be_seen(tmp_path: Path, web: FakeWeb) -> None:
    configure(tmp_path, web)
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nid = "a"\nurl = "https://ann:hunter2@a.example/?api_key=hunter2"\nmax_age = "2d"\n'
        'headers = { X-Desk = "hunter2" }\n'
    )
    shown = await asyncio.to_thread(tradewire, "feeds", "show", "a", "--config", tmp_path)
    lines = dict(line.split(maxsplit=1) for line in shown.stdout.splitlines())
    assert lines["url"] == "https://a.example/?api_key=…"
    assert (lines["every"], lines["max_age"], lines["enabled"], lines["headers"]) == ("5m", "2d", "true", "X-Desk")
    listed = await asyncio.to_thread(tradewire, "feeds", "list", "--json", "--config", tmp_path)
    assert set(json.loads(listed.stdout)) == set(lines)
    assert "hunter2" not in shown.output + listed.output
