"""Feeds of all forms to entries, and what is no feed by its name."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.faults import FetchFailed
from bot.intake.normalise import normalise
from bot.intake.parsing import MAX_ENTRIES, parse_feed
from bot.model import Entry, Source, SourceId
from tests.fakes.web import item, rss

URL = "https://example.org/news/feed.xml"
SOURCE = Source(id=SourceId("paper"), name="Paper", url=URL, lang="en")
NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


def parse(body: str | bytes, content_type: str = "application/xml") -> tuple[Entry, ...]:
    return parse_feed(body.encode() if isinstance(body, str) else body, content_type, URL)


def one(body: str | bytes) -> Entry:
    (entry,) = parse(body)
    return entry


def title_of(entry: Entry) -> str:
    """The title as a reader gets it."""
    item = normalise(entry, SOURCE, NOW)
    assert item is not None
    return item.title


# --- XML --------------------------------------------------------------------------------------------------


def test_an_rss_item_in_full() -> None:
    entry = one("""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
        <language>en-gb</language><item>
        <title>Duties &amp;amp; quotas fall</title><link>/steel</link><guid isPermaLink="false">a-1</guid>
        <pubDate>Mon, 05 Oct 2026 22:16 GMT</pubDate><author>desk@example.org (Jane Doe)</author>
        <source url="https://wire.example">The Wire</source>
        <description>&lt;p&gt;In short&lt;/p&gt;</description>
        <content:encoded><![CDATA[<p>In full</p>]]></content:encoded></item></channel></rss>""")
    assert entry == Entry(
        guid="a-1",
        url="https://example.org/steel",
        title="Duties &amp; quotas fall",
        summary="<p>In short</p>",
        body="<p>In full</p>",
        author="Jane Doe",
        outlet="The Wire",
        published=datetime(2026, 10, 5, 22, 16, tzinfo=UTC),
        lang="en-gb",
    )


def test_an_atom_entry_that_has_only_an_update_time() -> None:
    entry = one("""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><entry>
        <id>tag:example.org,2026:1</id><title type="html">AT&amp;amp;T</title><updated>2026-10-05T08:30:00Z</updated>
        <link rel="alternate" href="a/b"/><link rel="enclosure" href="c.mp3"/>
        <summary>a &lt;b&gt; c</summary></entry></feed>""")
    assert (entry.guid, entry.url, entry.lang) == ("tag:example.org,2026:1", "https://example.org/news/a/b", "fr")
    assert entry.published == datetime(2026, 10, 5, 8, 30, tzinfo=UTC)
    assert entry.summary == "a &lt;b&gt; c"
    assert title_of(entry) == "AT&T"


def test_an_rdf_item_is_read() -> None:
    entry = one("""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="https://example.org/1"><title>Duties</title>
        <link>https://example.org/1</link><dc:date>2026-10-05</dc:date></item></rdf:RDF>""")
    assert (entry.title, entry.url) == ("Duties", "https://example.org/1")
    assert entry.published == datetime(2026, 10, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("inner", "title"),
    [
        ("Duties &lt; 5 % &amp; falling", "Duties < 5 % & falling"),
        ("<![CDATA[Duties <b>fall</b> &amp; rise]]>", "Duties fall & rise"),
        ("Caf&eacute; - prices", "Café - prices"),
        ("steel & more", "steel & more"),
        ("Nul\x00 and bell\x07", "Nul and bell"),
        ("half &#xD800; a &#55357; letter &", "half a letter &"),
    ],
)
def test_titles_of_good_and_broken_feeds_read_right(inner: str, title: str) -> None:
    assert title_of(one(f"<rss version='2.0'><channel><item><title>{inner}</title></item></channel></rss>")) == title


def test_a_broken_feed_keeps_the_entries_before_the_break() -> None:
    assert [entry.title for entry in parse(rss(item("A"), item("B")).replace("</channel></rss>", "<item><ti"))][
        :2
    ] == [
        "A",
        "B",
    ]


def test_blank_lines_before_the_declaration_do_no_harm() -> None:
    assert one("\n\n  " + rss(item("A"))).title == "A"


def test_a_guid_that_is_a_name_is_neither_a_link_nor_made_absolute() -> None:
    entry = one(rss(item("A", guid="17")))
    assert (entry.guid, entry.url) == ("17", None)


def test_a_guid_that_is_an_address_is_the_link() -> None:
    assert one(rss(item("A", guid="https://example.org/a"))).url == "https://example.org/a"


def test_a_guid_that_all_entries_share_gives_way() -> None:
    entries = parse(rss(item("A", guid="same", link="https://example.org/"), item("B", guid="same")))
    items = [normalise(entry, SOURCE, NOW) for entry in entries]
    assert len({item.key for item in items if item}) == 2


def test_a_link_that_all_entries_share_gives_way() -> None:
    entries = parse(rss(item("A", link="https://example.org/live"), item("B", link="https://example.org/live")))
    items = [normalise(entry, SOURCE, NOW) for entry in entries]
    assert len({item.key for item in items if item}) == 2
    assert {entry.url for entry in entries} == {"https://example.org/live"}


def test_an_entry_that_stands_twice_is_one_item() -> None:
    entries = parse(rss(item("A", guid="1"), item("A", guid="1")))
    assert {entry.guid for entry in entries} == {"1"}


def test_only_the_first_entries_of_a_huge_feed_are_taken() -> None:
    entries = parse(rss(*(item(f"n{number}") for number in range(MAX_ENTRIES + 10))))
    assert len(entries) == MAX_ENTRIES
    assert entries[0].title == "n0"


@pytest.mark.parametrize(
    "date", ["0000-00-00T00:00:00Z", "9999-12-31T23:59:59-23:00", "1791189000", "2026年10月5日 08:30", "24:00:00", ""]
)
def test_a_date_that_is_none_costs_nothing(date: str) -> None:
    entry = one(rss(item("A", pubDate=date)))
    assert (entry.title, entry.published) == ("A", None)


def test_an_empty_feed_has_no_entries() -> None:
    assert parse(rss()) == ()


def test_external_entities_of_a_plain_doctype_are_not_fetched() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss.dtd">'
    assert one(doctype + rss(item("A")).partition("?>")[2]).title == "A"


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE rss [<!ENTITY a "b">]>',
        '<?xml version="1.0"?><!-- hi --><!DOCTYPE rss SYSTEM "x" [ <!ELEMENT a ANY>\n<!ENTITY % a SYSTEM "file:///x">]>',
    ],
)
def test_entity_declarations_are_refused(prolog: str) -> None:
    for body in (prolog + "<rss/>", (prolog + "<rss/>").encode("utf-16")):
        with pytest.raises(FetchFailed, match="entities of its own"):
            parse(body)


def test_what_the_parser_raises_is_left_to_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise KeyError("a bug of the parser")

    monkeypatch.setattr(feedparser, "parse", fail)
    with pytest.raises(KeyError):
        parse(rss())


@given(
    st.text("<>/!?-[]rsfeditmltchanelguid&;#x\"'= \n", max_size=120)
    | st.binary(max_size=80).map(lambda b: b.decode("latin-1"))
)
def test_any_bytes_give_entries_or_a_fault(text: str) -> None:
    for body in (text, f"<rss version='2.0'><channel><item>{text}</item></channel></rss>"):
        with suppress(FetchFailed):
            parse(body)


# --- JSON Feed --------------------------------------------------------------------------------------------


def json_feed(*items: Any, version: str = "https://jsonfeed.org/version/1.1", **more: Any) -> str:
    return json.dumps({"version": version, "items": items, **more})


def test_a_json_feed_item_in_full() -> None:
    entry = one(
        json_feed(
            {
                "id": 7,
                "url": "/a",
                "title": "Duties < 5 %",
                "summary": "In short & plain",
                "content_html": "<p>In full</p>",
                "date_published": "2026-10-05T08:30:00+02:00",
                "authors": [{"name": "Jane Doe"}],
            },
            language="de",
        )
    )
    assert entry == Entry(
        guid="7",
        url="https://example.org/a",
        title="Duties &lt; 5 %",
        summary="In short &amp; plain",
        body="<p>In full</p>",
        author="Jane Doe",
        published=datetime(2026, 10, 5, 6, 30, tzinfo=UTC),
        lang="de",
    )


def test_a_json_feed_of_version_1_and_plain_text() -> None:
    body = json_feed(
        {"id": "a", "content_text": "a <b> c", "author": {"name": "Jane"}, "external_url": "https://example.net/x"},
        version="https://jsonfeed.org/version/1",
    )
    entry = one(body)
    assert (entry.body, entry.author, entry.url) == ("a &lt;b&gt; c", "Jane", "https://example.net/x")


@pytest.mark.parametrize(
    "items", [None, 5, {"id": 1}, [1, None, "x", []], [{"title": ["x"], "url": {}, "authors": "x", "id": True}]]
)
def test_odd_json_feeds_do_not_raise(items: Any) -> None:
    parse(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))


@pytest.mark.parametrize("body", ["{}", "[]", '{"version": 5}', '{"version": "https://example.org"}'])
def test_other_json_is_no_feed(body: str) -> None:
    with pytest.raises(FetchFailed, match="no JSON Feed"):
        parse(body)


@pytest.mark.parametrize("body", ["{", "[" * 100_000, '{"a": ' + "9" * 5_000 + "}"])
def test_broken_json_is_a_fault(body: str) -> None:
    with pytest.raises(FetchFailed, match="not valid JSON"):
        parse(body)
