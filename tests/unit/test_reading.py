"""For which items the full article is wanted, who waits for it, and what becomes of a page that gives nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot.intake.faults import failed
from bot.intake.fetched import FaultKind
from bot.intake.pages import MOST_SITES, REST, Pages, Refusals
from bot.model import Item, ItemKey, Label, Source, SourceId, Verdict
from bot.steps.grouping import Judged
from bot.steps.reading import MOST_PAGES, Reading
from bot.store.pages import READ_IN_FULL
from bot.stories.signature import signature

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
WIRE = Source(id=SourceId("wire"), name="Wire", url="https://wire.example/feed")
THRESHOLDS: dict[Label, float] = {"trade": 0.35, "market": 0.4, "urgent": 0.33}


@dataclass
class Site:
    """Stands in for Pages: what each page says, or what happens instead."""

    texts: dict[str, str | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    async def article(self, item: Item, now: datetime) -> str:
        self.asked.append(item.title)
        said = self.texts.get(item.title, "The article.")
        try:
            if said == "":
                await asyncio.Event().wait()
        finally:
            self.ended.append(item.title)
        if isinstance(said, Exception):
            raise said
        return said


def reading(site: Site | None, *, of_routes: tuple[float, ...] = (), deadline: float = 5.0) -> Reading:
    return Reading(pages=cast("Pages", site), thresholds=THRESHOLDS, of_routes=of_routes, deadline=deadline)


def judged(title: str = "a", trade: float = 0.3, market: float = 0.0, urgent: float = 0.0, **fields: Any) -> Judged:
    found: dict[Label, float] = {"trade": trade, "market": market, "urgent": urgent}
    labels = tuple(label for label, odds in found.items() if odds >= THRESHOLDS[label])
    verdict = Verdict(trade=trade, market=market, urgent=urgent, labels=labels)
    told = {"url": f"https://wire.example/{title}", "seen_at": NOW, "content_hash": title, **fields}
    item = Item(key=ItemKey(title), source_id=WIRE.id, title=title, **told)
    return Judged(item, verdict, signature(item, None))


async def judge(items: Sequence[Item]) -> list[Judged]:
    """What is read in full is trade news."""
    sure = Verdict(trade=0.9, labels=("trade",))
    return [Judged(item, sure, signature(item, None)) for item in items]


async def turns(
    wish: Reading, each: Iterable[Judged], source: Source = WIRE, *, backlog: bool = False
) -> tuple[list[Judged], list[Judged], list[Judged]]:
    """What is admitted at once, what waits for its page, and what is read afterwards."""
    async with wish.begun(source, list(each), judge, NOW, backlog=backlog) as found:
        at_once = list(found.at_once)
        return at_once, [one async for one in found.waiting()], [one async for one in found.afterwards()]


def titles(found: Iterable[Judged]) -> list[str]:
    return sorted(each.item.title for each in found)


@pytest.mark.parametrize(
    ("odds", "turn"),
    [
        ({"trade": 0.3}, "waits"),
        ({"trade": 0.36}, "waits"),  # flagged, and might not be
        ({"trade": 0.0, "market": 0.3}, "waits"),
        ({"trade": 0.0, "market": 0.0}, "at once"),
        ({"trade": 0.05, "market": 0.1}, "at once"),
        ({"trade": 0.95}, "at once"),
        ({"trade": 0.95, "market": 0.4}, "at once"),  # told for its trade, whatever it is to markets
        ({"trade": 0.95, "urgent": 0.9}, "afterwards"),
        ({"trade": 0.95, "urgent": 0.3}, "afterwards"),  # how loudly it is told is open
        ({"trade": 0.3, "urgent": 0.9}, "waits"),
        ({"trade": 0.0, "urgent": 0.3}, "at once"),  # urgency alone tells nobody
    ],
)
async def test_who_waits_and_who_is_read_afterwards(odds: dict[str, Any], turn: str) -> None:
    at_once, waiting, afterwards = await turns(reading(Site()), [judged(**odds)])
    found = {"at once": (1, 0, 0), "waits": (0, 1, 0), "afterwards": (1, 0, 1)}[turn]
    assert (len(at_once), len(waiting), len(afterwards)) == found


async def test_what_is_near_the_threshold_of_a_route_is_told_at_once_elsewhere_and_read_afterwards() -> None:
    assert len((await turns(reading(Site()), [judged(trade=0.7)]))[2]) == 0
    at_once, waiting, afterwards = await turns(reading(Site(), of_routes=(0.8,)), [judged(trade=0.7)])
    assert (len(at_once), len(waiting), len(afterwards)) == (1, 0, 1)


async def test_an_item_is_judged_once_more_with_its_article() -> None:
    site = Site({"a": "The whole story."})
    _, (found,), _ = await turns(reading(site), [judged()])
    assert (found.item.body, found.verdict.labels, found.page) == ("The whole story.", ("trade",), READ_IN_FULL)
    assert found.item.content_hash == "a", "its publisher has changed nothing"


@pytest.mark.parametrize(
    "changes",
    [
        {"url": None},
        {"url": "https://wire.example/"},
        {"url": "https://news.google.com/rss/articles/CBMiabcdefghijklmnop"},
        {"url": "https://wire.example/report.PDF"},
        {"summary": "x" * 1_000},
        {"summary": "关税" * 200},
        {"body": "x" * 1_000},
        {"published_at": NOW - timedelta(hours=25)},
    ],
)
async def test_no_page_is_asked_for(changes: dict[str, Any]) -> None:
    site = Site()
    at_once, *_ = await turns(reading(site), [judged(**changes)])
    assert (len(at_once), site.asked) == (1, [])


async def test_what_the_owner_or_the_moment_forbids_is_not_read() -> None:
    site, wanted = Site(), [judged()]
    never, folder = replace(WIRE, full_text="never"), replace(WIRE, url=None, path="articles")
    for found in (
        await turns(reading(site), wanted, never),
        await turns(reading(site), wanted, folder),
        await turns(reading(site), wanted, backlog=True),
        await turns(reading(None), wanted),
        await turns(Reading(), wanted),
    ):
        assert len(found[0]) == 1
    assert site.asked == []


async def test_always_reads_the_rest_too_and_what_is_clear_does_not_wait() -> None:
    source = replace(WIRE, full_text="always")
    at_once, waiting, afterwards = await turns(
        reading(Site()), [judged("clear", 0.95), judged("nothing", 0.0), judged("open", 0.3)], source
    )
    assert (titles(at_once), titles(waiting), titles(afterwards)) == (["clear"], ["nothing", "open"], ["clear"])


async def test_of_many_the_undecided_ones_come_first() -> None:
    site = Site()
    urgent = [judged(f"u{number}", 0.95, urgent=0.9) for number in range(MOST_PAGES)]
    at_once, waiting, afterwards = await turns(reading(site), [*urgent, judged("open-1"), judged("open-2")])
    assert titles(waiting) == ["open-1", "open-2"]
    assert (len(at_once), len(afterwards), len(site.asked)) == (MOST_PAGES, MOST_PAGES - 2, MOST_PAGES)


async def test_a_page_that_fails_leaves_the_teaser_and_says_why() -> None:
    site = Site({"a": failed(FaultKind.BLOCKED, "is not given out (HTTP 403)"), "b": "Read."})
    _, waiting, _ = await turns(reading(site), [judged("a"), judged("b")])
    by_title = {each.item.title: each for each in waiting}
    assert by_title["a"] == replace(judged("a"), page="is not given out (HTTP 403)")
    assert by_title["b"].page == READ_IN_FULL


async def test_a_fault_of_ours_is_logged_and_costs_one_page() -> None:
    site = Site({"a": ZeroDivisionError()})
    with capture_logs() as logs:
        _, (found,), _ = await turns(reading(site), [judged()])
    assert [line["event"] for line in logs] == ["page_failed"]
    assert found.page == "could not be read, by a fault of ours"


async def test_one_page_that_never_comes_keeps_nobody_else() -> None:
    site = Site({"slow": ""})
    wish = reading(site, deadline=0.2)
    async with wish.begun(WIRE, [judged("slow"), judged("quick")], judge, NOW, backlog=False) as found:
        order = [each async for each in found.waiting()]
    assert [each.item.title for each in order] == ["quick", "slow"]
    assert order[1].page == "did not come within 0.2 s"
    assert order[1].verdict == judged("slow").verdict


async def test_pages_that_nobody_waits_for_any_more_are_let_go() -> None:
    site = Site({"slow": ""})

    async def breaks_off() -> None:
        async with reading(site).begun(WIRE, [judged("slow")], judge, NOW, backlog=False):
            await asyncio.sleep(0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await breaks_off()
    assert site.asked == site.ended == ["slow"]


async def test_an_edit_of_what_was_read_reads_it_again_or_keeps_what_it_said() -> None:
    site = Site({"new": "As it is now.", "gone": failed(FaultKind.HTTP_STATUS, "is not given out")})
    edits = [judged(title).item for title in ("new", "gone", "other")]
    edits.append(judged("full", body="x" * 1_000).item)
    edits.append(judged("old", published_at=NOW - timedelta(days=2)).item)
    known = {ItemKey(title): "As it was." for title in ("new", "gone", "full", "old")}
    found = {item.title: item.body for item in await reading(site).again(WIRE, edits, known, NOW)}
    assert found == {
        "new": "As it is now.", "gone": "As it was.", "other": "", "full": "x" * 1_000, "old": "As it was.",
    }  # fmt: skip
    assert sorted(site.asked) == ["gone", "new"]


def test_the_memory_of_refusals_is_bounded_and_fades() -> None:
    refusals = Refusals()
    for number in range(MOST_SITES + 10):
        for _ in range(3):
            refusals.add(f"site-{number}", NOW)
    assert not refusals.rests("site-0", NOW)
    newest = f"site-{MOST_SITES + 9}"
    assert refusals.rests(newest, NOW)
    assert not refusals.rests(newest, NOW + REST)
    refusals.end(newest)
    assert not refusals.rests(newest, NOW)
