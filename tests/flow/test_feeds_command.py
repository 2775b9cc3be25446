"""`tradewire feeds` as people type it: a test poll before a feed is added, lists that keep their secrets."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import Result

from tests.fakes.web import FakeWeb, item, rss
from tests.flow.test_command_line import tradewire

TITLE = "Brazil and Japan agree to cut tariffs on farm goods to 5%"
FEED = rss(item(TITLE, guid="1"), title="The\u202e Site")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for name, text in {
        "tradewire.toml": '[intake]\nallow_networks = ["127.0.0.1/32"]\n',
        "sources.toml": "# ours\n",
        "routes.toml": "",
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest_asyncio.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as server:
        server.serve("/feed", FEED)
        server.serve("/page", '<html><head><link rel="alternate" type="application/atom+xml" href="/feed"></html>')
        server.serve("/none", "<html><body>no feed</body></html>")
        yield server


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.sources._is_terminal", lambda: True)


async def typed(config: Path, *arguments: str, given: str = "") -> Result:
    """The program has an event loop of its own, and this one serves the feeds."""
    return await asyncio.to_thread(tradewire, "feeds", *arguments, "--config", config, given=given)


def sources(config: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = tomllib.loads((config / "sources.toml").read_text()).get("source", [])
    return found


async def test_a_feed_is_polled_and_shown_and_keeps_its_title(config: Path, web: FakeWeb) -> None:
    result = await typed(config, "add", web.url("/feed"))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "The Site",
        f"1 entry · {web.url('/feed')}",
        f"{TITLE} · no date",
        "Would have been flagged: 1 of them",
        f"“{TITLE}” for trade, market: “tariffs”, “goods”, “brazil and”",
        "About it: language en",
        "Beware: None of its entries has a plausible date: each counts as new when it is first seen.",
        "added 127-0-0-1",
    ]
    assert sources(config) == [{"id": "127-0-0-1", "name": "The Site", "url": web.url("/feed")}]


async def test_a_page_leads_to_its_feed(config: Path, web: FakeWeb) -> None:
    result = await typed(config, "add", web.url("/page"), "--id", "site", "--name", "Ours")
    assert result.exit_code == 0, result.output
    assert sources(config) == [{"id": "site", "name": "Ours", "url": web.url("/feed")}]


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(("answer", "options", "added"), [("n\n", (), 0), ("\n", (), 1), ("", ("--yes",), 1)])
async def test_on_a_terminal_it_asks_first(
    config: Path, web: FakeWeb, answer: str, options: tuple[str, ...], added: int
) -> None:
    result = await typed(config, "add", web.url("/feed"), *options, given=answer)
    assert ("Add it?" in result.stdout) is not bool(options)
    assert len(sources(config)) == added
    assert result.exit_code == (0 if added else 1)


async def test_of_several_feeds_one_is_named(config: Path, web: FakeWeb, request: pytest.FixtureRequest) -> None:
    web.serve("/other", rss(item("Ten tomato recipes", guid="2"), title="Kitchen"))
    web.serve("/both", "<html>" + "".join(f'<a href="{path}/rss"></a>' for path in ("/a", "/b")))
    web.redirect("/a/rss", "/feed")
    web.redirect("/b/rss", "/other")
    first = await typed(config, "add", web.url("/both"))
    assert first.exit_code == 0
    assert "has 2 feeds: the first is taken" in first.stderr
    assert f"2. Kitchen: 1 entry, {web.url('/b/rss')}" in first.stderr
    request.getfixturevalue("terminal")
    await typed(config, "add", web.url("/both"), given="2\ny\n")
    assert [source["name"] for source in sources(config)] == ["The Site", "Kitchen"]


async def test_of_several_feeds_one_that_is_frozen_or_empty_is_not_the_best(config: Path, web: FakeWeb) -> None:
    old = item("Ten tomato recipes", guid="2", pubDate="Mon, 01 Jan 2018 08:00:00 GMT")
    web.serve("/old/rss", rss(old, title="Given up"))
    web.serve("/empty/rss", rss(title="Empty"))
    web.serve("/live/rss", FEED)
    web.serve("/all", "<html>" + "".join(f'<a href="/{name}/rss"></a>' for name in ("old", "empty", "live")))
    result = await typed(config, "add", web.url("/all"))
    assert result.exit_code == 0, result.output
    assert [source["url"] for source in sources(config)] == [web.url("/live/rss")]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<html><body>no feed", "is a web page without a feed that can be found"),
        ("<urlset></urlset>", "is a sitemap, not a feed; use the RSS or Atom address of the same publisher"),
        ("<opml></opml>", "is an OPML list of feeds, not a feed; import it with: tradewire feeds import FILE"),
        ("", "is empty; check the address with its publisher"),
        ("%PDF-1.7", "is neither XML nor JSON; check the address of the feed"),
        ("{", "not valid JSON"),
        ("<svg/>", "is XML, but neither RSS nor Atom"),
    ],
)
async def test_what_is_wrong_with_an_address_is_said_with_the_cure(
    config: Path, web: FakeWeb, body: str, why: str
) -> None:
    web.serve("/wrong", body)
    web.serve("/feed", status=404)
    result = await typed(config, "add", web.url("/wrong"))
    assert result.exit_code == 1
    assert why in result.stderr
    assert sources(config) == []


async def test_what_is_no_feed_is_added_only_by_who_insists(config: Path, web: FakeWeb) -> None:
    web.serve("/feed", status=404)  # a usual place, which would be found
    refused = await typed(config, "add", web.url("/none"))
    assert refused.exit_code == 1
    assert "without a feed that can be found" in refused.stderr
    assert "--force adds the address all the same" in refused.stderr
    assert sources(config) == []
    assert (await typed(config, "add", web.url("/none"), "--force")).exit_code == 0
    assert len(sources(config)) == 1


async def test_a_feed_that_is_away_is_added_only_by_who_insists(config: Path, web: FakeWeb) -> None:
    refused = await typed(config, "add", web.url("/gone"))
    assert refused.exit_code == 1
    assert "HTTP 404" in refused.stderr
    assert "--force adds the address all the same" in refused.stderr
    assert sources(config) == []
    result = await typed(config, "add", web.url("/gone"), "--yes")
    assert result.exit_code == 0
    assert "HTTP 404" in result.stderr
    assert [source["url"] for source in sources(config)] == [web.url("/gone")]


@pytest.mark.usefixtures("terminal")
async def test_on_a_terminal_a_feed_that_is_away_is_not_added_by_mistake(config: Path, web: FakeWeb) -> None:
    result = await typed(config, "add", web.url("/gone"), given="\n")
    assert result.exit_code == 1
    assert sources(config) == []


async def test_a_page_cannot_lead_inward(config: Path, web: FakeWeb) -> None:
    async with FakeWeb("127.0.0.2") as inside:
        inside.serve("/feed", FEED)
        web.redirect("/redirect", inside.url("/feed"))
        web.serve("/links", f'<html><a href="{inside.url("/feed")}"></a>')
        await typed(config, "add", web.url("/redirect"))
        await typed(config, "add", web.url("/links"))
        assert inside.requests == []


async def test_no_list_shows_a_password(config: Path) -> None:
    (config / "sources.toml").write_text(
        '[[source]]\nid = "a"\nurl = "https://ann:hunter2@a.example/rss?page=2&api_key=hunter2"\n'
    )
    listed = (await typed(config, "list")).stdout
    assert "https://a.example/rss?page=2&api_key=…" in listed
    assert "hunter2" not in listed


async def test_the_list_says_how_often_in_the_units_of_the_file(config: Path) -> None:
    (config / "sources.toml").write_text(
        "".join(
            f'[[source]]\nid = "s{every}"\nurl = "https://{every}.example/rss"\nevery = "{every}"\n'
            for every in ("5s", "90s", "5m", "2h", "1d")
        )
    )
    listed = (await typed(config, "list")).stdout
    assert [line.split()[1] for line in listed.splitlines()] == ["5s", "90s", "5m", "2h", "1d"]


async def test_an_import_takes_what_it_can_and_names_what_it_cannot(config: Path, tmp_path: Path) -> None:
    opml = tmp_path / "list.opml"
    opml.write_text(
        '\ufeff<opml><outline text="R & D"><outline text="A" xmlUrl="HTTP://a.example/rss" tradewire:every="90m"/>'
        '<outline text="B" xmlUrl="gopher://b.example/"/><outline text="C" xmlUrl="https://c.example/"'
        ' tradewire:enabled="false" tradewire:authority="official"/>'
    )
    result = await typed(config, "import", str(opml))
    assert result.exit_code == 0, result.output
    assert "added 2" in result.stdout
    assert "passed over 1 that are no web address, such as gopher://b.example/" in result.stderr
    assert sources(config) == [
        {"id": "a", "name": "A", "url": "http://a.example/rss", "every": "90m"},
        {"id": "c", "name": "C", "url": "https://c.example/", "authority": "official", "enabled": False},
    ]
    again = tmp_path / "again.opml"
    again.write_text((await typed(config, "export")).stdout)
    assert "added 0, 2 were" in (await typed(config, "import", str(again))).stdout
