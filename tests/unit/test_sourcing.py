"""Sources of the file and from chat, merged and told apart; feeds among the links of a page; signs of life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.typed.sources import address_of
from bot.intake.discovery import MOST_LINKS, feed_links
from bot.intake.faults import without_secrets
from bot.intake.freshness import is_frozen, usual_pause
from bot.intake.parsing import MAX_TITLE, parse_document
from bot.model import Destination, Source, SourceId
from bot.settings import parse_duration
from bot.sources.sourcing import AddedSource, Pause, SourceChanges, all_sources, polled, same_place, within, written

NOW = datetime(2025, 5, 7, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ANN = Destination("slack", "UANN", person=True)


def source(source_id: str, url: str, *, enabled: bool = True) -> Source:
    return Source(id=SourceId(source_id), name=source_id, url=url, enabled=enabled)


def added(source_id: str, url: str) -> AddedSource:
    return AddedSource(source=source(source_id, url), author=ANN, added_at=NOW)


FILE = [source("ustr", "https://ustr.example/rss"), source("off", "https://off.example/rss", enabled=False)]


def test_the_file_wins_over_what_was_added_with_its_id_or_address() -> None:
    from_chat = [
        added("ustr", "https://other.example/"),
        added("again", "http://www.ustr.example/rss/"),
        added("off-again", "https://off.example/rss"),
        added("new", "https://new.example/"),
    ]
    assert [each.id for each in all_sources(FILE, from_chat)] == ["ustr", "off", "new"]


def test_what_is_paused_or_off_is_not_polled() -> None:
    pause = Pause(source_id=SourceId("ustr"), author=ANN, paused_at=NOW)
    changes = SourceChanges(number=1, added=(added("new", "https://new.example/"),), pauses=(pause,))
    assert [each.id for each in polled(FILE, changes)] == ["new"]


def test_the_desks_age_limit_is_for_feeds_that_have_none() -> None:
    own = Source(id=SourceId("a"), name="A", url="https://a.example/", max_age=DAY)
    folder = Source(id=SourceId("b"), name="B", path="folder")
    assert [within(each, 3 * DAY).max_age for each in (own, FILE[0], folder)] == [DAY, 3 * DAY, None]


@pytest.mark.parametrize("spelling", ["http://www.a.example/feed/", "HTTPS://a.example/feed", "a.example/feed"])
def test_spellings_of_one_place_are_the_same(spelling: str) -> None:
    assert same_place(spelling) == same_place("https://a.example/feed")


@pytest.mark.parametrize("text", ["1s", "90s", "5m", "90m", "1h", "1d", "2w", "0s"])
def test_durations_are_written_as_they_are_read(text: str) -> None:
    assert written(parse_duration(text)) == text


# --- addresses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://a.example/feed?x=1", "https://a.example/feed?x=1"),
        ("HTTP://a.example", "http://a.example"),
        ("a.example/feed", "https://a.example/feed"),
        ("<https://a.example/feed>", "https://a.example/feed"),
        ("<http://a.example|a.example>", "http://a.example"),
        ("http://localhost:8080/x", "http://localhost:8080/x"),
        ("bbc-business", None),
        ("ftp://a.example/", None),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("http://[::1", None),
        ("http://a.example:port/", None),
        ("https://a.example/with space", None),
        ("https://a.example/\u202e", None),
    ],
)
def test_what_is_typed_is_a_web_address_or_none(typed: str, address: str | None) -> None:
    assert address_of(typed) == address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:hunter2@a.example:8443/feed?x=1", "https://a.example:8443/feed?x=1"),
        ("https://hunter2@a.example/", "https://a.example/"),
        ("https://a.example/?api_key=hunter2&page=2", "https://a.example/?api_key=…&page=2"),
        ("https://a.example/?ACCESS_TOKEN=hunter2", "https://a.example/?ACCESS_TOKEN=…"),
        ("https://a.example/?author=ann&keywords=a%20b&rss", "https://a.example/?author=ann&keywords=a%20b&rss"),
        ("http://[::1", "(an address that cannot be read)"),
    ],
)
def test_a_shown_address_keeps_its_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


# --- discovery --------------------------------------------------------------------------------------------


def links(markup: str) -> tuple[str, ...]:
    return feed_links(markup.encode(), "https://news.example/world/page.html")


def test_the_feeds_that_a_page_announces_are_taken_with_its_base() -> None:
    markup = """<!doctype html><html><head><base href="/sub/">
      <link rel="alternate" type="application/rss+xml" href="comments/feed" title="Comments">
      <LINK REL="Feed Alternate" TYPE="application/atom+xml; charset=utf-8" HREF="atom.xml">
      <link rel="alternate" type="application/feed+json" href="//cdn.example/feed.json">
      <link rel="alternate" type="application/rss+xml" href="https://news.example/sub/atom.xml#x">
      <link rel="alternate" type="text/html" hreflang="de" href="/de">
      <link rel="alternate" type="application/json" href="/wp-json/page">
      <link rel="stylesheet" type="application/rss+xml" href="/style">
      <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
      <link rel="alternate" type="application/rss+xml" href="http://[">
      <link rel="alternate" type="application/rss+xml">
    </head><body><a href="/rss">RSS</a></body></html>"""
    assert links(markup) == (
        "https://news.example/sub/atom.xml",
        "https://cdn.example/feed.json",
        "https://news.example/sub/comments/feed",
    )


def test_without_an_announcement_links_that_look_like_feeds_are_taken() -> None:
    markup = """<html><body><a href="/feedback">Say</a> <a href="/rss">R</a> <a href="/news/feed/">F</a>
      <a href="/a.rss">A</a> <a href="/embrasse">E</a> <a href="mailto:rss@x.example">M</a></body></html>"""
    assert links(markup) == (
        "https://news.example/rss",
        "https://news.example/news/feed/",
        "https://news.example/a.rss",
    )


def test_only_so_many_links_of_a_page_are_tried() -> None:
    one = '<link rel="alternate" type="application/rss+xml" href="/{}">'
    assert len(links("<html>" + "".join(map(one.format, range(1_000))))) == MOST_LINKS


@pytest.mark.parametrize("markup", ["<html></html>", "<html><!-- -->", "<html>\x00", "<html>" + "<div>" * 3_000])
def test_a_page_without_links_has_none(markup: str) -> None:
    assert links(markup) == ()


def test_a_feeds_own_title_is_cut_before_it_leaves_the_worker() -> None:
    """What is made of it is made on the event loop."""
    body = f"<rss version='2.0'><channel><title>{'x' * 9_000}</title></channel></rss>"
    assert len(parse_document(body.encode(), "", "https://news.example/rss").title) == MAX_TITLE


# --- signs of life ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days_silent", "pause_in_days", "frozen"),
    [(6, 0, False), (8, 0, True), (8, 1, True), (20, 7, False), (40, 7, True)],
)
def test_a_feed_is_frozen_out_of_its_own_rhythm(days_silent: int, pause_in_days: int, frozen: bool) -> None:
    assert is_frozen(NOW - days_silent * DAY, pause_in_days * DAY, NOW) is frozen


def test_the_usual_pause_is_the_median() -> None:
    assert usual_pause([NOW, NOW + 30 * DAY, NOW + DAY, NOW + 2 * DAY]) == DAY
    assert usual_pause([NOW]) == timedelta()
