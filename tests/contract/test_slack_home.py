"""App Home on Slack: made when it is opened, changed by its own buttons, made anew after each change."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from tests.fakes.slack_desk import chat_of, running
from tests.fakes.slack_service import ApiError, Garbage, SlackService
from tests.fakes.slack_setups import Setups


@pytest.fixture
def desk() -> Setups:
    return Setups()


async def test_opening_it_shows_what_one_has_set_up(slack: SlackService, desk: Setups) -> None:
    desk.names = ["tariff*", "<!channel> *quota*"]
    async with running(chat_of(slack, desk)):
        await slack.people.open_home()
        page = await slack.views.home("U0123")
    rows = [block["text"] for block in page["blocks"] if block["type"] == "section"]
    assert [row["text"] for row in rows] == ["tariff*", "<!channel> *quota*", "topic market"]
    assert {row["type"] for row in rows} == {"plain_text"}
    assert "Of slack:@U0123" in str(page)


async def test_opening_the_messages_tab_shows_nothing_new(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        await slack.people.acknowledged(await slack.people.open_home(tab="messages"))
        await slack.people.answer(await slack.people.command("list"))
    assert slack.views.published == 0


async def test_an_event_that_is_delivered_twice_is_one(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        opened = await slack.people.open_home()
        await slack.views.home("U0123")
        await slack.people.redeliver(opened)
        await slack.people.acknowledged(opened, times=2)
        await slack.people.answer(await slack.people.command("list"))
    assert slack.views.published == 1


async def test_a_hundred_subscriptions_are_a_page_that_slack_takes_and_the_rest_is_counted(
    slack: SlackService, desk: Setups
) -> None:
    desk.names = [f"query {number}" for number in range(100)]
    async with running(chat_of(slack, desk)):
        await slack.people.open_home()
        page = await slack.views.home("U0123")
    rows = [block["text"]["text"] for block in page["blocks"] if block["type"] == "section"]
    shown = [row for row in rows if row.startswith("query")]
    assert shown == desk.names[: len(shown)]
    assert 60 < len(shown) < 100
    assert f"{100 - len(shown)} more are not listed here" in str(page)
    assert rows[-1] == "topic market"


async def test_what_ends_a_thing_is_run_in_a_modal_and_the_page_is_made_anew(
    slack: SlackService, desk: Setups
) -> None:
    desk.names = ["tariff*", "quota*"]
    async with running(chat_of(slack, desk)):
        await slack.people.open_home()
        await slack.views.home("U0123")
        pressed = await slack.views.press_home("U0123", "End 0")
        shown = await slack.views.opened(pressed)
        await slack.views.shows(shown, "Ended: tariff*")
        page = await slack.views.home("U0123", times=2)
    assert "tariff*" not in str(page)
    assert "quota*" in str(page)


async def test_pressing_twice_ends_one_thing(slack: SlackService, desk: Setups) -> None:
    desk.names = ["tariff*", "quota*"]
    async with running(chat_of(slack, desk)):
        await slack.people.open_home()
        await slack.views.home("U0123")
        pressed = await slack.views.press_home("U0123", "End 0")
        await slack.people.redeliver(pressed)
        await slack.people.acknowledged(pressed, times=2)
        await slack.views.home("U0123", times=2)
    assert desk.names == ["quota*"]


async def test_the_form_opens_from_it_and_the_page_is_made_anew(slack: SlackService, desk: Setups) -> None:
    async with running(chat_of(slack, desk)):
        await slack.people.open_home()
        await slack.views.home("U0123")
        form = await slack.views.opened(await slack.views.press_home("U0123", "Subscribe"))
        await slack.views.submit(form, query="tariff*")
        page = await slack.views.home("U0123", times=2)
    assert "tariff*" in str(page)
    ((_, caller),) = desk.made
    assert caller.place == caller.user


async def test_where_no_modal_opens_the_answer_is_a_direct_message(slack: SlackService, desk: Setups) -> None:
    conversation = slack.add_channel(slack.add_person("U0123"))
    desk.names = ["tariff*"]
    async with running(chat_of(slack, desk)):
        await slack.people.open_home()
        await slack.views.home("U0123")
        slack.fail("views.open", ApiError("expired_trigger_id"))
        await slack.views.press_home("U0123", "End 0")
        await slack.people.until(lambda: bool(conversation.messages), "a direct message")
    assert [posted.text for posted in conversation.messages] == ["Ended: tariff*"]


async def test_a_store_that_fails_is_said_on_the_page(slack: SlackService, desk: Setups) -> None:
    desk.broken = True
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            await slack.people.open_home()
            page = await slack.views.home("U0123")
    assert "cannot be shown now" in str(page)
    assert "slack.home_failed" in [line["event"] for line in logs]


async def test_a_workspace_without_the_page_loses_nothing_else(slack: SlackService, desk: Setups) -> None:
    slack.views.home_enabled = False
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            await slack.people.open_home()
            await slack.people.until(lambda: "views.publish" in [name for name, _ in slack.calls], "a try")
            await slack.people.answer(await slack.people.command("list"))
    assert [line["problem"] for line in logs if line["event"] == "slack.home_not_published"] == ["not_enabled"]


async def test_an_answer_that_is_not_slacks_is_a_line_in_the_log(slack: SlackService, desk: Setups) -> None:
    slack.fail("views.publish", Garbage("[1]", "application/json"))
    with capture_logs() as logs:
        async with running(chat_of(slack, desk)):
            await slack.people.open_home()
            await slack.people.until(lambda: "views.publish" in [name for name, _ in slack.calls], "a try")
            await slack.people.answer(await slack.people.command("list"))
    assert "slack.home_not_published" in [line["event"] for line in logs]
