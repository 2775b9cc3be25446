"""Discord's gateway in the wild: closed with every code, silent, forgetful, malformed; over real sockets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from bot.commands.on_discord.chat import DiscordChat
from bot.commands.on_discord.gateway import SESSIONS_AN_HOUR, TooManySessions
from bot.commands.once import Take, alone
from bot.commands.spec import Caller, Catalog, Command
from bot.deliver.card import Reply
from bot.deliver.discord.session import BadToken, Shards
from bot.deliver.ports import Closed
from tests.contract.discord_room import answered
from tests.fakes.discord_faults import Drop, Reject
from tests.fakes.discord_gateway import NEVER_MS
from tests.fakes.discord_service import ANSWER, CALLBACK, TOKEN, FakeDiscord
from tests.fakes.reports import Heard

pytestmark = pytest.mark.usefixtures("slept")

CONNECTED = "connected as tradewire"
LOST = "the connection was lost; connecting again"


@dataclass
class Desk:
    """A catalog that counts."""

    asked: list[Caller] = field(default_factory=list)

    @property
    def catalog(self) -> Catalog:
        return Catalog((Command(name="latest", help="The latest stories.", run=self._latest),))

    async def _latest(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        self.asked.append(caller)
        return Reply(title="Latest stories")


@dataclass
class Line:
    """A chat that runs, and what it says of itself."""

    service: FakeDiscord
    desk: Desk
    heard: Heard
    task: asyncio.Task[None]

    async def asks(self) -> str:
        return await answered(await self.service.slash("latest"))


@asynccontextmanager
async def connected(
    service: FakeDiscord, *, heartbeat_timeout: float = 60.0, patience: float = 60.0, take: Take = alone
) -> AsyncIterator[Line]:
    desk, heard = Desk(), Heard()
    chat = DiscordChat(
        TOKEN,
        desk.catalog,
        report=heard,
        heartbeat_timeout=heartbeat_timeout,
        patience=patience,
        take=take,
    )
    task = asyncio.create_task(chat.run())
    try:
        await heard.until(True, CONNECTED)
        yield Line(service, desk, heard, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def end_of(line: Line) -> BaseException | None:
    await asyncio.wait({line.task}, timeout=20)
    return line.task.exception()


# --- closed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009])
async def test_a_close_that_passes_is_followed_by_a_resume_and_nothing_in_between_is_lost(
    service: FakeDiscord, code: int
) -> None:
    async with connected(service) as line:
        if code == 1006:  # no farewell at all: the code is the client's own word for it
            await service.gateway.drop()
        else:
            await service.gateway.close(code)
        missed = await service.slash("latest")
        assert await answered(missed) == "Latest stories"
        await line.heard.times(2, True, CONNECTED)
    assert (False, LOST) in line.heard.said
    assert (service.gateway.identified, service.gateway.resumed) == (1, 1)
    assert len(line.desk.asked) == 1


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        (4010, "discord_shard_ids"),
        (4011, "discord_shards"),
        (4012, "update Tradewire"),
        (4013, "update Tradewire"),
        (4014, "Privileged Gateway Intents"),
    ],
)
@pytest.mark.parametrize("shards", [None, Shards(1)])
async def test_a_close_that_needs_a_person_ends_the_run_with_the_cure(
    service: FakeDiscord, code: int, cure: str, shards: Shards | None
) -> None:
    service.gateway.refuses = code
    with pytest.raises(Closed, match=cure):
        await DiscordChat(TOKEN, Desk().catalog, shards=shards).run()
    assert service.gateway.identified == 1, "and it is not tried again at once"


async def test_a_token_that_was_reset_while_connected_ends_the_run_with_the_cure(service: FakeDiscord) -> None:
    async with connected(service) as line:
        await service.gateway.close(4004)
        error = await end_of(line)
    assert isinstance(error, BadToken)


# --- silent, forgetful ----------------------------------------------------------------------------------------


async def test_a_gateway_that_falls_silent_is_left_for_another_connection(service: FakeDiscord) -> None:
    service.gateway.interval_ms = NEVER_MS
    async with connected(service, heartbeat_timeout=0.3) as line:
        service.gateway.zombie = True
        await line.heard.times(1, False, LOST)
        service.gateway.zombie = False
        await line.heard.times(2, True, CONNECTED)
    assert service.gateway.identified == 1
    assert service.gateway.resumed >= 1


async def test_a_client_that_stays_without_a_connection_is_given_up(service: FakeDiscord) -> None:
    service.gateway.interval_ms = NEVER_MS
    async with connected(service, patience=0.2) as line:
        service.gateway.zombie = True
        await service.gateway.drop()
        error = await end_of(line)
    assert isinstance(error, ConnectionError)
    assert "no connection for 0.2 s" in str(error)


async def test_sessions_that_discord_forgets_at_once_are_not_begun_without_end(service: FakeDiscord) -> None:
    service.gateway.forgetful, service.gateway.interval_ms = True, NEVER_MS
    chat = DiscordChat(TOKEN, Desk().catalog)
    with pytest.raises(TooManySessions):
        await chat.run()
    most = SESSIONS_AN_HOUR + 1
    assert service.gateway.identified == most
    with pytest.raises(TooManySessions):
        await chat.run()  # and starting again does not begin from nothing
    assert service.gateway.identified == most


async def test_an_invalid_session_that_can_be_resumed_is_resumed(service: FakeDiscord) -> None:
    async with connected(service) as line:
        await service.gateway.say({"op": 9, "d": True})
        assert await line.asks() == "Latest stories"
    assert (service.gateway.identified, service.gateway.resumed) == (1, 1)


# --- nonsense -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("GUILD_CREATE", {"broken": True}),
        ("GUILD_UPDATE", {}),
        ("CHANNEL_UPDATE", {"id": "no number"}),
        ("INTERACTION_CREATE", {"id": "1"}),
        ("INTERACTION_CREATE", {"id": None, "type": "two"}),
        ("TOMORROWS_EVENT", {"id": "1"}),
        ("THREAD_CREATE", {}),
        ("RESUMED", {}),
    ],
)
async def test_a_malformed_or_unknown_event_costs_neither_the_connection_nor_the_next_command(
    service: FakeDiscord, event: str, data: dict[str, object]
) -> None:
    async with connected(service) as line:
        await service.gateway.dispatch(event, data)
        assert await line.asks() == "Latest stories"
    assert (service.gateway.identified, service.gateway.resumed) == (1, 0)


@pytest.mark.parametrize("payload", [{"op": 99, "d": None}, {"d": 1}, {"op": 11, "d": {"much": "more"}}])
async def test_an_unknown_opcode_is_passed_over(service: FakeDiscord, payload: dict[str, object]) -> None:
    async with connected(service) as line:
        await service.gateway.say(payload)
        assert await line.asks() == "Latest stories"
    assert service.gateway.identified == 1


@pytest.mark.parametrize("text", ["{", "", "[]", '{"op": 0, "t": "READY", "s": 9, "d": {}}'])
async def test_what_is_no_message_ends_the_run_and_the_next_one_works(service: FakeDiscord, text: str) -> None:
    async with connected(service) as line:
        await service.gateway.utter(text)
        assert await end_of(line) is not None
    async with connected(service) as again:
        assert await again.asks() == "Latest stories"


async def test_a_huge_event_is_survived(service: FakeDiscord) -> None:
    async with connected(service) as line:
        await service.gateway.dispatch("TOMORROWS_EVENT", {"name": "x" * 4_000_000})
        assert await line.asks() == "Latest stories"


# --- twice, and too late --------------------------------------------------------------------------------------


async def test_an_interaction_that_a_resume_delivers_again_is_done_once(service: FakeDiscord) -> None:
    async with connected(service) as line:
        asked = await service.slash("latest")
        await answered(asked)
        await service.gateway.drop()
        await line.heard.times(2, True, CONNECTED)
        await service.gateway.repeat("INTERACTION_CREATE", asked.event)
        assert await line.asks() == "Latest stories"
    assert len(line.desk.asked) == 2
    assert service.count(CALLBACK) == 2, "Discord is not even asked about the second delivery"


async def test_an_interaction_that_comes_after_its_three_seconds_is_not_done(service: FakeDiscord) -> None:
    """As after a long resume: Discord has told the person that nobody answers, and knows the interaction no more."""
    async with connected(service) as line:
        service.fail(CALLBACK, Reject(status=404, code=10062, message="Unknown interaction"))
        await service.slash("latest")
        await service.called(CALLBACK)
        assert await line.asks() == "Latest stories"
    assert len(line.desk.asked) == 1


async def test_an_answer_whose_token_has_expired_is_given_up_at_once(service: FakeDiscord) -> None:
    async with connected(service) as line:
        service.fail(ANSWER, Reject(status=401, code=50027, message="Invalid Webhook Token"))
        with capture_logs() as logs:
            late = await service.slash("latest")
            await service.called(ANSWER)
            assert await line.asks() == "Latest stories"
    assert not late.answered.is_set()
    assert service.count(ANSWER) == 2
    assert [line["error"] for line in logs if line["event"] == "command not answered"] == ["HTTP 401, code 50027"]


async def test_of_two_processes_with_one_token_one_answers(service: FakeDiscord) -> None:
    """Each gets every interaction; the acknowledgement is the first's, also where its answer was lost."""
    taken: set[str] = set()

    async def take(name: str) -> bool:
        assert re.fullmatch(r"discord:\d+", name)
        first = name not in taken
        taken.add(name)
        return first

    with capture_logs() as logs:
        async with connected(service, take=take) as one, connected(service, take=take) as other:
            service.fail(CALLBACK, Drop(stored=True), Drop(stored=True))
            assert await one.asks() == "Latest stories"
            assert await other.asks() == "Latest stories"
    assert len(one.desk.asked) + len(other.desk.asked) == 2
    assert "warning" not in {line["log_level"] for line in logs}
