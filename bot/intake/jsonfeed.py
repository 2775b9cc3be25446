"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), as far as an alert needs it."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import urljoin

from bot.intake.dates import parse_date
from bot.intake.faults import failed
from bot.intake.fetched import FaultKind
from bot.model import Entry

_VERSION = "jsonfeed.org/version/1"


def json_entries(document: Any, url: str, place: str) -> list[Entry]:
    """The entries of a decoded JSON feed fetched from `url`. Raises FetchFailed where it is some other JSON."""
    if not isinstance(document, dict) or _VERSION not in str(document.get("version")):
        raise failed(FaultKind.NOT_A_FEED, f"{place} is JSON, but no JSON Feed; check the address of the feed")
    items = document.get("items")
    language = _text(document.get("language"))
    return [
        _entry(item, url, language) for item in (items if isinstance(items, list) else []) if isinstance(item, dict)
    ]


def json_title(document: Any) -> str:
    """The title of a decoded JSON feed as HTML; empty where it has none."""
    return (_escaped(document.get("title")) if isinstance(document, dict) else None) or ""


def _entry(item: dict[str, Any], url: str, language: str | None) -> Entry:
    link = _text(item.get("url")) or _text(item.get("external_url"))
    return Entry(
        guid=_identifier(item.get("id")),
        url=_absolute(link, url),
        title=_escaped(item.get("title")),
        summary=_escaped(item.get("summary")),
        body=_text(item.get("content_html")) or _escaped(item.get("content_text")),
        author=_author(item),
        published=parse_date(_text(item.get("date_published")) or _text(item.get("date_modified"))),
        lang=_text(item.get("language")) or language,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _identifier(value: Any) -> str | None:
    """The specification wants text and asks readers to take numbers as well."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return _text(value)


def _escaped(value: Any) -> str | None:
    """Plain text as the HTML that every text of an Entry is."""
    text = _text(value)
    return html.escape(text, quote=False) if text else None


def _author(item: dict[str, Any]) -> str | None:
    authors = item.get("authors") or [item.get("author")]  # 1.1, else 1.0
    first = authors[0] if isinstance(authors, list) and authors else None
    return _text(first.get("name")) if isinstance(first, dict) else None


def _absolute(link: str | None, url: str) -> str | None:
    try:
        return urljoin(url, link) if link else None
    except ValueError:  # "http://[" and the like
        return None
