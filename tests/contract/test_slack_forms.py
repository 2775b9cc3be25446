"""The form for subscribing on Slack: opened at once, checked in time, run once, its answer in its place."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.commands.on_slack import forms as on_slack_forms
from tests.fakes.slack_desk import chat_of, running
from tests.fakes.slack_service import ApiError, Garbage, ServerError, SlackService
from tests.fakes.slack_setups import Setups


@pytest.fixture
def desk() -> Setups:
    return Setups()


# --- opening ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["subscribe", " Subscribe "])
async def test_the_command_without_what_it_needs_opens_its_form(slack: SlackService, desk: Setups, text: str) -> None:
    desk.store.clear()  # nothing is asked of it
    async with running(chat_of(slack, desk)):
        asked = await slack.people.command(text)
        form = await slack.views.opened(asked)
    inputs = {block["block_id"]: block for block in form.view["blocks"] if block["type"] == "input"}
    assert list(inputs) == ["option:query", "option:where"]
    assert [block["optional"] for block in inputs.values()] == [False, True]
    assert [option["value"] for option in inputs["option:where"]["element"]["options"]] == ["here", "dm"]
    assert asked.answers == []


async def test_a_button_opens_the_form_too(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.press("subscribe:"))
    assert form.view["callback_id"] == "wire-form"


async def test_with_a_query_there_is_no_form(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("subscribe tariff*"))
    assert answer["text"].startswith("You are subscribed")
    assert slack.views.by_id == {}


async def test_where_slack_opens_no_form_the_help_is_the_answer(slack: SlackService, desk: Setups) -> None:
    slack.fail("views.open", ApiError("expired_trigger_id"))
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("subscribe"))
    assert "“query” is missing" in answer["text"]


# --- checking -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["wire-check:button", "wire-check:query"])
async def test_a_check_says_under_the_form_what_would_happen(slack: SlackService, desk: Setups, action: str) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        ids = [block.get("block_id") for block in form.view["blocks"] if block["type"] == "input"]
        await slack.views.press(form, action, query="tariff*")
        await slack.views.shows(form, "214 of 1,930")
        await slack.views.press(form, action, query="tariff* (")
        await slack.views.shows(form, "The bracket is not closed.")
    assert "214 of 1,930" not in form.text()
    assert [block.get("block_id") for block in form.view["blocks"] if block["type"] == "input"] == ids
    assert desk.made == []


async def test_a_check_without_a_query_says_what_is_missing(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        await slack.views.press(form, "wire-check:button")
        await slack.views.shows(form, "“query” is missing")


async def test_an_older_check_does_not_overwrite_a_newer_one(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        desk.store.clear()
        old = await slack.views.press(form, "wire-check:button", query="tariff* (")
        await slack.people.acknowledged(old)
        form.version += 1  # what a newer check has shown
        desk.store.set()
        await slack.people.until(lambda: "views.update" in [method for method, _ in slack.calls], "an update")
    assert "not closed" not in form.text()


# --- sending ------------------------------------------------------------------------------------------------


async def test_what_is_sent_is_run_for_the_channel_the_form_was_opened_in(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe", channel="C0999"))
        await slack.views.submit(form, query="tariff*", where="dm")
        await slack.views.shows(form, "You are subscribed: tariff*")
    ((arguments, caller),) = desk.made
    assert (arguments, str(caller.place), str(caller.user)) == (
        {"query": "tariff*", "where": "dm"},
        "slack:C0999",
        "slack:@U0123",
    )


@pytest.mark.parametrize(
    ("query", "where", "place", "said"),
    [("tariff* (", "dm", "option:query", "tariff* (◀"), ("tariff*", "here", "option:where", "Only who manages")],
)
async def test_a_mistake_stands_beside_the_input_it_is_in_and_can_be_put_right(
    slack: SlackService, desk: Setups, query: str, where: str, place: str, said: str
) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        await slack.views.submit(form, query=query, where=where)
        assert list(form.errors) == [place]
        assert said in form.errors[place]
        await slack.views.submit(form, query="tariff*")
        await slack.views.shows(form, "You are subscribed")
    assert len(desk.made) == 1


async def test_a_form_that_is_sent_after_a_restart_is_run(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe", channel="C0999"))
    async with running(chat_of(slack, desk)):
        await slack.people.connected(greetings=2)
        await slack.views.submit(form, query="tariff*")
        await slack.views.shows(form, "You are subscribed")
    assert str(desk.made[0][1].place) == "slack:C0999"


async def test_a_form_that_is_sent_twice_is_run_once(slack: SlackService, desk: Setups) -> None:
    conversation = slack.add_channel(slack.add_person("U0123"))
    slack.add_channel("C0123", member=False)
    desk.store.clear()
    async with running(chat_of(slack, desk, check_within=0.01)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        first = form.payload({"query": "tariff*"})
        sent = await slack.views.submit(form, query="tariff*")
        again = {**sent.payload, "view": first, "trigger_id": slack.views.trigger("U0123")}
        await slack.people.acknowledged(await slack.people.interact(again))
        await slack.people.redeliver(sent)
        await slack.people.acknowledged(sent, times=2)
        desk.store.set()
        await slack.views.shows(form, "You are subscribed")
        await slack.people.answer(await slack.people.command("list"))
    assert len(desk.made) == 1
    assert conversation.messages == []


async def test_a_slow_store_does_not_hold_the_acknowledgement(slack: SlackService, desk: Setups) -> None:
    desk.store.clear()
    async with running(chat_of(slack, desk, check_within=0.01)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        await slack.views.submit(form, query="tariff*")  # returns when it is acknowledged
        assert "Working" in form.text()
        desk.store.set()
        await slack.views.shows(form, "You are subscribed")


async def test_what_the_check_had_no_time_to_find_wrong_the_answer_says(slack: SlackService, desk: Setups) -> None:
    desk.store.clear()
    async with running(chat_of(slack, desk, check_within=0.01)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        await slack.views.submit(form, query="tariff* (")
        desk.store.set()
        await slack.views.shows(form, "The bracket is not closed.")
    assert desk.made == []


async def test_a_store_that_fails_is_an_apology_in_the_form(slack: SlackService, desk: Setups) -> None:
    desk.broken = True
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            form = await slack.views.opened(await slack.people.command("subscribe"))
            await slack.views.submit(form, query="tariff*")
            await slack.views.shows(form, "Something went wrong")
    assert {"slack.check_failed", "slack.command_failed"} <= {line["event"] for line in logs}


@pytest.mark.parametrize("closed", [True, False])
async def test_an_answer_that_the_form_does_not_take_is_an_ephemeral_message(
    slack: SlackService, desk: Setups, closed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_slack_forms, "PAUSES", (0.001, 0.002))
    slack.add_channel("C0123")
    desk.store.clear()
    async with running(chat_of(slack, desk, check_within=0.01)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        await slack.views.submit(form, query="tariff*")
        if closed:
            slack.views.close(form)
        else:
            slack.fail("views.update", ServerError(503))
        desk.store.set()
        await slack.people.until(lambda: bool(slack.ephemeral), "an ephemeral message")
    assert [(channel, body["text"]) for channel, _, body in slack.ephemeral] == [
        ("C0123", "You are subscribed: tariff*")
    ]


async def test_buttons_of_the_answer_work_in_its_place(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        await slack.views.submit(form, query="tariff*")
        await slack.views.shows(form, "End it")
        await slack.views.press(form, "wire:1", value="subscribe:")
        await slack.views.shows(form, "option:query")
        await slack.views.press(form, "wire:0", value="unsubscribe:0")
        await slack.views.shows(form, "Ended: tariff*")
    assert desk.names == []


async def test_a_second_form_in_the_same_modal_is_run_too(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        await slack.views.submit(form, query="tariff*")
        await slack.views.shows(form, "Another")
        await slack.views.press(form, "wire:1", value="subscribe:")
        await slack.views.shows(form, "option:query")
        await slack.views.press(form, "wire-check:button", query="quota*")
        await slack.views.shows(form, "214 of 1,930")
        await slack.views.submit(form, query="quota*")
        await slack.views.shows(form, "You are subscribed: quota*")
    assert desk.names == ["tariff*", "quota*"]


NO_SLACK = ["<html>captive portal</html>", "[1]", '"x"', '{"ok": true}', '{"ok": true, "view": null}']


@pytest.mark.parametrize("body", NO_SLACK)
async def test_an_answer_that_is_not_slacks_opens_no_form_and_the_help_is_the_answer(
    slack: SlackService, desk: Setups, body: str
) -> None:
    slack.fail("views.open", Garbage(body, "application/json"))
    async with running(chat_of(slack, desk)):
        answer = await slack.people.answer(await slack.people.command("subscribe"))
    assert "“query” is missing" in answer["text"]


async def test_an_answer_that_is_not_slacks_does_not_swallow_ours(slack: SlackService, desk: Setups) -> None:
    slack.add_channel("C0123")
    async with running(chat_of(slack, desk)):
        form = await slack.views.opened(await slack.people.command("subscribe"))
        slack.fail("views.update", Garbage("[1]", "application/json"))
        await slack.views.submit(form, query="tariff*")
        await slack.people.until(lambda: bool(slack.ephemeral), "an ephemeral message")
    assert [body["text"] for _, _, body in slack.ephemeral] == ["You are subscribed: tariff*"]
