"""A desk with a week of stories, and people on both platforms who ask for summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.commands.spec import Caller, Catalog
from bot.commands.summary import Summing, summary_command
from bot.commands.writing import Writer
from bot.deliver.card import Reply, plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.model import Destination, Story
from bot.observe.health import Parts
from bot.store.engine import Database
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import DISCORD, SLACK
from tests.summary_stories import a_week, store

ANN = Caller(user=Destination("slack", "UANN", person=True), place=SLACK, name="Ann")
BOB = Caller(user=Destination("discord", "777", person=True), place=DISCORD, name="Bob")
BOTH = {"slack": ANN, "discord": BOB}
ANSWER = ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", "PATCH")


@dataclass
class SummaryRoom:
    """Whoever asks here gets an answer that both platforms take."""

    catalog: Catalog
    database: Database
    clock: FakeClock

    async def ask(self, text: str = "", caller: Caller = ANN) -> Reply:
        return _judged(await self.catalog.run_text(f"summary {text}", caller))

    async def press(self, reply: Reply, label: str, caller: Caller = ANN) -> Reply:
        (action,) = [action for action in reply.actions if action.label == label]
        return _judged(await self.catalog.press(action.command, caller))

    def later(self, hours: float) -> None:
        self.clock.advance(timedelta(hours=hours))


def summary_room(
    database: Database,
    clock: FakeClock,
    stories: Sequence[Story] | None = None,
    *,
    writer: Writer | None = None,
    zone: str = "UTC",
) -> SummaryRoom:
    """`stories`: those that are there before anybody asks; a week's where none are given."""
    database.write_now(store, a_week() if stories is None else stories)
    feedback = Feedback(database=database, clock=clock, routes=[], thresholds={})
    desk = Desk(database=database, clock=clock, parts=Parts(), feedback=feedback)
    summing = Summing(database=database, clock=clock, zone=ZoneInfo(zone), writer=writer)
    return SummaryRoom(build_catalog(desk, (summary_command(summing),)), database, clock)


def said(reply: Reply) -> str:
    return f"{reply.title}\n{plain(reply.lines)}"


def story_lines(reply: Reply) -> list[str]:
    """The lines of the stories themselves: "1. NEW Story …"."""
    return [line for line in plain(reply.lines).splitlines() if line.partition(". ")[0].isdigit()]


def _judged(reply: Reply) -> Reply:
    assert judge_slack(slack_payload(reply)) == []
    assert judge_discord(*ANSWER, discord_payload(reply)) == []
    return reply
