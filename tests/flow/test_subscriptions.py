"""Subscriptions in the running bot, on both services: from the command to direct messages, and to silence."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from bot.assembly import Bot
from bot.commands.spec import Caller
from bot.model import Destination
from bot.store import subscriptions
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID, PERSON_ID
from tests.flow.desk import SLACK_CHANNEL, Desk
from tests.flow.test_chat import ask_slack, chatting, discord_answer, shown
from tests.flow.test_story import HEADLINE, SERVICES, SLACK_PERSON, Wire

RESTS = "A subscription that was made here rests."


@pytest.fixture(params=SERVICES)
def wire(desk: Desk, request: pytest.FixtureRequest) -> Wire:
    found = Wire(desk, request.param)
    found.configure()
    found.let(manage=True)
    desk.slack.add_person(SLACK_PERSON)
    return found


async def ask(wire: Wire, name: str, **options: str) -> str:
    """A command with typed options, in the channel."""
    if wire.service == "slack":
        return await ask_slack(wire.desk, " ".join([name, *options.values()]))
    return await discord_answer(await wire.desk.discord.slash(name, options))


def person(wire: Wire) -> Destination:
    return Destination(wire.service, SLACK_PERSON if wire.service == "slack" else str(PERSON_ID), person=True)


def shut(wire: Wire) -> None:
    """The person takes no direct messages any more."""
    wire.desk.slack._persons.clear()
    wire.desk.discord.refusals[PERSON_ID] = (403, 50007, "Cannot send messages to this user")


def open_again(wire: Wire) -> None:
    wire.desk.slack.add_person(SLACK_PERSON)
    wire.desk.discord.refusals.clear()


def in_channel(wire: Wire) -> list[str]:
    """The messages in the channel."""
    if wire.service == "slack":
        return [shown(message.blocks) for message in wire.desk.slack.messages(SLACK_CHANNEL)]
    return [shown(message) for message in wire.desk.discord.messages[GUILD_CHANNEL_ID]]


async def paused(bot: Bot, wire: Wire) -> list[str]:
    return [each.paused for each in await bot.database.read(subscriptions.at, person(wire))]


async def test_a_subscriber_is_told_once_and_sees_all_that_they_asked_for(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        assert "You are subscribed: “zinc -copper”" in await ask(wire, "subscribe", query="zinc -copper")
        await ask(wire, "subscribe", query="rate>5")
        await ask(wire, "subscribe", query="copper")
        await wire.report(bot, "One", "Duties of 10 percent.")
        ((told, _),) = wire.direct()
        assert HEADLINE in told
        assert "“zinc -copper”, “rate>5”" in told
        assert wire.posts() == 1, "and the channel as ever"
        assert "Subscribed to" not in in_channel(wire)[0]
        listed = await ask(wire, "subscriptions")
        assert listed.count(" · 1 hit in a week") == 2 * listed.count(" · 0 hits in a week") > 0
        assert "subscription: you subscribe to “zinc -copper”, “rate>5”" in await ask(wire, "why")
        await wire.report(bot, "Two", "Now it is 20 percent.")
        (_, (_, answers)) = wire.direct()
        assert answers, "in the thread of the first"
    wire.desk.assert_payloads_are_valid()


async def test_a_card_names_only_the_subscriptions_whose_tier_it_reached(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        await ask(wire, "subscribe", query="zinc", where="dm", tier="flash")
        await ask(wire, "subscribe", query="rate>5")
        await wire.report(bot, "One", "Duties of 10 percent.")
        ((told, _),) = wire.direct()
        assert "“rate>5”" in told
        assert "“zinc”" not in told
        assert "you subscribe to “rate>5”" in await ask(wire, "why")


async def test_who_has_unsubscribed_hears_nothing_more(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        await ask(wire, "subscribe", query="zinc")
        assert "You are no longer subscribed: “zinc”" in await ask(wire, "unsubscribe", which="zinc")
        await wire.report(bot, "One", "Duties of 10 percent.")
        assert wire.direct() == []
        assert wire.posts() == 1


async def test_what_another_process_was_told_is_heard_by_the_next_item(wire: Wire) -> None:
    async with wire.desk.bot() as bot:
        await bot.service.once()
        async with wire.desk.bot() as other:
            caller = Caller(user=person(wire), place=person(wire))
            await other.catalog.run_text("subscribe zinc", caller)
            await wire.report(bot, "One", "Duties of 10 percent.")
            assert len(wire.direct()) == 1
            await other.catalog.run_text("unsubscribe zinc", caller)
            await wire.report(bot, "Two", "Now it is 20 percent.")
            assert len(wire.direct()) == 1


async def test_direct_messages_that_are_closed_pause_the_subscription_and_say_so_where_it_was_made(
    wire: Wire,
) -> None:
    shut(wire)
    async with chatting(wire.desk) as bot:
        await ask(wire, "subscribe", query="zinc")
        await ask(wire, "subscribe", query="rate>5")
        with capture_logs() as logs:
            await wire.report(bot, "One", "Duties of 10 percent.")
        (line,) = [line for line in logs if line["event"] == "follows_ended"]
        assert (line["subscriptions"], line["log_level"]) == (2, "warning")
        assert [RESTS in message for message in in_channel(wire)] == [False, True]
        assert "zinc -" not in in_channel(wire)[1]
        await wire.report(bot, "Two", "Now it is 20 percent.")
        assert sum(RESTS in message for message in in_channel(wire)) == 1, "said once"
        code = "user_not_found" if wire.service == "slack" else "50007"
        assert all(code in why for why in await paused(bot, wire))
        assert code in await ask(wire, "subscriptions")

        open_again(wire)
        assert "2 subscriptions run again." in await ask(wire, "subscriptions", do="resume", which="all")
        await wire.report(bot, "Three", "Now it is 30 percent.")
        assert ["30% tariff" in text for text, _ in wire.direct()] == [True]
    wire.desk.assert_payloads_are_valid()


async def test_who_is_still_closed_after_resuming_is_paused_again(wire: Wire) -> None:
    shut(wire)
    async with chatting(wire.desk) as bot:
        await ask(wire, "subscribe", query="zinc")
        for outlet, rate in (("One", 10), ("Two", 20)):
            await wire.report(bot, outlet, f"Duties of {rate} percent.")
            assert [bool(why) for why in await paused(bot, wire)] == [True]
            await ask(wire, "subscriptions", do="resume", which="all")
        assert sum(RESTS in message for message in in_channel(wire)) == 2


async def test_a_channel_that_subscribes_is_told_in_the_channel(wire: Wire) -> None:
    wire.desk.configure(
        sources=(wire.desk.folder / "sources.toml").read_text(),
        routes='[[route]]\nname = "other"\nto = ["console"]\nwhen = "topic:trade"\n',
    )
    async with chatting(wire.desk) as bot:
        assert "This channel is subscribed: “zinc”" in await ask(wire, "subscribe", query="zinc", where="here")
        await wire.report(bot, "One", "Duties of 10 percent.")
        (told,) = in_channel(wire)
        assert "“zinc”" in told
        assert wire.direct() == []
