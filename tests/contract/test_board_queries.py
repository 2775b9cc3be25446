"""The board's own queries, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.model import Destination, ItemKey, Notice, Reason, StoryId, Tier, Verdict
from bot.store import audience, news
from bot.store.engine import Database
from tests import samples
from tests.samples import CONSOLE, DISCORD, NOW, SLACK

PERSON = Destination.parse("slack:@U0SECRET")


def add_story(
    connection: sa.Connection, number: int, *, verdict: Verdict | None = None, at: datetime = NOW
) -> tuple[StoryId, ItemKey]:
    story_id, key = StoryId(f"{number:012x}"), ItemKey(f"{number:016x}")
    judged = verdict or samples.verdict()
    news.add_story(
        connection, samples.story(id=story_id, key=key, lead=key, verdict=judged, first_at=at, updated_at=at)
    )
    news.add_item(connection, samples.item(key=key, title=f"Story {number}"), story_id, judged)
    return story_id, key


def tell(
    connection: sa.Connection, number: int, destination: Destination = SLACK, reason: Reason = Reason.FIRST
) -> Notice:
    notice = samples.notice(
        story_id=StoryId(f"{number:012x}"), item_key=ItemKey(f"{number:016x}"), destination=destination, reason=reason
    )
    audience.save_decision(connection, notice)
    return notice


def told(database: Database, *, label: str | None = None, before: int | None = None, limit: int = 9) -> list[str]:
    found = database.read_now(news.told_stories, label=label, before=before, limit=limit)
    return [each.lead.title for each in found]


def test_the_last_told_story_comes_first_and_each_story_once(database: Database) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in (1, 2, 3):
            add_story(connection, number)
            tell(connection, number)
        tell(connection, 1, DISCORD, Reason.NEW_FACT)
        tell(connection, 3, reason=Reason.NOTHING_NEW)

    database.write_now(fill)
    assert told(database) == ["Story 1", "Story 3", "Story 2"]
    newest = database.read_now(news.told_stories, label=None, before=None, limit=1)[0]
    assert (newest.notice.reason, newest.notice.destination) == (Reason.NEW_FACT, DISCORD)


def test_silence_and_a_persons_messages_put_nothing_on_the_wire(database: Database) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in (1, 2, 3):
            add_story(connection, number)
        tell(connection, 1, reason=Reason.BELOW_THRESHOLD)
        tell(connection, 2, PERSON)
        tell(connection, 3, CONSOLE)
        tell(connection, 3, PERSON, Reason.ESCALATED)

    database.write_now(fill)
    found = database.read_now(news.told_stories, label=None, before=None, limit=9)
    assert [(each.lead.title, each.notice.destination) for each in found] == [("Story 3", CONSOLE)]


def test_the_wire_is_narrowed_by_label_and_paged_by_number(database: Database) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in range(1, 7):
            labels = ("trade",) if number % 2 else ("market", "urgent")
            add_story(connection, number, verdict=samples.verdict(labels=labels))
            tell(connection, number)

    database.write_now(fill)
    assert told(database, label="trade") == ["Story 5", "Story 3", "Story 1"]
    assert told(database, label="urgent") == ["Story 6", "Story 4", "Story 2"]
    first = database.read_now(news.told_stories, label="trade", before=None, limit=2)
    assert told(database, label="trade", before=first[-1].number) == ["Story 1"]


def test_recent_stories_are_narrowed_by_flag(database: Database) -> None:
    def fill(connection: sa.Connection) -> None:
        add_story(connection, 1)
        add_story(connection, 2, verdict=samples.verdict(labels=()), at=NOW + timedelta(minutes=1))

    def titles(flagged: bool | None) -> list[str]:
        found = database.read_now(news.recent_stories, flagged=flagged, before=None, limit=9)
        return [lead.title for _, lead in found]

    database.write_now(fill)
    assert titles(None) == ["Story 2", "Story 1"]
    assert titles(True) == ["Story 1"]
    assert titles(False) == ["Story 2"]


def test_stories_of_one_poll_share_a_time_and_are_still_paged_without_loss(database: Database) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in range(7):
            add_story(connection, number, at=NOW if number < 5 else NOW + timedelta(microseconds=1))

    database.write_now(fill)
    seen: list[str] = []
    before: tuple[datetime, StoryId] | None = None
    while page := database.read_now(news.recent_stories, flagged=None, before=before, limit=2):
        seen += [lead.title for _, lead in page]
        before = (page[-1][0].updated_at, page[-1][0].id)
    assert seen == [f"Story {number}" for number in reversed(range(7))]


def test_the_items_of_a_story_come_in_the_order_they_were_seen(database: Database) -> None:
    def fill(connection: sa.Connection) -> None:
        story_id, _ = add_story(connection, 1)
        for number, minutes in ((2, 9), (3, 4)):
            other = samples.item(
                key=ItemKey(f"{number:016x}"), title=f"Report {number}", seen_at=NOW + timedelta(minutes=minutes)
            )
            news.add_item(connection, other, story_id, samples.verdict())
        add_story(connection, 4)

    database.write_now(fill)
    found = database.read_now(news.items_of, StoryId(f"{1:012x}"), limit=9)
    assert [item.title for item in found] == ["Story 1", "Report 3", "Report 2"]


def test_decisions_on_an_item_leave_persons_out_and_keep_the_last(database: Database) -> None:
    def fill(connection: sa.Connection) -> list[Notice]:
        add_story(connection, 1)
        return [
            tell(connection, 1, destination, reason)
            for destination, reason in (
                (SLACK, Reason.FIRST), (PERSON, Reason.FIRST), (CONSOLE, Reason.MUTED), (DISCORD, Reason.HELD),
            )
        ]  # fmt: skip

    slack, _, console, discord = database.write_now(fill)
    key = ItemKey(f"{1:016x}")
    assert database.read_now(audience.channel_decisions, key, limit=9) == [slack, console, discord]
    assert database.read_now(audience.channel_decisions, key, limit=2) == [console, discord]
    assert slack.tier is Tier.ALERT
