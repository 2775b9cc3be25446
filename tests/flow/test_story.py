"""A story in chat on both services: from the buttons of its card to direct messages, silence and its page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from structlog.testing import capture_logs

from bot.assembly import Bot
from bot.model import Item, Rate, Span, Verdict
from bot.signals.classifier import Classifier
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID, PERSON_ID
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, Desk
from tests.flow.test_chat import ask_discord, ask_slack, chatting, discord_answer, shown

Service = Literal["slack", "discord"]
SERVICES: tuple[Service, ...] = ("slack", "discord")
SLACK_PERSON = "U0123"
SLACK_DIRECT = "D0123"

OUTLETS = ("One", "Two", "Three", "Four")
HEADLINE = "Envoys of both capitals settle duties on tin and zinc"
ROUTES = f"""
[[route]]
name = "desk"
to = ["slack:{SLACK_CHANNEL}", "discord:{GUILD_CHANNEL_ID}"]
when = "topic:trade"
"""


class ByRate(Classifier):
    """Everything is trade; a number in the summary is a tariff rate."""

    def __init__(self) -> None:
        """It needs neither word list nor model."""
        self.thresholds = {"trade": 0.5, "market": 0.5, "urgent": 0.5}

    def classify(self, item: Item) -> Verdict:
        numbers = [int(word) for word in item.summary.split() if word.isdigit()]
        span = Span(field="summary", start=0, end=1)
        rates = tuple(Rate(value=float(number), of="tariff", span=span) for number in numbers)
        return Verdict(trade=0.9, labels=("trade",), direction="de-escalation", facts=rates, model="by-rate")


@dataclass
class Wire:
    """One event, reported by one outlet after the other; `service` is where the person looks."""

    desk: Desk
    service: Service

    def configure(self, main: str = "") -> None:
        sources = "".join(
            f'[[source]]\nid = "{name.lower()}"\nname = "{name}"\nurl = "{self.desk.web.url(f"/{name}")}"\n'
            for name in OUTLETS
        )
        self.desk.configure(sources=sources, routes=ROUTES, main=main)
        for name in OUTLETS:
            self.desk.web.serve(f"/{name}", rss())

    def publish(self, outlet: str, summary: str) -> None:
        """`outlet` reports the event; an hour passes."""
        link = f"https://{outlet.lower()}.example/tin"
        self.desk.web.serve(f"/{outlet}", rss(item(HEADLINE, guid=outlet, link=link, description=summary)))
        self.desk.clock.advance(timedelta(hours=1))

    async def report(self, bot: Bot, outlet: str, summary: str) -> None:
        """`outlet` reports the event, and everything that follows is told."""
        self.publish(outlet, summary)
        bot.service.pipeline = replace(bot.service.pipeline, classifier=ByRate())
        assert await bot.service.once() == []

    async def press(self, label: str) -> str:
        """Press a button of the channel's first card."""
        press = press_slack if self.service == "slack" else press_discord
        return await press(self.desk, label)

    async def ask(self, text: str) -> str:
        ask: Callable[[Desk, str], Awaitable[str]] = ask_slack if self.service == "slack" else ask_discord
        return await ask(self.desk, text)

    async def ask_alone(self, text: str) -> str:
        """As `ask`, in direct messages with the bot."""
        if self.service == "slack":
            asked = await self.desk.slack.people.command(text, channel=SLACK_DIRECT)
            return shown(await self.desk.slack.people.answer(asked))
        name, kind, value = text.split()
        return await discord_answer(await self.desk.discord.slash(name, {"kind": kind, "value": value}, direct=True))

    def let(self, manage: bool) -> None:
        """Whether the person manages the channel."""
        self.desk.slack.admins = {SLACK_PERSON} if manage else set()
        self.desk.discord.rights = 0x10 if manage else 0x800  # Manage Channels; Send Messages

    def posts(self, service: Service | None = None) -> int:
        """Messages in the channel, those in threads included."""
        if (service or self.service) == "slack":
            return len(self.desk.slack.messages(SLACK_CHANNEL))
        return len(self.desk.discord.messages[GUILD_CHANNEL_ID])

    def direct(self) -> list[tuple[str, bool]]:
        """What the person was told in direct messages, and whether it answers an earlier message there."""
        if self.service == "slack":
            if SLACK_DIRECT not in self.desk.slack._conversations:
                return []
            sent = self.desk.slack.messages(SLACK_DIRECT)
            return [(shown(message.blocks), message.thread_ts is not None) for message in sent]
        channel = self.desk.discord._direct.get(str(PERSON_ID))
        messages: list[dict[str, Any]] = self.desk.discord.messages[channel] if channel else []
        return [(shown(message["embeds"]), "message_reference" in message) for message in messages]

    @property
    def there(self) -> Service:
        """The other service."""
        return "discord" if self.service == "slack" else "slack"


async def press_slack(desk: Desk, label: str) -> str:
    (actions,) = [block for block in desk.slack.messages(SLACK_CHANNEL)[0].blocks if block["type"] == "actions"]
    (button,) = [each for each in actions["elements"] if each["text"]["text"] == label]
    asked = await desk.slack.people.press(button["value"], user=SLACK_PERSON, channel=SLACK_CHANNEL)
    return shown(await desk.slack.people.answer(asked))


async def press_discord(desk: Desk, label: str) -> str:
    card = desk.discord.messages[GUILD_CHANNEL_ID][0]
    (row,) = card["components"]
    (button,) = [each for each in row["components"] if each["label"] == label]
    return await discord_answer(await desk.discord.press(button["custom_id"], card))


@pytest.fixture(params=SERVICES)
def wire(desk: Desk, request: pytest.FixtureRequest) -> Wire:
    found = Wire(desk, request.param)
    found.configure()
    found.let(manage=True)
    desk.slack.add_person(SLACK_PERSON)
    return found


# --- follow -----------------------------------------------------------------------------------------------


async def test_a_follower_gets_what_is_new_in_one_thread_of_direct_messages(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
    async with chatting(wire.desk) as bot:  # a restart between the card and the button
        assert "You follow this story now." in await wire.press("Follow")
        assert "You follow this story already." in await wire.press("Follow")
        await wire.report(bot, "Two", "Duties of 10 percent, they say.")
        assert wire.direct() == [], "nothing new"
        await wire.report(bot, "Three", "Now it is 20 percent.")
        await wire.report(bot, "Four", "And 30 on zinc.")
    (first, first_answers), (second, second_answers) = wire.direct()
    assert "20% tariff" in first
    assert "30% tariff" in second
    assert (first_answers, second_answers) == (False, True)
    wire.desk.assert_payloads_are_valid()


async def test_a_follower_sees_a_correction_though_the_first_message_they_got_is_a_later_fact(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        await wire.press("Follow")
        await wire.report(bot, "Two", "Now it is 20 percent.")
        await wire.report(bot, "Three", "And 30 on zinc.")
        await wire.report(bot, "One", "Duties of 15 percent.")
    (first, _), (answer, _) = wire.direct()
    assert "CORRECTED: 10% tariff became 15% tariff" in first
    assert "New: rates 20% tariff" in first, "it still says what it was sent for"
    assert "CORRECTED" not in answer
    wire.desk.assert_payloads_are_valid()


async def test_who_no_longer_follows_gets_nothing_more(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        await wire.press("Follow")
        assert "You no longer follow this story." in await wire.ask("unfollow")
        await wire.report(bot, "Two", "Now it is 20 percent.")
        assert wire.direct() == []
        assert wire.posts() == 2


async def test_a_followers_own_mute_silences_their_direct_messages_alone(wire: Wire) -> None:
    wire.let(manage=False)
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        await wire.press("Follow")
        assert "Muted for you: the source “two”." in await wire.ask_alone("mute source two")
        await wire.report(bot, "Two", "Now it is 20 percent.")
        assert wire.direct() == []
        assert wire.posts() == 2
        await wire.report(bot, "Three", "Now it is 20 percent indeed.")
        assert ["20% tariff" in text for text, _ in wire.direct()] == [True], "what was muted is told when it may be"


async def test_who_takes_no_direct_messages_blocks_nobody_and_follows_nothing(wire: Wire) -> None:
    wire.desk.slack._persons.clear()  # the account is gone
    wire.desk.discord.refusals[PERSON_ID] = (403, 50007, "Cannot send messages to this user")
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        await wire.press("Follow")
        with capture_logs() as logs:
            await wire.report(bot, "Two", "Now it is 20 percent.")
        (line,) = [line for line in logs if line["event"] == "follows_ended"]
        assert (line["follows"], line["log_level"]) == (1, "warning")
        assert line["destination"].startswith(f"{wire.service}:@")
        assert ("user_not_found" if wire.service == "slack" else "50007") in line["why"]
        await wire.report(bot, "Three", "Now it is 30 percent.")
        assert wire.posts() == wire.posts(wire.there) == 3
        (story,) = await bot.database.read(follows_anywhere)
        assert story == 0


async def test_a_fault_of_the_app_keeps_the_follow_and_what_waits_for_it(wire: Wire) -> None:
    wire.desk.slack.scopes.discard("im:write")
    wire.desk.discord.refusals[PERSON_ID] = (403, 40001, "Unauthorized")
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        await wire.press("Follow")
        wire.publish("Two", "Now it is 20 percent.")
        (waiting,) = await bot.service.once()
        assert (waiting.destination.person, waiting.waiting) == (True, 1)
        assert wire.posts() == 2
        wire.desk.slack.scopes.add("im:write")
        wire.desk.discord.refusals.clear()
        await wire.report(bot, "Three", "Now it is 30 percent.")
    ((told, _),) = wire.direct()
    assert "New: rates 20% tariff, 30% tariff" in told, "what waited is one message"


def follows_anywhere(connection: Any) -> list[int]:
    return [connection.exec_driver_sql("SELECT count(*) FROM follows").scalar_one()]


# --- mute -------------------------------------------------------------------------------------------------


async def test_who_manages_the_channel_mutes_its_story_there_until_it_is_undone(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
    async with chatting(wire.desk) as bot:
        assert "Muted in this channel: the story" in await wire.press("Mute")
        assert "Muted already in this channel" in await wire.press("Mute")
        await wire.report(bot, "Two", "Now it is 20 percent.")
        assert (wire.posts(), wire.posts(wire.there)) == (1, 2)
        why = await wire.ask("why https://two.example/tin")
        assert "muted by route desk: muted by " in why
        assert "until the story closes" in why
        assert "by " in await wire.ask("mutes")
        assert "No longer muted in this channel" in await wire.ask("unmute story https://two.example/tin")
        await wire.report(bot, "Three", "It is 20 percent.")
        assert (wire.posts(), wire.posts(wire.there)) == (2, 2), "what was kept back is told now, once"
    wire.desk.assert_payloads_are_valid()


async def test_who_does_not_manage_the_channel_mutes_nothing_there(wire: Wire) -> None:
    wire.let(manage=False)
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        refusal = await wire.press("Mute")
        assert "for those who manage it to say" in refusal
        who = {"slack": "whoever created the channel", "discord": "Manage Channels, Manage Server or Administrator"}
        assert who[wire.service] in refusal
        assert "Follow" in refusal
        await wire.report(bot, "Two", "Now it is 20 percent.")
        assert wire.posts() == 2


async def test_the_owners_managers_may_whatever_their_rights(wire: Wire) -> None:
    wire.configure(main=f'[people]\nmanagers = ["slack:@{SLACK_PERSON}", "discord:@{PERSON_ID}"]\n')
    wire.let(manage=False)
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        assert "Muted in this channel" in await wire.press("Mute")
        assert "users.info" not in {method for method, _ in wire.desk.slack.calls}


@pytest.mark.parametrize("wire", ["slack"], indirect=True)
async def test_without_the_scope_slack_says_nothing_and_the_refusal_names_it(wire: Wire) -> None:
    wire.desk.slack.scopes.discard("users:read")
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        assert "add the scope users:read" in await wire.press("Mute")


# --- the page ---------------------------------------------------------------------------------------------

STORY_COMMANDS = {
    "story": ("2 reports from 2 outlets (One, Two)", "first told", "new fact", "Rates: 10% tariff", "↳ Rates: 20%"),
    "story https://two.example/tin": (HEADLINE, "Direction: ", "de-escalation since"),
    "story nonsense": ("No item “nonsense” is stored.",),
    "story https://two.example/tin 9": ("it has 2 reports",),
    "mutes": ("Nothing is muted in this channel.",),
    "mute topic trad": ("Did you mean trade?",),
    "mute stroy x": ("Did you mean story?",),
    "mute term tin": ("Muted in this channel: the term “tin”.",),
    "unmute term tin": ("No longer muted in this channel",),
    "unmute term tin ": ("Nothing is muted here.",),
    "follow nonsense": ("No item",),
    "unfollow": ("You did not follow this story.",),
    "help mute": ("/wire mute <kind> <value> [for …] [reason]",),
    "help story": ("Example: /wire story ",),
}


async def test_the_commands_are_answered_alike(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        await wire.report(bot, "Two", "Now it is 20 percent.")
        for text, expected in STORY_COMMANDS.items():
            answer = await wire.ask(text)
            for part in expected:
                assert part in answer.replace("**", ""), f"/wire {text}: {part!r} is missing"
    wire.desk.assert_payloads_are_valid()


async def test_every_alert_carries_the_four_buttons(wire: Wire) -> None:
    async with chatting(wire.desk) as bot:
        await wire.report(bot, "One", "Duties of 10 percent.")
        for label in ("Follow", "Mute", "Why", "Not relevant"):
            assert "Sorry" not in await wire.press(label)
