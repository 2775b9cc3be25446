"""The article behind a teaser: what is a teaser, which page has its article, and what of a page is that article.

Pure but for `read_article`, which runs in a worker process.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from bot.intake.article import extracted, text_of, tree_of
from bot.intake.faults import failed
from bot.intake.fetched import FaultKind
from bot.intake.links import is_front_page
from bot.intake.normalise import clean_body
from bot.intake.steady import steady
from bot.model import Item

TEASER = 1_000.0  # letters of summary and text from which a feed gives enough to judge by
LEAST_ARTICLE = 400.0  # letters: the shortest news of a wire has as many, a paywall's pitch seldom
MORE = 1.5  # times the teaser: what is shorter is the teaser again, with a line below it
SHARED = 0.5  # of the words of a headline that stand somewhere in its article
LEAST_WORD = 4  # letters of such a word
IDEOGRAPH = 2.5  # letters of an alphabet that say as much as one
HEAD = 1_024  # bytes in which a page names its encoding: https://html.spec.whatwg.org/#charset
NO_READING = frozenset({"noai", "notrain"})  # in a robots tag or header

# Their links lead through scripts to the publisher's page, which no plain request finds.
_NO_PAGES = frozenset({"news.google.com"})
_NO_PAGE = re.compile(
    r".*\.(?:pdf|docx?|xlsx?|pptx?|csv|xml|rss|json|zip|jpe?g|png|gif|webp|svg|mp3|m4a|mp4|mov|ics|txt)",
    re.IGNORECASE,
)
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2}|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_META_CHARSET = re.compile(rb"<meta[^>]{1,200}charset", re.IGNORECASE)


def is_teaser(item: Item) -> bool:
    """Whether the feed gives so little of an article that its page says more."""
    return length(item.summary) + length(item.body) < TEASER


def page_of(item: Item) -> str | None:
    """The address of the page that has the article; None where there is none that a plain request finds."""
    if item.url is None or is_front_page(item.url):
        return None
    parts = urlsplit(item.url)
    return None if parts.hostname in _NO_PAGES or _NO_PAGE.fullmatch(parts.path) else item.url


def length(text: str) -> float:
    """How much a text says, in letters of an alphabet."""
    return len(text) + (IDEOGRAPH - 1) * len(_IDEOGRAPH.findall(text))


def reserves(directives: str) -> bool:
    """Whether the directives of a robots tag or header keep programs such as this one out."""
    return not NO_READING.isdisjoint(re.split(r"[\s,:]+", directives.lower()))


def read_article(page: bytes, charset: str, title: str, teaser: str) -> str:
    """The clean text of the article that a feed named `title`, with `teaser`, from its fetched page.

    `charset` is that of the answer's header. Raises FetchFailed, in words that follow "its page", where the page
    wants no machine to read it, or shows something else: a paywall, a challenge, a question about cookies.
    """
    tree = tree_of(_unlabelled(page, charset))
    if tree is not None and _is_reserved(tree):
        raise failed(FaultKind.BLOCKED, "asks machines not to read it")
    found = None if tree is None else extracted(tree)
    text = "" if found is None else clean_body(text_of(found))
    if reason := no_article(text, title, teaser):
        raise failed(FaultKind.UNREADABLE, reason)
    return text


def no_article(text: str, title: str, teaser: str) -> str | None:
    """Why `text` is not the article of that title; None where it may well be."""
    if length(text) < max(LEAST_ARTICLE, MORE * length(teaser)):
        return "shows no more than the feed: it may want a login, a payment or a click"
    said = steady(text)
    words = {word for word in _WORD.findall(steady(title)) if len(word) >= LEAST_WORD or _IDEOGRAPH.match(word)}
    if words and sum(word in said for word in words) < SHARED * len(words):
        return "shows another text than the headline speaks of"
    return None


def _is_reserved(tree: Any) -> bool:
    """Whether one of the usual marks says that programs are not to read the page.

    https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/ has one of its own.
    """
    marks = ((meta.get("name").lower(), meta.get("content")) for meta in tree.iterfind(".//meta[@name][@content]"))
    return any(
        (name == "robots" and reserves(content)) or (name == "tdm-reservation" and content.strip() == "1")
        for name, content in marks
    )


def _unlabelled(page: bytes, charset: str) -> bytes | str:
    """`page` decoded where only the header names its encoding; UTF-8 shows itself, whatever a header says."""
    try:
        page.decode()
    except UnicodeDecodeError:
        if not _META_CHARSET.search(page[:HEAD]):
            with suppress(LookupError, UnicodeError):
                return page.decode(charset)
    return page
