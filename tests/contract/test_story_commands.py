"""The story page, Follow and Mute on a real database of either kind: what they answer, and what they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.commands.following import MOST_FOLLOWED
from bot.commands.muting import MOST_MUTES
from bot.commands.spec import Caller, Catalog, Permission
from bot.deliver.card import Reply, plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.model import Destination, Direction, Fact, ItemKey, Measure, Party, Rate, Reason, Story, StoryId, fact_key
from bot.observe import Parts
from bot.routing.mutes import Mute
from bot.store import audience, follows, mutes, news
from bot.store.engine import Database
from tests import samples
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import DISCORD, NOW, SLACK

ANN, BOB = (Destination("slack", name, person=True) for name in ("UANN", "UBOB"))
HOUR = timedelta(hours=1)
STORY = StoryId("aaaaaaaaaaaa")
LEAD = ItemKey("aaaaaaaaaaaaaaaa")
WHO = "Whoever has the key may."
ANSWER = ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", "PATCH")

US, TARIFF, TEN, FIVE = (
    Party(value="US", span=samples.span()),
    Measure(value="tariff", stage="announced", span=samples.span()),
    Rate(value=10.0, of="tariff", span=samples.span()),
    Rate(value=5.0, of="tariff", span=samples.span()),
)


async def granted() -> Permission:
    return Permission(granted=True, why=WHO)


async def refused() -> Permission:
    return Permission(granted=False, why=WHO)


async def never_asked() -> Permission:
    raise AssertionError("nobody needs to know")


MANAGER = Caller(user=ANN, place=SLACK, name="Ann", may_manage=granted)
GUEST = Caller(user=BOB, place=SLACK, name="Bob", may_manage=refused)
ALONE = Caller(user=ANN, place=ANN, name="Ann", may_manage=never_asked)


@dataclass
class Room:
    """A channel that was told STORY: three reports by three outlets, the second with a new fact."""

    catalog: Catalog
    database: Database
    clock: FakeClock

    async def reply(self, text: str, caller: Caller = MANAGER) -> Reply:
        reply = await self.catalog.run_text(text, caller)
        assert judge_slack(slack_payload(reply)) == []
        assert judge_discord(*ANSWER, discord_payload(reply)) == []
        assert reply.private
        return reply

    async def ask(self, text: str, caller: Caller = MANAGER) -> str:
        return said(await self.reply(text, caller))

    async def press(self, reply: Reply, label: str, caller: Caller = MANAGER) -> Reply:
        (action,) = [action for action in reply.actions if action.label == label]
        return await self.catalog.press(action.command, caller)

    def muted(self, *places: Destination) -> list[Mute]:
        return self.database.read_now(mutes.in_force, places or (SLACK,), now=self.clock.now())

    def followers(self) -> list[Destination]:
        return self.database.read_now(follows.followers, STORY)


def said(reply: Reply) -> str:
    return f"{reply.title}\n{plain(reply.lines)}"


def labels(reply: Reply) -> list[str]:
    return [action.label for action in reply.actions]


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    def fill(connection: sa.Connection) -> None:
        news.add_story(connection, _story(3))
        _report(connection, 0, "Example Wire", [US, TARIFF], "escalation", Reason.FIRST)
        _report(connection, 1, "Daily", [US, TARIFF, TEN], None, Reason.NEW_FACT)
        _report(connection, 2, "", [TEN, FIVE], "de-escalation", Reason.NOTHING_NEW)

    database.write_now(fill)
    return _enter(database, clock)


def _enter(database: Database, clock: FakeClock, managers: frozenset[Destination] = frozenset()) -> Room:
    feedback = Feedback(database=database, clock=clock, routes=[], thresholds={"trade": 0.5, "market": 0.5})
    desk = Desk(database=database, clock=clock, parts=Parts(), feedback=feedback, managers=managers)
    return Room(build_catalog(desk), database, clock)


def _story(hours: int) -> Story:
    return samples.story(
        id=STORY,
        key=STORY,
        lead=LEAD,
        verdict=samples.verdict(facts=(US, TARIFF, TEN, FIVE)),
        outlets=("Example Wire", "Daily"),
        updated_at=NOW + hours * HOUR,
    )


def _report(
    connection: sa.Connection,
    number: int,
    outlet: str,
    facts: Sequence[Fact],
    direction: Direction | None,
    reason: Reason,
    title: str = samples.TITLE,
) -> None:
    key = LEAD if number == 0 else ItemKey(f"{number:016x}")
    at = NOW + number * HOUR
    link = f"https://news.example/{number}"
    item = samples.item(key=key, outlet=outlet, title=title, published_at=at, seen_at=at, url=link)
    news.add_item(connection, item, STORY, samples.verdict(facts=tuple(facts), direction=direction))
    audience.save_decision(connection, samples.notice(item_key=key, story_id=STORY, reason=reason, decided_at=at))


# --- the story page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["", STORY, LEAD, "aaaaaaaa", "https://news.example/1"])
async def test_the_page_shows_the_story_report_by_report(room: Room, wanted: str) -> None:
    reply = await room.reply(f"story {wanted}")
    assert reply.title == samples.TITLE
    assert plain(reply.lines).splitlines() == [
        "3 reports from 2 outlets (Example Wire, Daily) · alert · aaaaaaaaaaaa",
        "First 2025-05-07 08:00 UTC, last 2025-05-07 11:00 UTC",
        "Direction: escalation since 2025-05-07 08:00 UTC → de-escalation since 2025-05-07 10:00 UTC",
        f"2025-05-07 08:00 UTC · Example Wire · {samples.TITLE} · first told",
        "↳ Parties: US; Measures: tariff (announced)",
        f"2025-05-07 09:00 UTC · Daily · {samples.TITLE} · new fact",
        "↳ Rates: 10% tariff",
        f"2025-05-07 10:00 UTC · wire · {samples.TITLE}",
        "↳ Rates: 5% tariff",
    ]
    assert labels(reply) == ["Follow", "Mute", "Why"]
    moments = [run.when for line in reply.lines for run in line if run.when]
    assert moments[-3:] == [NOW, NOW + HOUR, NOW + 2 * HOUR], "each reader sees their own zone"


async def test_escalations_corrections_and_withdrawals_are_marked(room: Room) -> None:
    def turn(connection: sa.Connection) -> None:
        for number, reason in ((1, Reason.ESCALATED), (1, Reason.CORRECTION), (2, Reason.WITHDRAWN)):
            notice = samples.notice(item_key=ItemKey(f"{number:016x}"), story_id=STORY, reason=reason)
            audience.save_decision(connection, notice)
        news.update_story(connection, replace(_story(3), mark="withdrawn", mark_note="the agency took it back"))

    room.database.write_now(turn)
    shown = await room.ask("story")
    assert (
        "Daily · Ministers agree to suspend steel duties for ninety days · new fact, escalation, correction" in shown
    )
    assert "wire · Ministers agree to suspend steel duties for ninety days · withdrawal" in shown
    assert "WITHDRAWN: the agency took it back" in shown


async def test_a_long_story_is_read_page_by_page_each_report_once(room: Room) -> None:
    def grow(connection: sa.Connection) -> None:
        for number in range(3, 40):
            fact = Rate(value=float(number * 100), of="tariff", span=samples.span())
            hostile = f"<!channel> @everyone *{number}* {'x' * 400}"
            _report(connection, number, f"Outlet {number}", [fact], "neutral", Reason.NEW_FACT, hostile)

    room.database.write_now(grow)
    reply, pages = await room.reply("story"), []
    while True:
        pages.append(said(reply))
        if "More" not in labels(reply):
            break
        reply = await room.press(reply, "More")
        assert judge_slack(slack_payload(reply)) == []
        assert judge_discord(*ANSWER, discord_payload(reply)) == []
    assert len(pages) > 4
    for number in range(3, 40):
        assert sum(page.count(f"· Outlet {number} ·") for page in pages) == 1
        assert sum(page.count(f"Rates: {number * 100:,}% tariff") for page in pages) == 1
    assert "(from report " in pages[1]
    assert "Direction:" not in pages[1]
    assert "Follow" in labels(reply)


async def test_the_directions_of_a_restless_story_are_cut_to_the_last(room: Room) -> None:
    def turn(connection: sa.Connection) -> None:
        for number in range(3, 9):
            _report(connection, number, "", [], "escalation" if number % 2 else "neutral", Reason.NOTHING_NEW)

    room.database.write_now(turn)
    assert "Direction: … → escalation since 2025-05-07 13:00 UTC → neutral since" in await room.ask("story")


@pytest.mark.parametrize("start", ["0", "4", "-1", "two", "9" * 12, "²"])
async def test_a_page_that_is_none_is_answered_with_those_there_are(room: Room, start: str) -> None:
    shown = await room.ask(f"story {STORY} {start}")
    assert f"“{start}” is no report of this story: it has 3 reports." in shown
    assert "start is a number from 1 to 3" in shown


async def test_a_story_that_is_not_stored_is_refused_with_what_helps(room: Room) -> None:
    for command in ("story", "follow", "unfollow", "mute story"):
        assert "No item “zzzz” is stored." in await room.ask(f"{command} zzzz")


async def test_without_a_story_those_that_one_follows_are_listed(room: Room) -> None:
    assert "Nothing was told here yet, and you follow no story." in await room.ask("story", ALONE)
    await room.ask(f"follow {STORY}", ALONE)
    reply = await room.reply("story", ALONE)
    assert reply.title == "Stories you follow"
    assert f"1. {samples.TITLE} · {STORY}" in plain(reply.lines)
    assert (await room.press(reply, "Story 1", ALONE)).title == samples.TITLE

    other = samples.story(id=StoryId("bbbbbbbbbbbb"), key="b", lead=ItemKey("b" * 16), title="Quotas end")
    room.database.write_now(news.add_story, other)
    room.database.write_now(follows.follow, ANN, other.id, now=NOW)
    shown = await room.ask("story")
    assert "You also follow\n1. Quotas end · bbbbbbbbbbbb" in shown
    assert "You follow it." in shown
    assert "Quotas end" not in await room.ask(f"story {STORY}")
    assert "Quotas end" not in await room.ask("story", GUEST)


# --- follow -----------------------------------------------------------------------------------------------


async def test_a_follow_counts_what_is_known_as_told(room: Room) -> None:
    reply = await room.reply("follow", GUEST)
    assert reply.title == "You follow this story now."
    assert "by direct message" in plain(reply.lines)
    told = room.database.read_now(audience.told_about, STORY, [BOB])[BOB]
    assert told.fact_keys >= {fact_key(fact) for fact in (US, TARIFF, TEN, FIVE)}
    again = await room.reply(f"follow {LEAD}", GUEST)
    assert again.title == "You follow this story already."
    assert room.followers() == [BOB]
    assert labels(await room.reply("story", GUEST)) == ["Unfollow", "Mute", "Why"]
    assert (await room.press(reply, "Unfollow", GUEST)).title == "You no longer follow this story."
    assert room.followers() == []
    assert (await room.reply("unfollow", GUEST)).title == "You did not follow this story."


async def test_to_follow_takes_ones_own_mute_back_and_leaves_the_channels(room: Room) -> None:
    for caller in (ALONE, MANAGER):
        await room.ask(f"mute story {STORY}", caller)
    shown = await room.ask("follow")
    assert "You had muted it for yourself; that is taken back." in shown
    assert [mute.place for mute in room.muted(SLACK, ANN)] == [SLACK]


async def test_a_story_that_is_closed_can_be_followed_and_that_is_said(room: Room) -> None:
    room.clock.advance(timedelta(days=3))
    assert "it is closed, so only corrections and withdrawals" in await room.ask("follow")


async def test_nobody_follows_without_end(room: Room) -> None:
    def fill(connection: sa.Connection) -> None:
        for number in range(MOST_FOLLOWED):
            story = samples.story(id=StoryId(f"{number:012}"), key=f"{number}")
            news.add_story(connection, story)
            follows.follow(connection, ANN, story.id, now=NOW)

    room.database.write_now(fill)
    assert f"You follow {MOST_FOLLOWED} stories already." in await room.ask("follow")
    assert "… and more" in await room.ask("story")


# --- mute -------------------------------------------------------------------------------------------------


async def test_a_storys_mute_lasts_until_it_closes_and_can_be_undone(room: Room) -> None:
    reply = await room.reply(f"mute story {LEAD[:8]}")
    assert reply.title == f"Muted in this channel: the story “{samples.TITLE}”."
    assert "Until: the story closes\nBy: Ann\n" in plain(reply.lines)
    (mute,) = room.muted()
    assert (mute.value, mute.author, mute.author_name, mute.expires_at) == (STORY, ANN, "Ann", None)
    shown = await room.reply("story")
    assert "Muted by Ann until the story closes" in plain(shown.lines)
    assert labels(shown) == ["Follow", "Unmute", "Why"]
    undone = await room.press(reply, "Undo")
    assert undone.title == f"No longer muted in this channel: the story “{samples.TITLE}”."
    assert room.muted() == []


@pytest.mark.parametrize(
    ("text", "value", "hours", "reason"),
    [
        ("topic Trade", "trade", 168, ""),
        ("topic urgent for 3h", "urgent", 3, ""),
        ("source daily for 2d too noisy", "Daily", 48, "too noisy"),
        ('source "EXAMPLE WIRE" we know', "Example Wire", 168, "we know"),
        ('term "rare earths" for 90m for a while', "rare earths", 1.5, "for a while"),
        ("term Tin", "tin", 168, ""),
        ("term 关税 for=1h", "关税", 1, ""),
        (f"story {STORY} for 2h", STORY, 2, ""),
    ],
)
async def test_everything_can_be_muted_for_a_time_and_for_a_reason(
    room: Room, text: str, value: str, hours: float, reason: str
) -> None:
    reply = await room.reply(f"mute {text}")
    (mute,) = room.muted()
    assert (mute.value, mute.reason, mute.expires_at) == (value, reason, NOW + hours * HOUR)
    assert mute.until in plain(reply.lines)
    assert "No longer muted" in (await room.press(reply, "Undo")).title
    assert room.muted() == []


async def test_pressed_twice_it_stays_as_it_was_and_a_new_time_replaces_the_old(room: Room) -> None:
    await room.ask("mute term tin for 2h first")
    other = replace(MANAGER, user=BOB, name="Bob")
    assert "Muted already in this channel: the term “tin”." in await room.ask("mute term tin", other)
    assert [mute.by for mute in room.muted()] == ["Ann"]
    await room.ask("mute term TIN for 5h", other)
    assert [(mute.by, mute.expires_at) for mute in room.muted()] == [("Bob", NOW + 5 * HOUR)]


async def test_mutes_lists_who_why_and_until_when(room: Room) -> None:
    assert "Nothing is muted in this channel." in await room.ask("mutes", GUEST)
    for text in ("term tin for 2h too much", "topic market", f"story {STORY}"):
        await room.ask(f"mute {text}")
    reply = await room.reply("mutes", GUEST)
    assert plain(reply.lines).splitlines() == [
        "1. The term “tin” · by Ann until 2025-05-07 10:00 UTC · too much",
        "2. The topic “market” · by Ann until 2025-05-14 08:00 UTC",
        f"3. The story “{samples.TITLE}” · by Ann until the story closes",
    ]
    assert "what is muted" in (await room.press(reply, "Unmute 2", GUEST)).title.lower()
    await room.press(reply, "Unmute 2")
    room.clock.advance(timedelta(days=2))
    assert "Nothing is muted in this channel." in await room.ask("mutes"), "one ran out, one closed"


@pytest.mark.parametrize("wanted", [STORY, LEAD, "https://news.example/2"])
async def test_a_storys_mute_is_ended_by_any_name_of_the_story(room: Room, wanted: str) -> None:
    await room.ask("mute story aaaaaaaa")
    assert "No longer muted" in await room.ask(f"unmute story {wanted}")


async def test_unmuting_what_is_not_muted_says_what_is(room: Room) -> None:
    assert "Nothing is muted here." in await room.ask("unmute term tin")
    await room.ask('mute term "rare earths"')
    shown = await room.ask("unmute term tin")
    assert "No term “tin” is muted here." in shown
    assert "Muted here: the term “rare earths”." in shown
    assert "No longer muted" in await room.ask("unmute term Rare Earths")


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        ("mute", "“kind” is missing", "story, source, topic, term"),
        ("mute stroy x", "Did you mean story?", "Usage: /wire mute <kind> <value> [for …] [reason]"),
        ("mute term", "“value” is missing", 'Example: /wire mute term "rare earths" for 3d'),
        ("mute topic trad", "A topic is one of trade, market, urgent, not “trad”. Did you mean trade?", "help mute"),
        ("mute source dialy", "No source or outlet “dialy” is known.", "Did you mean “Daily”?"),
        ("mute source zzzzzzzz", "No source or outlet", "Known: “Daily”, “Example Wire”."),
        ("mute term !!!", "no letter or digit", "help mute"),
        (f"mute term {'x' * 81}", "at most 80", "help mute"),
        ("mute term tin for ever", "“ever” is not a time to mute for", "for 3d"),
        ("mute term tin for 5s", "“5s” is not a time to mute for", "for 3d"),
        ("mute term tin for", "in quotes", "help mute"),
        ("mute term rare earths for 3d", 'in quotes, the duration after them: mute term "rare earths" for 3d', ""),
        ("unmute term", "“value” is missing", "/wire unmute topic market"),
    ],
)
async def test_what_makes_no_sense_changes_nothing_and_is_told_what_does(
    room: Room, text: str, problem: str, cure: str
) -> None:
    shown = await room.ask(text)
    assert problem in shown
    assert cure in shown
    assert room.muted() == []


async def test_a_story_that_is_closed_need_not_be_muted(room: Room) -> None:
    room.clock.advance(timedelta(days=3))
    assert "it is closed" in await room.ask(f"mute story {STORY}")
    assert room.muted() == []


async def test_what_people_write_is_kept_on_one_line_and_in_bounds(room: Room) -> None:
    shouting = replace(MANAGER, name="A\nnn\u202e" + "n" * 100)
    await room.catalog.run("mute", {"kind": "topic", "value": "trade", "reason": "why\n\u202e" + "y" * 300}, shouting)
    (mute,) = room.muted()
    assert mute.author_name.isprintable()
    assert mute.reason.isprintable()
    assert (len(mute.author_name), len(mute.reason)) == (60, 200)
    assert judge_discord(*ANSWER, discord_payload(await room.reply("mutes"))) == []


async def test_a_place_keeps_only_so_many_mutes(room: Room) -> None:
    for number in range(MOST_MUTES):
        await room.catalog.run_text(f"mute term tin{number}", MANAGER)
    assert f"{MOST_MUTES} things are muted here already." in await room.ask("mute term zinc")
    assert "Muted in this channel" in await room.ask("mute term tin0 for 1h"), "one of them may change"
    assert len(labels(await room.reply("mutes"))) == 5


# --- who may ----------------------------------------------------------------------------------------------


async def test_who_may_not_is_told_who_may_and_what_they_can_do(room: Room) -> None:
    reply = await room.reply(f"mute story {STORY}", GUEST)
    shown = said(reply)
    assert "for those who manage it to say" in shown
    assert WHO in shown
    assert "what you mute in direct messages with me is muted for you alone" in shown
    assert room.muted() == []
    assert (await room.press(reply, "Follow", GUEST)).title == "You follow this story now."
    assert labels(await room.reply("mute topic trade", GUEST)) == []


async def test_who_may_not_mute_may_not_unmute(room: Room) -> None:
    reply = await room.reply("mute topic trade")
    assert WHO in said(await room.press(reply, "Undo", GUEST))
    assert len(room.muted()) == 1


async def test_in_direct_messages_everybody_mutes_for_themselves(room: Room) -> None:
    reply = await room.reply(f"mute story {STORY} too much", ALONE)
    assert reply.title == f"Muted for you: the story “{samples.TITLE}”."
    assert [mute.place for mute in room.muted(SLACK, ANN)] == [ANN]
    assert "Muted for you" in await room.ask("mutes", ALONE)
    assert "Nothing is muted in this channel." in await room.ask("mutes")
    assert (await room.press(reply, "Undo", ALONE)).title.startswith("No longer muted for you")


async def test_the_owners_managers_may_everywhere_and_no_platform_is_asked(room: Room) -> None:
    owned = _enter(room.database, room.clock, managers=frozenset({BOB}))
    for place in (SLACK, DISCORD):
        await owned.ask("mute topic trade", Caller(user=BOB, place=place, may_manage=never_asked))
    assert [mute.by for mute in owned.muted(SLACK, DISCORD)] == ["slack:@UBOB"] * 2


async def test_a_connection_that_does_not_say_who_may_refuses(room: Room) -> None:
    assert "does not say who may" in await room.ask("mute topic trade", Caller(user=ANN, place=SLACK))
