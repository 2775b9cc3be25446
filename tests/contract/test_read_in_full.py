"""A stored item whose page has been read: what its story becomes, and what became of the page is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.model import Item, Rate, Verdict
from bot.steps.grouping import Joined, Judged, place, revise
from bot.store import news, pages
from bot.store.engine import Database
from bot.stories.signature import signature
from tests import samples

LATER = samples.NOW + timedelta(seconds=5)
BODY = "The duties of 25% end in August, the ministry said, and duties on tin of 10% stay."
TIN = Rate(value=10.0, of="tariff", span=replace(samples.span(), field="body"))


def judged(item: Item | None = None, page: str = "", **verdict: Any) -> Judged:
    item = item or samples.item()
    return Judged(item, samples.verdict(**verdict), signature(item, None), page)


def in_full(**changes: Any) -> Judged:
    item = samples.item(body=BODY, **changes)
    return judged(item, pages.READ_IN_FULL, facts=(*samples.FACTS, TIN))


def stored(database: Database) -> tuple[Item, Verdict, str | None]:
    found = database.read_now(news.item, samples.item().key)
    assert found is not None
    return found[0], found[1], database.read_now(pages.noted, samples.item().key)


def admit(database: Database, each: Judged) -> Joined:
    return database.write_now(place, each, samples.NOW)


def read(database: Database, each: Judged) -> Joined | None:
    return database.write_now(revise, each, LATER)


def test_the_text_and_what_it_adds_join_the_story_and_nothing_counts_as_changed(database: Database) -> None:
    first = admit(database, judged())
    joined = read(database, in_full(seen_at=LATER))
    assert joined is not None
    assert (joined.mark, joined.revised, joined.opened) == (None, True, False)
    assert (joined.story.id, joined.story.version) == (first.story.id, first.story.version + 1)
    assert TIN in joined.story.verdict.facts
    item, verdict, page = stored(database)
    assert (item.body, item.seen_at, TIN in verdict.facts, page) == (BODY, samples.NOW, True, pages.READ_IN_FULL)
    assert database.read_now(news.revisions, item.key) == 0
    assert database.read_now(news.mark_of, item.key) is None
    assert database.read_now(pages.read_in_full, [item.key]) == {item.key: BODY}


def test_a_page_turns_no_story(database: Database) -> None:
    admit(database, judged(direction="escalation"))
    calm = replace(in_full(), verdict=samples.verdict(direction="de-escalation"))
    joined = read(database, calm)
    assert joined is not None
    assert joined.said.direction == "escalation"


def test_a_page_that_gave_nothing_is_noted(database: Database) -> None:
    admit(database, judged())
    assert read(database, judged(page="is not given out (HTTP 403)")) is None
    assert stored(database)[::2] == (samples.item(), "is not given out (HTTP 403)")
    assert database.read_now(pages.read_in_full, [samples.item().key]) == {}
    assert database.read_now(pages.read_in_full, []) == {}


def test_an_item_that_waited_for_its_page_is_stored_with_what_became_of_it(database: Database) -> None:
    admit(database, in_full())
    item, _, page = stored(database)
    assert (item.body, page) == (BODY, pages.READ_IN_FULL)


def test_what_its_publisher_changed_meanwhile_stands(database: Database) -> None:
    admit(database, judged())
    edit = samples.item(summary="Both sides will stop talking.", content_hash="other")
    read(database, judged(edit))
    assert read(database, in_full()) is None
    item, _, page = stored(database)
    assert (item.summary, item.body, page) == (edit.summary, "", None)


def test_what_was_withdrawn_meanwhile_stays_so(database: Database) -> None:
    admit(database, judged())
    gone = samples.item(title=f"WITHDRAWN: {samples.TITLE}", content_hash="gone")
    taken_back = read(database, judged(gone))
    assert taken_back is not None
    assert taken_back.story.mark == "withdrawn"
    assert read(database, in_full(title=gone.title, content_hash="gone")) is None
