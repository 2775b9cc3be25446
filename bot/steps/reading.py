"""The full article behind a teaser: for which items it is wanted, and who waits for it.

Most items are decided by what their feed says. Where the odds of a topic are near a threshold, a page of text tells
more than a line; where news is urgent, its figures are wanted too. So:

- what is clearly flagged by its teaser is told at once; its page, where it is wanted, is read afterwards;
- what is undecided waits for its page, at most `deadline` seconds, and is then judged once more with it;
- everything else never waits, and where a page gives nothing the teaser stands.

An item is placed into its story once, by all that is known of it then: so the undecided ones wait, instead of being
told apart on a line and brought together too late.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from bot.intake.faults import FetchFailed
from bot.intake.fetched import FaultKind
from bot.intake.full_text import is_teaser, page_of
from bot.intake.pages import Pages
from bot.model import Item, ItemKey, Label, Source, Verdict
from bot.routing.first_poll import FRESH_FOR
from bot.steps.grouping import Judged
from bot.store.pages import READ_IN_FULL

log = structlog.get_logger()

DEADLINE = 8.0  # seconds that the items of one poll wait for their pages
MOST_PAGES = 5  # of one poll: with a pause between them, a host gives about as many in that time
# Log-odds to either side of a threshold. Of 4,800 labelled headlines 5 % lie so near one of trade or market, with
# half of all errors; of those with a summary, it settled 12 of the 20 that the headline alone got wrong.
UNDECIDED = 1.0

_TOPICS: tuple[Label, ...] = ("trade", "market")
_SURE = 1e-6

Judge = Callable[[Sequence[Item]], Awaitable[list[Judged]]]


class Turns:
    """The new items of one poll, in the turns in which they are admitted."""

    def __init__(
        self,
        at_once: Sequence[Judged],
        waiting: Collection[asyncio.Task[Judged]],
        afterwards: Collection[asyncio.Task[Judged]],
    ) -> None:
        self.at_once = at_once
        self._waiting = waiting
        self._afterwards = afterwards

    @property
    def nobody_waits(self) -> bool:
        """Whether `at_once` is all there is."""
        return not self._waiting and not self._afterwards

    async def waiting(self) -> AsyncIterator[Judged]:
        """Those that wait for their pages, each as soon as its own has come or is given up."""
        for task in asyncio.as_completed(self._waiting):
            yield await task

    async def afterwards(self) -> AsyncIterator[Judged]:
        """Those of `at_once` whose pages were wanted all the same."""
        for task in asyncio.as_completed(self._afterwards):
            yield await task


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`thresholds` are the classifier's, `of_routes` those that some routes set in their place.

    `count` hears what came of each page: READ_IN_FULL or the kind of fault.
    """

    pages: Pages | None = None  # None: no page is read
    thresholds: Mapping[Label, float] = field(default_factory=dict)
    of_routes: Sequence[float] = ()
    deadline: float = DEADLINE
    count: Callable[[str], None] = lambda outcome: None

    @asynccontextmanager
    async def begun(
        self, source: Source, judged: Sequence[Judged], judge: Judge, now: datetime, *, backlog: bool
    ) -> AsyncIterator[Turns]:
        """The pages that `judged` want are asked for while this is open; `judge` takes what they say.

        What stood in a feed before its first poll, or came in a flood, is a `backlog`: of that no page is read.
        """
        wanted = [] if backlog or self.pages is None else self._wanted(source, judged, now)
        until = asyncio.get_running_loop().time() + self.deadline
        tasks = {each.item.key: asyncio.create_task(self._in_full(each, judge, now, until)) for each in wanted}
        waiting = {each.item.key for each in wanted if not self._is_clear(each.verdict)}
        try:
            yield Turns(
                [each for each in judged if each.item.key not in waiting],
                [task for key, task in tasks.items() if key in waiting],
                [task for key, task in tasks.items() if key not in waiting],
            )
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def again(
        self, source: Source, edits: Sequence[Item], known: Mapping[ItemKey, str], now: datetime
    ) -> list[Item]:
        """Items that their publisher changed, with their pages as they are now where `known` ones were read in full.

        What their pages said is kept where they say nothing now.
        """
        until = asyncio.get_running_loop().time() + self.deadline
        changed = [item for item in edits if item.key in known and is_teaser(item)]
        asked = [item for item in changed if self._may_be_read(source, item, now)][:MOST_PAGES]
        texts = await asyncio.gather(*(self._text(item, now, until) for item in asked))
        fetched = {item.key: text for item, (text, _) in zip(asked, texts, strict=True) if text}
        read = {item.key: fetched.get(item.key, known[item.key]) for item in changed}
        return [replace(item, body=read.get(item.key, item.body)) for item in edits]

    # --- which ------------------------------------------------------------------------------------------------

    def _wanted(self, source: Source, judged: Iterable[Judged], now: datetime) -> list[Judged]:
        """Those whose pages are asked for, the undecided ones first."""
        wanted = [each for each in judged if self._wants(source, each, now)]
        return sorted(wanted, key=lambda each: self._is_clear(each.verdict))[:MOST_PAGES]

    def _wants(self, source: Source, judged: Judged, now: datetime) -> bool:
        matters = source.full_text == "always" or self._is_undecided(judged.verdict) or _is_urgent(judged.verdict)
        return matters and is_teaser(judged.item) and self._may_be_read(source, judged.item, now)

    def _may_be_read(self, source: Source, item: Item, now: datetime) -> bool:
        if source.url is None or source.full_text == "never":
            return False
        return now - item.at <= FRESH_FOR and page_of(item) is not None

    def _is_undecided(self, verdict: Verdict) -> bool:
        """Whether it is near to what decides if it is told, or how loudly, everywhere or by some route."""
        if any(_is_near(verdict, topic, threshold) for topic in _TOPICS for threshold in self.of_routes):
            return True
        if self._is_clear(verdict):
            return _is_near(verdict, "urgent", self.thresholds["urgent"])
        return any(_is_near(verdict, topic, self.thresholds[topic]) for topic in _TOPICS)

    def _is_clear(self, verdict: Verdict) -> bool:
        """Whether it is flagged, and would be so whatever the page says."""
        return any(
            topic in verdict.labels and not _is_near(verdict, topic, self.thresholds[topic]) for topic in _TOPICS
        )

    # --- reading ----------------------------------------------------------------------------------------------

    async def _in_full(self, judged: Judged, judge: Judge, now: datetime, until: float) -> Judged:
        text, why = await self._text(judged.item, now, until)
        if text is None:
            return replace(judged, page=why)
        (again,) = await judge([replace(judged.item, body=text)])  # what its publisher says has not changed
        return replace(again, page=READ_IN_FULL)

    async def _text(self, item: Item, now: datetime, until: float) -> tuple[str | None, str]:
        """The text of its article, or why there is none. `until` is by the loop's clock."""
        if self.pages is None:
            return None, ""
        try:
            async with asyncio.timeout_at(until):
                text = await self.pages.article(item, now)
        except TimeoutError:
            return self._none(FaultKind.TIMEOUT, f"did not come within {self.deadline:g} s")
        except FetchFailed as failure:
            return self._none(failure.fault.kind, failure.fault.message)
        except Exception:
            log.exception("page_failed", item=item.key, url=item.url)
            return self._none(FaultKind.UNREADABLE, "could not be read, by a fault of ours")
        self.count(READ_IN_FULL)
        return text, ""

    def _none(self, kind: FaultKind, why: str) -> tuple[None, str]:
        self.count(kind)
        return None, why


def _is_near(verdict: Verdict, topic: Label, threshold: float) -> bool:
    probability = {"trade": verdict.trade, "market": verdict.market, "urgent": verdict.urgent}[topic]
    return abs(_log_odds(probability) - _log_odds(threshold)) < UNDECIDED


def _log_odds(probability: float) -> float:
    kept = min(max(probability, _SURE), 1 - _SURE)
    return math.log(kept / (1 - kept))


def _is_urgent(verdict: Verdict) -> bool:
    return "urgent" in verdict.labels
