"""From what a publisher wrote (Entry) to what the rest of the program reads (Item). Pure.

Normalising is stable: the texts of an Item, normalised again as plain text, come out the same, and text that needs
no cleaning comes through as it is, so that offsets into it hold. What an item is known by is in `identity.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.intake.dates import parse_date, plausible
from bot.intake.identity import content_hash, key_of, record_key
from bot.intake.language import language_of
from bot.intake.links import is_google_news, web_link
from bot.intake.litter import litter_kind, without_dateline, without_litter, without_pointer
from bot.intake.text import clean_line, clean_lines, cut, feed_html_to_text, one_line, paragraphs
from bot.model import Entry, Item, Source, SourceId

MAX_TITLE = 500  # characters, as all of these but MAX_LINES
MAX_SUMMARY = 5_000
MAX_BODY = 100_000
MAX_LINES = 5_000  # of a body: each is looked at for litter, and a hostile one has nothing but line ends
MAX_NAME = 120  # an outlet, an author
LONGEST_TAIL = 60  # an outlet behind a title
MADE_TITLE = 120  # of a title made from the text, where the publisher gave none

RECORDS = Source(id=SourceId("record"), name="")  # stands in as the source of records from standard input

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\"'”’»]?(?:\s|$)|(?<=[。！？])")
_TAIL_MARKS = (" - ", " | ", " – ", " — ")


def normalise(entry: Entry, source: Source, now: datetime) -> Item | None:
    """The item of one entry, first seen `now`; None where it has neither a title nor text.

    Takes longer the first time (see `language_of`): not on the event loop.
    """
    return _item(entry, source, now, plausible(entry.published, now), MAX_TITLE)


def from_record(record: Mapping[str, object], now: datetime) -> Item:
    """The item of one JSON record: {"id", "title", "summary"?, "body"?, "outlet"?, "date"?, "lang"?, "url"?}.

    The texts are plain text, a title may be as long as a body, and the date may be of any year: an archive is judged
    as it stands. Raises ValueError that names the field.
    """
    texts = {
        name: _text_field(record, name) for name in ("title", "summary", "body", "outlet", "lang", "date", "url")
    }
    published = parse_date(texts["date"])
    if texts["date"] and published is None:
        raise ValueError(f"date: {texts['date'][:40]!r} is no ISO 8601 date, as 2025-05-06 or 2025-05-06T18:00:00Z")
    key = record_key(_record_id(record))
    entry = Entry(
        url=texts["url"],
        title=texts["title"],
        summary=texts["summary"],
        body=texts["body"],
        outlet=texts["outlet"],
        lang=texts["lang"],
        is_html=False,
    )
    item = _item(entry, RECORDS, now, published, MAX_BODY)
    if item is None:
        raise ValueError("title: empty, and so are summary and body; there is nothing to judge")
    return replace(item, key=key)


def _item(entry: Entry, source: Source, now: datetime, published: datetime | None, max_title: int) -> Item | None:
    outlet = clean_line(entry.outlet or "", MAX_NAME)
    summary = clean_summary(_plain(entry.summary, entry))
    body = clean_body(_plain(entry.body, entry))
    title = clean_line(_plain(entry.title, entry), max_title) or _made_title(summary or body)
    outlet = outlet or _outlet_in(title, entry)
    title = _without_tail(title, outlet or source.name)
    if not title:
        return None
    if summary == title or (outlet and f"{summary} ".startswith(f"{title} {outlet} ")):
        summary = ""  # it only says the title again; Google News adds the outlet, and the titles of others
    return Item(
        key=key_of(entry, source.id, title, summary),
        source_id=source.id,
        title=title,
        summary=summary,
        body=body,
        url=web_link(entry.url),
        outlet=outlet or source.name,
        author=clean_line(entry.author or "", MAX_NAME) or None,
        authority=source.authority,
        lang=language_of(f"{title}\n{summary}\n{body}", entry.lang or source.lang),
        published_at=published,
        seen_at=now,
        content_hash=content_hash(title, summary, body),
        trace=entry.trace,
    )


def clean_summary(text: str) -> str:
    """One line, without the lines that are page litter."""
    line = without_pointer(one_line(without_litter(clean_lines(text)), MAX_SUMMARY))
    return "" if litter_kind(line) else line


def clean_body(text: str) -> str:
    """The text of an article without page litter and datelines, paragraphs set apart by an empty line."""
    lines = cut(clean_lines(text), MAX_BODY).split("\n")[:MAX_LINES]
    return paragraphs(without_litter("\n".join(map(without_dateline, lines))))


def _plain(value: str | None, entry: Entry) -> str:
    return feed_html_to_text(value or "") if entry.is_html else value or ""


def _outlet_in(title: str, entry: Entry) -> str:
    """ "Reuters" of "Markets fall - Reuters", as Google News writes every title; empty elsewhere."""
    if not is_google_news(entry.url):
        return ""
    head, _, tail = title.rpartition(_TAIL_MARKS[0])
    return tail if head and len(tail) <= LONGEST_TAIL else ""


def _without_tail(title: str, outlet: str) -> str:
    """ "Markets fall" for "Markets fall - Reuters" or "… - Reuters.com", where the entry's outlet is Reuters."""
    if not outlet or not any(mark in title for mark in _TAIL_MARKS):
        return title
    tails = [f"{mark}{name}" for mark in _TAIL_MARKS for name in (outlet, f"{outlet}.com")]
    while tail := next((tail for tail in tails if _ends_in(title, tail)), ""):
        title = title[: -len(tail)].rstrip()
    return title


def _ends_in(title: str, tail: str) -> bool:
    """And there is more before it."""
    return len(title) > len(tail) and title[-len(tail) :].casefold() == tail.casefold()


def _made_title(text: str) -> str:
    first_line = text.partition("\n")[0]
    return cut(_SENTENCE_END.split(first_line, maxsplit=1)[0].strip(), MADE_TITLE)


def _text_field(record: Mapping[str, object], name: str) -> str:
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name}: {type(value).__name__} instead of text")  # noqa: TRY004  # one kind of error for a wrong record
    return value


def _record_id(record: Mapping[str, object]) -> str:
    value = record.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("id: missing; give each record its own, as text or a whole number")
    return str(value)
