"""A desk whose commands can be watched, and the two ways its SlackChat is run in tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from aiohttp import web

from bot.commands.on_slack.chat import SlackChat
from bot.commands.on_slack.socket import MAX_AGE
from bot.commands.once import Take, alone
from bot.commands.spec import Caller, Catalog, Command, Option
from bot.deliver.card import Action, Reply
from bot.observe.health import Report, unheard
from tests.fakes.slack_service import SlackService

CALM = 5.0  # seconds between pings: no busy machine takes a live socket for a deaf one
NERVOUS = 0.2  # where the test is about a socket that dies


class Desk:
    """A catalog whose commands remember who asked, and hang or fail when told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Caller]] = []
        self.hangs = asyncio.Event()  # set once a command hangs, until `go`
        self.go = asyncio.Event()
        self.was_cut = False
        options = (Option(name="what", help="anything"),)
        self.catalog = Catalog(
            tuple(
                Command(name=name, help=f"{name} it", run=run, options=options)
                for name, run in (
                    ("say", self._say),
                    ("hang", self._hang),
                    ("fail", self._fail),
                )
            )
        )

    async def _say(self, caller: Caller, options: Mapping[str, str]) -> Reply:
        self.asked.append((options.get("what", ""), caller))
        action = Action(label="Again", command="say:again")
        return Reply(title=f"You said {options.get('what', 'nothing')}", actions=(action,))

    async def _hang(self, caller: Caller, options: Mapping[str, str]) -> Reply:
        self.hangs.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.was_cut = True
            raise
        return Reply(title="Done at last")

    async def _fail(self, caller: Caller, options: Mapping[str, str]) -> Reply:
        raise RuntimeError("the store is on fire")


class HasCatalog(Protocol):
    @property
    def catalog(self) -> Catalog: ...


def chat_of(
    slack: SlackService,
    desk: HasCatalog,
    *,
    answer_within: float = 20.0,
    check_within: float = 20.0,
    ping_interval: float = CALM,
    max_age: float = MAX_AGE,
    report: Report = unheard,
    take: Take = alone,
) -> SlackChat:
    return SlackChat(
        catalog=desk.catalog,
        bot_token=slack.bot_token,
        app_token=slack.app_token,
        signing_secret=slack.signing_secret,
        api_url=slack.api_url,
        answer_within=answer_within,
        check_within=check_within,
        picture_pause=0.0,
        ping_interval=ping_interval,
        retry_pause=0.01,
        max_age=max_age,
        report=report,
        take=take,
    )


@asynccontextmanager
async def running(chat: SlackChat) -> AsyncIterator[None]:
    task = asyncio.create_task(chat.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def served(chat: SlackChat) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/slack/events", chat.handle_http)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await runner.cleanup()
