"""Learning from the desk, from the button on a card to the next alert that stays away, on both chat services."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from bot.assembly import Bot
from bot.cli import main
from bot.intake.normalise import from_record
from bot.model import Item, Verdict
from bot.signals.classifier import Classifier
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, Desk
from tests.flow.test_chat import ask_discord, ask_slack, chatting, discord_answer, shown

Press = Callable[[Desk, str], Awaitable[str]]

ROUTES = f"""
[[route]]
name = "desk"
to = ["slack:{SLACK_CHANNEL}", "discord:{GUILD_CHANNEL_ID}"]
when = "topic:trade"
threshold = 0.5
"""
HEADLINES = ["Envoys talk about tin", "Envoys talk about zinc", "Envoys talk about lead", "Envoys talk about steel"]


class Lukewarm(Classifier):
    """Finds every item a little more likely to be trade than not; steel is urgent too."""

    def __init__(self) -> None:
        """It needs neither word list nor model."""
        self.thresholds = {"trade": 0.5, "market": 0.5, "urgent": 0.5}

    def classify(self, item: Item) -> Verdict:
        urgent = "steel" in item.title
        return Verdict(
            trade=0.55,
            urgent=0.8 if urgent else 0.1,
            labels=("trade", "urgent") if urgent else ("trade",),
            model="lukewarm",
        )


class Doubtful(Lukewarm):
    """As sure as Lukewarm, but labels nothing: only the route's own threshold lets anything through."""

    def classify(self, item: Item) -> Verdict:
        return Verdict(trade=0.55, model="doubtful")


def publish(desk: Desk, count: int) -> None:
    """The feed has its first `count` items."""
    desk.configure(routes=ROUTES)
    entries = [
        item(title, guid=title, link=f"https://wire.example/{number}", description="They will go on tomorrow.")
        for number, title in enumerate(HEADLINES[:count])
    ]
    desk.web.serve("/feed", rss(*entries))


async def next_poll(desk: Desk, bot: Bot, count: int) -> None:
    publish(desk, count)
    desk.clock.advance(timedelta(hours=1))
    assert await bot.service.once() == []


async def press_slack(desk: Desk, label: str) -> str:
    """Press the button with this label on the first alert."""
    (actions,) = [block for block in desk.slack.messages(SLACK_CHANNEL)[0].blocks if block["type"] == "actions"]
    (button,) = [each for each in actions["elements"] if each["text"]["text"] == label]
    asked = await desk.slack.people.press(button["value"], channel=SLACK_CHANNEL)
    answer = await desk.slack.people.answer(asked)
    assert answer["response_type"] == "ephemeral"
    return shown(answer)


async def press_discord(desk: Desk, label: str) -> str:
    card = desk.discord.messages[GUILD_CHANNEL_ID][0]
    (button,) = [each for row in card["components"] for each in row["components"] if each["label"] == label]
    asked = await desk.discord.press(button["custom_id"], card)
    answer = await discord_answer(asked)
    assert asked.callback is not None
    assert asked.callback["data"]["flags"] & 64, "only the one who pressed sees it"
    return answer


def told(desk: Desk) -> dict[str, list[str]]:
    """The subjects that each service was told of, in order."""
    titles = {"slack": desk.slack_titles, "discord": desk.discord_titles}
    subjects = [title.removeprefix("Envoys talk about ") for title in HEADLINES]
    return {
        platform: [next(subject for subject in subjects if f"about {subject}" in title) for title in found]
        for platform, found in titles.items()
    }


@pytest.mark.parametrize("classifier", [Lukewarm, Doubtful])
@pytest.mark.parametrize(
    ("here", "press", "ask"), [("slack", press_slack, ask_slack), ("discord", press_discord, ask_discord)]
)
async def test_a_press_keeps_the_next_lukewarm_story_away_here_only_until_it_is_undone(
    desk: Desk, here: str, press: Press, ask: Press, classifier: type[Lukewarm]
) -> None:
    there = "discord" if here == "slack" else "slack"
    publish(desk, 0)
    async with chatting(desk) as bot:
        bot.service.pipeline = replace(bot.service.pipeline, classifier=classifier())
        await next_poll(desk, bot, 1)
        answer = await press(desk, "Not relevant")
        assert "trade threshold here:" in answer
        assert "0.50 → 0.56 (0.50 shifted by 1 Not relevant mark)" in answer
        assert "/wire undo" in answer

        await next_poll(desk, bot, 2)
        assert told(desk) == {here: ["tin"], there: ["tin", "zinc"]}
        why = await ask(desk, "why https://wire.example/1")
        assert "below_threshold by route desk" in why
        assert "below this channel's trade threshold 0.56 (0.50 shifted by 1 Not relevant mark)" in why

        assert "Taken back" in await ask(desk, "undo")
        await next_poll(desk, bot, 3)
        assert told(desk) == {here: ["tin", "lead"], there: ["tin", "zinc", "lead"]}
    desk.assert_payloads_are_valid()


async def test_what_is_urgent_comes_all_the_same(desk: Desk) -> None:
    publish(desk, 0)
    async with chatting(desk) as bot:
        bot.service.pipeline = replace(bot.service.pipeline, classifier=Lukewarm())
        await next_poll(desk, bot, 1)
        for press in (press_slack, press_discord):
            await press(desk, "Not relevant")
        await next_poll(desk, bot, 4)
        assert told(desk) == {"slack": ["tin", "steel"], "discord": ["tin", "steel"]}
        assert "urgent, so not held back by this channel's trade threshold 0.56" in await ask_slack(desk, "why")


FEEDBACK_COMMANDS = {
    "feedback": ("Feedback here", "Nothing was marked here", "A person moves it by 3 steps at most"),
    "irrelevant": ("Kept: not relevant here (trade)", "Envoys talk about tin"),
    "relevant": ("Kept: relevant here (trade)", "0.56 → 0.50"),
    "undo": ("Taken back: your mark “Relevant”",),
    "undo nonsense": ("No item",),
    "help irrelevant": ("Example: /wire irrelevant ", " market"),
    "why": ("Relevant", "Not relevant"),
}


@pytest.mark.parametrize("ask", [ask_slack, ask_discord])
async def test_the_commands_are_answered_alike(desk: Desk, ask: Press) -> None:
    publish(desk, 0)
    async with chatting(desk) as bot:
        bot.service.pipeline = replace(bot.service.pipeline, classifier=Lukewarm())
        await next_poll(desk, bot, 1)
        for text, expected in FEEDBACK_COMMANDS.items():
            answer = await ask(desk, text)
            for part in expected:
                assert part in answer, f"/wire {text}: {part!r} is missing"
    desk.assert_payloads_are_valid()


# --- the command line -------------------------------------------------------------------------------------


def feedback(desk: Desk, *options: str) -> Result:
    return CliRunner().invoke(main, ["feedback", "--config", str(desk.folder), *options])


async def test_marks_come_out_as_label_lines_that_can_be_read_back(desk: Desk) -> None:
    publish(desk, 0)
    async with chatting(desk) as bot:
        bot.service.pipeline = replace(bot.service.pipeline, classifier=Lukewarm())
        await next_poll(desk, bot, 2)
        await press_slack(desk, "Not relevant")
        await ask_slack(desk, "relevant https://wire.example/1")
        await ask_slack(desk, "relevant https://wire.example/0")  # the last word of one person
        await press_discord(desk, "Not relevant")  # another says the opposite: no label
    result = feedback(desk, "--jsonl")
    assert (result.exit_code, result.stderr) == (0, "")
    (line,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert line.pop("date").startswith("20")
    assert line == {
        "id": line["id"],
        "title": "Envoys talk about zinc",
        "summary": "They will go on tomorrow.",
        "outlet": line["outlet"],
        "lang": line["lang"],
        "stratum": "feedback",
        "trade": 1,
    }
    assert from_record(line, datetime.now(UTC)).title == "Envoys talk about zinc"


async def test_marks_are_listed_for_eyes(desk: Desk) -> None:
    publish(desk, 0)
    async with chatting(desk) as bot:
        bot.service.pipeline = replace(bot.service.pipeline, classifier=Lukewarm())
        await next_poll(desk, bot, 1)
        await press_slack(desk, "Not relevant")
    (line,) = feedback(desk).stdout.splitlines()
    for part in ("2025-05-07 09:00", f"slack:{SLACK_CHANNEL}", "slack:@U0123", "Not relevant (trade)", HEADLINES[0]):
        assert part in line


def test_without_marks_there_is_nothing_to_print(desk: Desk) -> None:
    desk.settings()
    assert feedback(desk, "--jsonl").stdout == ""
