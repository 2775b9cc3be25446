"""`Channel.edit` on Slack and Discord over real sockets: the message that stands there, and no other, changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from bot.deliver.card import Action, Card, Field
from bot.deliver.discord.channel import DiscordChannel
from bot.deliver.ports import Closed, Message, Refused, TryLater, UnknownOutcome
from bot.model import DeliveryId, Destination, Receipt, Tier
from tests.contract.edit_places import WAIT, DiscordPlace, Place, SlackPlace, open_place
from tests.fakes.clock import FakeClock
from tests.fakes.discord_faults import Hold, Reject
from tests.fakes.discord_service import EDIT, OLD_EDITS, OLD_EDITS_AGAIN_IN, SEND, TOKEN
from tests.fakes.slack_service import ApiError, Slow

SERVER = ("GET", "/channels/{channel_id}")
CARD = Card(
    title="Ministers agree to talk about steel",
    url="https://news.example/steel",
    outlet="Example Wire",
    at=datetime(2025, 5, 6, 20, 15, tzinfo=UTC),
    tier=Tier.FLASH,
    direction="de-escalation",
    why="Trade negotiation · flash",
    fields=(Field(label="Rates", value="50% tariff"),),
    actions=(Action(label="Why", command="why:0123456789abcdef"),),
    reference="0123456789abcdef",
)
CORRECTED = replace(
    CARD, mark="corrected", mark_note="5%, not 50%", fields=(Field(label="Rates", value="5% tariff"),)
)


@pytest_asyncio.fixture(params=["slack", "discord"])
async def place(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Place]:
    async with open_place(request.param, clock) as opened:
        yield opened


@pytest_asyncio.fixture
async def slack(clock: FakeClock) -> AsyncIterator[SlackPlace]:
    async with open_place("slack", clock) as opened:
        assert isinstance(opened, SlackPlace)
        yield opened


@pytest_asyncio.fixture
async def discord(clock: FakeClock) -> AsyncIterator[DiscordPlace]:
    async with open_place("discord", clock) as opened:
        assert isinstance(opened, DiscordPlace)
        yield opened


def message(destination: Destination, card: Card = CARD, number: int = 1) -> Message:
    return Message(delivery_id=DeliveryId(f"{number:024x}"[::-1]), destination=destination, card=card)


async def posted(place: Place) -> Receipt:
    return await place.channel.send(message(place.destination))


async def correct(place: Place, receipt: Receipt) -> None:
    await place.channel.edit(message(place.destination, CORRECTED), receipt)


async def test_an_edit_changes_the_message_where_it_stands(place: Place) -> None:
    first = await posted(place)
    await place.channel.send(message(place.destination, number=2))

    await correct(place, first)

    corrected, other = place.texts
    assert place.edits == [1, 0]
    assert "CORRECTED: 5%, not 50%" in corrected
    assert "5% tariff" in corrected
    assert "50% tariff" not in corrected
    assert "CORRECTED" not in other


async def test_an_edit_twice_is_as_good_as_once(place: Place) -> None:
    receipt = await posted(place)
    await correct(place, receipt)
    once = place.texts

    await correct(place, receipt)

    assert place.texts == once


async def test_a_rate_limit_is_handed_on_with_its_wait_and_changes_nothing(place: Place) -> None:
    receipt = await posted(place)
    before = place.texts
    place.trouble("rate limit")

    with pytest.raises(TryLater) as caught:
        await correct(place, receipt)

    assert caught.value.after == WAIT
    assert place.texts == before


@pytest.mark.parametrize("name", ["lost before", "lost after", "server error"])
async def test_an_answer_that_proves_nothing_is_an_unknown_outcome_and_a_repeat_mends_it(
    place: Place, name: str
) -> None:
    receipt = await posted(place)
    place.trouble(name)

    with pytest.raises(UnknownOutcome, match=str(place.destination)):
        await correct(place, receipt)
    await correct(place, receipt)

    (text,) = place.texts
    assert "CORRECTED" in text
    assert place.edits == [2 if name == "lost after" else 1]


async def test_a_message_that_a_person_deleted_is_refused_in_words(place: Place) -> None:
    receipt = await posted(place)
    place.delete(receipt.message_id)

    with pytest.raises(Refused, match=rf"{place.destination}: .*deleted"):
        await correct(place, receipt)

    assert place.texts == []


async def test_a_message_of_somebody_else_is_refused_in_words(place: Place) -> None:
    receipt = await posted(place)
    place.give_to_another(receipt.message_id)

    with pytest.raises(Refused, match="to be edited is not"):
        await correct(place, receipt)


async def test_an_edit_calls_nobody(place: Place) -> None:
    receipt = await posted(place)
    loud = replace(
        CORRECTED, title="@everyone <!channel> look", mark_note="<@U1> @here", also=("<!here>", "@everyone")
    )

    await place.channel.edit(message(place.destination, loud), receipt)

    if isinstance(place, DiscordPlace):
        (call,) = (call for call in place.service.calls if (call.method, call.template) == EDIT)
        assert call.body["allowed_mentions"] == {"parse": []}
        assert not place.service.messages[int(place.destination.address)][0]["mention_everyone"]
    elif isinstance(place, SlackPlace):
        (update,) = (arguments for method, arguments in place.service.calls if method == "chat.update")
        assert (update["parse"], update["link_names"]) == ("none", False)
        assert "<!" not in update["text"]


async def test_a_message_has_an_address_for_links(place: Place) -> None:
    receipt = await posted(place)
    second = await place.channel.send(message(place.destination, number=2))

    addresses = {
        "slack": f"https://desk.slack.example/archives/C0TRADE/p{receipt.message_id.replace('.', '')}",
        "discord": f"https://discord.com/channels/700/4242/{receipt.message_id}",
    }
    assert receipt.url == addresses[place.destination.platform]
    assert second.url != receipt.url


async def test_an_answer_is_in_the_thread_of_what_it_answers(place: Place) -> None:
    receipt = await posted(place)
    reply = await place.channel.send(replace(message(place.destination, number=2), reply_to=receipt))
    assert (receipt.thread_id, reply.thread_id) == (None, receipt.message_id)


# --- Slack ------------------------------------------------------------------------------------------------


async def test_slack_keeps_the_metadata_by_which_a_post_is_found(slack: SlackPlace) -> None:
    receipt = await posted(slack)
    await correct(slack, receipt)

    (kept,) = slack.service.messages("C0TRADE")
    delivery_id = message(slack.destination).delivery_id
    assert kept.metadata == {"event_type": "tradewire_delivery", "event_payload": {"delivery_id": delivery_id}}


async def test_slack_may_not_let_old_messages_be_edited(slack: SlackPlace, clock: FakeClock) -> None:
    receipt = await posted(slack)
    slack.service.edit_window = 60
    clock.advance(timedelta(minutes=5))

    with pytest.raises(Refused, match=r"edit_window_closed.*for so long"):
        await correct(slack, receipt)


async def test_refused_blocks_leave_the_correction_as_text(slack: SlackPlace) -> None:
    receipt = await posted(slack)
    slack.service.fail("chat.update", ApiError("invalid_blocks"))

    await correct(slack, receipt)

    (kept,) = slack.service.messages("C0TRADE")
    assert kept.blocks == []
    assert kept.text.startswith("CORRECTED: 5%, not 50%")


async def test_a_code_that_nobody_knows_gives_the_edit_up(slack: SlackPlace) -> None:
    receipt = await posted(slack)
    slack.service.fail("chat.update", ApiError("some_new_code"))

    with pytest.raises(Refused, match="some_new_code"):
        await correct(slack, receipt)


async def test_a_channel_that_is_closed_stays_closed_for_edits(slack: SlackPlace) -> None:
    receipt = await posted(slack)
    slack.service.fail("chat.update", ApiError("is_archived"))

    with pytest.raises(Closed, match="unarchive"):
        await correct(slack, receipt)


async def test_an_edit_without_an_answer_ends_at_the_deadline(slack: SlackPlace, clock: FakeClock) -> None:
    receipt, release = await posted(slack), asyncio.Event()
    slack.service.fail("chat.update", Slow(release))
    hasty = SlackPlace(slack.service, clock, deadline=0.1)

    with pytest.raises(UnknownOutcome, match="TimeoutError"):
        await correct(hasty, receipt)
    release.set()


async def test_without_the_address_of_the_workspace_a_post_is_still_a_post(slack: SlackPlace) -> None:
    slack.service.fail("auth.test", ApiError("internal_error"))

    receipt = await posted(slack)

    assert receipt.url is None
    assert slack.ids == [receipt.message_id]


# --- Discord ----------------------------------------------------------------------------------------------


async def test_discord_keeps_the_marker_by_which_a_post_is_found(discord: DiscordPlace) -> None:
    receipt = await posted(discord)
    marker = message(discord.destination).delivery_id[:10]
    await correct(discord, receipt)

    (kept,) = discord.service.messages[4242]
    assert kept["embeds"][0]["footer"]["text"].endswith(marker)
    assert kept["components"][0]["components"][0]["custom_id"] == "wire:why:0123456789abcdef"


async def test_a_card_that_is_no_longer_loud_loses_its_line(discord: DiscordPlace) -> None:
    receipt = await posted(discord)
    assert discord.service.messages[4242][0]["content"].startswith("FLASH")

    await discord.channel.edit(message(discord.destination, replace(CORRECTED, tier=Tier.ALERT)), receipt)

    assert discord.service.messages[4242][0]["content"] == ""


async def test_discord_limits_edits_of_old_messages_and_says_when_to_come_back(discord: DiscordPlace) -> None:
    receipt = await posted(discord)
    discord.service.grow_old(receipt.message_id)
    for _ in range(OLD_EDITS):
        await correct(discord, receipt)

    with pytest.raises(TryLater) as caught:
        await correct(discord, receipt)

    assert caught.value.after == timedelta(seconds=OLD_EDITS_AGAIN_IN)


async def test_an_edit_that_hangs_ends_at_the_deadline(discord: DiscordPlace) -> None:
    receipt, gate = await posted(discord), asyncio.Event()
    discord.service.fail(EDIT, Hold(until=gate))
    hasty = DiscordPlace(discord.service, DiscordChannel(TOKEN, deadline=0.2))

    with pytest.raises(UnknownOutcome, match=r"within 0\.2 s"):
        await correct(hasty, receipt)
    assert isinstance(hasty.channel, DiscordChannel)
    await hasty.channel.close()


async def test_the_server_of_a_channel_is_asked_for_until_it_is_known_and_never_in_the_way(
    discord: DiscordPlace,
) -> None:
    discord.service.fail(SERVER, Reject(status=503))

    for number in (1, 2, 3):
        await discord.channel.send(message(discord.destination, number=number))

    assert discord.service.count(SERVER) == 2
    assert discord.service.count(SEND) == 3
