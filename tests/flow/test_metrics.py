"""The metrics agree with what the chat services counted, and one item's id leads through the log to its receipt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from bot.assembly import Bot
from bot.observe.metrics import DECIDED_TO_SENT, PUBLISHED_TO_SEEN, PUBLISHED_TO_SENT, SEEN_TO_DECIDED
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.discord_service import SEND, Drop, Reject
from tests.fakes.slack_service import ApiError, Dropped, RateLimited, ServerError
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, Desk

MINUTE = timedelta(minutes=1)
POST = "chat.postMessage"


def value(bot: Bot, name: str, **labels: str) -> float:
    """The sum of all series with these labels."""
    return sum(
        sample.value
        for family in bot.metrics.registry.collect()
        for sample in family.samples
        if sample.name == f"tradewire_{name}" and labels.items() <= sample.labels.items()
    )


def entry(number: int, title: str, **more: str) -> str:
    return item(title, guid=f"story-{number}", link=f"https://wire.example/{number}", **more)


FIRST = entry(1, "Brazil and Japan agree to cut tariffs on farm goods to 5%", description="Signed in Tokyo.")
SECOND = entry(2, "Nikkei plunges 6% as central bank raises interest rates", description="Stocks fell sharply.")
CORRECTED = entry(1, "CORRECTED: Brazil and Japan agree to cut tariffs on farm goods to 8%", description="8%.")


@pytest.fixture
async def bot(desk: Desk) -> AsyncIterator[Bot]:
    desk.web.serve("/feed", rss(FIRST, SECOND))
    async with desk.bot() as running:
        yield running
    desk.assert_payloads_are_valid()


async def go_on(bot: Bot, desk: Desk) -> None:
    desk.clock.advance(10 * MINUTE)
    assert await bot.service.once() == []


async def test_posts_edits_and_requests_are_what_the_services_counted(bot: Bot, desk: Desk) -> None:
    await go_on(bot, desk)
    desk.web.serve("/feed", rss(CORRECTED, SECOND))
    await go_on(bot, desk)

    on_slack, on_discord = desk.slack.messages(SLACK_CHANNEL), desk.discord.messages[GUILD_CHANNEL_ID]
    edits = {"slack": sum(each.edits for each in on_slack), "discord": desk.discord.edits.total()}
    posts = {"slack": len(on_slack), "discord": len(on_discord)}
    assert (posts, edits) == ({"slack": 2, "discord": 2}, {"slack": 1, "discord": 1})
    for platform in ("slack", "discord"):
        ended = {"platform": platform, "outcome": "sent"}
        assert value(bot, "deliveries_total", action="post", **ended) == posts[platform]
        assert value(bot, "deliveries_total", action="edit", **ended) == edits[platform]
    assert value(bot, "api_requests_total", platform="slack") == len(desk.slack.calls)
    assert value(bot, "api_requests_total", platform="discord") == len(desk.discord.calls)
    assert value(bot, "api_requests_total", status="200") == value(bot, "api_requests_total")


async def test_refusals_pauses_and_lost_answers_are_what_the_services_planned(bot: Bot, desk: Desk) -> None:
    desk.slack.fail(POST, RateLimited(1), RateLimited(1), ServerError(done=True), Dropped(done=True))
    desk.discord.fail(SEND, Reject(status=429, retry_after=0.01), Drop(stored=True))
    await go_on(bot, desk)

    assert value(bot, "api_requests_total", platform="slack", status="429") == 2
    assert value(bot, "api_requests_total", platform="discord", status="429") == 1
    assert value(bot, "api_requests_total", platform="slack", status="503") == 1
    assert value(bot, "api_requests_total", platform="slack", status="none") == 1
    assert value(bot, "api_requests_total", platform="discord", status="none") == 1
    assert value(bot, "api_requests_total", platform="slack") == len(desk.slack.calls)
    assert value(bot, "api_requests_total", platform="discord") == len(desk.discord.calls)
    assert value(bot, "delivery_retries_total", platform="slack", reason="asked_to_wait") == 2
    assert value(bot, "delivery_retries_total", platform="slack", reason="unknown_outcome") == 2
    assert value(bot, "delivery_retries_total", platform="discord", reason="unknown_outcome") == 1
    assert value(bot, "unknown_resolved_total", platform="slack") == 2
    assert value(bot, "unknown_resolved_total", platform="discord") == 1
    assert len(desk.slack.messages(SLACK_CHANNEL)) == len(desk.discord.messages[GUILD_CHANNEL_ID]) == 2
    assert value(bot, "deliveries_total", outcome="sent", platform="slack") == 2
    assert value(bot, "deliveries_total", outcome="sent", platform="discord") == 2


async def test_a_message_that_the_platform_never_takes_is_a_failure(bot: Bot, desk: Desk) -> None:
    desk.slack.fail(POST, ApiError("msg_too_long"))
    desk.discord.fail(SEND, Reject(status=400, code=20009))
    await go_on(bot, desk)
    for platform in ("slack", "discord"):
        assert value(bot, "deliveries_total", platform=platform, outcome="failed") == 1
        assert value(bot, "deliveries_total", platform=platform, outcome="sent") == 1


async def test_polls_items_and_decisions_are_counted(bot: Bot, desk: Desk) -> None:
    await go_on(bot, desk)
    desk.web.serve("/feed", b"", status=500)
    await go_on(bot, desk)
    assert (value(bot, "polls_total", outcome="ok"), value(bot, "polls_total", outcome="http-status")) == (1, 1)
    assert value(bot, "items_total") == 2
    assert value(bot, "decisions_total", reason="first") == 6, "two stories at three places"


async def test_each_stage_of_an_alert_is_timed(desk: Desk) -> None:
    at = desk.clock.now() - 30 * MINUTE
    dated = entry(1, "Brazil and Japan agree to cut tariffs to 5%", pubDate=f"{at:%a, %d %b %Y %H:%M:%S} GMT")
    desk.web.serve("/feed", rss(dated))
    desk.slack.fail(POST, RateLimited(60))
    async with desk.bot() as bot:
        assert await bot.service.once() == []

        def seconds(platform: str, stage: str) -> float:
            labels = {"platform": platform, "stage": stage}
            assert value(bot, "alert_latency_seconds_count", **labels) == 1
            return value(bot, "alert_latency_seconds_sum", **labels)

        assert seconds("slack", PUBLISHED_TO_SEEN) == 1800
        assert seconds("slack", SEEN_TO_DECIDED) == 0
        assert seconds("slack", DECIDED_TO_SENT) == pytest.approx(60, abs=2)
        assert seconds("slack", PUBLISHED_TO_SENT) == pytest.approx(1860, abs=2)
        assert seconds("discord", DECIDED_TO_SENT) < 2


async def test_one_items_id_leads_from_its_decision_to_every_receipt(desk: Desk) -> None:
    desk.web.serve("/feed", rss(FIRST))
    desk.slack.fail(POST, RateLimited(1))
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await desk.once()
    (decided,) = [line for line in lines if line["event"] == "decided"]
    assert (decided["places"], decided["reasons"], decided["source"]) == (3, {"first": 3}, "wire")
    followed = [line for line in lines if line.get("item") == decided["item"]]
    delivered = [line for line in followed if line["event"] == "delivered"]
    assert {line["story"] for line in followed} == {decided["story"]}
    assert sorted(line["decision"] for line in delivered) == decided["decisions"]
    assert {line["destination"] for line in delivered} == {
        f"slack:{SLACK_CHANNEL}", f"discord:{GUILD_CHANNEL_ID}", "console",
    }  # fmt: skip
    (waited,) = [line for line in followed if line["event"] == "delivery_waits"]
    (arrived,) = [line for line in delivered if line["delivery"] == waited["delivery"]]
    assert arrived["destination"] == f"slack:{SLACK_CHANNEL}"
