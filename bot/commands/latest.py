"""`/wire latest`: the newest stories that were flagged."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.commands.paging import PAGE_SAID, page_of
from bot.commands.spec import Caller, Command, Mistake, Option
from bot.commands.views import latest as views
from bot.commands.views.latest import PAGE, Stretch
from bot.deliver.card import Reply, Run
from bot.settings import parse_duration
from bot.store import news
from bot.store.engine import Database

TOPICS = ("trade", "market", "urgent")
USUAL = "24h"
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """What the command works on."""

    database: Database
    clock: Clock

    async def latest(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        page, typed, topic = page_of(arguments), arguments.get("since", USUAL), arguments.get("topic")
        since = self.clock.now() - _look_back(typed)
        found = await self.database.read(
            news.latest_stories,
            labels=(topic,) if topic else TOPICS,
            since=since,
            limit=PAGE + 1,
            offset=(page - 1) * PAGE,
        )
        return views.latest(found, Stretch(topic=topic, since=since, typed=typed, page=page))


def _look_back(text: str) -> timedelta:
    try:
        return min(parse_duration(text), LONGEST)
    except ValueError:
        near = difflib.get_close_matches(text.lower(), TOPICS, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        rule = f"{hint}A topic is {', '.join(TOPICS)}; a time is a number and s, m, h, d or w."
        title = f"“{text[:40]}” is neither a topic nor a time such as 24h."
        raise Mistake(Reply(title=title, lines=((Run(text=rule),),)), option="since") from None


def latest_command(desk: Latest) -> Command:
    return Command(
        name="latest",
        help="The newest stories that were flagged.",
        run=desk.latest,
        options=(
            Option(name="topic", help="only this topic", choices=TOPICS),
            Option(name="since", help="how far back, such as 90m, 24h or 7d"),
            Option(name="page", help="the page to show", said=PAGE_SAID, named=True),
        ),
        examples=("/wire latest", "/wire latest trade 7d", "/wire latest urgent since=7d page=2"),
    )
