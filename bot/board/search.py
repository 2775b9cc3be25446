"""Search on the board: the archive in the subscription language, as `/wire search` has it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.board.pages import Problem
from bot.board.reads import Reader
from bot.board.render import Views
from bot.routing.excerpt import Piece, excerpt, marked
from bot.routing.guide import EXAMPLES
from bot.routing.query import Query, QueryError, parse
from bot.store.search import Found, Hit, find

PAGE = 20  # items
MOST_PAGES = 50
MAX_TEXT = 1_200  # characters of what is typed: a query has at most 1,000
PASSAGE = 280  # characters of what stands around a hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item that was found, in pieces: those that were asked for are marked."""

    hit: Hit
    headline: Sequence[Piece]
    passage: Sequence[Piece]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is wrong with a query, and where."""

    problem: str
    before: str
    there: str
    after: str
    correction: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPages:
    """The handler."""

    reader: Reader
    views: Views

    async def page(self, request: web.Request) -> web.Response:
        """Without a query, how one is written; with a wrong one, what is wrong and where."""
        text, number = request.query.get("q", "").strip()[:MAX_TEXT], _number(request.query.get("page", "1"))
        if not text:
            return self._page(text)
        try:
            query = await asyncio.to_thread(parse, text)
        except QueryError as error:
            response = self._page(text, wrong=_wrong(text, error))
            response.set_status(400)
            return response
        found = await self.reader.read(find, query, limit=number * PAGE + 1)
        before = (number - 1) * PAGE
        entries = await asyncio.to_thread(_entries, query, found.hits[before : before + PAGE])
        more = len(found.hits) > before + PAGE and number < MOST_PAGES
        return self._page(text, entries=entries, found=found, number=number, further=number + 1 if more else None)

    def _page(
        self,
        text: str,
        *,
        entries: Sequence[Entry] = (),
        found: Found | None = None,
        number: int = 1,
        further: int | None = None,
        wrong: Wrong | None = None,
    ) -> web.Response:
        page = self.views.page(
            "search.html",
            q=text,
            entries=entries,
            found=found,
            number=number,
            further=further,
            wrong=wrong,
            examples=EXAMPLES,
        )
        response = web.Response(text=page, content_type="text/html")
        response.enable_compression()
        return response


def _entries(query: Query, hits: Sequence[Hit]) -> list[Entry]:
    return [_entry(query, hit) for hit in hits]


def _entry(query: Query, hit: Hit) -> Entry:
    passages = (excerpt(query, text, "text", PASSAGE) for text in (hit.item.summary, hit.item.body) if text)
    passage = next(filter(None, passages), ())
    return Entry(hit=hit, headline=marked(query, hit.item.title, "title"), passage=passage)


def _wrong(text: str, error: QueryError) -> Wrong:
    return Wrong(
        problem=f"{error.problem[:1].upper()}{error.problem[1:].rstrip('.')}.",
        before=text[: error.start],
        there=text[error.start : error.end] or "?",
        after=text[error.end :],
        correction=error.correction,
    )


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_PAGES:
        return int(text)
    raise Problem(400, f"A page is a number from 1 to {MOST_PAGES}.")
