"""Oddities of well-known feeds, each as one of its entries has it, from the bytes to the item."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from bot.checks import offline
from bot.intake.normalise import normalise
from bot.intake.parsing import parse_feed
from bot.model import Destination, Item, Source, SourceId, Tier
from bot.routing.routes import Match, refuse_stale
from bot.settings import default_directory, load
from bot.sources.checkup import wants_contact
from tests.fakes.web import rss
from tests.samples import NOW

SOURCE = Source(id=SourceId("desk"), name="Desk", url="https://desk.example/rss")
GOOGLE = "https://news.google.com/rss/articles/CBMiXkFVX3lxTE9abcdefghijkl?oc=5"


def read(document: str | bytes, source: Source = SOURCE, content_type: str = "") -> list[Item]:
    body = document.encode() if isinstance(document, str) else document
    entries = parse_feed(body, content_type, source.url or "")
    return [item for entry in entries if (item := normalise(entry, source, NOW))]


def google(title: str, outlet: str | None = "Reuters") -> Item:
    """As its search feeds have them: the description says title and outlet again, as a link and in grey."""
    named = f'<source url="https://outlet.example">{outlet}</source>' if outlet else ""
    again = f'&lt;a href="{GOOGLE}"&gt;Steel - a first&lt;/a&gt;&amp;nbsp;&amp;nbsp;&lt;font&gt;Reuters&lt;/font&gt;'
    entry = (
        f"<item><title>{title}</title><link>{GOOGLE}</link>"
        f'<guid isPermaLink="false">CBMiXkFVX3lxTE9abcdefghijkl</guid>'
        f"<description>{again}</description>{named}</item>"
    )
    (found,) = read(rss(entry))
    return found


@pytest.mark.parametrize(
    ("title", "outlet"),
    [
        ("Steel - a first - Reuters", "Reuters"),
        ("Steel - a first - Reuters", None),
        ("Steel - a first - Reuters.com", "Reuters"),
        ("Steel - a first - REUTERS", "Reuters"),
    ],
)
def test_a_google_news_title_is_a_headline_and_an_outlet(title: str, outlet: str | None) -> None:
    item = google(title, outlet)
    assert (item.title, item.outlet, item.summary) == ("Steel - a first", "Reuters", "")


def test_a_google_news_title_without_an_outlet_stays_whole() -> None:
    assert google("Steel prices fall", None).title == "Steel prices fall"
    assert google("Steel prices fall", None).outlet == "Desk"


def test_elsewhere_what_stands_behind_a_dash_is_part_of_the_headline() -> None:
    (item,) = read(rss("<item><title>Tariffs fall - Brazil</title><link>https://a.example/1</link></item>"))
    assert item.title == "Tariffs fall - Brazil"


def test_a_google_news_item_is_known_again_whatever_its_link_carries() -> None:
    first, second = google("Steel"), google("Steel")
    assert first.key == second.key


def test_bbc_versions_of_one_article_are_one_item() -> None:
    entries = (
        f"<item><title>Tariffs {number}</title><link>https://www.bbc.com/news/articles/c1?at_medium=RSS</link>"
        f'<guid isPermaLink="false">https://www.bbc.com/news/articles/c1#{number}</guid></item>'
        for number in range(11)
    )
    keys = {item.key for entry in entries for item in read(rss(entry))}
    assert len(keys) == 1


def test_ustr_has_items_from_years_ago_which_alert_nobody() -> None:
    ustr = next(source for source in load(default_directory()).sources if source.id == "ustr")
    assert ustr.max_age == timedelta(days=3)
    dates = (datetime(2009, 5, 1, tzinfo=UTC), NOW - timedelta(hours=1))
    entries = (
        f"<item><title>News {n}</title><guid>{n}</guid><pubDate>{format_datetime(at)}</pubDate></item>"
        for n, at in enumerate(dates)
    )
    old, new = read(rss(*entries), ustr)
    wanted = [Match(destination=Destination("console"), route="desk", wanted=True, detail="", tier=Tier.ALERT)]
    assert [match.wanted for match in refuse_stale(wanted, old, ustr, NOW)] == [False]
    assert [match.wanted for match in refuse_stale(wanted, new, ustr, NOW)] == [True]


def test_every_feed_that_ships_has_an_age_filter() -> None:
    assert {source.max_age for source in load(default_directory()).sources if source.url} == {timedelta(days=3)}


def test_the_fed_starts_with_a_byte_order_mark_and_wraps_everything() -> None:
    entry = (
        "<item><title><![CDATA[FOMC statement]]></title><link><![CDATA[https://fed.example/a]]></link>"
        "<pubDate><![CDATA[Wed, 07 May 2025 08:00:00 GMT]]></pubDate></item>"
    )
    (item,) = read(b"\xef\xbb\xbf" + rss(entry).encode())
    assert (item.title, item.url) == ("FOMC statement", "https://fed.example/a")
    assert item.published_at == datetime(2025, 5, 7, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "hour"),
    [("Tue, 06 May 2025 08:30:00 EDT", 12), ("Tue, 06 May 2025 22:16 GMT", 22), ("2025-05-06T08:30:00-04:00", 12)],
)
def test_dates_with_american_zones_or_without_seconds_are_read(written: str, hour: int) -> None:
    (item,) = read(rss(f"<item><title>GDP</title><guid>1</guid><pubDate>{written}</pubDate></item>"))
    assert item.published_at is not None
    assert item.published_at.hour == hour


def test_edgar_is_atom_in_latin_1_with_names_of_its_own() -> None:
    document = """<?xml version="1.0" encoding="ISO-8859-1" ?><feed xmlns="http://www.w3.org/2005/Atom"><entry>
      <title>8-K - SOCIÉTÉ X (0001) (Filer)</title><link rel="alternate" href="https://sec.example/0001-index.htm"/>
      <updated>2025-05-06T16:55:02-04:00</updated><id>urn:tag:sec.gov,2008:accession-number=0001</id></entry></feed>"""
    (item,) = read(document.encode("latin-1"), content_type="application/atom+xml")
    assert item.title == "8-K - SOCIÉTÉ X (0001) (Filer)"
    renamed = read(document.encode("latin-1"), replace(SOURCE, id=SourceId("other")))
    assert item.key == renamed[0].key, "an urn is a name in the whole world"


# --- the list that ships ------------------------------------------------------------------------------------


def test_what_wants_a_contact_ships_switched_off() -> None:
    wanting = [source for source in load(default_directory()).sources if wants_contact(source)]
    assert {source.id for source in wanting} == {"sec", "sec-8k", "bls-cpi", "bls-jobs"}
    assert not any(source.enabled for source in wanting)


@pytest.mark.parametrize(
    "dead",
    [
        "feeds.a.dj.com", "mw_realtimeheadlines", "mw_marketpulse", "feeds.reuters.com", "reuters.com/rssFeed",
        "feeds.marketwatch.com", "commerce.gov/feeds", "home.treasury.gov", "rss.cnn.com", "rss.politico.com",
        "15838446", "bls_latest",
    ],
)  # fmt: skip
def test_no_feed_that_is_frozen_retired_or_blocked_ships(dead: str) -> None:
    assert not [source.url for source in load(default_directory()).sources if dead in (source.url or "")]


def test_addresses_of_the_list_are_percent_encoded_https_and_unique() -> None:
    urls = [source.url for source in load(default_directory()).sources if source.url]
    assert len(set(urls)) == len(urls)
    assert all(url.startswith("https://") and url.isascii() and not set(url) & set(" []") for url in urls)


def test_check_names_the_setting_that_a_site_wants(tmp_path: Path) -> None:
    for name, text in {
        "tradewire.toml": '[database]\nurl = "sqlite:///:memory:"\n',
        "sources.toml": '[[source]]\nid = "sec"\nurl = "https://www.sec.gov/news/pressreleases.rss"\n',
        "routes.toml": "",
    }.items():
        (tmp_path / name).write_text(text)
    said = [check for check in offline(load(tmp_path)) if check.what == "source sec"]
    assert [check.ok for check in said] == [False]
    assert "set user_agent_contact under [intake]" in said[0].detail
    (tmp_path / "tradewire.toml").write_text('[intake]\nuser_agent_contact = "desk@example.org"\n')
    assert not [check for check in offline(load(tmp_path)) if check.what == "source sec"]
