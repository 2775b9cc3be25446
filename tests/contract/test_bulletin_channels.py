"""A bulletin on Slack and Discord over real sockets: posted once, through lost answers too, and it calls nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.deliver.card import Action, Bulletin, Run
from bot.deliver.ports import Message, UnknownOutcome
from bot.model import DeliveryId
from tests.contract.edit_places import DiscordPlace, Place, open_place
from tests.fakes.clock import FakeClock

DIGEST = Bulletin(
    title="Digest: 40 stories",
    lines=tuple((Run(text=f"{n}. @everyone <!channel> duties rise " + "x" * 150),) for n in range(40)),
    actions=(Action(label="Quieter", command="settings:digest"),),
)


@pytest_asyncio.fixture(params=["slack", "discord"])
async def place(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Place]:
    async with open_place(request.param, clock) as opened:
        yield opened


def message_to(place: Place) -> Message:
    return Message(delivery_id=DeliveryId("0a1b2c3d4e5f0a1b2c3d4e5f"), destination=place.destination, card=DIGEST)


async def test_it_is_posted_whole_or_says_how_much_is_not_shown(place: Place) -> None:
    receipt = await place.channel.send(message_to(place))
    (text,) = place.texts
    assert [receipt.message_id] == place.ids
    assert "Digest: 40 stories" in text
    assert "duties rise" in text
    shown = [n for n in range(40) if f"{n}. " in text or f"{n}\\\\. " in text]
    assert len(shown) == 40 or f"… and {40 - len(shown)} more lines" in text
    assert place.judged() == []


async def test_one_whose_answer_was_lost_is_found_and_not_posted_again(place: Place) -> None:
    place.lose_answer_to_post()
    with pytest.raises(UnknownOutcome):
        await place.channel.send(message_to(place))
    if isinstance(place, DiscordPlace):
        place.service.forget_nonces()  # minutes later only the marker in the footer is left
    receipt = await place.channel.send(replace(message_to(place), maybe_sent=True))
    assert place.ids == [receipt.message_id]
