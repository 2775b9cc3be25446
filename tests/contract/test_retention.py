"""What is forgotten with time, on both databases, and what is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.model import DeliveryState, ItemKey, Notice, Reason, StoryId, Told
from bot.operations.upkeep import Upkeep
from bot.routing.holding import Why
from bot.settings import RetentionSettings
from bot.store import audience, digests, news, outbox, retention
from bot.store.engine import Database
from bot.store.schema import decisions, deliveries, digest_entries, told
from tests import samples
from tests.samples import NOW, SLACK

DAY = timedelta(days=1)
HORIZON = NOW - 400 * DAY


def _tell(
    connection: sa.Connection, /, number: int, *, at: datetime, updated: datetime | None = None, **ended: Any
) -> StoryId:
    """A story with one item, told at SLACK; `ended` is what became of the delivery."""
    story_id, key = StoryId(f"{number:012x}"), ItemKey(f"{number:016x}")
    story = samples.story(id=story_id, key=f"story {number}", lead=key, first_at=at, updated_at=updated or at)
    news.add_story(connection, story)
    news.add_item(connection, samples.item(key=key, seen_at=at), story_id, samples.verdict())
    notice: Notice = samples.notice(story_id=story_id, item_key=key, decided_at=at)
    delivery = outbox.enqueue(connection, notice, audience.save_decision(connection, notice))
    known = Told(destination=SLACK, story_id=story_id, fact_keys=frozenset(), tier=notice.tier, version=1)
    audience.save_told(connection, known, now=at)
    values = {"state": DeliveryState.SENT, "finished_at": at} | ended
    connection.execute(sa.update(deliveries).where(deliveries.c.id == delivery).values(**values))
    return story_id


def _of(connection: sa.Connection) -> dict[str, set[str]]:
    """Which stories still have what."""
    sent = sa.select(decisions.c.story_id).join(deliveries, deliveries.c.decision_id == decisions.c.id)
    return {
        "decisions": set(connection.execute(sa.select(decisions.c.story_id)).scalars()),
        "deliveries": set(connection.execute(sent).scalars()),
        "told": set(connection.execute(sa.select(told.c.story_id)).scalars()),
    }


def test_a_story_is_forgotten_long_after_its_last_news_and_never_told_again(database: Database) -> None:
    old = HORIZON - DAY
    forgotten = database.write_now(_tell, 1, at=old)
    kept = {
        "young": database.write_now(_tell, 2, at=HORIZON + DAY),
        "has had news since": database.write_now(_tell, 3, at=old, updated=HORIZON + DAY),
    }
    waiting = {
        "waits": database.write_now(_tell, 4, at=old, state=DeliveryState.PENDING, finished_at=None),
        "may have arrived": database.write_now(_tell, 5, at=old, state=DeliveryState.UNKNOWN, finished_at=None),
        "was sent late": database.write_now(_tell, 6, at=old, finished_at=HORIZON + DAY),
    }
    assert database.write_now(retention.forget_told, quiet_since=HORIZON) > 0
    assert database.write_now(retention.forget_told, quiet_since=HORIZON) == 0
    left = database.read_now(_of)
    assert left["decisions"] == left["deliveries"] == {*kept.values(), *waiting.values()}
    assert left["told"] == {*kept.values()}
    known = database.read_now(news.known_keys, [ItemKey(f"{number:016x}") for number in range(1, 7)])
    assert len(known) == 6
    assert database.read_now(news.story, forgotten) is not None


def test_it_goes_in_portions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PORTION", 2)
    for number in range(5):
        database.write_now(_tell, number, at=HORIZON - DAY)
    rounds = [database.write_now(retention.forget_told, quiet_since=HORIZON) for _ in range(4)]
    assert rounds == [4, 4, 2, 0]
    assert not any(database.read_now(_of).values())


def test_what_waited_in_vain_for_a_digest_is_forgotten(database: Database) -> None:
    for number, age in ((1, 31), (2, 29)):
        at = NOW - age * DAY
        story = database.write_now(_tell, number, at=at)
        database.write_now(digests.add, {SLACK: Why.QUIETER}, story, now=at)
    assert database.write_now(retention.forget_unsent_digests, added_before=NOW - 30 * DAY) == 1
    assert len(database.read_now(digests.waiting, SLACK)) == 1


async def test_the_hourly_upkeep_applies_every_rule_of_the_configuration(database: Database) -> None:
    keep = RetentionSettings.model_validate({"items": "60d", "decisions": "10d", "deliveries": "20d"})
    for number, age in ((1, 100), (2, 15), (3, 5)):
        at = NOW - age * DAY
        story = database.write_now(_tell, number, at=at)
        database.write_now(digests.add, {SLACK: Why.QUIETER}, story, now=at)
        silent = samples.notice(
            story_id=story, item_key=ItemKey(f"{number:016x}"), decided_at=at, reason=Reason.NOTHING_NEW
        )
        database.write_now(audience.save_decision, silent)
    await Upkeep(database=database, keep=keep).prune(NOW)

    def left(connection: sa.Connection) -> dict[str, list[int]]:
        ages = {
            "told": told.c.told_at,
            "deliveries": deliveries.c.created_at,
            "digests": digest_entries.c.added_at,
        }
        found = {
            name: sorted((NOW - at).days for at in connection.execute(sa.select(column)).scalars())
            for name, column in ages.items()
        }
        silent = sa.select(decisions.c.decided_at).where(decisions.c.reason == Reason.NOTHING_NEW)
        return found | {"silent": sorted((NOW - at).days for at in connection.execute(silent).scalars())}

    assert database.read_now(left) == {"told": [5, 15], "deliveries": [5, 15], "digests": [5], "silent": [5]}
    stored = database.read_now(news.item, ItemKey(f"{1:016x}"))
    assert stored is not None
    assert (stored[0].title, stored[0].summary) == (samples.TITLE, "")


def test_what_was_told_is_kept_for_those_who_follow_a_story() -> None:
    with pytest.raises(ValueError, match="14"):
        RetentionSettings.model_validate({"deliveries": "13d"})
