"""From a feed to both chat services and the console, over real sockets, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.intake.normalise import normalise
from bot.model import Destination, Entry, Item, ItemKey, Reason, Source
from bot.store import audience, feeds, news, outbox
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.discord_service import SEND, Drop, Reject
from tests.fakes.slack_service import Dropped, RateLimited, ServerError
from tests.fakes.web import item, rss
from tests.flow.desk import MARKET, NEITHER, ROUTES, SLACK_CHANNEL, TRADE, Desk

TITLES = [
    "Brazil and Japan agree to cut tariffs on farm goods to 5%",
    "Nikkei plunges 6% as central bank raises interest rates by surprise",
]


def assert_told_once_in_order(desk: Desk) -> None:
    assert len(desk.slack_titles) == len(TITLES)
    for title, blocks in zip(TITLES, desk.slack_titles, strict=True):
        assert title in blocks
    assert desk.discord_titles == TITLES
    desk.assert_payloads_are_valid()


async def test_two_of_three_items_reach_both_services_in_order(desk: Desk) -> None:
    await desk.once()
    assert_told_once_in_order(desk)
    printed = desk.console.getvalue()
    assert printed.index("Brazil and Japan") < printed.index("Nikkei plunges")
    assert "tomato" not in printed


async def test_only_senders_that_have_something_to_send_are_woken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.configure(routes=ROUTES.replace('"console"]', "]").replace(f'"slack:{SLACK_CHANNEL}", ', ""))
    woken: list[str | None] = []
    async with desk.bot() as bot:
        monkeypatch.setattr(bot.service.senders, "wake", lambda platform=None: woken.append(platform))
        await bot.service.pollers.run_due()
    assert woken == ["discord"]


async def test_weather_on_the_way_changes_nothing(desk: Desk) -> None:
    desk.slack.fail(
        "chat.postMessage", RateLimited(1), Dropped(done=True), Dropped(done=False), ServerError(done=True)
    )
    desk.discord.fail(SEND, Reject(status=429, retry_after=0.01), Drop(), Reject(status=503))
    await desk.once()
    assert_told_once_in_order(desk)


async def test_a_second_run_and_a_later_poll_repeat_nothing(desk: Desk) -> None:
    await desk.once()
    await desk.once()
    desk.clock.advance(timedelta(hours=1))
    await desk.once()
    assert_told_once_in_order(desk)
    assert len(desk.web.requests) == 2, "the second run had nothing due"


async def test_every_item_has_a_decision_for_every_destination_with_its_reason(desk: Desk) -> None:
    await desk.once()
    async with desk.bot() as bot:
        reasons = await bot.database.read(audience.reason_counts, since=desk.clock.now() - timedelta(hours=1))
        assert reasons == {"first": 6, "below_threshold": 3}
        key = await bot.database.read(news.find_item, "https://wire.example/tomatoes")
        assert key is not None
        decisions = await bot.database.read(audience.decisions_on, ItemKey(key))
    assert {notice.reason for notice in decisions} == {Reason.BELOW_THRESHOLD}
    assert "topic:trade" in decisions[0].detail
    assert "trade 0." in decisions[0].detail


async def test_the_same_headline_from_a_second_outlet_is_one_alert(desk: Desk) -> None:
    again = TRADE.replace("trade-1", "other-9").replace("wire.example/tariffs", "other.example/x")
    desk.web.serve("/other", rss(again))
    desk.configure(
        sources="".join(
            f'[[source]]\nid = "{name}"\nurl = "{desk.web.url(path)}"\n'
            for name, path in (("a", "/feed"), ("b", "/other"))
        )
    )
    await desk.once()
    assert len(desk.slack_titles) == len(TITLES)
    async with desk.bot() as bot:
        reasons = await bot.database.read(audience.reason_counts, since=desk.clock.now() - timedelta(hours=1))
    assert reasons["nothing_new"] == 3


async def test_a_new_fact_about_a_told_story_answers_in_its_thread(desk: Desk) -> None:
    desk.web.serve("/feed", rss(TRADE))
    await desk.once()
    more = item(
        TITLES[0],
        guid="trade-2",
        link="https://wire.example/more",
        description="The trade agreement also cuts tariffs on steel to 12%, officials said.",
    )
    desk.web.serve("/feed", rss(more, TRADE))
    desk.clock.advance(timedelta(minutes=10))
    await desk.once()
    first, second = desk.slack.messages(SLACK_CHANNEL)
    assert second.thread_ts == first.ts
    assert "12%" in str(second.blocks)
    top, reply = desk.discord.messages[GUILD_CHANNEL_ID]
    assert reply["message_reference"]["message_id"] == top["id"]
    desk.assert_payloads_are_valid()


async def test_a_channel_that_is_closed_keeps_its_alerts_until_a_person_mends_it(desk: Desk) -> None:
    desk.slack.add_channel(SLACK_CHANNEL).member = False
    async with desk.bot() as bot:
        (stuck,) = await bot.service.once()
    assert str(stuck.destination) == f"slack:{SLACK_CHANNEL}"
    assert "invite" in (stuck.fault or "")
    assert desk.discord_titles == TITLES, "the other platform is not held up"
    desk.slack.add_channel(SLACK_CHANNEL).member = True
    desk.clock.advance(timedelta(minutes=10))
    await desk.once()
    assert_told_once_in_order(desk)


async def test_quiet_hours_hold_alerts_and_deliver_them_when_they_end(desk: Desk) -> None:
    quiet = 'quiet = "09:00-12:00 Europe/London"'  # the fake clock begins at 09:00 there
    desk.configure(
        routes=f'[[route]]\nname = "desk"\nto = ["slack:{SLACK_CHANNEL}"]\nwhen = "topic:trade"\n{quiet}\n'
    )
    await desk.once()
    assert desk.slack_titles == []
    desk.clock.advance(timedelta(hours=3))
    await desk.once()
    assert len(desk.slack_titles) == 1


async def test_a_louder_story_takes_the_place_of_what_quiet_hours_hold(desk: Desk) -> None:
    """People who heard nothing yet are told once, with all of it, and not that something "became" louder."""
    calm = item("Ministers review tariffs on imported steel", guid="calm", link="https://wire.example/calm")
    loud = item(
        "Ministers review tariffs on imported steel",
        guid="loud",
        link="https://wire.example/loud",
        description="Breaking: the president imposes a 25% tariff on all steel, effective immediately.",
    )
    desk.web.serve("/feed", rss(calm))
    to = f'to = ["slack:{SLACK_CHANNEL}"]\nwhen = "topic:trade"\n'
    desk.configure(routes=f'[[route]]\nname = "calm"\n{to}quiet = "09:00-12:00 Europe/London"\n')
    await desk.once()
    desk.configure(routes=f'[[route]]\nname = "loud"\n{to}')
    desk.web.serve("/feed", rss(loud, calm))
    desk.clock.advance(timedelta(minutes=10))
    await desk.once()
    desk.clock.advance(timedelta(hours=3))
    await desk.once()
    (message,) = desk.slack.messages(SLACK_CHANNEL)
    assert "became" not in str(message.blocks)


async def test_a_feed_that_is_newest_first_is_told_oldest_first(desk: Desk) -> None:
    later = TRADE.replace("</item>", "<pubDate>Wed, 07 May 2025 07:30:00 GMT</pubDate></item>")
    earlier = MARKET.replace("</item>", "<pubDate>Wed, 07 May 2025 06:30:00 GMT</pubDate></item>")
    desk.web.serve("/feed", rss(later, earlier))
    await desk.once()
    assert desk.discord_titles == [TITLES[1], TITLES[0]]


async def test_one_poisonous_entry_costs_itself_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbling(entry: Entry, source: Source, now: datetime) -> Item | None:
        if "tomato" in (entry.title or ""):
            raise RuntimeError("a fault of ours")
        return normalise(entry, source, now)

    monkeypatch.setattr("bot.pipeline.normalise", stumbling)
    await desk.once()
    assert_told_once_in_order(desk)


async def test_a_poll_that_breaks_down_is_a_fault_that_status_shows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> str:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr("bot.steps.grouping.story_key", broken)
        await desk.once()
    async with desk.bot() as bot:
        (failing,) = await bot.database.read(feeds.health)
    assert failing.failures == 1
    assert "internal fault (RuntimeError: a fault of ours)" in (failing.fault or "")
    desk.clock.advance(timedelta(hours=1))
    await desk.once()
    assert_told_once_in_order(desk)


async def test_what_is_old_is_stored_and_told_to_nobody(desk: Desk) -> None:
    old = item(TITLES[0], guid="o", link="https://wire.example/o", pubDate="Mon, 02 Nov 2009 10:00:00 GMT")
    desk.web.serve("/feed", rss(old))
    source = f'[[source]]\nid = "wire"\nurl = "{desk.web.url("/feed")}"\nmax_age = "3d"\n'
    desk.configure(sources=source)
    await desk.once()
    assert desk.slack_titles == []
    async with desk.bot() as bot:
        key = await bot.database.read(news.find_item, "https://wire.example/o")
        decisions = await bot.database.read(audience.decisions_on, ItemKey(key or ""))
    assert all("older than the 72 h" in notice.detail for notice in decisions)


@pytest.mark.parametrize("bad", ["page", "endless", "silent", "huge", "refused", "broken"])
async def test_one_bad_source_is_named_with_its_cure_and_stops_no_other(desk: Desk, bad: str) -> None:
    desk.web.serve("/page", "<!doctype html><html><head><title>News</title></head><body>hello</body></html>")
    desk.web.endless("/endless")
    desk.web.silent("/silent")
    desk.web.serve("/huge", b"<rss>" + b"x" * 20_000_000)
    desk.web.serve("/broken", b"\x00\x01\x02 not a feed at all")
    url = "http://10.9.8.7/feed" if bad == "refused" else desk.web.url(f"/{bad}")
    desk.configure(
        sources=f'[[source]]\nid = "bad"\nurl = "{url}"\n[[source]]\nid = "wire"\nurl = "{desk.web.url("/feed")}"\n',
        main='deadline = "1s"\n',
    )
    await desk.once()
    assert_told_once_in_order(desk)
    async with desk.bot() as bot:
        failing, well = await bot.database.read(feeds.health)
    assert (failing.id, failing.failures, well.failures) == ("bad", 1, 0)
    assert failing.fault is not None
    assert url.removeprefix("http://").split("/", maxsplit=1)[0] in failing.fault


@pytest.mark.parametrize("step", ["settle", "before_send", "after_send", "after_record"])
async def test_a_crash_between_two_steps_loses_and_repeats_nothing(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program dies at each step of the first delivery; a new one on the same database finishes the work."""

    class Killed(BaseException):
        pass

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        match step:
            case "settle":
                patch.setattr(outbox, "enqueue_all", die)
            case "before_send":
                patch.setattr("bot.deliver.slack.channel.SlackChannel.send", die)
            case "after_send":
                patch.setattr(outbox, "record_sent", die)
            case "after_record":
                patch.setattr(outbox, "give_back", die)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever way the kill comes out
            await desk.once()
    desk.clock.advance(timedelta(minutes=10))  # the dead process' leases are over
    await desk.once()
    assert_told_once_in_order(desk)


def test_the_fixture_items_are_what_they_are_called() -> None:
    assert all(title in part for title, part in zip(TITLES, (TRADE, MARKET), strict=True))
    assert "tomato" in NEITHER
    assert str(Destination.parse(f"slack:{SLACK_CHANNEL}")) == "slack:C0123"
