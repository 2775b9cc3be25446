"""Article files of every kind to entries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.intake.articles import read_article_file
from bot.intake.faults import FetchFailed
from bot.model import Entry

SENTENCE = "Ministers agreed on Tuesday to suspend the duties on steel for ninety days, their offices said. "


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def write_and_read(name: str, content: str | bytes) -> Entry:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (entry,) = read_article_file(str(path))
        return entry

    return write_and_read


def test_the_first_line_of_a_text_is_its_title(read: Any) -> None:
    entry = read("a.txt", "\n\n Duties fall \n\nFirst paragraph.\n\nSecond <b> & last.\n")
    assert (entry.title, entry.body) == ("Duties fall", "First paragraph.\n\nSecond <b> & last.")
    assert not entry.is_html
    assert entry.guid.startswith("sha256:")


def test_a_text_that_begins_with_a_paragraph_has_no_title_line(read: Any) -> None:
    entry = read("a.txt", SENTENCE * 5)
    assert entry.title is None
    assert entry.body == (SENTENCE * 5).strip()


def test_a_dateline_gives_the_outlet(read: Any) -> None:
    entry = read("a.txt", "Duties fall\n\nBy Jane Doe\n\nGENEVA, May 6 (Reuters) - Talks begin.")
    assert entry.outlet == "Reuters"


def test_hard_wrapped_paragraphs_are_joined_and_single_lines_are_not(read: Any) -> None:
    wrapped = (
        "Ministers agreed on Tuesday to suspend the duties on steel for\n"
        "ninety days, their offices said in a joint statement that was\n"
        "read out in Geneva."
    )
    lines = "By Jane Doe\nThe-CNN-Wire\nA short line"
    entry = read("a.txt", f"Title\n\n{wrapped}\n\n{lines}")
    assert entry.body == f"{wrapped.replace(chr(10), ' ')}\n\n{lines}"


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("Café".encode("utf-8-sig"), "Café"),
        ("Café".encode("utf-16"), "Café"),
        ("Café “x”".encode("cp1252"), "Café “x”"),
    ],
)
def test_encodings_are_told_apart(read: Any, content: bytes, title: str) -> None:
    assert read("a.txt", content).title == title


@pytest.mark.parametrize(
    ("name", "text", "published"),
    [
        ("2025-05-06-duties.txt", "x", datetime(2025, 5, 6, 12, 0, tzinfo=UTC)),
        ("2025-13-06-duties.txt", "x", None),
        ("20250506-duties.txt", "x", None),
        ("2025-05-06.txt", "x", None),
        ("2025-05-06-duties.md", "---\ndate: 2025-05-07T08:00:00Z\n---\nx", datetime(2025, 5, 7, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_file_name_gives_the_day_where_the_text_does_not(
    read: Any, name: str, text: str, published: datetime | None
) -> None:
    assert read(name, text).published == published


def test_front_matter_of_markdown_is_read_and_marks_are_dropped(read: Any) -> None:
    entry = read(
        "a.md",
        """---
title: "Duties: a pause"
url: https://example.org/a
date: 2026-10-05
outlet: The Paper
lang: en
tags: [a, *b]
---

## Why **now**

See [the text](https://example.org/x) ![chart](c.png) of the __deal__.

> Quoted.
""",
    )
    assert (entry.title, entry.url, entry.outlet, entry.lang) == (
        "Duties: a pause",
        "https://example.org/a",
        "The Paper",
        "en",
    )
    assert entry.published == datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
    assert entry.body == "Why now\n\nSee the text of the deal.\n\nQuoted."


def test_markdown_without_front_matter_has_its_heading_as_title(read: Any) -> None:
    entry = read("a.md", "# Duties fall\n\nText.")
    assert (entry.title, entry.body) == ("Duties fall", "Text.")


def test_a_rule_that_opens_no_front_matter_is_text(read: Any) -> None:
    assert read("a.md", "---\n# Duties fall\n\nText.").body == "# Duties fall\n\nText.".removeprefix("# ")


PAGE = f"""<html lang="en"><head><title>Duties fall | The Paper</title>
<meta property="og:site_name" content="The Paper"><link rel="canonical" href="https://paper.example/duties">
<meta property="article:published_time" content="2026-10-05T08:30:00+02:00"></head>
<body><nav><a href="/">Home</a></nav><article><h1>Duties fall</h1><p>{SENTENCE * 3}</p><p>{SENTENCE * 2}</p></article>
<footer>Imprint</footer></body></html>"""


def test_a_web_page_gives_its_article(read: Any) -> None:
    entry = read("a.html", PAGE)
    assert (entry.title, entry.url, entry.outlet) == ("Duties fall", "https://paper.example/duties", "The Paper")
    assert entry.published == datetime(2026, 10, 5, 6, 30, tzinfo=UTC)
    assert entry.body == f"{(SENTENCE * 3).strip()}\n\n{(SENTENCE * 2).strip()}"


def test_the_date_in_the_script_of_a_page_is_found(read: Any) -> None:
    script = '<script type="application/ld+json">{"datePublished": "2026-10-04T10:00:00Z"}</script>'
    page = PAGE.replace('property="article:published_time"', "").replace("</head>", f"{script}</head>")
    assert read("a.htm", page).published == datetime(2026, 10, 4, 10, 0, tzinfo=UTC)


def test_a_page_without_an_article_gives_its_text(read: Any) -> None:
    entry = read("a.html", "<title>Note</title><p>Short</p>")
    assert entry.title == "Note"
    assert "Short" in entry.body


MAIL = """From: Press Office <press@example.org>
Subject: =?utf-8?Q?Duties_fall=0D=0ABcc:_x?=
Date: Mon, 05 Oct 2026 08:30:00 +0200
MIME-Version: 1.0
"""


def test_a_mail_gives_its_subject_sender_date_and_plain_part(read: Any) -> None:
    parts = (
        'Content-Type: multipart/alternative; boundary="b"\n\n'
        "--b\nContent-Type: text/plain; charset=utf-8\n\nDuties fall.\n\nTalks go on.\n"
        "--b\nContent-Type: text/html\n\n<p>HTML</p>\n--b--\n"
    )
    entry = read("a.eml", MAIL + parts)
    assert (entry.outlet, entry.body) == ("Press Office", "Duties fall.\n\nTalks go on.")
    assert entry.title.startswith("Duties fall")
    assert entry.published == datetime(2026, 10, 5, 6, 30, tzinfo=UTC)


def test_a_mail_in_html_is_read_as_a_page(read: Any) -> None:
    assert SENTENCE.strip() in read("a.eml", f"{MAIL}Content-Type: text/html\n\n{PAGE}").body


def test_a_mail_with_a_charset_that_does_not_exist_is_read(read: Any) -> None:
    assert read("a.eml", f"{MAIL}Content-Type: text/plain; charset=nonsense\n\nDuties fall.").body == "Duties fall."


def test_a_json_article_in_full(read: Any) -> None:
    article = {
        "title": "Duties fall",
        "summary": "In short",
        "text": "<p>One</p><p>Two &amp; three</p>",
        "url": "https://example.org/a",
        "date": "2026-10-05T08:30:00Z",
        "outlet": "The Paper",
        "lang": "en",
        "score": 5,
    }
    entry = read("a.json", json.dumps(article))
    assert (entry.title, entry.summary, entry.url) == ("Duties fall", "In short", "https://example.org/a")
    assert (entry.outlet, entry.lang, entry.published) == (
        "The Paper",
        "en",
        datetime(2026, 10, 5, 8, 30, tzinfo=UTC),
    )
    assert entry.body.split() == ["One", "Two", "&", "three"]


def test_plain_json_text_with_angle_brackets_stays(read: Any) -> None:
    assert read("a.json", '{"title": "x", "body": "5 < 6 & a <z>"}').body == "5 < 6 & a <z>"


def test_a_list_of_articles_gives_an_entry_each_known_by_its_own_content(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"title": "A"}, {"title": "B"}]))
    before = read_article_file(str(path))
    path.write_text(json.dumps([{"title": "C"}, {"title": "B"}]))
    after = read_article_file(str(path))
    assert [entry.title for entry in before] == ["A", "B"]
    assert before[1].guid == after[1].guid
    assert len({entry.guid for entry in (*before, *after)}) == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"\x7fELF\0\0", "no text file"),
        ("a.txt", b" \n ", "holds no text"),
        ("a.html", b"", "holds no text"),
        ("a.json", b"[]", "holds no text"),
        ("a.json", b'{"title": 5}', "holds no text"),
        ("a.json", b'["x"]', "neither an object"),
        ("a.json", b"{", "not valid JSON"),
        ("a.eml", b"", "holds no text"),
    ],
)
def test_a_file_without_an_article_is_a_fault_that_names_it(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FetchFailed, match=said) as caught:
        read_article_file(str(path))
    assert name in caught.value.fault.message
