"""/wire calendar and /wire remind as both platforms show them: what is found, what is wrong, who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.calendar.events import EventKind
from bot.commands.reminding import MOST_AT_ONE_PLACE, calendar_commands
from bot.commands.spec import Caller, Catalog
from bot.deliver.card import Reply, plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.model import Destination
from bot.routing.preferences import Preferences
from bot.store import calendar, places, reminders
from bot.store.engine import Database
from tests.calendar_reports import report
from tests.contract.calendar_desk import CalendarDesk, desk_on
from tests.contract.story_room import ALONE, ANN, ANSWER, GUEST, MANAGER, labels, said
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import NOW, SLACK


@dataclass
class Room:
    catalog: Catalog
    desk: CalendarDesk
    clock: FakeClock

    async def reply(self, text: str, caller: Caller = MANAGER) -> Reply:
        return judged(await self.catalog.run_text(text, caller))

    async def ask(self, text: str, caller: Caller = MANAGER) -> str:
        return said(await self.reply(text, caller))

    async def run(self, name: str, arguments: Mapping[str, str], caller: Caller = MANAGER) -> str:
        """As Discord gives it: typed options."""
        return said(judged(await self.catalog.run(name, arguments, caller)))

    async def press(self, reply: Reply, label: str, caller: Caller = MANAGER) -> Reply:
        (action,) = [action for action in reply.actions if action.label == label]
        return judged(await self.catalog.press(action.command, caller))

    def reminders(self, place: Destination = SLACK) -> list[tuple[str, str]]:
        return [(each.query, str(each.lead)) for each in self.desk.database.read_now(reminders.at, place)]


def judged(reply: Reply) -> Reply:
    assert judge_slack(slack_payload(reply)) == []
    assert judge_discord(*ANSWER, discord_payload(reply)) == []
    return reply


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    desk = desk_on(database)
    return Room(Catalog(calendar_commands(database, clock, desk.agenda, frozenset())), desk, clock)


# --- calendar -------------------------------------------------------------------------------------------------


async def test_events_are_listed_by_day_with_parties_place_source_and_what_became_of_them(room: Room) -> None:
    room.desk.item(0, "2025-05-08")
    room.desk.item(1, "2025-05-12/2025-05-13")
    room.desk.item(2, None, title="US and China move trade talks from 12 May to 13 May")
    room.desk.item(3, None, title="China calls off trade talks with US", summary="They were due on May 8.")
    reply = await room.reply("calendar")
    assert reply.title == "Calendar, the next seven days"
    assert plain(reply.lines).splitlines() == [
        "Tomorrow, Thursday 8 May 2025",
        "Meeting: China · US, Geneva",
        "Ministers to meet in Geneva · medium confidence: Outlet 0 · 000000000000",
        "Monday 12 May 2025",
        "Meeting: China · US, Geneva · 12 to 13 May 2025",
        "Ministers to meet in Geneva · medium confidence: Outlet 1, Outlet 2 · 000000000001",
    ]
    assert reply.lines[2][0].url == "https://news.example/0"
    assert labels(reply) == ["Remind me", "Story 1", "Story 2"]


async def test_what_moved_and_what_is_off_is_marked(room: Room) -> None:
    room.desk.item(0, "2025-05-09")
    room.desk.item(1, None, title="US and China postpone trade talks to 12 May")
    moved = await room.reply("calendar")
    assert "MOVED (was 9 May 2025) Meeting: China · US, Geneva" in plain(moved.lines)
    room.desk.item(2, None, title="China calls off trade talks with US")
    off = await room.reply("calendar")
    (line,) = [line for line in off.lines if any(run.strike for run in line)]
    assert "".join(run.text for run in line) == "OFF (called off) Meeting: China · US, Geneva"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("calendar today", ()),
        ("calendar week", (12,)),
        ("calendar next week", (12, 16)),
        ("calendar China next week", (12, 16)),
        ("calendar cn month", (12, 16, 30)),
        ("calendar month", (12, 16, 30)),
        ("calendar China", (12,)),
        ("calendar United States this week", (12,)),
        ("calendar France", ()),
        ('calendar country=China when="next week"', (12, 16)),
        ('calendar "South Korea" month', ()),
    ],
)
async def test_a_country_and_a_time_are_understood_in_words(room: Room, text: str, found: tuple[int, ...]) -> None:
    for number, day in enumerate((12, 16, 30)):
        room.desk.item(number, f"2025-05-{day}")
    shown = await room.ask(text)
    assert tuple(day for day in (12, 16, 30) if f"day {day} May 2025\nMeeting" in shown) == found
    assert ("Nothing is known to happen" in shown) is not bool(found)


async def test_typed_options_are_read_like_text(room: Room) -> None:
    room.desk.item(0, "2025-05-12")
    assert "Calendar for China, next week" in await room.run("calendar", {"country": "China", "when": "next week"})
    assert "Calendar for China, next week" in await room.run("calendar", {"country": "China next week"})


async def test_an_empty_answer_says_so_and_names_the_next_event(room: Room) -> None:
    empty = await room.ask("calendar Vietnam today")
    assert "Nothing is known to happen for Vietnam today." in empty
    assert "as soon as an item that is flagged names their day" in empty
    room.desk.item(0, "2025-06-30")
    reply = await room.reply("calendar")
    assert "The next that is known:\n30 Jun 2025\nMeeting: China · US, Geneva" in plain(reply.lines)
    assert "Nothing is known to happen for France in the next 31 days." in await room.ask("calendar France month")


@pytest.mark.parametrize(
    ("text", "problem", "cure"),
    [
        ("calendar Chnia", "“Chnia” is no country that I know.", "Did you mean China?"),
        ("calendar xyzzy", "“xyzzy” is no country that I know.", "today, week, next week, month"),
        ("calendar China when=year", "when is one of today, week, next week, month, not “year”.", "Usage"),
        ("calendar China start=0", "“0” is not the number of an event", "write 1, 2, 3"),
        ("calendar China start=x", "“x” is not the number of an event", "write 1, 2, 3"),
        ("remind China 99d", "“99d” is no time before an event", "/wire remind China 2d"),
        ("remind China before=soon", "“soon” is no time before an event", "up to 30 days"),
        ("remind China 3h 1d", "“3h” and “1d” are two times before an event: name one.", "/wire remind China 2d"),
        ("remind China 3h dm 1d", "“3h” and “1d” are two times before an event: name one.", "For both, ask twice."),
        ("remind (steel", "▸", "Name a country, “all”, or a query"),
        ("remind country:", "▸", "Name a country, “all”, or a query"),
    ],
)
async def test_what_makes_no_sense_is_told_what_does(room: Room, text: str, problem: str, cure: str) -> None:
    shown = await room.ask(text)
    assert problem in shown
    assert cure in shown
    assert room.reminders(ANN) == []


async def test_a_long_list_is_paged_by_its_buttons(room: Room) -> None:
    for number in range(20):
        room.desk.item(number, f"2025-05-{8 + number:02}")
    reply = await room.reply("calendar China month")
    assert reply.title == "Calendar for China, the next 31 days: 1 to 8 of 20"
    seen = [plain(reply.lines)]
    while any(action.label == "More" for action in reply.actions):
        reply = await room.press(reply, "More")
        seen.append(plain(reply.lines))
    assert [f"{8 + number} May 2025\n" in text for text in seen for number in range(20)].count(True) >= 20
    assert reply.title.endswith(": 17 to 20 of 20")
    back = await room.press(reply, "Earlier")
    assert back.title.endswith(": 9 to 16 of 20")


async def test_today_is_the_readers_own(room: Room) -> None:
    room.clock.advance(timedelta(hours=15))  # 23:00 UTC: in Tokyo it is the eighth
    room.desk.item(0, "2025-05-08")
    assert "Tomorrow, Thursday 8 May 2025" in await room.ask("calendar")
    room.desk.database.write_now(places.save, Preferences(place=ANN, zone="Asia/Tokyo"), now=NOW)
    assert "Today, Thursday 8 May 2025" in await room.ask("calendar")


async def test_countries_are_suggested_those_with_events_first(room: Room) -> None:
    room.desk.item(0, "2025-05-12")
    suggested = await room.catalog.suggest("calendar", "country", "", MANAGER)
    assert suggested[:2] == ["China", "US"]
    assert len(suggested) <= 25
    assert list(await room.catalog.suggest("calendar", "country", "vie", MANAGER)) == ["Vietnam"]
    assert "all" in await room.catalog.suggest("remind", "what", "a", MANAGER)


@pytest.mark.parametrize(
    "text",
    [
        "@everyone <@123> <!channel> <@U123|x> @here",
        "</b>*_~`>| [x](https://evil.example) <https://evil.example|x>",
        "line\nbreak\u202e\x01\x1b[31m",
        "x" * 5_000,
        " ",
    ],
)
async def test_what_feeds_write_is_shown_as_text(room: Room, text: str) -> None:
    def fill(connection: sa.Connection) -> None:
        hostile = report(0, "2025-05-09", kind=EventKind.DEADLINE, title=text, where=text, names=(text,), outlet=text)
        calendar.replace_reports(connection, hostile.item, [hostile], now=NOW)

    room.desk.item(0, None)
    room.desk.database.write_now(fill)
    await room.reply("calendar")


# --- remind ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "query", "lead"),
    [
        ("remind China", ANN, "country:CN", "1d"),
        ("remind China here", SLACK, "country:CN", "1d"),
        ("remind South Korea 2w before", ANN, "country:KR", "14d"),
        ("remind all 2d here", SLACK, "", "2d"),
        ("remind all dm", ANN, "", "1d"),
        ("remind China here 3h", SLACK, "country:CN", "3h"),
        ('remind "rare earths" 3h dm', ANN, '"rare earths"', "3h"),
        ("remind steel country:EU before=3d", ANN, "steel country:EU", "3d"),
        ("remind country:CN", ANN, "country:CN", "1d"),
    ],
)
async def test_a_reminder_is_set_as_it_is_written(
    room: Room, text: str, place: Destination, query: str, lead: str
) -> None:
    reply = await room.reply(text)
    assert room.reminders(place) == [(query, lead)]
    assert "No such event is known yet; you hear of each that comes." in plain(reply.lines)
    assert "No more reminders" in (await room.press(reply, "Undo")).title
    assert room.reminders(place) == []


async def test_the_answer_names_the_zone_and_what_is_covered(room: Room) -> None:
    for number in range(7):
        room.desk.item(number, f"2025-05-{12 + 2 * number}")
    away = replace(ALONE, zone=in_tokyo)
    reply = await room.reply("remind China", away)
    assert reply.title == "Reminders by direct message: “country:CN”."
    lines = plain(reply.lines).splitlines()
    assert lines[:3] == [
        "1 day before, at 09:00, Asia/Tokyo time.",
        "It covers now (the next of 7):",
        "12 May 2025: Meeting: China · US, Geneva",
    ]
    assert room.desk.tick("2025-05-11T00:00")[0][0] == "slack:@UANN"


async def test_in_a_channel_its_own_clock_counts(room: Room) -> None:
    room.desk.database.write_now(places.save, Preferences(place=SLACK, zone="Europe/Berlin"), now=NOW)
    assert "at 09:00, Europe/Berlin time." in await room.ask("remind all here", replace(MANAGER, zone=in_tokyo))
    assert "at 09:00, Asia/Tokyo time." in await room.ask("remind all", replace(MANAGER, zone=in_tokyo))


async def in_tokyo() -> str:
    return "Asia/Tokyo"


async def test_a_channel_is_for_those_who_manage_it_to_decide(room: Room) -> None:
    refused = await room.ask("remind China here", GUEST)
    assert "for those who manage it to say" in refused
    assert "Whoever has the key may." in refused
    assert room.reminders() == []
    assert "Reminders by direct message" in await room.ask("remind China", GUEST)
    await room.ask("remind China here")
    listed = await room.reply("remind", GUEST)
    assert labels(listed) == ["Stop 1", "Stop 2", "Calendar"]
    assert "for those who manage it to say" in (await room.press(listed, "Stop 1", GUEST)).title
    assert "No more reminders by direct message" in (await room.press(listed, "Stop 2", GUEST)).title
    assert room.reminders() == [("country:CN", "1d")]


async def test_off_ends_ones_own_or_the_channels_or_one(room: Room) -> None:
    for text in ("remind China", "remind all", "remind Vietnam here"):
        await room.ask(text)
    assert "“country:CN”" in await room.ask("remind off China")
    assert room.reminders(ANN) == [("", "1d")]
    assert "No more reminders by direct message: every event." in await room.ask("remind off")
    assert room.reminders(SLACK) == [("country:VN", "1d")]
    assert "No more reminders in this channel" in await room.ask("remind off here")
    assert "There was no such reminder." in await room.ask("remind off")
    assert "No reminders are set." in await room.ask("remind")


async def test_off_by_name_ends_ones_own_before_the_channels_unless_it_is_said_where(room: Room) -> None:
    await room.ask("remind China here")
    await room.ask("remind China", GUEST)
    assert "No more reminders by direct message" in await room.ask("remind off China", GUEST)
    assert room.reminders(SLACK) == [("country:CN", "1d")]
    assert "for those who manage it to say" in await room.ask("remind off China", GUEST)
    await room.ask("remind China")
    assert "No more reminders in this channel" in await room.ask("remind off China here")
    assert (room.reminders(SLACK), room.reminders(ANN)) == ([], [("country:CN", "1d")])


async def test_another_persons_reminders_are_neither_shown_nor_ended(room: Room) -> None:
    await room.ask("remind China", ALONE)
    other = replace(GUEST, place=GUEST.user)
    assert "No reminders are set." in await room.ask("remind", other)
    (known,) = room.desk.database.read_now(reminders.at, ANN)
    assert "There was no such reminder." in await room.ask(f"remind off #{known.id}", other)
    assert room.reminders(ANN)


async def test_the_same_again_changes_its_time_and_a_place_has_only_so_many(room: Room) -> None:
    await room.ask("remind China")
    await room.ask("remind China 3d")
    assert room.reminders(ANN) == [("country:CN", "3d")]
    for number in range(MOST_AT_ONE_PLACE):
        await room.catalog.run_text(f"remind word{number}", MANAGER)
    assert f"{MOST_AT_ONE_PLACE} reminders are set there already." in await room.ask("remind more")
    assert "3d" not in dict(room.reminders(ANN)).get("more", "")
    assert "2 days before" in await room.ask("remind China 2d"), "one of them may change"
    assert len(labels(await room.reply("remind"))) == 5


async def test_a_button_of_an_empty_list_works(room: Room) -> None:
    reply = await room.reply("remind")
    shown = await room.press(reply, "Calendar")
    assert "Nothing is known to happen" in shown.title
