"""A source that brings much at once: old items wait for an operator, a burst of fresh ones for the digest.

A whole bot, on both databases.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import sqlalchemy as sa

from bot.assembly import Bot
from bot.commands.spec import Caller
from bot.deliver.card import Reply, plain
from bot.model import Destination, Notice, Reason, Source, Tier
from bot.routing.floods import BURST, HELD_FOR, OLD
from bot.store import audience, floods
from bot.store.schema import calendar_reports, decisions
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, Desk
from tests.flow.test_first_poll import COUNTRIES, entry

NOW = datetime(2025, 5, 7, 8, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ANN = Destination("slack", "UANN", person=True)
MANAGER = Caller(user=ANN, place=ANN, name="Ann")
ROUTES = f'[[route]]\nname = "desk"\nto = ["slack:{SLACK_CHANNEL}"]\nwhen = "topic:trade"\n'
OPERATORS = "C0OPS"

KNOWN = [entry(number, NOW - timedelta(minutes=number)) for number in range(3)]
OLD_ITEMS = [entry(number, NOW - timedelta(hours=number)) for number in range(3, 6 + OLD)]
FRESH = entry(41, NOW + 25 * MINUTE)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """Its source was read, and its operators have a channel."""
    desk.slack.add_channel(OPERATORS)
    desk.configure(
        routes=ROUTES, main=f'[operations]\ntell = ["slack:{OPERATORS}"]\n[people]\nmanagers = ["{ANN}"]\n'
    )
    await poll(desk, *KNOWN)
    return desk


async def poll(desk: Desk, *entries: str) -> None:
    desk.clock.advance(10 * MINUTE)
    desk.web.serve("/feed", rss(*entries))
    await desk.once()


def decided(bot: Bot, reason: Reason) -> list[Notice]:
    rows = sa.select(decisions).where(decisions.c.reason == reason).order_by(decisions.c.id)
    return bot.database.read_now(lambda connection: [audience.notice_of(row) for row in connection.execute(rows)])


def held(bot: Bot) -> int:
    return sum(bot.database.read_now(floods.held).values())


def countries(desk: Desk) -> list[str]:
    return [title.partition(" ")[0] for place, title in desk.sent if place.endswith(SLACK_CHANNEL)]


def told_operators(desk: Desk) -> list[str]:
    return [json.dumps(message.blocks, ensure_ascii=False) for message in desk.slack.messages(OPERATORS)]


async def say(bot: Bot, text: str) -> Reply:
    return await bot.catalog.run_text(text, MANAGER)


async def digest(desk: Desk, bot: Bot, after: timedelta) -> str:
    """What the channel is sent next, as text."""
    before = len(desk.slack.messages(SLACK_CHANNEL))
    desk.clock.advance(after)
    assert await bot.service.once() == []
    new = desk.slack.messages(SLACK_CHANNEL)[before:]
    return "\n".join(json.dumps(message.blocks, ensure_ascii=False) for message in new)


async def test_old_items_that_come_as_if_they_were_new_are_told_to_nobody_but_the_operators(desk: Desk) -> None:
    before = len(countries(desk))
    await poll(desk, FRESH, *KNOWN, *OLD_ITEMS)
    assert countries(desk)[before:] == [COUNTRIES[41]], "what is fresh is news as ever"
    (told,) = told_operators(desk)
    assert f"wire brought {len(OLD_ITEMS)} old items as if they were new: nobody was told." in told
    assert COUNTRIES[3] in told
    assert "sources:release wire" in told
    assert "sources:drop wire" in told

    async with desk.bot() as bot:
        braked = decided(bot, Reason.FLOOD_BRAKE)
        assert len(braked) == held(bot) == len(OLD_ITEMS)
        assert all("nobody is told until an operator decides" in notice.detail for notice in braked)
        listed = plain((await say(bot, "sources")).lines)
        assert f"{len(OLD_ITEMS)} old items held back: /wire sources release wire, or drop" in listed
    assert desk.wrong_in_the_books() == []
    desk.assert_payloads_are_valid()


async def test_what_comes_after_it_of_the_same_age_waits_with_it_and_the_operators_hear_nothing_more(
    desk: Desk,
) -> None:
    await poll(desk, *KNOWN, *OLD_ITEMS[:-1])
    await poll(desk, *KNOWN, *OLD_ITEMS)
    async with desk.bot() as bot:
        assert held(bot) == len(OLD_ITEMS)
    assert len(told_operators(desk)) == 1


async def test_released_items_come_in_digests_and_are_told_once(desk: Desk) -> None:
    await poll(desk, *KNOWN, *OLD_ITEMS)
    before = countries(desk)
    async with desk.bot() as bot:
        reply = await say(bot, "sources release wire")
        assert reply.title == f"Released {len(OLD_ITEMS)} items of wire."
        assert held(bot) == 0
        at_once, waiting = decided(bot, Reason.FIRST)[len(KNOWN) :], decided(bot, Reason.HELD)
        assert len(at_once) + len(waiting) == len(OLD_ITEMS)
        assert f"{len(at_once)} messages at once, {len(waiting)} entries in digests." in plain(reply.lines)
        assert {notice.tier for notice in at_once} == {Tier.URGENT}, "as of any burst"
        assert all("released by Ann" in notice.detail for notice in waiting)
        told = await digest(desk, bot, HOUR)
        assert all(COUNTRIES[number] in told for number in range(3, 6 + OLD))
        assert f"Here are: {len(waiting)} of much that a source brought at once." in told
        assert (await say(bot, "sources release wire")).title == "Nothing of wire is held back."
    assert len(countries(desk)) == len(before) + len(at_once)
    await poll(desk, *KNOWN, *OLD_ITEMS)
    assert len(countries(desk)) == len(before) + len(at_once)
    assert len(told_operators(desk)) == 1
    assert desk.wrong_in_the_books() == []


async def test_dropped_items_are_told_to_nobody_and_each_says_who_dropped_it(desk: Desk) -> None:
    await poll(desk, *KNOWN, *OLD_ITEMS)
    async with desk.bot() as bot:
        reply = await bot.catalog.press("sources:drop wire", MANAGER)
        assert reply.title.startswith(f"Dropped {len(OLD_ITEMS)} items of wire")
        assert held(bot) == 0
        said = [notice.detail for notice in decided(bot, Reason.FLOOD_BRAKE)]
        assert said.count("dropped by Ann") == len(OLD_ITEMS)
        assert await digest(desk, bot, 24 * HOUR) == ""
    assert desk.wrong_in_the_books() == []


async def test_what_nobody_decides_on_is_dropped_after_three_days_with_the_reason(desk: Desk) -> None:
    await poll(desk, *KNOWN, *OLD_ITEMS)
    async with desk.bot() as bot:
        desk.clock.advance(HELD_FOR - HOUR)
        await bot.service.prune()
        assert held(bot) == len(OLD_ITEMS)
        desk.clock.advance(2 * HOUR)
        await bot.service.prune()
        assert held(bot) == 0
        said = [notice.detail for notice in decided(bot, Reason.FLOOD_BRAKE)]
        assert said.count("dropped: nobody released it within 3 days") == len(OLD_ITEMS)


async def test_a_poll_that_a_crash_cuts_short_goes_on_as_it_began(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.pipeline.PORTION", 6)
    desk.clock.advance(10 * MINUTE)
    desk.web.serve("/feed", rss(*KNOWN, *OLD_ITEMS))
    async with desk.bot() as bot:
        admission, admitted = bot.service.pipeline.admission, 0
        admit = type(admission).admit

        def cut_short(self: object, *args: object, **kwargs: object) -> list[Notice]:
            nonlocal admitted
            admitted += 1
            if admitted == 2:
                raise RuntimeError("the power failed")
            return admit(admission, *args, **kwargs)  # type: ignore[arg-type]  # as it was called

        with monkeypatch.context() as patched:
            patched.setattr("bot.steps.admission.Admission.admit", cut_short)
            await bot.service.once()
        assert 0 < held(bot) < OLD
    before = countries(desk)
    desk.clock.advance(HOUR)
    await desk.once()
    assert countries(desk) == before
    async with desk.bot() as bot:
        assert held(bot) == len(OLD_ITEMS)
    assert len(told_operators(desk)) == 1


async def test_of_a_burst_of_fresh_items_what_is_urgent_is_told_and_the_rest_comes_in_a_digest(desk: Desk) -> None:
    burst = [entry(number, NOW + 15 * MINUTE) for number in range(3, 4 + BURST)]
    before = len(countries(desk))
    await poll(desk, *KNOWN, *burst)
    async with desk.bot() as bot:
        waiting = [notice for notice in decided(bot, Reason.HELD) if "flood brake (wire: 31 items" in notice.detail]
        at_once = countries(desk)[before:]
        assert len(waiting) + len(at_once) == len(burst)
        assert len(waiting) > len(at_once) > 0
        told = await digest(desk, bot, HOUR)
        assert "of much that a source brought at once" in told
    assert told_operators(desk) == []
    assert desk.wrong_in_the_books() == []


async def test_what_is_held_back_is_not_in_the_calendar_until_it_is_released(desk: Desk) -> None:
    def noted(bot: Bot) -> int:
        rows = sa.select(sa.func.count()).select_from(calendar_reports)
        return int(bot.database.read_now(lambda connection: connection.execute(rows).scalar_one()))

    async with desk.bot() as bot:
        before = noted(bot)
    talks = item(
        "US and China to hold trade talks in Geneva on 12 May",
        guid="talks-1",
        link="https://wire.example/talks",
        pubDate=format_datetime(NOW - 4 * HOUR),
    )
    await poll(desk, *KNOWN, talks, *OLD_ITEMS)
    async with desk.bot() as bot:
        assert noted(bot) == before
        await say(bot, "sources release wire")
        assert noted(bot) > before


async def test_a_folder_that_somebody_fills_is_no_flood(desk: Desk) -> None:
    from bot.operations import flooding
    from tests import samples

    async with desk.bot() as bot:
        folder = Source(id=bot.service.sources[0].id, name="folder", path="/articles")
        old = [samples.item(published_at=NOW - 9 * HOUR)] * 50
        assert bot.database.read_now(flooding.look, folder, old, NOW) == []
        feed = replace(folder, path=None, url="https://wire.example/rss")
        assert len(bot.database.read_now(flooding.look, feed, old, NOW)) == 1
