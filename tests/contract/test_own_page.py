"""One's own page on Slack, with the real commands and a real store: seen, changed and ended there."""

from __future__ import annotations

import pytest

from bot.store import subscriptions
from bot.store.engine import Database
from tests.contract.story_room import ANN, Room, room_of
from tests.fakes.clock import FakeClock
from tests.fakes.slack_desk import chat_of, running
from tests.fakes.slack_service import SlackService
from tests.samples import SLACK


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    return room_of(database, clock)


def subscribed(room: Room) -> list[tuple[str, str]]:
    return [(each.query, str(each.tier)) for each in room.database.read_now(subscriptions.at, ANN)]


async def test_subscribing_by_the_form_checks_the_query_while_it_is_written(slack: SlackService, room: Room) -> None:
    async with running(chat_of(slack, room)):
        form = await slack.views.opened(
            await slack.people.command("subscribe", user=ANN.address, channel=SLACK.address)
        )
        await slack.views.press(form, "wire-check:button", query="tarif* AND (steel")
        await slack.views.shows(form, "◂")
        await slack.views.press(form, "wire-check:button", query="tarif*")
        await slack.views.shows(form, "matched")
        await slack.views.submit(form, query="tarif* AND (steel", where="dm", tier="urgent")
        assert "◂" in form.errors["option:query"]
        assert subscribed(room) == []
        await slack.views.submit(form, query="tin OR zinc", where="dm", tier="urgent")
        await slack.views.shows(form, "subscribed")
    assert subscribed(room) == [("tin OR zinc", "urgent")]


async def test_what_one_has_set_up_is_changed_and_ended_on_the_page(slack: SlackService, room: Room) -> None:
    user = ANN.address
    async with running(chat_of(slack, room)):
        for text in ("subscribe tin OR zinc urgent", "mute term soybeans too noisy"):
            await slack.people.answer(await slack.people.command(text, user=user, channel="D0ANN"))
        await slack.people.open_home(user)
        page = await slack.views.home(user)
        assert "tin OR zinc" in str(page)
        assert "soybeans" in str(page)

        shown = await slack.views.opened(await slack.views.press_home(user, "Tell me everything"))
        await slack.views.shows(shown, "tin OR zinc")
        await slack.views.home(user, times=2)
        assert subscribed(room) == [("tin OR zinc", "digest")]

        shown = await slack.views.opened(await slack.views.press_home(user, "Unsubscribe"))
        await slack.views.shows(shown, "no longer subscribed")
        await slack.views.home(user, times=3)
        shown = await slack.views.opened(await slack.views.press_home(user, "Unmute"))
        await slack.views.shows(shown, "No longer muted")
        page = await slack.views.home(user, times=4)
    assert subscribed(room) == []
    assert "You subscribe to nothing yet." in str(page)
    assert "Nothing is muted for you." in str(page)


async def test_nobody_sees_what_another_has_set_up(slack: SlackService, room: Room) -> None:
    async with running(chat_of(slack, room)):
        await slack.people.answer(
            await slack.people.command("subscribe tin", user=ANN.address, channel=SLACK.address)
        )
        await slack.people.open_home("UBOB")
        page = await slack.views.home("UBOB")
    assert "tin" not in [block["text"]["text"] for block in page["blocks"] if block["type"] == "section"]
    assert "You subscribe to nothing yet." in str(page)
