"""Of a feed that is asked every few minutes only new entries are read: what comes of them is as if all were."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.model import Item, Source, SourceId
from bot.steps.admission import Admission
from bot.store import feeds, news
from bot.store.engine import Database
from bot.store.schema import documents, items
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.web import item, rss
from tests.flow.desk import Desk

TITLES = [
    "Brazil and Japan agree to cut tariffs on farm goods to 5%",
    "Canada and Chile open talks on a free trade agreement in Santiago",
    "Egypt delays new tariffs on imported cars until autumn",
    "India raises import duty on edible oils to 20%",
]
MINUTES = timedelta(minutes=10)
WIRE = SourceId("wire")
ROUTES = f'[[route]]\nname = "desk"\nto = ["discord:{GUILD_CHANNEL_ID}"]\nwhen = "topic:trade OR topic:market"\n'


class Killed(Exception):
    """The program ends here."""


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.configure(routes=ROUTES)
    return desk


def entry(number: int, title: str = "", guid: str = "") -> str:
    given = guid or f"https://wire.example/{number}"
    return item(
        title or TITLES[number],
        guid=given,
        link=given if given.startswith("http") else f"https://wire.example/{given}",
        description=f"Ministers spoke of paragraph {number} of the plan.",
    )


def show(desk: Desk, entries: Sequence[str], later: timedelta = MINUTES) -> None:
    desk.clock.advance(later)
    desk.web.serve("/feed", rss(*entries))


async def poll(desk: Desk, *entries: str, later: timedelta = MINUTES) -> dict[str, Any]:
    """The feed as it is now; returns what is remembered of it then."""
    show(desk, entries, later)
    await desk.once()
    return memory(desk)


def memory(desk: Desk) -> dict[str, Any]:
    database = Database(desk.database_url)
    try:
        text = database.read_now(lambda connection: connection.execute(sa.select(documents.c.memory)).scalar())
    finally:
        database.close()
    stored: dict[str, Any] = json.loads(text or "{}")
    return stored


def told(desk: Desk) -> list[str]:
    messages = desk.discord.messages[GUILD_CHANNEL_ID]
    return [message["embeds"][0]["title"] for message in messages if not message.get("message_reference")]


async def stored(desk: Desk) -> list[Item]:
    async with desk.bot() as bot:
        keys = await bot.database.read(lambda connection: connection.execute(sa.select(items.c.key)).scalars().all())
        rows = [await bot.database.read(news.item, key) for key in sorted(keys)]
    return [row[0] for row in rows if row]


async def test_an_entry_that_changed_in_place_is_an_edit(desk: Desk) -> None:
    first = await poll(desk, entry(0), entry(1))
    second = await poll(desk, entry(0, TITLES[0].replace("5%", "12%")), entry(1))
    assert first["whole_at"] == second["whole_at"], "not all was read again"
    assert sorted(each.title for each in await stored(desk)) == [TITLES[0].replace("5%", "12%"), TITLES[1]]
    assert len(told(desk)) == 2


async def test_what_is_new_is_told_and_what_stands_is_not_told_again(desk: Desk) -> None:
    for count in range(1, 5):
        await poll(desk, *map(entry, reversed(range(count))))
    assert told(desk) == TITLES
    assert {key for _, key, *_ in memory(desk)["entries"]} == {each.key for each in await stored(desk)}


async def test_an_entry_that_went_and_came_back_is_told_once(desk: Desk) -> None:
    await poll(desk, entry(0), entry(1))
    without = await poll(desk, entry(1))
    assert len(without["entries"]) == 1
    back = await poll(desk, entry(0), entry(1))
    assert len(back["entries"]) == 2
    assert len(told(desk)) == 2


async def test_a_feed_that_renames_all_its_entries_is_known_again(desk: Desk) -> None:
    first = await poll(desk, *map(entry, range(4)))
    second = await poll(desk, *(entry(number, guid=f"post-{number}") for number in range(4)))
    third = await poll(desk, *(entry(number, guid=f"post-{number}") for number in (3, 1, 2, 0)))
    assert {row[1] for row in first["entries"]} == {row[1] for row in second["entries"]}
    assert sorted(second["entries"]) == sorted(third["entries"])
    assert len(told(desk)) == 4


async def test_a_feed_that_renames_most_of_its_entries_is_known_again_beside_what_stands(desk: Desk) -> None:
    await poll(desk, *map(entry, range(4)))
    await poll(desk, *(entry(number, guid=f"post-{number}") for number in range(3)), entry(3))
    assert len(told(desk)) == len(await stored(desk)) == 4


async def test_the_headline_of_an_entry_that_stands_does_not_hide_a_new_one(desk: Desk) -> None:
    await poll(desk, entry(0), entry(1))
    await poll(desk, entry(2, TITLES[0]), entry(0), entry(1))
    assert len(await stored(desk)) == 3


async def test_a_poll_that_is_cut_short_remembers_nothing_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await poll(desk, entry(0))
    show(desk, [entry(1), entry(0)])
    with monkeypatch.context() as patch:
        patch.setattr(Admission, "settle", _killed)
        async with desk.bot() as bot:
            lease = timedelta(minutes=3)
            now = desk.clock.now()
            claim = feeds.claim_due
            ((_, state),) = await bot.database.write(claim, [WIRE], owner="a", now=now, lease=lease, limit=1)
            source = Source(id=WIRE, name="Example Wire", url=desk.web.url("/feed"))
            with pytest.raises(Killed):
                await bot.service.pipeline.poll(source, state, "a")
    assert memory(desk) == before
    after = await poll(desk, entry(1), entry(0))
    assert told(desk) == TITLES[:2]
    assert {row[1] for row in after["entries"]} == {each.key for each in await stored(desk)}


def _killed(*_: object, **__: object) -> None:
    raise Killed


async def test_once_a_day_all_of_it_is_read(desk: Desk) -> None:
    first = await poll(desk, entry(0))
    second = await poll(desk, entry(1), entry(0), later=timedelta(hours=23))
    third = await poll(desk, entry(2), entry(1), entry(0), later=timedelta(hours=2))
    assert first["whole_at"] == second["whole_at"] < third["whole_at"]
    assert told(desk) == TITLES[:3]


async def test_a_memory_of_another_version_is_as_good_as_none(desk: Desk) -> None:
    await poll(desk, entry(0))
    database = Database(desk.database_url)
    database.write_now(lambda connection: connection.execute(sa.update(documents).values(memory='{"v": 9}')))
    database.close()
    after = await poll(desk, entry(1), entry(0))
    assert len(after["entries"]) == 2
    assert told(desk) == TITLES[:2]


async def test_a_feed_that_does_not_come_apart_is_read_whole_and_not_remembered(desk: Desk) -> None:
    await poll(desk, entry(0), entry(1))
    assert await poll(desk, entry(2), "and", entry(0), entry(1)) == {}
    assert sorted(told(desk)) == sorted(TITLES[:3])
