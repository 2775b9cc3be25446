"""The pages that people read. Each is one read of the database, then a template."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from aiohttp import web

from bot.board.highlight import pieces
from bot.board.reads import Reader
from bot.board.render import Views
from bot.clock import Clock
from bot.deliver.card import Card, build_card, fact_fields
from bot.model import Fact, Item, ItemKey, Notice, SourceId, Story, StoryId, Verdict
from bot.observe.health import Parts
from bot.store import audience, feeds, hubs, news, outbox
from bot.store.feeds import SourceHealth
from bot.store.hubs import HubStanding
from bot.store.outbox import Backlog

TOPICS = ("trade", "market", "urgent")
WIRE_PAGE = 30  # stories on one page
STORIES_PAGE = 50
MOST_EVIDENCE = 200  # marks on one page
MOST_FACTS = 200
MOST_DECISIONS = 200
MOST_REPORTS = 50  # items of one story
DECK = 240  # characters of a summary on the wire

_SHOWN = {"all": None, "flagged": True, "unflagged": False}


class Problem(Exception):
    """A request that has no answer; the text says so to the reader."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEntry:
    """One story on the wire: the card that channels got, and when."""

    card: Card
    notice: Notice
    story: Story
    lead: Item
    deck: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A fact in words beside the text that states it."""

    label: str
    value: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    item: Item
    verdict: Verdict
    story: Story | None
    reports: Sequence[Item]
    decisions: Sequence[Notice]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPage:
    read: int
    opened: int
    waiting: Sequence[Backlog]
    outcomes: dict[str, int]
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The handlers."""

    reader: Reader
    views: Views
    parts: Parts
    clock: Clock

    async def wire(self, request: web.Request) -> web.Response:
        topic = request.query.get("topic")
        if topic is not None and topic not in TOPICS:
            raise Problem(400, f"The wire can be narrowed to {', '.join(TOPICS)}.")
        before = _number(request.query.get("before"))
        told = await self.reader.read(news.told_stories, label=topic, before=before, limit=WIRE_PAGE + 1)
        return self._page(
            "wire.html",
            entries=[_wire_entry(each) for each in told[:WIRE_PAGE]],
            topics=TOPICS,
            topic=topic,
            first_page=before is None,
            older=told[WIRE_PAGE - 1].number if len(told) > WIRE_PAGE else None,
        )

    async def stories(self, request: web.Request) -> web.Response:
        show = request.query.get("show", "all")
        if show not in _SHOWN:
            raise Problem(400, f"Stories can be narrowed to {', '.join(_SHOWN)}.")
        before = _story_cursor(request.query.get("before"))
        found = await self.reader.read(
            news.recent_stories, flagged=_SHOWN[show], before=before, limit=STORIES_PAGE + 1
        )
        return self._page(
            "stories.html",
            stories=found[:STORIES_PAGE],
            choices=tuple(_SHOWN),
            show=show,
            topics=TOPICS,
            first_page=before is None,
            older=_cursor_text(found[STORIES_PAGE - 1][0]) if len(found) > STORIES_PAGE else None,
        )

    async def item(self, request: web.Request) -> web.Response:
        found = await self.reader.read(_item_page, ItemKey(request.match_info["key"]))
        if found is None:
            raise Problem(404, "No such item is stored. Items are deleted when they are older than the retention.")
        item, verdict = found.item, found.verdict
        evidence = sorted(verdict.evidence, key=lambda each: -abs(each.weight))[:MOST_EVIDENCE]
        return self._page(
            "item.html",
            page=found,
            scores=[(topic, getattr(verdict, topic), topic in verdict.labels) for topic in TOPICS],
            evidence=evidence,
            facts=_fact_rows(verdict.facts[:MOST_FACTS], item),
            title=pieces(item.title, "title", evidence),
            summary=pieces(item.summary, "summary", evidence),
            body=pieces(item.body, "body", evidence),
        )

    async def sources(self, request: web.Request) -> web.Response:
        found, pushed = await self.reader.read(_sources_page, now=self.clock.now())
        unwell = sum(1 for source in found if source.failures or source.trouble)
        return self._page("sources.html", sources=found, unwell=unwell, pushed=pushed)

    async def health(self, request: web.Request) -> web.Response:
        page = await self.reader.read(_health_page, since=self.clock.now() - timedelta(hours=24))
        people = [entry for entry in page.waiting if entry.destination.person]
        return self._page(
            "health.html",
            page=page,
            parts=sorted(self.parts, key=lambda part: part.ok),  # what fails comes first
            waiting=[entry for entry in page.waiting if not entry.destination.person],
            people=sum(entry.waiting for entry in people),
            people_oldest=min((entry.oldest for entry in people), default=None),
        )

    def problem(self, status: int, text: str) -> web.Response:
        """The page for a request without an answer."""
        # Nothing but the database makes a page unavailable; of another failure nothing is known but that it was one.
        just_failed = {503: ("database",), 500: ("this page",)}
        response = self._page("problem.html", status=status, text=text, just_failed=just_failed.get(status, ()))
        response.set_status(status)
        return response

    def _page(self, template: str, *, just_failed: tuple[str, ...] = (), **context: object) -> web.Response:
        page = self.views.page(template, just_failed=just_failed, **context)
        response = web.Response(text=page, content_type="text/html")
        response.enable_compression()
        return response


def _item_page(connection: sa.Connection, key: ItemKey) -> ItemPage | None:
    found = news.item(connection, key)
    if found is None:
        return None
    item, verdict, story_id = found
    return ItemPage(
        item=item,
        verdict=verdict,
        story=news.story(connection, story_id),
        reports=news.items_of(connection, story_id, limit=MOST_REPORTS),
        decisions=audience.channel_decisions(connection, key, limit=MOST_DECISIONS),
    )


def _sources_page(
    connection: sa.Connection, *, now: datetime
) -> tuple[Sequence[SourceHealth], Mapping[SourceId, HubStanding]]:
    return feeds.health(connection), hubs.standings(connection, now=now)


def _health_page(connection: sa.Connection, *, since: datetime) -> HealthPage:
    read, opened = news.counts(connection, since=since)
    return HealthPage(
        read=read,
        opened=opened,
        waiting=outbox.backlog(connection),
        outcomes=outbox.outcomes(connection, since=since),
        reasons=audience.reason_counts(connection, since=since),
    )


def _wire_entry(told: news.ToldStory) -> WireEntry:
    return WireEntry(
        card=build_card(notice=told.notice, story=told.story, item=told.lead, gist=()),
        notice=told.notice,
        story=told.story,
        lead=told.lead,
        deck=_shortened(told.lead.summary),
    )


def _shortened(text: str) -> str:
    """The text, or its beginning up to the last whole word that fits."""
    if len(text) <= DECK:
        return text
    return text[:DECK].rsplit(maxsplit=1)[0].rstrip(" ,;:–-") + " …"


def _fact_rows(facts: Sequence[Fact], item: Item) -> list[FactRow]:
    rows = []
    for fact in facts:
        text: str = getattr(item, fact.span.field)
        quote = text[fact.span.start : fact.span.end]
        rows += [FactRow(label=line.label, value=line.value, quote=quote) for line in fact_fields((fact,))]
    return rows


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise Problem(400, "This address of an older page is broken: begin again with the newest.")
    return int(text)


_CURSOR_TIME = "%Y%m%dT%H%M%S.%f"


def _cursor_text(story: Story) -> str:
    return f"{story.updated_at.astimezone(UTC):{_CURSOR_TIME}}_{story.id}"


def _story_cursor(text: str | None) -> tuple[datetime, StoryId] | None:
    if text is None:
        return None
    time, _, story_id = text.partition("_")
    try:
        at = datetime.strptime(time, _CURSOR_TIME).replace(tzinfo=UTC)
    except ValueError:
        at = None
    if at is None or not re.fullmatch(r"[0-9A-Za-z-]{1,64}", story_id):
        raise Problem(400, "This address of an older page is broken: begin again with the newest.")
    return at, StoryId(story_id)
