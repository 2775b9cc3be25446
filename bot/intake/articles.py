"""One article file to Entries: .txt .md .html .htm .eml .json. Runs in a worker process.

The entry of a file is known by the hash of its bytes, wherever the file is moved and whatever it is called. Where the
text has no date, a file name that begins `YYYY-MM-DD-` gives one (noon UTC of that day); the time a file was changed
says nothing about when its text was published and is never used.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import replace
from email.message import MIMEPart
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from bot.intake.article import read_page
from bot.intake.dates import parse_date
from bot.intake.faults import FetchFailed, failed
from bot.intake.fetched import FaultKind
from bot.intake.litter import dateline_outlet, litter_kind, without_litter
from bot.intake.text import clean_lines, html_to_text
from bot.model import Entry

MAX_FILE = 5 * 2**20  # bytes
LONGEST_TITLE_LINE = 300  # characters; a longer first line is the text itself
LONGEST_FRONT_MATTER = 40  # lines

_DAY_IN_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-")
_FRONT_MATTER_LINE = re.compile(r"([A-Za-z_]{2,20}): *(.*)")
_MARKUP = re.compile(r"</?(?:p|div|br|a|span|h[1-6]|ul|ol|li|strong|em|b|i|blockquote)\b[^<>]*>", re.IGNORECASE)
# Bounded, and no mark within its own kind: a file of nothing but open marks would take for ever.
_MARKDOWN = (
    (re.compile(r"!\[[^\[\]]{0,500}\]\([^()\s]{0,2000}\)"), ""),  # images
    (re.compile(r"\[([^\[\]]{1,500})\]\([^()\s]{0,2000}\)"), r"\1"),  # links
    (re.compile(r"^ {0,3}(?:#{1,6} +|> ?)", re.MULTILINE), ""),  # headings and quotations
    (re.compile(r"(\*\*|__)(?=\S)(.{1,300}?)(?<=\S)\1"), r"\2"),  # bold
)
_WRAPPED = range(50, 101)  # characters of a line that a mail program or an editor broke


def read_article_file(path: str) -> tuple[Entry, ...]:
    """The entries of one file, one for all kinds but .json, which may hold a list of articles.

    Raises FetchFailed that names the file; anything else that a parser raises is made a fault by the worker.
    """
    body = read_regular(path)
    name = Path(path).name
    entries = READERS[Path(path).suffix.lower()](body, path)
    if not any(entry.title or entry.body or entry.summary for entry in entries):
        raise failed(FaultKind.UNREADABLE, f"{path} holds no text; put a title or a text into it")
    return tuple(_completed(entry, name, body) for entry in entries)


def read_named_file(path: str) -> tuple[Entry, ...]:
    """As read_article_file, of a file that a person named: a link is theirs to give, and is followed."""
    return read_article_file(str(Path(path).resolve()))


def read_regular(path: str) -> bytes:
    """The bytes of a regular file of at most MAX_FILE; never follows a link, never waits on a pipe or device.

    Raises FetchFailed, with TIMEOUT where the file was written to meanwhile.
    """
    try:
        body, changed = _read(path)
    except OSError as error:
        cure = "links are not followed: put a copy there" if Path(path).is_symlink() else "check its rights"
        raise failed(FaultKind.UNREADABLE, f"{path} cannot be read ({error.strerror}); {cure}") from None
    if body is None:
        raise failed(FaultKind.UNREADABLE, f"{path} is no regular file; put the article itself there")
    if changed:
        raise still_written(path)
    if len(body) > MAX_FILE:
        most = f"{MAX_FILE / 2**20:g} MiB"
        raise failed(FaultKind.TOO_LARGE, f"{path} is larger than {most}; cut it or take it out of the folder")
    return body


def _read(path: str) -> tuple[bytes | None, bool]:
    """At most one byte more than MAX_FILE, None where it is no regular file; and whether it changed meanwhile."""
    mode = os.lstat(path).st_mode  # before it is opened, which may already do something to a device
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        return None, False
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)  # a link is an OSError
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            return None, False
        body = file.read(MAX_FILE + 1)
        return body, stamp(os.fstat(handle)) != stamp(before)


def stamp(about: os.stat_result) -> tuple[int, int]:
    """What changes with every write."""
    return about.st_mtime_ns, about.st_size


def still_written(path: str) -> FetchFailed:
    return failed(FaultKind.TIMEOUT, f"{path} is still being written; it is read at a later poll")


def _completed(entry: Entry, name: str, body: bytes) -> Entry:
    day = _DAY_IN_NAME.match(name)
    paragraphs = clean_lines(without_litter(clean_lines(entry.body or ""))).split("\n\n")
    return replace(
        entry,
        guid=entry.guid or f"sha256:{hashlib.sha256(body).hexdigest()}",
        published=entry.published or (parse_date(day[1]) if day else None),
        outlet=entry.outlet or dateline_outlet(paragraphs),
        is_html=False,
    )


def _read_txt(body: bytes, path: str) -> list[Entry]:
    return [_titled(_decoded(body, path))]


def _read_md(body: bytes, path: str) -> list[Entry]:
    fields, text = _front_matter(_decoded(body, path))
    for pattern, plain in _MARKDOWN:
        text = pattern.sub(plain, text)
    if "title" not in fields:
        return [_from_fields(fields, _titled(text))]
    return [_from_fields(fields, Entry(body=_unwrapped(text)))]


def _read_html(body: bytes, path: str) -> list[Entry]:
    page = read_page(body)
    return [
        Entry(
            title=page.title,
            body=page.text,
            url=page.url,
            outlet=page.outlet,
            author=page.author,
            published=page.published,
        )
    ]


def _read_eml(body: bytes, path: str) -> list[Entry]:
    message = email.message_from_bytes(body, policy=email.policy.default)
    sender, _ = parseaddr(str(message.get("From", "")))
    text = message.get_body(preferencelist=("plain", "html"))
    return [
        Entry(
            title=str(message.get("Subject", "")),
            body=_mail_text(text) if text is not None else "",
            outlet=sender or None,
            published=parse_date(str(message.get("Date", ""))),
        )
    ]


def _mail_text(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    if part.get_content_type() == "text/html":
        return read_page(raw).text
    try:
        return _unwrapped(raw.decode(part.get_content_charset("utf-8")))
    except (LookupError, UnicodeDecodeError):  # a charset that does not exist, or is not true
        return _unwrapped(raw.decode("cp1252", "replace"))


def _read_json(body: bytes, path: str) -> list[Entry]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise failed(FaultKind.UNREADABLE, f"{path} is not valid JSON ({error}); correct it") from None
    articles = document if isinstance(document, list) else [document]
    if not all(isinstance(article, dict) for article in articles):
        raise failed(
            FaultKind.UNREADABLE,
            f'{path} is neither an object nor a list of objects; write {{"title": "…", "body": "…"}}',
        )
    if len(articles) == 1:
        return [_from_json(articles[0])]
    return [replace(_from_json(article), guid=_json_guid(article)) for article in articles]


READERS = {
    ".txt": _read_txt,
    ".md": _read_md,
    ".html": _read_html,
    ".htm": _read_html,
    ".eml": _read_eml,
    ".json": _read_json,
}


def _from_json(article: Mapping[str, Any]) -> Entry:
    fields = {str(key).lower(): value for key, value in article.items() if isinstance(value, str)}
    body = fields.get("body") or fields.get("text") or ""
    return _from_fields(fields, Entry(body=html_to_text(body) if _MARKUP.search(body) else body))


def _json_guid(article: Mapping[str, Any]) -> str:
    """Of one article in a list: its place in the list and its neighbours may change."""
    canonical = json.dumps(article, sort_keys=True).encode()
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"


def _from_fields(fields: Mapping[str, str], entry: Entry) -> Entry:
    """`entry` with what the named fields of front matter or JSON say about it."""
    return replace(
        entry,
        title=fields.get("title") or entry.title,
        summary=fields.get("summary") or fields.get("description"),
        url=fields.get("url") or fields.get("link"),
        outlet=fields.get("outlet") or fields.get("source"),
        author=fields.get("author"),
        published=parse_date(fields.get("date") or fields.get("published")),
        lang=fields.get("lang") or fields.get("language"),
    )


def _titled(text: str) -> Entry:
    """The first line is the title, unless it is as long as a paragraph."""
    first, _, rest = text.strip().partition("\n")
    if len(first) > LONGEST_TITLE_LINE:
        return Entry(body=_unwrapped(text))
    return Entry(title=first.strip(), body=_unwrapped(rest))


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines between two lines of `---` at the top, and what follows them. No YAML: a value is the
    rest of its line."""
    lines = text.lstrip("\n").split("\n")
    if lines[0].strip() != "---":
        return {}, text
    head = [line.strip() for line in lines[1 : LONGEST_FRONT_MATTER + 2]]
    if "---" not in head:
        return {}, text
    end = head.index("---")
    pairs = filter(None, map(_FRONT_MATTER_LINE.fullmatch, head[:end]))
    return {pair[1].lower(): pair[2].strip("\"' ") for pair in pairs}, "\n".join(lines[end + 2 :])


def _unwrapped(text: str) -> str:
    """`text` with hard-wrapped paragraphs on one line each, as mails and edited text files have them."""
    return "\n\n".join(_joined(paragraph) for paragraph in clean_lines(text).split("\n\n"))


def _joined(paragraph: str) -> str:
    lines = paragraph.split("\n")
    wrapped = all(len(line) in _WRAPPED for line in lines[:-1]) and not any(map(litter_kind, lines))
    return " ".join(lines) if wrapped else paragraph


def _decoded(body: bytes, path: str) -> str:
    if body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return body.decode("utf-32", "replace")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    if b"\0" in body:
        raise failed(FaultKind.UNREADABLE, f"{path} is no text file; save it as UTF-8 text")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
