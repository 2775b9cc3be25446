"""`/wire summary`: the stories that mattered in a time, ranked, grouped, drawn, and what is new to who asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.spec import Caller, Command, Option
from bot.commands.typed.summary import PAGE, PERIODS, SINCE, Wish, page_of, suggested_topics, wider, wish_of
from bot.commands.views import summary as views
from bot.commands.views.summary import Page, Shown
from bot.commands.writing import Writer
from bot.commands.zones import zone_of
from bot.deliver.card import File, Reply
from bot.model import Destination, Item, SourceId, StoryId
from bot.routing.query import Query, subject
from bot.routing.syntax import Leaf, Substring, Tag, Words, leaves
from bot.store import summaries
from bot.store.engine import Database
from bot.summary.entries import Entry
from bot.summary.figures import Figures, figures
from bot.summary.grouping import grouped
from bot.summary.ranking import ranked
from bot.summary.written import Written

if TYPE_CHECKING:
    from bot.summary.picture import Variant

MOST_STORIES = 2_000  # of one summary; nobody reads as many


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The stories of a time, the most important first, and how many of it are not among them."""

    entries: Sequence[Entry]
    left_out: int
    last: datetime | None  # when the person asked for a summary before


@dataclass(frozen=True, slots=True, kw_only=True)
class Summing:
    """What the command works on. `zone` is whose days hold where nobody says another."""

    database: Database
    clock: Clock
    zone: ZoneInfo
    writer: Writer | None = None  # None: summaries are made of the stories alone
    picture: Variant | Literal["auto"] = "auto"  # dark on Discord, light elsewhere

    async def summary(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        wanted = page_of(arguments)
        if wanted.number is not None:
            return await self.database.write(self._further, caller.user, wanted.number, wanted.page)
        now, zone = self.clock.now(), await zone_of(caller, self.database, self.zone)
        wish = await asyncio.to_thread(wish_of, arguments, now=now, zone=zone)
        found = await self.database.read(self._gather, caller.user, wish)
        if not found.entries:
            return views.nothing(wish.period, wish.topic, wish.about, wider(wish, now))
        counted, pages = await asyncio.to_thread(self._laid_out, found, wish, now, zone)
        if wanted.page > len(pages):
            return views.no_such_page(wanted.page, len(pages))
        shown = await self.database.write(self._keep, caller.user, wish, pages, found.last, wanted.page)
        if wanted.page > 1:
            return views.further_page(shown)
        picture, written = await asyncio.gather(self._picture(caller, counted), self._written(found.entries))
        in_order = [entry for page in pages for entry in _entries(page)]
        return views.first_page(shown, counted, in_order, left_out=found.left_out, written=written, picture=picture)

    def _gather(self, connection: sa.Connection, person: Destination, wish: Wish) -> Gathered:
        entries, count = summaries.flagged_since(connection, wish.since, limit=MOST_STORIES)
        found = _matching(connection, entries, wish.wanted) if wish.wanted else entries
        return Gathered(
            entries=ranked(summaries.with_seen(connection, found, person), since=wish.since, until=self.clock.now()),
            left_out=count - len(entries),
            last=summaries.last_made(connection, person),
        )

    def _laid_out(self, found: Gathered, wish: Wish, now: datetime, zone: ZoneInfo) -> tuple[Figures, Sequence[Page]]:
        counted = figures(found.entries, since=wish.since, until=now, zone=zone)
        return counted, views.paged(grouped(found.entries), with_writing=self.writer is not None)

    def _keep(
        self,
        connection: sa.Connection,
        person: Destination,
        wish: Wish,
        pages: Sequence[Page],
        last: datetime | None,
        page: int,
    ) -> Shown:
        """Keep the summary, that its buttons mean it also after a restart, and that the page was looked at."""
        title = views.title(wish.period, wish.topic)
        ids = [
            tuple((heading, tuple(entry.story.id for entry in group)) for heading, group in page) for page in pages
        ]
        number = summaries.save(connection, person, title, ids, now=self.clock.now())
        summaries.save_seen(connection, person, number, _entries(pages[page - 1]))
        return Shown(
            number=number,
            title=title,
            page=page,
            pages=len(pages),
            first=1 + sum(len(_entries(before)) for before in pages[: page - 1]),
            sections=pages[page - 1],
            last=last,
        )

    def _further(self, connection: sa.Connection, person: Destination, number: int, page: int) -> Reply:
        """A page of a summary as it was made, its stories as they are now; only its own person may see it."""
        kept = summaries.kept(connection, number)
        if kept is None or kept.person != person:
            return views.not_kept(number)
        if page > len(kept.pages):
            return views.no_such_page(page, len(kept.pages))
        ids = [story_id for _, group in kept.pages[page - 1] for story_id in group]
        entries = summaries.entries_of(connection, ids)
        known = {each.story.id: each for each in summaries.with_seen(connection, entries, person, before=number)}
        sections = tuple(
            (heading, tuple(known[story_id] for story_id in group if story_id in known))
            for heading, group in kept.pages[page - 1]
        )
        summaries.save_seen(connection, person, number, known.values())
        return views.further_page(
            Shown(
                number=number,
                title=kept.title,
                page=page,
                pages=len(kept.pages),
                first=1 + sum(len(group) for before in kept.pages[: page - 1] for _, group in before),
                sections=sections,
                last=summaries.last_made(connection, person, before=number),
                made_at=kept.made_at,
            )
        )

    async def _picture(self, caller: Caller, counted: Figures) -> File:
        variant = self.picture if self.picture != "auto" else "dark" if caller.user.platform == "discord" else "light"
        return views.picture(counted, await asyncio.to_thread(_drawn, counted, variant))

    async def _written(self, entries: Sequence[Entry]) -> Written | None:
        told = [entry for entry in entries if not entry.withdrawn]
        return await self.writer.write(told) if self.writer and told else None


def _drawn(counted: Figures, variant: Variant) -> bytes:
    """For a thread: what draws is loaded for the first picture, and takes a while."""
    from bot.summary.picture import draw

    return draw(counted, variant)


def _entries(page: Page) -> list[Entry]:
    return [entry for _, entries in page for entry in entries]


# --- which stories match ----------------------------------------------------------------------------------


def _matching(connection: sa.Connection, entries: Sequence[Entry], wanted: Query) -> list[Entry]:
    """Those of which some item matches. Where the query asks only for what is known of a story, no item is read."""
    by_id = {entry.story.id: entry for entry in entries}
    if not any(map(_reads_items, leaves(wanted.root))):
        return [entry for entry in entries if _matches(wanted, entry, _bare_item(entry))]
    found = set[StoryId]()
    for story_id, item in summaries.items_of(connection, list(by_id)):
        if story_id not in found and _matches(wanted, by_id[story_id], item):
            found.add(story_id)
    return [entry for entry in entries if entry.story.id in found]


def _matches(wanted: Query, entry: Entry, item: Item) -> bool:
    return wanted.matches(subject(item, entry.story.verdict, entry.story.tier))


def _reads_items(leaf: Leaf) -> bool:
    match leaf:
        case Tag():
            return leaf.field in {"source", "lang"}
        case Words() | Substring():
            return leaf.within != "person"
        case _:
            return False


def _bare_item(entry: Entry) -> Item:
    story = entry.story
    return Item(key=story.lead, source_id=SourceId(""), title=story.title, seen_at=story.updated_at, content_hash="")


def summary_command(desk: Summing) -> Command:
    async def suggest(caller: Caller, typed: str) -> Sequence[str]:
        return suggested_topics(typed)

    return Command(
        name="summary",
        help="The stories that mattered, ranked and grouped, with a picture, and what is new to you.",
        run=desk.summary,
        options=(
            Option(name="period", help="how far back: today, 24h (usual) or week", choices=PERIODS),
            Option(name="since", help="another time: 6h, 30d, monday or 2025-05-01", said=SINCE),
            Option(name="page", help="the page to show; 57/2 is page 2 of the summary 57", said=PAGE, named=True),
            Option(
                name="about",
                help="a topic, a country, or a query such as tariff* country:CN",
                suggest=suggest,
            ),
        ),
        examples=("/wire summary", "/wire summary week trade", "/wire summary since 6h China"),
    )
