"""The commands as people type them, in a process of their own where that matters."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.cli.judging import items_of_files
from bot.model import Item
from tests.fakes.clock import FakeClock
from tests.fakes.web import FakeWeb, item, rss

SEED = Path("seeds/2025-05-06-us-china-trade-talks-geneva.txt")

ROUTES = '[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade OR topic:market"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with the seed folder as its only source and a database of its own."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "tradewire.toml").write_text(f'[database]\nurl = "sqlite:///{tmp_path}/t.db"\n[web]\nport = 0\n')
    (folder / "sources.toml").write_text(f'[[source]]\nid = "seeds"\npath = "{SEED.parent.resolve()}"\n')
    (folder / "routes.toml").write_text(ROUTES)
    return folder


@pytest.fixture
def taken_port(config: Path) -> Iterator[int]:
    """The port that the configuration gives the board, on which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        settings = config / "tradewire.toml"
        settings.write_text(settings.read_text().replace("port = 0", f"port = {port}"))
        yield port


def tradewire(*arguments: object, given: str | bytes = "", **environment: str) -> Result:
    result = CliRunner().invoke(main, [str(each) for each in arguments], input=given, env=environment)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception  # people would see a traceback
    return result


class Process:
    """`tradewire` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self.stdout, self.stderr = process.stdout, process.stderr

    @classmethod
    async def start(cls, *arguments: object) -> Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *(str(each) for each in arguments),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        return cls(process)

    async def until(self, text: str, source: asyncio.StreamReader | None = None) -> str:
        """Read `source`, else standard output, up to a line with `text`."""
        seen = ""
        async with asyncio.timeout(30):
            while text not in seen:
                line = await (source or self.stdout).readline()
                assert line, f"the output ended without {text!r}: {seen}"
                seen += line.decode()
        return seen

    async def end(self) -> tuple[int, str, str]:
        out, errors = await asyncio.wait_for(self.process.communicate(), 30)
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), errors.decode()


@contextmanager
def without_signals(*, stopped: bool = False) -> Iterator[asyncio.Event]:
    """In the place of `stop_on_signals`; only the main thread of a process hears signals."""
    stop = asyncio.Event()
    if stopped:
        stop.set()
    yield stop


def once(config: Path) -> list[dict[str, object]]:
    result = tradewire("once", "--json", "--config", config)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_once_prints_the_seed_article_one_time_with_its_facts(config: Path) -> None:
    (notice,) = once(config)
    assert (notice["reason"], notice["destination"], notice["direction"]) == ("first", "console", "de-escalation")
    assert notice["topics"] == ["trade", "market"]
    facts = [{name: value for name, value in fact.items() if name != "span"} for fact in notice["facts"]]  # type: ignore[attr-defined]
    for expected in (
        {"type": "party", "value": "US"},
        {"type": "party", "value": "CN"},
        {"type": "person", "value": "Bessent", "role": "Treasury Secretary"},
        {"type": "person", "value": "Greer", "role": "US Trade Representative"},
        {"type": "person", "value": "He", "role": "Vice Premier"},
        {"type": "rate", "value": 145.0, "of": "tariff"},
        {"type": "move", "instrument": "Dow futures", "direction": "up", "size": 270.0, "unit": "points"},
        {"type": "move", "instrument": "Dow futures", "direction": "up", "size": 0.7, "unit": "percent"},
        {"type": "move", "instrument": "S&P 500 futures", "direction": "up", "size": 0.8, "unit": "percent"},
        {"type": "move", "instrument": "Nasdaq futures", "direction": "up", "size": 1.0, "unit": "percent"},
        {
            "type": "meeting",
            "where": "Geneva",
            "when": "2025-05-09/2025-05-12",
            "who": ["Bessent", "Greer", "He Lifeng"],
        },
    ):
        assert expected in facts
    assert once(config) == []


# --- in a process of its own, which costs seconds: what signals do, and that its output holds alerts alone ----------


async def test_a_killed_run_has_told_and_the_next_repeats_nothing_and_goes_on_without_its_board_until_ctrl_c(
    config: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it stops by SIGTERM is shown in test_bare_environment."""
    run = await Process.start("run", "--config", config)
    card = await run.until("Nasdaq futures")
    assert "Trump officials will meet with China" in card
    assert "De-escalation" in card
    assert "Getty" not in card
    card += await run.until("╰")
    run.process.send_signal(signal.SIGKILL)
    await run.end()
    again = await Process.start("run", "--config", config)
    said = await again.until('"started"', again.stderr)
    if f"port {taken_port}" not in said:
        await again.until(f"port {taken_port}", again.stderr)
    again.process.send_signal(signal.SIGINT)
    code, out, errors = await again.end()
    assert code == 0, errors
    assert json.loads(errors.splitlines()[-1])["event"] == "stopped"
    assert '"event"' not in card + out, "what is logged stands apart from the alerts"
    # The console cannot be asked whether it showed what was being written when the kill came: then it is shown again,
    # once its time has passed.
    monkeypatch.setattr("bot.assembly.SystemClock", lambda: FakeClock(datetime.now(UTC)))
    monkeypatch.setattr("bot.app.stop_on_signals", without_signals)
    assert out.count("╰") + len(await asyncio.to_thread(once, config)) <= 1
    assert await asyncio.to_thread(once, config) == []


# --- in this process --------------------------------------------------------------------------------------


def test_a_once_that_is_stopped_says_so_and_the_next_goes_on(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("bot.app.stop_on_signals", partial(without_signals, stopped=True))
        result = tradewire("once", "--config", config)
    assert result.exit_code == 1
    assert "the next run goes on from there" in result.stderr.splitlines()[-1]
    assert result.stdout == ""
    assert len(once(config)) == 1


def test_ctrl_c_ends_a_command_without_a_word(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.cli.sources.load", interrupted)
    result = tradewire("feeds", "list", "--config", config)
    assert (result.exit_code, result.output) == (130, "")


@pytest.mark.parametrize("command", ["run", "once", "migrate"])
def test_an_unreachable_database_is_one_clear_line(config: Path, command: str) -> None:
    url = "postgresql://desk:hunter2@127.0.0.1:1/news"
    result = tradewire(command, "--config", config, TRADEWIRE_DATABASE_URL=url)
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert "127.0.0.1:1/news cannot be reached" in line
    assert "TRADEWIRE_DATABASE_URL" in line
    assert "hunter2" not in line


def test_a_web_process_whose_port_is_taken_says_so_and_ends(config: Path, taken_port: int) -> None:
    result = tradewire("run", "--role", "web", "--config", config)
    assert result.exit_code == 1
    assert f"port {taken_port}" in result.stderr


def test_a_chat_process_without_a_token_says_which(config: Path) -> None:
    result = tradewire("run", "--role", "chat", "--config", config, SLACK_BOT_TOKEN="", DISCORD_TOKEN="")
    assert result.exit_code == 2
    assert "set SLACK_BOT_TOKEN with SLACK_APP_TOKEN, or DISCORD_TOKEN" in result.stderr


def test_a_bad_configuration_names_every_problem_and_ends_with_2(config: Path) -> None:
    (config / "routes.toml").write_text(ROUTES.replace("topic:trade", "topc:trade"))
    for command in ("run", "once"):
        result = tradewire(command, "--config", config)
        assert result.exit_code == 2
        assert "routes.toml: route 'desk'" in result.stderr
        assert "topic" in result.stderr
    (config / "tradewire.toml").write_text("[intak]\n")
    result = tradewire("check", "--config", config)
    assert result.exit_code == 2
    assert "unknown key; did you mean intake?" in result.stderr


def test_classify_reads_files_and_quotes_evidence_that_stands_at_its_offsets() -> None:
    result = tradewire("classify", SEED)
    assert result.exit_code == 0, result.output
    line = json.loads(result.stdout)
    assert line["labels"][:2] == ["trade", "market"]
    assert line["direction"] == "de-escalation"
    ((_, article),) = items_of_files([SEED])
    assert isinstance(article, Item)
    assert line["evidence"]
    for span in line["evidence"]:
        assert getattr(article, span["field"])[span["start"] : span["end"]] == span["text"]


def test_classify_keeps_order_and_passes_over_a_broken_line() -> None:
    title = "Ministers agree to cut tariffs on steel"
    lines = [
        json.dumps({"id": "a", "title": title}),
        "{broken",
        json.dumps({"id": "b", "title": "Ten tomato recipes"}),
        json.dumps(["no", "object"]),
        json.dumps({"id": "c", "title": title, "summary": "A deal.", "lang": "en", "date": "2026-02-01"}),
    ]
    result = tradewire("classify", "--jsonl", given="\n".join(lines))
    assert result.exit_code == 1
    verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    assert [verdict["id"] for verdict in verdicts] == ["a", "b", "c"]
    assert ["trade" in verdict["labels"] for verdict in verdicts] == [True, False, True]
    for span in verdicts[0]["evidence"]:
        assert title[span["start"] : span["end"]] == span["text"]
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines()] == ["line 2", "line 4"]


def test_classify_says_what_is_missing(tmp_path: Path) -> None:
    assert tradewire("classify").exit_code == 2
    result = tradewire("classify", tmp_path / "nowhere.txt")
    assert result.exit_code == 1
    assert "nowhere.txt" in result.stderr


def test_preview_shows_both_platforms_and_their_payloads() -> None:
    result = tradewire("preview", SEED)
    assert result.exit_code == 0, result.output
    assert result.stdout.index("Slack") < result.stdout.index("Discord")
    assert result.stdout.count("145% tariff") == 2
    for platform, key in (("slack", "blocks"), ("discord", "embeds")):
        payload = json.loads(tradewire("preview", SEED, "--json", platform).stdout)
        assert payload[key]


def test_once_says_which_token_is_missing_and_that_what_it_is_for_waits(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    (config / "routes.toml").write_text(ROUTES.replace('"console"', '"slack:C0123", "slack:C0456"'))
    result = tradewire("once", "--json", "--config", config)
    assert result.exit_code == 0, "another process may have the token"
    last = result.stderr.splitlines()[-1]
    assert last == "tradewire: SLACK_BOT_TOKEN is not set: what goes to slack:C0123, slack:C0456 waits in the outbox"


def test_check_looks_at_everything_and_fails_where_something_is_wrong(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = tradewire("check", "--config", config)
    assert result.exit_code == 0, result.output
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    (config / "routes.toml").write_text(ROUTES.replace("console", "slack:C0123"))
    (config / "sources.toml").write_text('[[source]]\nid = "gone"\npath = "nowhere"\n')
    result = tradewire("check", "--config", config)
    assert result.exit_code == 1
    assert "SLACK_BOT_TOKEN: not set, but a route sends to slack" in result.stdout
    assert "nowhere: no such folder" in result.stdout


def test_check_and_the_log_name_a_source_that_a_route_asks_for_in_vain(config: Path) -> None:
    (config / "routes.toml").write_text(ROUTES + ROUTES.replace("desk", "own").replace("topic:trade", "source:seed"))
    result = tradewire("check", "--config", config)
    assert result.exit_code == 1
    assert "FAIL route own: there is no source 'seed', which it asks for; did you mean 'seeds'?" in result.stdout
    (logged,) = [line for line in tradewire("once", "--config", config).stderr.splitlines() if "doubtful" in line]
    assert "route own" in logged


async def test_check_online_asks_feeds_for_real(config: Path) -> None:
    async with FakeWeb() as web:
        web.serve("/feed", rss(item("One", guid="1"), item("Two", guid="2")))
        web.serve("/page", "<!doctype html><html><body>no feed</body></html>")
        (config / "tradewire.toml").write_text(
            f'[database]\nurl = "sqlite:///{config.parent}/t.db"\n[intake]\nallow_networks = ["127.0.0.1/32"]\n'
        )
        (config / "sources.toml").write_text(
            "".join(f'[[source]]\nid = "{name}"\nurl = "{web.url(f"/{name}")}"\n' for name in ("feed", "page"))
        )
        result = await asyncio.to_thread(tradewire, "check", "--online", "--config", config)
    assert result.exit_code == 1
    assert "ok   source feed: 2 entries" in result.stdout
    assert "FAIL source page" in result.stdout


def test_feeds_are_listed_added_removed_imported_and_exported(config: Path, tmp_path: Path) -> None:
    added = tradewire("feeds", "add", "http://10.1.2.3/rss", "--name", "News", "--yes", "--config", config)
    assert added.exit_code == 0
    again = tradewire("feeds", "add", "http://10.1.2.3/rss", "--config", config)
    assert again.exit_code == 1
    assert "in the list already" in again.stderr
    listed = tradewire("feeds", "list", "--config", config).stdout
    assert "http://10.1.2.3/rss" in listed

    opml = tmp_path / "list.opml"
    opml.write_text('<opml><body><outline text="A & B" xmlUrl="https://b.example/feed"></body></opml>')
    assert "added 1" in tradewire("feeds", "import", opml, "--config", config).stdout
    exported = tradewire("feeds", "export", "--config", config).stdout
    assert "https://b.example/feed" in exported
    assert "http://10.1.2.3/rss" in exported

    assert tradewire("feeds", "remove", "news", "--config", config).exit_code == 0
    missing = tradewire("feeds", "remove", "seds", "--config", config)
    assert missing.exit_code == 1
    assert "did you mean 'seeds'" in missing.stderr


def test_an_addition_that_would_break_the_configuration_changes_nothing(config: Path) -> None:
    before = (config / "sources.toml").read_text()
    result = tradewire("feeds", "add", "ftp://news.example/rss", "--config", config)
    assert result.exit_code == 2
    assert (config / "sources.toml").read_text() == before


def test_migrate_says_what_it_did(config: Path) -> None:
    assert "from empty to schema" in tradewire("migrate", "--config", config).stdout
    assert "already at schema" in tradewire("migrate", "--config", config).stdout
