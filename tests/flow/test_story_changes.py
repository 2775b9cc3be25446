"""What publishers make of what they said, where several of them report one event: what people see of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.model import Rate
from bot.store.schema import stories
from tests.fakes.web import item, rss
from tests.flow.desk import Desk
from tests.flow.test_stories import ANNOUNCED, CORRECTED, FIRST, HOUR, MORE, SAME, WITHDRAWN, Newsroom, Report

QUIET = Report("Wire", "Remarks at the garden party of the embassy", "There will be tea.")
MORE_CORRECTED = Report(MORE.outlet, MORE.title, MORE.text.replace("12%", "11%"))
MORE_WITHDRAWN = Report(MORE.outlet, f"WITHDRAWN: {MORE.title}", "")


@pytest.fixture
async def room(desk: Desk) -> AsyncIterator[Newsroom]:
    newsroom = Newsroom(desk)
    newsroom.configure()
    await newsroom.publish()
    yield newsroom
    desk.assert_payloads_are_valid()


async def test_a_page_that_becomes_news_is_told(room: Newsroom) -> None:
    await room.publish(QUIET)
    assert not any(room.places)
    await room.publish(Report("Wire", FIRST.title, FIRST.text))
    for messages in room.places:
        assert [FIRST.title in message.text for message in messages] == [True]
    assert (await room.reasons())["first"] == 2


async def test_who_withdraws_alone_takes_back_only_his_report(room: Newsroom) -> None:
    for report in (FIRST, MORE, MORE_WITHDRAWN):
        await room.publish(report)
    story = await room.story()
    assert (story.mark, story.outlets) == ("corrected", ("Wire",))
    for top, reply in room.places:
        assert "CORRECTED: Tribune has withdrawn its report" in top.text
        assert "12% tariff" not in top.text
        assert "WITHDRAWN: Tribune has withdrawn it" in reply.text


async def test_what_is_confirmed_after_it_was_withdrawn_is_news(room: Newsroom) -> None:
    for report in (FIRST, WITHDRAWN, ANNOUNCED):
        await room.publish(report)
    for withdrawn, confirmed in room.places:
        assert "WITHDRAWN" in withdrawn.text
        assert ANNOUNCED.title in confirmed.text
        assert "WITHDRAWN" not in confirmed.text
        assert not confirmed.answers


async def test_an_error_in_a_reply_is_put_right_there(room: Newsroom) -> None:
    for report in (FIRST, MORE, MORE_CORRECTED):
        await room.publish(report)
    for top, reply in room.places:
        assert "11% tariff" in top.text
        assert "CORRECTED: 12% tariff became 11% tariff" in reply.text
        assert reply.edits == 1


async def test_a_correction_is_not_hidden_by_anothers_new_headline(room: Newsroom) -> None:
    for report in (FIRST, SAME, CORRECTED):
        await room.publish(report)
    await room.publish(Report(SAME.outlet, "Farm ministers of Tokyo and Brasilia toast a tariff accord", SAME.text))
    for messages in room.places:
        assert "CORRECTED: 5% tariff became 8% tariff" in messages[0].text


async def test_a_threat_that_is_carried_out_is_news_and_no_correction(room: Newsroom) -> None:
    await room.publish(Report("Wire", "Canada threatens 25% tariff on Chilean copper", "The minister said so."))
    await room.publish(Report("Wire", "Canada imposes 50% tariff on Chilean copper, effective Monday", "It is law."))
    for top, reply in room.places:
        assert reply.answers
        assert "New: measures tariff" in reply.text
        assert "50% tariff" in reply.text
        assert "CORRECTED" not in top.text


async def test_a_correction_that_comes_as_an_item_of_its_own_corrects(room: Newsroom) -> None:
    await room.publish(FIRST)
    room.desk.clock.advance(HOUR)
    again = item(f"CORRECTED-{CORRECTED.title}", guid="Wire-2", link="https://wire.example/2", description=FIRST.text)
    room.desk.web.serve("/Wire", rss(again))
    await room.desk.once()
    for (top,) in room.places:
        assert "CORRECTED: 5% tariff became 8% tariff" in top.text
        assert "5% tariff," not in top.text
        assert not top.answers


async def test_a_second_correction_of_that_kind_replaces_the_first(room: Newsroom) -> None:
    await room.publish(FIRST)
    for number, rate in ((2, "8%"), (3, "9%")):
        room.desk.clock.advance(HOUR)
        title, link = f"CORRECTED-{FIRST.title.replace('5%', rate)}", f"https://wire.example/{number}"
        room.desk.web.serve("/Wire", rss(item(title, guid=f"Wire-{number}", link=link, description=FIRST.text)))
        await room.desk.once()
    for messages in room.places:
        assert ["CORRECTED: 8% tariff became 9% tariff" in message.text for message in messages] == [True]
    assert {fact.value for fact in (await room.story()).verdict.facts if isinstance(fact, Rate)} == {9.0}


async def test_what_nobody_heard_of_in_time_is_not_told_for_a_change(room: Newsroom) -> None:
    await room.publish(QUIET)
    await room.publish(Report("Wire", FIRST.title, FIRST.text), wait=timedelta(hours=30))
    assert not any(room.places)
    assert (await room.reasons())["flood_brake"] == 2


async def test_two_reports_at_the_same_moment_are_one_story(room: Newsroom) -> None:
    room.desk.clock.advance(HOUR)
    for report in (FIRST, SAME):
        room.desk.web.serve(f"/{report.outlet}", report.rss)
    async with room.desk.bot() as bot:
        await asyncio.gather(*(bot.service.once() for _ in range(2)))
        count = sa.select(sa.func.count()).select_from(stories)
        assert await bot.database.read(lambda connection: connection.scalar(count)) == 1
    assert [[message.answers for message in messages] for messages in room.places] == [[False], [False]]
