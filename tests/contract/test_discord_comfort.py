"""What Discord has beside slash commands: suggestions, menus, pictures, files, and a command on every message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from structlog.testing import capture_logs

from bot.commands.on_discord.chat import DiscordChat
from bot.commands.on_discord.offer import WHY
from bot.commands.spec import Caller, Catalog, Command, Option
from bot.deliver.card import Action, File, Menu, Reply
from tests.contract.discord_room import answered, open_gate
from tests.fakes.discord_faults import Drop, Reject
from tests.fakes.discord_people import Interaction
from tests.fakes.discord_service import ANSWER, CALLBACK, TOKEN, FakeDiscord

pytestmark = pytest.mark.usefixtures("slept")

PNG = File(name="today.png", content=b"\x89PNG of today", alt="12 alerts today")
OPML = File(name="sources.opml", content=b"<opml/>")


@dataclass
class Desk:
    """Commands that suggest, offer a menu and send files, and what they were asked."""

    gate: asyncio.Event = field(default_factory=open_gate)
    values: Sequence[str] = ("tariffs", "talks")
    asked: list[tuple[str, Mapping[str, str], Caller]] = field(default_factory=list)
    typed: list[tuple[str, Caller]] = field(default_factory=list)

    def catalog(self) -> Catalog:
        query = Option(name="query", help="what to look for", suggest=self._suggest)
        country = Option(name="country", help="which", choices=tuple(f"Country {n}" for n in range(40)))
        return Catalog(
            (
                Command(name="search", help="Look for it.", run=self._search, options=(query, country)),
                Command(name="why", help="Why.", run=self._why, options=(Option(name="item", help="which"),)),
                Command(name="summary", help="A picture.", run=self._summary),
            )
        )

    async def _suggest(self, caller: Caller, typed: str) -> Sequence[str]:
        self.typed.append((typed, caller))
        await self.gate.wait()
        if typed == "break":
            raise RuntimeError("the store is on fire")
        return self.values

    async def _search(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        self.asked.append(("search", arguments, caller))
        menu = Menu(label="Why", choices=(("The first", "why:1111"), ("The second", "why:2222")))
        return Reply(title="Found", menu=menu, actions=(Action(label="Why", command="why:1111"),))

    async def _why(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        self.asked.append(("why", arguments, caller))
        return Reply(title=f"Why {arguments['item']}")

    async def _summary(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return Reply(title="Today", picture=PNG, file=OPML)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@asynccontextmanager
async def running(service: FakeDiscord, desk: Desk, *, suggest_within: float = 20.0) -> AsyncIterator[None]:
    task = asyncio.create_task(DiscordChat(TOKEN, desk.catalog(), suggest_within=suggest_within).run())
    await asyncio.wait_for(service.gateway.ready.wait(), 10)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def suggested(interaction: Interaction) -> list[str]:
    await asyncio.wait_for(interaction.acknowledged.wait(), 10)
    assert interaction.callback is not None
    assert interaction.callback["type"] == 8
    choices = interaction.callback["data"]["choices"]
    assert all(choice["name"] == choice["value"] for choice in choices)
    return [choice["value"] for choice in choices]


# --- while somebody types ---------------------------------------------------------------------------------------


async def test_values_are_suggested_for_the_option_in_focus(service: FakeDiscord, desk: Desk) -> None:
    async with running(service, desk):
        assert await suggested(await service.type("search", "query", "ta")) == ["tariffs", "talks"]
        ((typed, caller),) = desk.typed
    assert (typed, str(caller.user), str(caller.place), caller.locale) == (
        "ta",
        "discord:@555",
        "discord:123",
        "en-GB",
    )


async def test_more_choices_than_discord_lists_are_suggested(service: FakeDiscord, desk: Desk) -> None:
    async with running(service, desk):
        found = await suggested(await service.type("search", "country", "y 3", before={"query": "x"}))
        everything = await suggested(await service.type("search", "country", ""))
        (wire, _) = service.commands
    assert found == ["Country 3", *(f"Country {n}" for n in range(30, 40))]
    assert len(everything) == 25
    assert [option["autocomplete"] for option in wire["options"][0]["options"]] == [True, True]


async def test_a_slow_store_gives_an_empty_list_in_time(service: FakeDiscord, desk: Desk) -> None:
    desk.gate.clear()
    with capture_logs() as logs:
        async with running(service, desk, suggest_within=0.05):
            assert await suggested(await service.type("search", "query", "ta")) == []
    assert "suggestions took too long" in [line["event"] for line in logs]


async def test_suggestions_that_fail_are_an_empty_list_and_a_line_in_the_log(
    service: FakeDiscord, desk: Desk
) -> None:
    with capture_logs() as logs:
        async with running(service, desk):
            assert await suggested(await service.type("search", "query", "break")) == []
            assert await suggested(await service.type("search", "query", "ta")) == ["tariffs", "talks"]
    assert "suggestions failed" in [line["event"] for line in logs]


async def test_what_discord_would_not_take_is_not_suggested(service: FakeDiscord, desk: Desk) -> None:
    desk.values = ["", " ", "x" * 101, "a\u202eb", "fits", "fits", *(f"v{n}" for n in range(40))]
    async with running(service, desk):
        found = await suggested(await service.type("search", "query", ""))
    assert found == ["fits", *(f"v{n}" for n in range(24))]


async def test_of_a_command_or_option_that_is_not_there_nothing_is_suggested(
    service: FakeDiscord, desk: Desk
) -> None:
    async with running(service, desk):
        assert await suggested(await service.type("searhc", "query", "")) == []
        assert await suggested(await service.type("search", "qery", "")) == []


@pytest.mark.parametrize("fault", [Drop(stored=False), Reject(status=404, code=10062)], ids=repr)
async def test_suggestions_that_come_too_late_end_nothing(
    service: FakeDiscord, desk: Desk, fault: Drop | Reject
) -> None:
    async with running(service, desk):
        service.fail(CALLBACK, fault)
        await service.type("search", "query", "ta")
        await service.called(CALLBACK)
        assert await answered(await service.slash("search")) == "Found"


# --- menus ------------------------------------------------------------------------------------------------------


async def test_what_is_chosen_is_run_after_a_restart_too(service: FakeDiscord, desk: Desk) -> None:
    async with running(service, desk):
        first = await service.slash("search")
        await answered(first)
    assert first.original is not None
    async with running(service, desk):
        chosen = await service.choose("why:2222", first.original)
        assert await answered(chosen) == "Why 2222"
        assert chosen.callback == {"type": 5, "data": {"flags": 64}}


# --- pictures and files -----------------------------------------------------------------------------------------


async def test_a_picture_and_a_file_are_attached(service: FakeDiscord, desk: Desk) -> None:
    async with running(service, desk):
        interaction = await service.slash("summary")
        await answered(interaction)
    sent = [call for call in service.calls if call.files]
    assert [call.files for call in sent] == [{"1-today.png": PNG.content, "2-sources.opml": OPML.content}]
    assert sent[0].body["embeds"][0]["image"] == {"url": "attachment://1-today.png"}
    described = {part["filename"]: part.get("description") for part in sent[0].body["attachments"]}
    assert described == {"1-today.png": PNG.alt, "2-sources.opml": None}


async def test_a_picture_with_a_long_description_is_shown_all_the_same(
    service: FakeDiscord, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.PNG", replace(PNG, alt="12 alerts\u202e today, " * 200))
    async with running(service, desk):
        interaction = await service.slash("summary")
        await answered(interaction)
    assert set(interaction.files) == {"1-today.png", "2-sources.opml"}


async def test_attachments_that_discord_refuses_leave_the_text_and_what_the_picture_shows(
    service: FakeDiscord, desk: Desk
) -> None:
    service.max_upload = 5
    with capture_logs() as logs:
        async with running(service, desk):
            interaction = await service.slash("summary")
            assert await answered(interaction) == "Today"
    assert interaction.original is not None
    text = interaction.original["embeds"][0]["description"]
    assert PNG.alt in text
    assert "sources.opml could not be sent" in text
    assert interaction.files == {}
    assert "attachment refused" in [line["event"] for line in logs]


async def test_a_rate_limit_keeps_the_attachments(service: FakeDiscord, desk: Desk) -> None:
    async with running(service, desk):
        service.fail(ANSWER, Reject(status=429, retry_after=0.5), Reject(status=503))
        interaction = await service.slash("summary")
        await answered(interaction)
    assert set(interaction.files) == {"1-today.png", "2-sources.opml"}


# --- on a message -----------------------------------------------------------------------------------------------


async def test_why_is_asked_of_a_message_by_its_button(service: FakeDiscord, desk: Desk) -> None:
    async with running(service, desk):
        first = await service.slash("search")
        await answered(first)
        assert first.original is not None
        assert await answered(await service.ask_of(first.original, WHY)) == "Why 1111"


async def test_of_a_message_without_the_button_the_link_is_asked_about(service: FakeDiscord, desk: Desk) -> None:
    async with running(service, desk):
        bare = {"id": "4242", "content": "hello", "components": []}
        title = await answered(await service.ask_of(bare, WHY))
    assert title.replace("\\", "") == "Why https://discord.com/channels/700/123/4242"
