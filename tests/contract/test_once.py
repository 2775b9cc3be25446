"""What a platform delivers twice is done once, whichever process gets it: over real sockets, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.commands.on_discord.chat import DiscordChat
from bot.commands.once import REMEMBERED, Memory, shared
from bot.commands.spec import Caller, Catalog, Command
from bot.deliver.card import Reply
from bot.store import invocations
from bot.store.engine import Database
from tests.contract.discord_room import answered
from tests.fakes.clock import FakeClock
from tests.fakes.discord_service import TOKEN, FakeDiscord
from tests.fakes.slack_desk import Desk, chat_of, running, served
from tests.fakes.slack_service import SlackService
from tests.fakes.slack_setups import Setups
from tests.samples import NOW


@pytest.fixture
def other() -> Desk:
    """The desk of another process."""
    return Desk()


def said(*desks: Desk) -> list[str]:
    return sorted(what for desk in desks for what, _ in desk.asked)


# --- the row --------------------------------------------------------------------------------------------------


async def test_of_many_who_ask_at_once_one_gets_it(database: Database, clock: FakeClock) -> None:
    take = shared(database, clock)
    assert sum(await asyncio.gather(*(take("slack:1") for _ in range(8)))) == 1
    assert await take("slack:2")


def test_a_row_is_kept_as_long_as_it_may_come_again(database: Database) -> None:
    assert database.write_now(invocations.take, "slack:1", now=NOW)
    kept = NOW + invocations.KEPT_FOR
    assert database.write_now(invocations.forget, now=kept) == 0
    assert not database.write_now(invocations.take, "slack:1", now=kept)
    assert database.write_now(invocations.forget, now=kept + timedelta(seconds=1)) == 1


async def test_while_the_database_is_away_the_memory_of_the_process_has_to_do(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> bool:
        raise OperationalError("INSERT", {}, OSError("no route to host"))

    monkeypatch.setattr(database, "write", away)
    with capture_logs() as logs:
        assert await shared(database, clock)("slack:1")
    assert [line["event"] for line in logs] == ["invocation_not_noted"]


def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    memory = Memory()
    assert all(memory.is_first(str(number)) for number in range(REMEMBERED * 2))
    assert len(memory) == REMEMBERED
    assert not memory.is_first(str(REMEMBERED * 2 - 1))
    assert memory.is_first("0")


# --- Slack ----------------------------------------------------------------------------------------------------


async def test_an_envelope_that_goes_to_another_process_the_second_time_is_done_once(
    slack: SlackService, desk: Desk, other: Desk, database: Database, clock: FakeClock
) -> None:
    one, two = (chat_of(slack, each, take=shared(database, clock)) for each in (desk, other))
    async with running(one):
        asked = await slack.people.command("say hello")
        pressed = await slack.people.press("say:again")
        await slack.people.answer(asked)
        await slack.people.answer(pressed)
        async with running(two):
            await slack.people.connected(greetings=2)
            for each in (asked, pressed):
                acks = each.acks
                await slack.people.redeliver(each)
                await slack.people.acknowledged(each, times=acks + 1)
            await slack.people.answer(await slack.people.command("say bye"))
    assert said(desk, other) == ["again", "bye", "hello"]
    assert (len(asked.answers), len(pressed.answers)) == (1, 1)


async def test_a_request_that_is_retried_at_another_process_is_done_once(
    slack: SlackService, desk: Desk, other: Desk, database: Database, clock: FakeClock
) -> None:
    one, two = (chat_of(slack, each, take=shared(database, clock)) for each in (desk, other))
    async with served(one) as first, served(two) as second:
        status, asked = await slack.people.command_by_http(first, "say hello")
        await slack.people.answer(asked)
        again = [await slack.people.again_by_http(url, asked, retry) for retry, url in enumerate((first, second), 1)]
        _, last = await slack.people.command_by_http(second, "say bye")
        await slack.people.answer(last)
    assert [status, *again] == [200, 200, 200]
    assert said(desk, other) == ["bye", "hello"]
    assert len(asked.answers) == 1


async def test_a_form_that_is_sent_twice_to_two_processes_is_done_once(
    slack: SlackService, database: Database, clock: FakeClock
) -> None:
    """A double click: two interactions on one view."""
    desks = Setups(), Setups()
    one, two = (chat_of(slack, each, take=shared(database, clock)) for each in desks)
    async with running(one):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        sent = form.payload({"query": "tariff*", "where": "dm"})
        await slack.views.submit(form, query="tariff*", where="dm")
        await slack.views.shows(form, "You are subscribed: tariff*")
        async with running(two):
            await slack.people.connected(greetings=2)
            again = {"type": "view_submission", "user": {"id": "U0123"}, "view": sent, "trigger_id": "another"}
            asked = await slack.people.interact(again)
            await slack.people.acknowledged(asked)
            await slack.people.until(lambda: slack.calls[-1][0] == "views.update", "what became of it")
    assert [len(desk.made) for desk in desks] == [1, 0]


async def test_a_slow_database_delays_no_acknowledgement_on_slack(slack: SlackService, desk: Desk) -> None:
    release = asyncio.Event()

    async def slow(name: str) -> bool:
        return await release.wait()

    async with running(chat_of(slack, desk, take=slow)):
        asked = await slack.people.command("say hello")
        await slack.people.acknowledged(asked)
        assert not asked.answers
        release.set()
        await slack.people.answer(asked)
    assert said(desk) == ["hello"]


async def test_a_database_that_does_not_answer_in_time_is_apologised_for(slack: SlackService, desk: Desk) -> None:
    async def never(name: str) -> bool:
        return await asyncio.Event().wait()

    async with running(chat_of(slack, desk, take=never, answer_within=0.05)):
        answer = await slack.people.answer(await slack.people.command("say hello"))
    assert "longer than 0.05 s" in answer["text"]
    assert said(desk) == []


# --- Discord --------------------------------------------------------------------------------------------------


async def test_a_slow_database_delays_no_acknowledgement_on_discord(service: FakeDiscord, slept: list[float]) -> None:
    release = asyncio.Event()

    async def slow(name: str) -> bool:
        return await release.wait()

    async def latest(caller: Caller, arguments: object) -> Reply:
        return Reply(title="Latest stories")

    catalog = Catalog((Command(name="latest", help="The latest stories.", run=latest),))
    task = asyncio.create_task(DiscordChat(TOKEN, catalog, take=slow).run())
    await asyncio.wait_for(service.gateway.ready.wait(), 20)
    asked = await service.slash("latest")
    await asyncio.wait_for(asked.acknowledged.wait(), 20)
    assert not asked.answered.is_set()
    release.set()
    assert await answered(asked) == "Latest stories"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
