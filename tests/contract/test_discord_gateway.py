"""Commands over a real gateway socket: acknowledged first, answered after, through every way a connection can die."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from bot.commands.on_discord.chat import DiscordChat
from bot.commands.spec import Caller, Catalog, Command, Option
from bot.deliver.card import Action, Reply, Run
from bot.deliver.discord.session import BadToken
from tests.contract.discord_room import answered, open_gate
from tests.fakes.discord_faults import Drop, Reject
from tests.fakes.discord_service import (
    ANSWER,
    CALLBACK,
    PUT_COMMANDS,
    SHOWN_COMMANDS,
    TOKEN,
    FakeDiscord,
)

pytestmark = pytest.mark.usefixtures("slept")


@dataclass
class Desk:
    """A catalog whose command can be held, and what it was asked."""

    gate: asyncio.Event = field(default_factory=open_gate)
    asked: list[tuple[str, Mapping[str, str], Caller]] = field(default_factory=list)

    def catalog(self) -> Catalog:
        topic = Option(name="topic", help="trade or market", choices=("trade", "market"))
        item = Option(name="item", help="the reference under a card", required=True)
        return Catalog(
            (
                Command(name="latest", help="The latest stories.", run=self._latest, options=(topic,)),
                Command(name="why", help="Why an item was flagged.", run=self._why, options=(item,)),
                Command(name="break", help="Always fails.", run=self._break),
            )
        )

    async def _latest(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        self.asked.append(("latest", arguments, caller))
        await self.gate.wait()
        return Reply(
            title="Latest stories",
            lines=((Run(text="A tariff is paused"),),),
            actions=(Action(label="Why", command="why:0123456789abcdef"),),
        )

    async def _why(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        self.asked.append(("why", arguments, caller))
        return Reply(title=f"Why {arguments['item']}")

    async def _break(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        raise RuntimeError("a secret from inside")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@asynccontextmanager
async def running(chat: DiscordChat, service: FakeDiscord) -> AsyncIterator[asyncio.Task[None]]:
    """The chat, connected; cancelled at the end."""
    task = asyncio.create_task(chat.run())
    await connected(service, task)
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def connected(service: FakeDiscord, task: asyncio.Task[None]) -> None:
    """Wait until the chat listens; raises what ended it where it does not come to that."""
    waiting = asyncio.create_task(service.gateway.ready.wait())
    await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        waiting.cancel()
        task.result()


def chat_of(desk: Desk, *, token: str = TOKEN, work_deadline: float = 25.0) -> DiscordChat:
    return DiscordChat(token, desk.catalog(), work_deadline=work_deadline)


# --- the way of a command ---------------------------------------------------------------------------------------


async def test_acknowledges_before_the_command_finishes(service: FakeDiscord, desk: Desk) -> None:
    desk.gate.clear()
    async with running(chat_of(desk), service):
        interaction = await service.slash("latest", {"topic": "trade"})
        await asyncio.wait_for(interaction.acknowledged.wait(), 10)
        assert interaction.callback == {"type": 5, "data": {"flags": 64}}
        assert not interaction.answered.is_set()
        desk.gate.set()
        assert await answered(interaction) == "Latest stories"
    ((_, arguments, caller),) = desk.asked
    assert arguments == {"topic": "trade"}
    assert (str(caller.user), str(caller.place)) == ("discord:@555", "discord:123")


async def test_in_direct_messages_the_place_is_the_person(service: FakeDiscord, desk: Desk) -> None:
    async with running(chat_of(desk), service):
        await answered(await service.slash("latest", direct=True))
    assert str(desk.asked[0][2].place) == "discord:@555"


async def test_in_a_thread_the_place_is_the_channel_it_belongs_to(service: FakeDiscord, desk: Desk) -> None:
    async with running(chat_of(desk), service):
        await answered(await service.slash("latest", thread=777))
        await answered(await service.slash("latest"))
    ((_, _, within), (_, _, beside)) = desk.asked
    assert (str(within.place), str(within.thread)) == ("discord:123", "discord:777")
    assert (str(beside.place), beside.thread) == ("discord:123", None)


async def test_a_button_is_a_command(service: FakeDiscord, desk: Desk) -> None:
    async with running(chat_of(desk), service):
        first = await service.slash("latest")
        await answered(first)
        assert first.original is not None
        button = first.original["components"][0]["components"][0]
        pressed = await service.press(button["custom_id"], first.original)
        assert await answered(pressed) == "Why 0123456789abcdef"
        assert pressed.callback == {"type": 5, "data": {"flags": 64}}


async def test_a_button_of_something_else_is_left_alone(service: FakeDiscord, desk: Desk) -> None:
    async with running(chat_of(desk), service):
        first = await service.slash("latest")
        await answered(first)
        assert first.original is not None
        other = await service.press("poll:yes", first.original)
        await answered(await service.slash("latest"))
        assert other.callback is None


async def test_a_command_that_the_catalog_does_not_have_is_answered_with_help(
    service: FakeDiscord, desk: Desk
) -> None:
    async with running(chat_of(desk), service):
        assert "no command" in await answered(await service.slash("lates"))


async def test_a_failing_command_apologises_and_says_nothing_of_its_inside(service: FakeDiscord, desk: Desk) -> None:
    with capture_logs() as logs:
        async with running(chat_of(desk), service):
            interaction = await service.slash("break")
            assert await answered(interaction) == "Sorry"
            assert "secret" not in str(interaction.original)
            await answered(await service.slash("latest"))
    assert "command failed" in [entry["event"] for entry in logs]


async def test_a_command_that_hangs_apologises_at_its_deadline(service: FakeDiscord, desk: Desk) -> None:
    desk.gate.clear()
    async with running(chat_of(desk, work_deadline=0.02), service):
        assert await answered(await service.slash("latest")) == "Sorry"


async def test_commands_run_beside_each_other(service: FakeDiscord, desk: Desk) -> None:
    desk.gate.clear()
    async with running(chat_of(desk), service):
        held = await service.slash("latest")
        assert await answered(await service.slash("why", {"item": "x"})) == "Why x"
        assert not held.answered.is_set()
        desk.gate.set()


# --- trouble on the way -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stored", [True, False])
async def test_a_dropped_acknowledgement_is_repeated(service: FakeDiscord, desk: Desk, stored: bool) -> None:
    async with running(chat_of(desk), service):
        service.fail(CALLBACK, Drop(stored=stored))
        assert await answered(await service.slash("latest")) == "Latest stories"
        assert service.count(CALLBACK) == 2


async def test_what_cannot_be_acknowledged_is_not_run(service: FakeDiscord, desk: Desk) -> None:
    with capture_logs() as logs:
        async with running(chat_of(desk), service):
            service.fail(CALLBACK, Reject(status=404, code=10062, message="Unknown interaction"))
            await service.slash("latest")
            await service.called(CALLBACK)
            await answered(await service.slash("why", {"item": "x"}))
    assert [name for name, *_ in desk.asked] == ["why"]
    assert {"HTTP 404, code 10062"} == {entry["error"] for entry in logs if "error" in entry}


async def test_an_answer_waits_for_the_rate_limit(service: FakeDiscord, desk: Desk, slept: list[float]) -> None:
    async with running(chat_of(desk), service):
        service.fail(ANSWER, Reject(status=429, retry_after=1.25), Reject(status=503))
        assert await answered(await service.slash("latest")) == "Latest stories"
    assert 1.25 in slept


async def test_an_answer_that_is_refused_ends_only_itself(service: FakeDiscord, desk: Desk) -> None:
    with capture_logs() as logs:
        async with running(chat_of(desk), service):
            service.fail(ANSWER, Reject(status=400, code=50035))
            lost = await service.slash("latest")
            await service.called(ANSWER)
            await answered(await service.slash("latest"))
            token = lost.event["token"]
    assert "command not answered" in [entry["event"] for entry in logs]
    assert token not in str(logs)


# --- the connection ---------------------------------------------------------------------------------------------


async def test_a_dropped_connection_is_resumed_and_nothing_in_between_is_lost(
    service: FakeDiscord, desk: Desk
) -> None:
    async with running(chat_of(desk), service) as task:
        await service.gateway.drop()
        missed = await service.slash("latest")  # while nobody listens
        await connected(service, task)
        assert await answered(missed) == "Latest stories"
    assert (service.gateway.identified, service.gateway.resumed) == (1, 1)
    assert len(desk.asked) == 1


async def test_a_session_that_discord_forgot_is_begun_again(service: FakeDiscord, desk: Desk) -> None:
    async with running(chat_of(desk), service) as task:
        await service.gateway.invalidate()
        await connected(service, task)
        assert await answered(await service.slash("latest")) == "Latest stories"
    assert (service.gateway.identified, service.gateway.resumed) == (2, 0)


async def test_a_request_to_reconnect_is_followed(service: FakeDiscord, desk: Desk) -> None:
    async with running(chat_of(desk), service) as task:
        await service.gateway.ask_to_reconnect()
        await connected(service, task)
        assert await answered(await service.slash("latest")) == "Latest stories"
    assert service.gateway.resumed == 1


async def test_a_broken_gateway_ends_the_run_and_a_second_run_works(service: FakeDiscord, desk: Desk) -> None:
    chat = chat_of(desk)
    async with running(chat, service) as task:
        await service.gateway.utter("<html>")
        await asyncio.wait({task}, timeout=10)
        assert isinstance(task.exception(), ValueError)
    async with running(chat, service):
        assert await answered(await service.slash("latest")) == "Latest stories"
    assert service.gateway.identified == 2


async def test_a_command_in_the_works_is_answered_before_the_client_goes(service: FakeDiscord, desk: Desk) -> None:
    desk.gate.clear()
    async with running(chat_of(desk), service) as task:
        interaction = await service.slash("latest")
        await interaction.acknowledged.wait()
        task.cancel()
        await asyncio.sleep(0)
        desk.gate.set()
        await asyncio.gather(task, return_exceptions=True)
    assert interaction.answered.is_set()


async def test_a_broken_client_ends_though_the_gateway_never_answers_the_close(
    service: FakeDiscord, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.deliver.discord.session.CLOSE_DEADLINE", 0.05)
    service.gateway.deaf = True
    async with running(chat_of(desk), service) as task:
        await service.gateway.utter("<html>")
        await asyncio.wait({task}, timeout=5)
        assert task.done()


@pytest.mark.parametrize("token", ["wrong.secret.token", "geheim-ä"])
async def test_a_bad_token_is_told_apart_and_never_shown(service: FakeDiscord, desk: Desk, token: str) -> None:
    with pytest.raises(BadToken, match="DISCORD_TOKEN") as caught:
        await chat_of(desk, token=token).run()
    assert token not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_a_token_that_only_the_gateway_refuses_is_a_bad_token_too(service: FakeDiscord, desk: Desk) -> None:
    service.gateway.token = "reset-meanwhile"
    with pytest.raises(BadToken):
        await chat_of(desk).run()


# --- offering the commands --------------------------------------------------------------------------------------


async def test_commands_are_offered_once_and_again_only_when_they_change(service: FakeDiscord, desk: Desk) -> None:
    async with running(chat_of(desk), service):
        assert service.count(PUT_COMMANDS) == 1
    async with running(chat_of(desk), service):
        assert service.count(PUT_COMMANDS) == 1
    shown, of_messages = service.commands
    assert (of_messages["name"], of_messages["type"]) == ("Why this alert?", 3)
    assert [option["name"] for option in shown["options"]] == ["latest", "why", "break"]
    shown["options"][0]["description"] = "Yesterday's words."
    async with running(chat_of(desk), service):
        assert service.count(PUT_COMMANDS) == 2
        assert service.commands[0]["options"][0]["description"] == "The latest stories."


@pytest.mark.parametrize("request_kind", [SHOWN_COMMANDS, PUT_COMMANDS], ids=lambda kind: str(kind[0]))
async def test_commands_that_cannot_be_offered_do_not_end_the_login(
    service: FakeDiscord, desk: Desk, request_kind: tuple[str, str]
) -> None:
    service.fail(request_kind, Reject(status=403, code=50001))
    with capture_logs() as logs:
        async with running(chat_of(desk), service):
            assert await answered(await service.slash("latest")) == "Latest stories"
    assert "commands not offered" in [entry["event"] for entry in logs]
