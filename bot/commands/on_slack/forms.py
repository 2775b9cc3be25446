"""Forms and answers in modals.

A trigger id opens a modal within 3 s (https://docs.slack.dev/surfaces/modals#opening), so a form is opened before
anything is asked of the store. What is sent is checked within Slack's three seconds, so that a mistake stands beside
the input it is in; then the command runs, and its answer takes the form's place. An answer in a modal has buttons
too: what they do takes its place again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.commands.on_slack.answers import Answers
from bot.commands.on_slack.calls import Calls, Work, name_of
from bot.commands.spec import MAX_INPUT, Caller, Command, Mistake, Option
from bot.deliver.card import Reply
from bot.deliver.slack.blocks import Payload
from bot.deliver.slack.client import CALL_ERRORS
from bot.deliver.slack.views import Form, FormInput, filled_in, form_errors, form_view, reply_view

CHECK_WITHIN = 2.0  # seconds before what was sent is acknowledged; what is not found wrong by then is run
OPEN_WITHIN = 3.0  # seconds; a trigger id is good for no longer
UPDATE_WITHIN = 10.0  # seconds

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # seconds, while an acknowledgement is on its way

WORKING = Reply(title="Working…")
DONE = Reply(title="This has been done already.")  # by another process: its answer went elsewhere

Which = dict[str, str | None]  # which view: `view_id` (with `hash`: only as it was then) or `external_id`

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a modal was opened from. It travels in the view itself, so that no restart loses it."""

    channel: str | None = None
    command: str = ""  # of a form
    name: str = ""  # of a form: one modal can hold several, one after the other

    @classmethod
    def of_form(cls, command: Command, channel: str | None) -> Origin:
        return cls(channel, command.name, uuid4().hex)

    def dumped(self) -> str:
        return json.dumps({"channel": self.channel, "command": self.command, "name": self.name})

    @classmethod
    def of(cls, view: Payload) -> Origin:
        try:
            given = json.loads(view.get("private_metadata") or "{}")
            return cls(given.get("channel"), str(given.get("command") or ""), str(given.get("name") or ""))
        except (ValueError, AttributeError):  # a view of another version
            return cls()


class SlackForms:
    """`changed` is called with the person after something was done in a modal; `check_within` is in seconds."""

    def __init__(
        self,
        client: AsyncWebClient,
        calls: Calls,
        answers: Answers,
        *,
        changed: Callable[[str], Awaitable[None]],
        check_within: float = CHECK_WITHIN,
    ) -> None:
        self._client = client
        self._calls = calls
        self._answers = answers
        self._changed = changed
        self._check_within = check_within

    async def open_form(self, trigger: str | None, command: Command, channel: str | None) -> bool:
        """False where Slack did not open it: the command can still be typed."""
        form = form_of(command, Origin.of_form(command, channel))
        return await self._open(trigger, form_view(form)) is not None

    async def run_in_modal(self, body: dict[str, Any], work: Work, asked: str) -> None:
        """Open a modal at once and put the answer into it; where it does not open, the answer is a direct message."""
        opened = await self._open(body.get("trigger_id"), reply_view(WORKING, Origin().dumped()))
        reply = await self._calls.reply_once(name_of(body), work, asked) or DONE
        await self._show({"view_id": opened} if opened else None, reply, body["user"]["id"], Origin())

    # --- listeners: bolt passes arguments by their names ----------------------------------------------------

    async def on_press(self, body: dict[str, Any], value: str) -> None:
        """A button in a modal: what it answers takes the place of the answer that it stands under."""
        view, user = body["view"], body["user"]
        origin = Origin.of(view)
        if form := self._calls.catalog.form(value):
            anew = form_of(form, Origin.of_form(form, origin.channel))
            await self._update({"view_id": view["id"]}, form_view(anew))
            return
        work = partial(self._calls.catalog.press, value, self._caller(user, origin))
        if reply := await self._calls.reply_once(name_of(body), work, value):
            await self._show({"view_id": view["id"]}, reply, user["id"], origin)

    async def on_check(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Say under the form what it would do as it stands; what is newer on the person's screen wins."""
        await ack()
        view, origin = body["view"], Origin.of(body["view"])
        command = self._calls.catalog.by_name.get(origin.command)
        if command is None or self._calls.is_repeat(body):
            return
        said = await self._calls.reply(self._checked(command, view, self._caller(body["user"], origin)), "check")
        as_it_stands = {"view_id": view["id"], "hash": view.get("hash")}
        await self._update(as_it_stands, form_view(form_of(command, origin), said))

    async def on_submit(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """Run the form's command once, with the answer in the form's place."""
        origin = Origin.of(view)
        command = self._calls.catalog.by_name.get(origin.command)
        if command is None or self._calls.is_repeat(body):
            await ack()
            return
        caller = self._caller(body["user"], origin)
        if mistake := await self._mistake(command, view, caller):
            errors = form_errors(form_of(command, origin), mistake.option, mistake.reply)
            await ack(response_action="errors", errors=errors)
            return
        sent = f"sent {view['id']} {origin.name}"
        if not self._calls.is_first(sent):  # a double click: the first one answers
            await ack()
            return
        name = uuid4().hex
        await ack(response_action="update", view=reply_view(WORKING, origin.dumped(), known_as=name))
        work = partial(self._calls.catalog.run, command.name, filled_in(view), caller)
        reply = await self._calls.reply_once(sent, work, command.name) or DONE
        await self._show({"external_id": name}, reply, body["user"]["id"], origin)

    # --- parts ----------------------------------------------------------------------------------------------

    def _caller(self, user: dict[str, Any], origin: Origin) -> Caller:
        return self._calls.caller(user["id"], user.get("name") or user.get("username"), origin.channel)

    async def _checked(self, command: Command, view: Payload, caller: Caller) -> Reply:
        try:
            return await self._calls.catalog.check(command.name, filled_in(view), caller)
        except Mistake as mistake:
            return mistake.reply

    async def _mistake(self, command: Command, view: Payload, caller: Caller) -> Mistake | None:
        """What is wrong with what was sent, as far as that shows in time: running it finds the rest."""
        try:
            async with asyncio.timeout(self._check_within):
                await self._calls.catalog.check(command.name, filled_in(view), caller)
        except Mistake as mistake:
            return mistake
        except TimeoutError:
            log.info("slack.check_too_slow", command=command.name, seconds=self._check_within)
        except Exception:
            log.exception("slack.check_failed", command=command.name)
        return None

    async def _show(self, where: Which | None, reply: Reply, user: str, origin: Origin) -> None:
        asker = self._answers.asker(user, origin.channel, None)
        reply = await self._answers.with_file_sent(asker, reply)
        if where is None or not await self._update(where, reply_view(reply, origin.dumped())):
            await self._answers.answer(asker, reply)  # closed by the person, or never opened
        await self._changed(user)

    async def _open(self, trigger: str | None, view: Payload) -> str | None:
        """The id of the view that was opened."""
        try:
            async with asyncio.timeout(OPEN_WITHIN):
                answer = await self._client.views_open(trigger_id=trigger, view=view)
                return str(answer["view"]["id"])
        except CALL_ERRORS as error:
            log.warning("slack.modal_not_opened", problem=_problem(error))
            return None

    async def _update(self, which: Which, view: Payload) -> bool:
        """A view that is known by its external id is waited for: it is there when our acknowledgement has arrived,
        and what is put in its place before that would be overwritten by it.
        """
        pauses = iter(PAUSES if "external_id" in which else ())
        while True:
            try:
                async with asyncio.timeout(UPDATE_WITHIN):
                    await self._client.views_update(view=view, **which)
            except CALL_ERRORS as error:
                problem, pause = _problem(error), next(pauses, None)
                if problem != "not_found" or pause is None:
                    log.info("slack.modal_not_updated", problem=problem)
                    return False
                await asyncio.sleep(pause)
            else:
                return True


def form_of(command: Command, origin: Origin) -> Form:
    """The inputs of a form are the options of its command."""
    first = next((option.name for option in command.options if option.required and not option.choices), "")
    return Form(
        title=f"/wire {command.name}",
        help=command.help,
        inputs=tuple(_input(option, checked=option.name == first) for option in command.options),
        submit=command.name.capitalize(),
        metadata=origin.dumped(),
    )


def _input(option: Option, *, checked: bool) -> FormInput:
    return FormInput(
        name=option.name,
        help=option.help,
        choices=option.choices,
        required=option.required,
        checked=checked,
        longest=MAX_INPUT,
    )


def _problem(error: Exception) -> str:
    data = getattr(error.response, "data", None) if isinstance(error, SlackApiError) else None
    return str(data.get("error")) if isinstance(data, dict) else type(error).__name__
