"""`/wire search`: every stored item, in the subscription language."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.commands.paging import PAGE_SAID, page_of
from bot.commands.spec import Caller, Command, Mistake, Option, split_words
from bot.commands.typed.muting import DURATION
from bot.commands.views import search as views
from bot.commands.views.search import PAGE, Search
from bot.deliver.card import Reply, Run
from bot.routing.query import Query, QueryError, parse
from bot.settings import parse_duration
from bot.store.engine import Database
from bot.store.search import find


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """What the search works on."""

    database: Database
    clock: Clock

    async def search(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        page, since = page_of(arguments), arguments.get("since", "")
        if not since:
            _refuse_misplaced_since(arguments["query"])
        begin = self.clock.now() - look_back(since) if since else None
        query = await asyncio.to_thread(_query, arguments["query"], since)
        found = await self.database.read(find, query, since=begin, limit=page * PAGE + 1)
        return await asyncio.to_thread(views.results, Search(query=query, since=since, page=page), found)


def look_back(text: str) -> timedelta:
    """Raises Mistake where `text` is no length of time."""
    try:
        return parse_duration(text)
    except ValueError:
        raise _no_time(text) from None


def _refuse_misplaced_since(query: str) -> None:
    """Raises Mistake where a query ends in "since" and what is no time: a time would stand in its own option."""
    words = split_words(query)
    if len(words) > 2 and words[-2].lower() == "since":
        raise _no_time(words[-1], "Where “since” is a word to look for, quotes go around it.")


def _no_time(text: str, *more: str) -> Mistake:
    hints = ("Write a number and m, h, d or w, as in since 24h or since 7d.", *more)
    title = f"“{text[:40]}” is no length of time."
    return Mistake(Reply(title=title, lines=tuple((Run(text=hint),) for hint in hints)), option="since")


def _query(text: str, since: str) -> Query:
    try:
        return parse(text)
    except QueryError as error:
        rest = f" since={since}" if since else ""
        raise Mistake(views.wrong_query(text, error, rest), option="query") from None


def search_command(desk: Searching) -> Command:
    return Command(
        name="search",
        help="Find what was read: words, phrases, AND, OR, NOT, prefix* and fields. /wire help query",
        run=desk.search,
        options=(
            Option(name="query", help='such as tariff* or "rare earths" country:CN', required=True, phrase=True),
            Option(name="since", help="how far back, such as 24h or 7d; else everything", said=DURATION),
            Option(name="page", help="the page to show", said=PAGE_SAID, named=True),
        ),
        examples=(
            "/wire search tariff*",
            '/wire search "rare earths" OR 稀土 since 7d',
            "/wire search topic:trade country:CN -crypto",
        ),
    )
