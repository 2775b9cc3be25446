"""OPML as feed readers write it, and as nobody should."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.intake.faults import FetchFailed
from bot.intake.fetched import FaultKind
from bot.model import Authority, Source, SourceId
from bot.sources.opml import LONGEST_NAME, MAX_OPML, MOST_FEEDS, Opml, Outline, fetched_opml, read_opml, write_opml


def test_a_list_that_is_no_good_xml_is_read_to_the_last_feed() -> None:
    body = b"""<?xml version="1.0" encoding="UTF-8"?>
    <opml version="1.0"><head><title>R&D</title></head><body>
    <outline text="News & <b>more</b>" title="News">
      <outline type="rss" text="One &amp; only" xmlUrl="https://one.example/feed?a=1&b=2"/>
      <outline type=rss text='Two' XMLURL='feed://two.example/rss'>
      <OUTLINE title="Three" text="x" xmlurl="feed:https://three.example/rss" />
      <outline text="Same again" xmlUrl="https://one.example/feed?a=1&b=2"/>
      <outline text="Page only" htmlUrl="https://no.example/"/>
      <outline text="Bad" xmlUrl="javascript:alert(1)"/>
      <outline xmlUrl="
          https://four.example/ "/>
    </body>"""
    opml = read_opml(body)
    assert opml.feeds == (
        Outline(url="https://one.example/feed?a=1&b=2", name="One & only"),
        Outline(url="http://two.example/rss", name="Two"),
        Outline(url="https://three.example/rss", name="Three"),
        Outline(url="https://four.example/", name=""),
    )
    assert opml.unusable == ("javascript:alert(1)",)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "ISO-8859-1"),
        ("utf-8", "utf-16"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-8"),
        ("utf-16-be", "utf-16"),
        ("iso-8859-1", "ISO-8859-1"),
        ("cp1252", "none"),
        ("cp1252", "utf-16"),
        ("cp1252", "idna"),
        ("cp1252", "unicode_escape"),
        ("cp1252", "zlib"),
    ],
)
def test_encodings_of_lists_are_told_apart(encoding: str, declared: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{declared}"?><opml><outline text="Zölle" xmlUrl="https://a.example/"/></opml>'
    )
    assert read_opml(text.encode(encoding)).feeds == (Outline(url="https://a.example/", name="Zölle"),)


def test_entities_of_a_lists_own_are_not_expanded() -> None:
    body = (
        b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><outline text="&x;" xmlUrl="https://a.example/"/>'
    )
    assert read_opml(body).feeds == (Outline(url="https://a.example/", name="&x;"),)


@pytest.mark.parametrize("body", [b"", b"hello", b"<html><body>", b"\xff\xfe\x00", b"\0" * 100])
def test_what_is_no_list_has_no_feeds(body: bytes) -> None:
    assert read_opml(body) == Opml()


def test_a_list_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="10 MiB"):
        read_opml(b" " * (MAX_OPML + 1))


def test_an_export_can_be_imported_again() -> None:
    feeds = [
        Source(
            id=SourceId("a"),
            name='A "quoted" <name> & more\n',
            url="https://a.example/?x=1&y=2",
            every=timedelta(minutes=90),
            authority=Authority.OFFICIAL,
        ),
        Source(id=SourceId("b"), name="B\0", url="https://b.example/", enabled=False),
        Source(id=SourceId("c"), name="C", path="folder"),
    ]
    assert read_opml(write_opml(feeds).encode()).feeds == (
        Outline(
            url="https://a.example/?x=1&y=2",
            name='A "quoted" <name> & more',
            every=timedelta(minutes=90),
            authority=Authority.OFFICIAL,
        ),
        Outline(
            url="https://b.example/",
            name="B",
            every=timedelta(minutes=5),
            authority=Authority.OUTLET,
            enabled=False,
        ),
    )


@pytest.mark.parametrize(
    "attributes",
    [
        'tradewire:every="soon"',
        'tradewire:every="0s"',
        'tradewire:every="99999999w"',
        'tradewire:authority="king"',
        'tradewire:enabled="maybe"',
        'every="10m" authority="wire" enabled="false"',
    ],
)
def test_wishes_that_make_no_sense_are_none(attributes: str) -> None:
    (outline,) = read_opml(f'<outline xmlUrl="https://a.example/" {attributes}/>'.encode()).feeds
    assert outline == Outline(url="https://a.example/", name="")


def test_an_address_with_a_scheme_in_capitals_is_one() -> None:
    body = b'<outline xmlUrl="HTTP://a.example/X"/><outline xmlUrl="feed:HTTPS://b.example/"/>'
    assert [feed.url for feed in read_opml(body).feeds] == ["http://a.example/X", "https://b.example/"]


def test_a_hostile_title_is_one_short_line_of_text() -> None:
    title = "\u202eevil\x1b[31m&#10;<b>@everyone</b>" + "x" * 500
    (outline,) = read_opml(f'<outline text="{title}" xmlUrl="https://a.example/"/>'.encode()).feeds
    assert outline.name.isprintable()
    assert len(outline.name) == LONGEST_NAME


def test_unusable_addresses_are_named_once_and_cut() -> None:
    outlines = [f'<outline xmlUrl="{url}"/>' for url in ("ftp://a.example/", "ftp://a.example/", "x" * 3_000)]
    assert [len(url) for url in read_opml("".join(outlines).encode()).unusable] == [16, 100]


def test_an_unusable_address_is_named_without_its_password() -> None:
    assert read_opml(b'<outline xmlUrl="ftp://ann:hunter2@a.example/"/>').unusable == ("ftp://a.example/",)


def test_a_fetched_list_has_only_so_many_feeds() -> None:
    body = "".join(f'<outline xmlUrl="http://a.example/{number}"/>' for number in range(MOST_FEEDS + 1))
    with pytest.raises(FetchFailed, match="5,001 feeds in it, at most 5,000; split the list"):
        fetched_opml(body.encode(), "https://list.example/")


def test_outlines_nested_a_thousand_deep_are_read() -> None:
    body = b'<outline text="folder">' * 1_000 + b'<outline xmlUrl="https://a.example/"/>'
    assert [feed.url for feed in read_opml(body).feeds] == ["https://a.example/"]


def test_entities_that_would_grow_are_not_expanded() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    body = f'<!DOCTYPE opml [<!ENTITY l0 "lol">{lol}]><outline text="&l9;" xmlUrl="https://a.example/"/>'
    assert [len(feed.name) for feed in read_opml(body.encode()).feeds] == [4]


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"<html>", FaultKind.UNREADABLE), (b" " * (MAX_OPML + 1), FaultKind.TOO_LARGE)],
)
def test_a_fetched_list_without_feeds_is_a_fault(body: bytes, kind: FaultKind) -> None:
    with pytest.raises(FetchFailed) as failure:
        fetched_opml(body, "https://list.example/")
    assert failure.value.fault.kind is kind
    assert failure.value.fault.message.startswith("https://list.example/")
