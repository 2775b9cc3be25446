"""OPML as it is found: written by hand, by old programs, torn off, pasted into pages, meant to do harm."""

from __future__ import annotations

import codecs
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Authority, Source, SourceId
from bot.sources.opml import LONGEST_NAME, MAX_OPML, Outline, read_opml, write_opml
from bot.sources.source_list import SourceList

A, B = "https://a.example/feed", "https://b.example/feed"
ONE = f'<outline type="rss" text="A" xmlUrl="{A}"/>'
TWO = f'{ONE}<outline type="rss" text="B" xmlUrl="{B}"/>'
WHOLE = f'<?xml version="1.0"?><opml version="2.0"><head><title>T</title></head><body>{TWO}</body></opml>'
BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


def outline(**attributes: str) -> str:
    return "<outline " + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + "/>"


def declared(encoding: str, name: str) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>{outline(text=name, xmlUrl=A)}'.encode(encoding)


SHAPES = {
    "as the specification says": (WHOLE, [A, B]),
    "with a byte order mark": (f"\ufeff{WHOLE}", [A, B]),
    "with two byte order marks": (f"\ufeff\ufeff{WHOLE}", [A, B]),
    "behind empty lines": (f"\n\n  {WHOLE}", [A, B]),
    "without head": (f"<opml><body>{TWO}</body></opml>", [A, B]),
    "without body": (f"<opml><head/>{TWO}</opml>", [A, B]),
    "without opml": (TWO, [A, B]),
    "with an empty title": (f"<opml><head><title/></head><body>{TWO}</body></opml>", [A, B]),
    "with a title that does not end": (f"<opml><head><title>Mine</head><body>{TWO}</body></opml>", [A, B]),
    "with a script that does not end": (f"<html><script>x{TWO}", [A, B]),
    "with a text area around it": (f"<textarea>{TWO}</textarea>", [A, B]),
    "inside a web page": (f"<!doctype html><html><body><p>My list</p>{WHOLE}</body></html>", [A, B]),
    "shown as text by a web page": (
        f"<html><pre>{TWO.replace('<', '&lt;').replace('>', '&gt;').replace(chr(34), '&quot;')}</pre></html>",
        [A, B],
    ),
    "in upper case": (TWO.replace("outline", "OUTLINE").replace("xmlUrl", "XMLURL"), [A, B]),
    "with odd case": (ONE.replace("xmlUrl", "XmlURL"), [A]),
    "in a namespace": (TWO.replace("<outline", "<opml:outline"), [A, B]),
    "in groups of groups": (f'<outline text="x"><outline text="y">{ONE}</outline>{TWO}</outline>', [A, B]),
    "in groups that do not end": (f'<outline text="x"><outline text="y">{TWO}', [A, B]),
    "with groups that end twice": (f'<outline text="x">{ONE}</outline></outline></outline>{TWO}', [A, B]),
    "a feed that is a group too": (f'<outline text="x" xmlUrl="{A}">{outline(text="B", xmlUrl=B)}</outline>', [A, B]),
    "torn off in a tag": (WHOLE[: WHOLE.index(B) + 8], [A]),
    "torn off between tags": (WHOLE[: WHOLE.index("</body>")], [A, B]),
    "in a comment": (f"<!-- {ONE} -->{outline(text='B', xmlUrl=B)}", [B]),
    "beside CDATA": (f"<head><![CDATA[ & <b> ]]></head>{TWO}", [A, B]),
    "with a bare ampersand": (outline(text="R&D", xmlUrl=f"{A}?a=1&b=2"), [f"{A}?a=1&b=2"]),
    "with an escaped ampersand": (outline(text="R&amp;D", xmlUrl=f"{A}?a=1&amp;b=2"), [f"{A}?a=1&b=2"]),
    "with HTML's entities": (outline(text="Caf&eacute;&nbsp;&ndash; news", xmlUrl=A), [A]),
    "with an entity in no standard": (outline(text="&hellipsis; &x;", xmlUrl=A), [A]),
    "with signs of XML in a title": (outline(text="a < b > c", xmlUrl=A), [A]),
    "with one kind of quotes in the other": (f"<outline text='the \"best\"' xmlUrl='{A}'/>", [A]),
    "without quotes": (f"<outline text=A xmlUrl={A} />", [A]),
    "without one quote": (f'<outline text="A xmlUrl="{A}" type="rss"/>{outline(text="B", xmlUrl=B)}', [A, B]),
    "with an attribute twice": (outline(text="A", xmlUrl=A).replace("/>", f' xmlUrl="{A}"/>'), [A]),
    "with spaces around =": (f'<outline text = "A" xmlUrl = "{A}" />', [A]),
    "with a bare url": (outline(text="A", url=A), [A]),
    "with nothing but a text": (outline(text=A), [A]),
    "with nothing but a title": (outline(title="feed://a.example/feed"), ["http://a.example/feed"]),
    "a page is no feed": (outline(text="A", htmlUrl="https://a.example/"), []),
    "a link is no feed": (outline(type="link", text="A", url="https://a.example/page"), []),
    "another list is no feed": (outline(type="include", text="A", url="https://a.example/list.opml"), []),
    "a note is no feed": (outline(text="see https://a.example/ for more"), []),
    "twice the same": (ONE + ONE, [A]),
    "with a document type": (f"<!DOCTYPE opml SYSTEM 'http://evil.example/x.dtd'>{TWO}", [A, B]),
    "with entities of its own": (f'<!DOCTYPE opml [<!ENTITY l0 "lol">{BOMB}]>{outline(text="&l11;", xmlUrl=A)}', [A]),
    "with zero bytes": (ONE.replace('text="A"', 'text="A\0B"'), [A]),
    "with a stylesheet": (f'<?xml-stylesheet href="x.xsl"?>{TWO}', [A, B]),
}

ADDRESSES = {
    f"  {A}\n": A,
    "https://a.example/\n      feed": A,
    "https://a.example/fe\ted": A,
    "https://a.example/a b": "https://a.example/a%20b",
    "HTTPS://a.example/feed": A,
    "feed://a.example/feed": "http://a.example/feed",
    "feed:https://a.example/feed": A,
    "feed://https://a.example/feed": A,
    "FEED:HTTPS://a.example/feed": A,
    "itpc://a.example/feed": "http://a.example/feed",
    "//a.example/feed": "http://a.example/feed",
    "a.example/feed": "http://a.example/feed",
    "www.a.example:8080/feed": "http://www.a.example:8080/feed",
    "https://ann:pass@a.example/feed": "https://ann:pass@a.example/feed",
    "https://münchen.example/feed": "https://münchen.example/feed",
    "https://a.example/&#x66;eed": A,
}


@pytest.mark.parametrize(("text", "urls"), SHAPES.values(), ids=SHAPES)
def test_every_shape_gives_its_feeds(text: str, urls: list[str]) -> None:
    assert [feed.url for feed in read_opml(text.encode()).feeds] == urls


@pytest.mark.parametrize(("said", "meant"), ADDRESSES.items())
def test_an_address_is_read_as_it_was_meant(said: str, meant: str) -> None:
    assert [feed.url for feed in read_opml(outline(text="A", xmlUrl=said).encode()).feeds] == [meant]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://a.example/feed",
        "data:text/xml,x",
        "https://",
        "http://[",
        "https://a.example:port/",
        "https://a.example b.example/",
        "https://a.example/\u202e",
        "feed",
        "https://a.example/" + "x" * 3_000,
    ],
)
def test_what_is_no_web_address_is_named_and_not_taken(address: str) -> None:
    opml = read_opml((outline(text="A", xmlUrl=address) + ONE).encode())
    assert [feed.url for feed in opml.feeds] == [A]
    assert len(opml.unusable) == 1
    assert opml.unusable[0].isprintable()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Caf&eacute;&nbsp;&ndash; news", "Café – news"),
        ("Q&amp;amp;A", "Q&A"),
        ("R&D", "R&D"),
        ("a\n   b", "a b"),
        (A, ""),
        ("x" * 500, "x" * (LONGEST_NAME - 1) + "…"),
    ],
)
def test_a_title_is_one_line_for_people(text: str, name: str) -> None:
    assert [feed.name for feed in read_opml(outline(text=text, xmlUrl=A).encode()).feeds] == [name]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (outline(text="Zölle", xmlUrl=A).encode() + b"\xe2\x82", "Zölle"),  # torn off inside a character
        (outline(text="Zölle", xmlUrl=A).encode() + "äöü".encode() + b"\xfc", "Zölle"),
        (b"\n" + declared("windows-1251", "Пошлины"), "Пошлины"),
        (declared("Shift_JIS", "関税"), "関税"),
        (declared("GB2312", "关税"), "关税"),
        (codecs.BOM_UTF16_BE + outline(text="Zölle", xmlUrl=A).encode("utf-16-be"), "Zölle"),
    ],
)
def test_titles_keep_their_letters(body: bytes, name: str) -> None:
    assert [feed.name for feed in read_opml(body).feeds] == [name]


def test_both_schemes_of_one_feed_are_one_source() -> None:
    body = "".join(
        outline(text="A", xmlUrl=url) for url in ("http://a.example/feed", A, "https://www.a.example/feed/")
    )
    imported = SourceList(Path("sources.toml"), "").add_all(read_opml(body.encode()).feeds)
    assert (len(imported.added), imported.known) == (1, 2)


def test_a_list_of_five_thousand_feeds_is_read_whole() -> None:
    body = "".join(outline(text=f"F{n}", xmlUrl=f"https://h{n}.example/feed") for n in range(5_000))
    assert len(read_opml(body.encode()).feeds) == 5_000


def test_a_list_as_large_as_allowed_is_read() -> None:
    padding = "<outline text='" + "x" * 1_000 + "'/>"
    body = (padding * (MAX_OPML // len(padding) - 1) + ONE).encode()
    assert len(body) > MAX_OPML * 0.99
    assert [feed.url for feed in read_opml(body).feeds] == [A]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    read_opml(body)


@given(st.text(max_size=60), st.sampled_from([ONE, TWO, WHOLE]))
def test_what_stands_before_a_list_takes_no_feed_from_it(before: str, whole: str) -> None:
    before = before.replace("<", "").replace("&", "").replace("\0", "")
    assert A in [feed.url for feed in read_opml((before + whole).encode()).feeds]


GROUPS = {Authority.OFFICIAL: "Official", Authority.WIRE: "Wires", Authority.OUTLET: "Outlets"}
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(st.lists(st.tuples(names, st.sampled_from(Authority), st.booleans()), max_size=8))
def test_what_is_written_is_good_xml_and_read_again_as_it_was(rows: list[tuple[str, Authority, bool]]) -> None:
    sources = [
        Source(id=SourceId(f"s{n}"), name=name, url=f"https://h{n}.example/?a=1&b=<2>", authority=who, enabled=on)
        for n, (name, who, on) in enumerate(rows)
    ]
    document = write_opml(sources)
    root = ET.fromstring(document)  # the parser of a strict reader
    groups = [group.get("text") for group in root.findall("body/outline")]
    used = {authority for _, authority, _ in rows}
    assert groups == [GROUPS[authority] for authority in Authority if authority in used]
    for each in root.findall("body/outline/outline"):
        assert (each.get("type"), each.get("title")) == ("rss", each.get("text"))
    read = {feed.url: feed for feed in read_opml(document.encode()).feeds}
    assert {(feed.url, feed.authority, feed.enabled) for feed in read.values()} == {
        (source.url, source.authority, source.enabled) for source in sources
    }


def test_an_export_comes_back_with_its_names_and_wishes() -> None:
    source = Source(id=SourceId("a"), name='R&D "daily" <b>', url=A, authority=Authority.WIRE)
    assert read_opml(write_opml([source]).encode()).feeds == (
        Outline(url=A, name='R&D "daily" <b>', every=source.every, authority=Authority.WIRE),
    )
