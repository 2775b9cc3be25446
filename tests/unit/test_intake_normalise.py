"""From an entry to an item: clean, stable, and known again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.identity import told_apart
from bot.intake.normalise import MAX_BODY, MAX_TITLE, clean_body, from_record, normalise
from bot.model import Authority, Entry, Item, Source, SourceId

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
FEED = Source(
    id=SourceId("trade"), name="Trade Paper", url="https://example.org/feed", authority=Authority.WIRE, lang="en"
)
OTHER = replace(FEED, id=SourceId("other"), name="Other Paper")

ARTICLE = """
Jane Doe/Getty Images via CNN Newsource

By Jane Doe, John Roe and Ann Other

(CNN) — Ministers will meet in Geneva this week, their offices said.

“We want fair trade,” one of them said.
Share prices rose 2 %.

This story has been updated with additional details.

Jane Doe and John Roe contributed to this report.

The-CNN-Wire
™ & © 2026 Example Network, Inc. All rights reserved.

First Warning Neighborhood Weather

Close
"""


def item_of(source: Source = FEED, **fields: Any) -> Item:
    item = normalise(Entry(**{"title": "Ministers suspend steel duties", **fields}), source, NOW)
    assert item is not None
    return item


# --- texts ------------------------------------------------------------------------------------------------


def test_texts_are_cleaned_of_markup_and_invisible_characters() -> None:
    item = item_of(
        title=" Duties\n<b>fall</b> to 5&nbsp;%\u202e ",
        summary="<p>One &amp; two.</p><p>Three.</p><script>x()</script>",
        body="<h2>Why</h2><p>First<br>line</p><p>Second\0</p>",
    )
    assert (item.title, item.summary, item.body) == (
        "Duties fall to 5 %",
        "One & two. Three.",
        "Why\n\nFirst\nline\n\nSecond",
    )


def test_plain_entries_keep_what_looks_like_markup() -> None:
    item = item_of(title="Duties <5 % & falling", summary="a <b> c &amp; d", is_html=False)
    assert (item.title, item.summary) == ("Duties <5 % & falling", "a <b> c &amp; d")


def test_an_article_loses_its_page_and_keeps_its_text() -> None:
    item = item_of(body=ARTICLE, is_html=False)
    assert item.body == (
        "Ministers will meet in Geneva this week, their offices said.\n\n"
        "“We want fair trade,” one of them said.\nShare prices rose 2 %."
    )


def test_litter_goes_from_a_summary_of_several_blocks() -> None:
    assert item_of(summary="<p>Duties fall.</p><p>Continue reading…</p>").summary == "Duties fall."


def test_the_outlet_behind_a_title_is_cut_and_kept_as_outlet() -> None:
    item = item_of(
        title="Duties fall - Deals - The Paper", outlet="The Paper", summary="Duties fall - Deals The Paper"
    )
    assert (item.title, item.outlet, item.summary) == ("Duties fall - Deals", "The Paper", "")


def test_a_title_that_only_looks_like_it_is_left_alone() -> None:
    assert item_of(title="Duties fall - again", outlet="The Paper").title == "Duties fall - again"
    assert item_of(title="The Paper", outlet="The Paper").title == "The Paper"


def test_the_outlet_is_the_sources_name_where_the_entry_names_none() -> None:
    assert item_of().outlet == "Trade Paper"
    assert item_of().authority is Authority.WIRE


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"summary": "Duties fall to 5.5 % in May. More follows."}, "Duties fall to 5.5 % in May."),
        ({"body": "商务部宣布暂停关税。更多消息。"}, "商务部宣布暂停关税。"),
        ({"body": "word " * 100}, "word " * 23 + "word…"),
    ],
)
def test_a_missing_title_is_made_from_the_first_sentence(fields: dict[str, Any], title: str) -> None:
    assert item_of(title=None, **fields).title == title


@pytest.mark.parametrize("fields", [{}, {"title": " \u200b "}, {"title": "<img src=x>", "summary": "<p></p>"}])
def test_an_entry_without_title_and_text_is_no_item(fields: dict[str, Any]) -> None:
    assert normalise(Entry(**fields), FEED, NOW) is None


def test_long_texts_are_cut_with_a_mark() -> None:
    item = item_of(title="x" * 2_000, body="word " * MAX_BODY)
    assert len(item.title) == MAX_TITLE
    assert item.title.endswith("…")
    assert len(item.body) <= MAX_BODY


def test_the_language_is_the_entrys_then_the_sources_unless_the_script_differs() -> None:
    assert item_of(lang="de-AT").lang == "de"
    assert item_of().lang == "en"
    assert item_of(title="商务部宣布暂停加征关税").lang == "zh"


# --- dates and links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        (NOW - timedelta(days=4_000), True),
        (NOW, True),
        (NOW + timedelta(hours=5, minutes=30), False),
        (datetime(1970, 1, 1, tzinfo=UTC), False),
    ],
)
def test_only_a_plausible_date_is_taken(published: datetime, kept: bool) -> None:
    item = item_of(published=published)
    assert item.published_at == (published if kept else None)
    assert item.at == (published if kept else NOW)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/relative", "", None])
def test_a_link_that_is_none_is_dropped(url: str | None) -> None:
    assert item_of(url=url).url is None


# --- keys -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"guid": "17"}, {"guid": "17", "title": "A new title", "url": "https://example.org/moved"}),
        ({"guid": "http://example.org/a"}, {"guid": "https://www.example.org/a/"}),
        ({"guid": "https://www.bbc.co.uk/news/x#0"}, {"guid": "https://www.bbc.co.uk/news/x#4", "title": "New"}),
        ({"guid": "https://example.org/a"}, {"url": "https://example.org/a?utm_source=rss"}),
        ({"url": "http://example.org/a?utm_source=x"}, {"url": "https://example.org/a", "title": "A new title"}),
        ({"published": NOW}, {"published": NOW + timedelta(hours=3)}),  # of one day
        ({"guid": "17"}, {"guid": "17", "published": NOW}),
    ],
)
def test_the_same_entry_has_the_same_key(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert item_of(**one).key == item_of(**other).key
    assert len(item_of(**one).key) == 16


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"guid": "17"}, {"guid": "18"}),
        ({"url": "https://example.org/a"}, {"url": "https://example.org/b"}),
        ({"title": "A"}, {"title": "B"}),
        ({"title": "A", "summary": "x"}, {"title": "A", "summary": "y"}),
        ({"published": NOW}, {"published": NOW + timedelta(days=42)}),
    ],
)
def test_different_entries_have_different_keys(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert item_of(**one).key != item_of(**other).key


@pytest.mark.parametrize(
    ("fields", "shared"),
    [
        ({"guid": "https://example.org/a"}, True),
        ({"guid": "tag:example.org,2026:1"}, True),
        ({"guid": "urn:uuid:0b2c"}, True),
        ({"guid": "sha256:00ff"}, True),
        ({"url": "https://example.org/a"}, True),
        ({"guid": "17"}, False),
        ({"guid": "text:00ff"}, False),
        ({"guid": "CBMi17", "url": "https://news.example.com/rss/CBMi17"}, False),
        ({}, False),
    ],
)
def test_only_world_wide_names_are_shared_between_sources(fields: dict[str, Any], shared: bool) -> None:
    assert (item_of(FEED, **fields).key == item_of(OTHER, **fields).key) is shared


def test_a_name_made_of_what_an_entry_says_holds_for_its_source_and_day() -> None:
    """Where entries share guid and link, nothing else tells them apart."""
    keys = set()
    for day in (NOW - timedelta(days=1), NOW):
        entries = told_apart(
            Entry(guid="live", url="https://example.org/live", title=title, published=day) for title in ("A", "B")
        )
        keys |= {item.key for entry in entries for feed in (FEED, OTHER) if (item := normalise(entry, feed, NOW))}
    assert len(keys) == 8


def test_the_content_hash_is_of_the_clean_texts_only() -> None:
    item = item_of(body="<p>Text</p>", guid="1", published=NOW)
    assert item.content_hash == item_of(body="<p>Text<img src='pixel?7'></p> ", guid="2").content_hash
    assert item.content_hash != item_of(body="<p>Texts</p>", guid="1").content_hash


# --- stability --------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "Duties", "fall", "5 %", "\n", "\n\n", " ", "Close", "(CNN) — ", "By Jane Doe", "© 2026", "…", " - ", "Paper",
        "GENEVA (AP) — ", "<b>", "&amp;", "\u200b", "é", "e\u0301", "。", "中国", "Read more: ", "\x00", "\ud800",
        ". ",
    ]
)  # fmt: skip
MESSY = st.lists(WORDS, max_size=25).map("".join) | st.text(max_size=60)


@given(title=MESSY, summary=MESSY, body=MESSY, outlet=st.sampled_from([None, "Paper", "é"]), is_html=st.booleans())
def test_normalising_twice_is_normalising_once(
    title: str, summary: str, body: str, outlet: str | None, is_html: bool
) -> None:
    entry = Entry(guid="1", title=title, summary=summary, body=body, outlet=outlet, is_html=is_html, lang="en")
    once = normalise(entry, FEED, NOW)
    if once is None:
        return
    again = normalise(
        replace(entry, title=once.title, summary=once.summary, body=once.body, is_html=False), FEED, NOW
    )
    assert again == once
    once.title.encode()
    assert once.title


@pytest.mark.parametrize("piece", ["(AP) — ", "(AP) —\n\n", "Close\n", "By Jane Doe\n\n", "(CNN) — Close\n", " \n"])
def test_a_body_of_nothing_but_litter_is_cleaned_in_no_time(piece: str) -> None:
    """pytest's timeout is the judge: a pass over the text for every piece of litter would take minutes."""
    assert clean_body(piece * (MAX_BODY // len(piece))) == ""


@given(MESSY)
def test_cleaning_a_body_twice_is_cleaning_it_once(body: str) -> None:
    assert clean_body(clean_body(body)) == clean_body(body)


# --- records ----------------------------------------------------------------------------------------------


def test_a_record_that_needs_no_cleaning_comes_through_as_it_is() -> None:
    record = {
        "id": "a1",
        "title": "S&P 500 <rises> 0.8 % — “strategic uncertainty” - Reuters desk " + "x" * 3_000,
        "summary": "Bessent 's view : talks , not a deal . (Reuters) - Quoted.",
        "body": "First paragraph.\n\nSecond “paragraph”.\nAnd a line.",
        "outlet": "Reuters",
        "date": "2018-01-18",
        "lang": "en",
        "stratum": "ignored",
    }
    item = from_record(record, NOW)
    assert (item.title, item.summary, item.body) == (record["title"], record["summary"], record["body"])
    assert (item.outlet, item.lang) == ("Reuters", "en")
    assert item.published_at == datetime(2018, 1, 18, 12, 0, tzinfo=UTC)
    assert item.seen_at == NOW


@pytest.mark.parametrize("date", ["1987-10-19T09:30:00-05:00", "2031-01-01"])
def test_the_date_of_a_record_may_be_of_any_year(date: str) -> None:
    assert from_record({"id": 1, "title": "x", "date": date}, NOW).published_at is not None


def test_absent_and_null_fields_are_the_same() -> None:
    nulls = dict.fromkeys(("summary", "body", "outlet", "date", "lang"))
    assert from_record({"id": 1, "title": "Duties fall", **nulls}, NOW) == from_record(
        {"id": 1, "title": "Duties fall"}, NOW
    )


def test_a_record_is_known_by_its_id() -> None:
    assert from_record({"id": 1, "title": "a"}, NOW).key == from_record({"id": "1", "title": "b"}, NOW).key
    assert from_record({"id": 1, "title": "a"}, NOW).key != from_record({"id": 2, "title": "a"}, NOW).key


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"title": "x"}, "id"),
        ({"id": "", "title": "x"}, "id"),
        ({"id": True, "title": "x"}, "id"),
        ({"id": 1}, "title"),
        ({"id": 1, "title": 5}, "title"),
        ({"id": 1, "title": "x", "summary": ["y"]}, "summary"),
        ({"id": 1, "title": "x", "date": "yesterday"}, "date"),
        ({"id": 1, "title": "x", "date": 2018}, "date"),
        ({"id": 1, "title": "x", "lang": {}}, "lang"),
    ],
)
def test_a_wrong_record_is_refused_by_the_name_of_its_field(record: dict[str, object], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        from_record(record, NOW)
