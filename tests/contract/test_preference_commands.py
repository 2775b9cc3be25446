"""Settings and digests as commands, on a real database of either kind."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.commands.preferring import Preferring, preference_commands
from bot.commands.spec import Caller, Catalog
from bot.commands.typed.preferring import LANGUAGES, Setting, changed
from bot.deliver.card import Reply, plain
from bot.deliver.discord.embeds import reply_payload as discord_payload
from bot.deliver.slack.blocks import reply_payload as slack_payload
from bot.deliver.slack.views import home_view
from bot.model import Destination, Tier
from bot.observe.health import Parts
from bot.routing import query
from bot.routing.preferences import Preferences
from bot.routing.quiet import QuietHours
from bot.routing.routes import Route
from bot.store import places
from bot.store.engine import Database
from tests.contract.digest_room import Room
from tests.contract.story_room import ALONE, ANN, ANSWER, GUEST, MANAGER, WHO, labels, said
from tests.fakes.clock import FakeClock
from tests.judges.discord import judge as judge_discord
from tests.judges.slack import judge as judge_slack
from tests.samples import DISCORD, SLACK

HOUR = timedelta(hours=1)
ROUTES = (
    Route(
        name="desk",
        to=(SLACK,),
        when=query.parse("topic:trade OR duties"),
        threshold=0.6,
        quiet=QuietHours.parse("22:00-06:00 Europe/Berlin"),
    ),
)


@dataclass
class Office:
    """The commands, and the channel that they are about with what comes there."""

    room: Room
    catalog: Catalog
    desk: Preferring

    async def reply(self, text: str, caller: Caller = MANAGER) -> Reply:
        return judged(await self.catalog.run_text(text, caller))

    async def ask(self, text: str, caller: Caller = MANAGER) -> str:
        return said(await self.reply(text, caller))

    async def press(self, reply: Reply, label: str, caller: Caller = MANAGER) -> Reply:
        (action,) = [action for action in reply.actions if action.label == label]
        return judged(await self.catalog.press(action.command, caller))

    def own(self, place: Destination = SLACK) -> Preferences:
        return self.room.database.read_now(places.preferences, [place]).get(place, Preferences(place=place))


def judged(reply: Reply) -> Reply:
    assert judge_slack(slack_payload(reply)) == []
    assert judge_discord(*ANSWER, discord_payload(reply)) == []
    return reply


@pytest.fixture
def office(database: Database, clock: FakeClock) -> Office:
    return opened(database, clock)


def opened(database: Database, clock: FakeClock, managers: Sequence[Destination] = ()) -> Office:
    room = Room(database, clock, ROUTES)
    feedback = Feedback(database=database, clock=clock, routes=ROUTES, thresholds={"trade": 0.5, "market": 0.5})
    desk = Desk(database=database, clock=clock, parts=Parts(), feedback=feedback, managers=frozenset(managers))
    preferring = Preferring(
        database=database, clock=clock, routes=ROUTES, digester=room.digester, managers=frozenset(managers)
    )
    return Office(room, build_catalog(desk, preference_commands(preferring)), preferring)


# --- what holds here --------------------------------------------------------------------------------------


async def test_the_settings_of_here_say_what_holds_and_where_it_comes_from(office: Office) -> None:
    reply = await office.reply("settings")
    assert reply.title == "Settings of this channel"
    assert plain(reply.lines).splitlines() == [
        "zone: Europe/Berlin, the bot's",
        "language: every one",
        "tier: alert and louder (route desk)",
        "threshold: 0.6 (route desk)",
        "quiet: 22:00-06:00 Europe/Berlin (route desk)",
        "loud: nothing passes quiet hours",
        "digest: none",
        "cap: none",
        "hourly: as many as come",
    ]
    assert reply.menu is not None
    assert [command for _, command in reply.menu.choices] == [f"settings:{setting}" for setting in Setting]


async def test_a_channel_to_which_nothing_comes_is_told_so(office: Office) -> None:
    elsewhere = replace(MANAGER, place=DISCORD)
    assert "Nothing comes to this channel yet" in await office.ask("settings", elsewhere)


@pytest.mark.parametrize("setting", Setting)
async def test_every_setting_offers_what_it_can_be_and_each_of_it_works(office: Office, setting: Setting) -> None:
    reply = await office.reply(f"settings {setting}")
    assert reply.title.startswith(f"{setting.capitalize()} of this channel: ")
    assert reply.menu is not None
    for _, command in reply.menu.choices:
        before = office.own()
        answer = judged(await office.catalog.press(command, MANAGER))
        assert answer.title.startswith(f"{setting.capitalize()} of this channel"), command
        assert (office.own() == before) == ("stays" in answer.title)
    assert office.own().is_default, "the last choice is the default"


# --- changing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zone asia/kolkata", {"zone": "Asia/Kolkata"}),
        ("language German, en", {"lang": ("de", "en")}),
        ("tier URGENT", {"tier": Tier.URGENT}),
        ("threshold trade 0.7", {"thresholds": {"trade": 0.7}}),
        ("threshold market=0,65", {"thresholds": {"market": 0.65}}),
        ("quiet 22:00-06:00", {"quiet": QuietHours.parse("22:00-06:00 Europe/Berlin")}),
        ("quiet 22:00 - 06:00 asia/tokyo", {"quiet": QuietHours.parse("22:00-06:00 Asia/Tokyo")}),
        ("loud flash", {"loud": Tier.FLASH}),
        ("cap 20", {"cap": 20}),
        ("setting=cap value=20", {"cap": 20}),
    ],
)
async def test_one_setting_is_changed_and_can_be_taken_back(
    office: Office, text: str, expected: dict[str, object]
) -> None:
    reply = await office.reply(f"settings {text}")
    assert office.own() == replace(Preferences(place=SLACK), **expected)  # type: ignore[arg-type]  # as named above
    await office.press(reply, "Undo")
    assert office.own().is_default


def test_two_changes_at_once_are_both_kept(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.room.database.write_now(places.save, Preferences(place=SLACK, cap=9), now=office.room.clock.now())
    both_have_read = threading.Barrier(2)

    def read_together(*arguments: Any) -> Preferences:
        with suppress(threading.BrokenBarrierError):  # one of them has to wait before it reads
            both_have_read.wait(timeout=0.2)
        return changed(*arguments)

    monkeypatch.setattr("bot.commands.preferring.changed", read_together)
    with ThreadPoolExecutor(2) as pool:
        for setting, value in ((Setting.TIER, "urgent"), (Setting.CAP, "5")):
            pool.submit(office.room.database.write_now, office.desk._change, SLACK, setting, value)
    own = office.own()
    assert (own.tier, own.cap) == (Tier.URGENT, 5)


async def test_undo_puts_back_what_it_was(office: Office) -> None:
    for first, second in (
        ("threshold trade 0.7", "threshold trade 0.8"),
        ("language en de", "language fr"),
        ("digest weekly monday 09:00", "digest hourly"),
        ("quiet 21:00-05:00 Asia/Tokyo", "quiet off"),
    ):
        await office.reply(f"settings {first}")
        before = office.own()
        reply = await office.reply(f"settings {second}")
        assert office.own() != before
        await office.press(reply, "Undo")
        assert office.own() == before


async def test_one_of_two_thresholds_is_taken_back_alone(office: Office) -> None:
    await office.reply("settings threshold trade 0.7")
    await office.reply("settings threshold market 0.8")
    await office.reply("settings threshold trade default")
    assert office.own().thresholds == {"market": 0.8}
    await office.reply("settings threshold off")
    assert office.own().is_default


async def test_quiet_hours_go_with_the_zone_unless_they_named_another(office: Office) -> None:
    await office.reply("settings quiet 22:00-06:00")
    await office.reply("settings zone America/New_York")
    assert office.own().quiet == QuietHours.parse("22:00-06:00 America/New_York")
    await office.reply("settings quiet 22:00-06:00 Asia/Tokyo")
    await office.reply("settings zone default")
    assert office.own().quiet == QuietHours.parse("22:00-06:00 Asia/Tokyo")


async def test_a_plan_of_digests_is_shown_with_its_next_time(office: Office) -> None:
    answer = await office.ask("settings digest weekdays 17:30 08:00")
    assert "Digest of this channel: weekdays 08:00 17:30." in answer
    assert "Next digest: 2025-05-07 15:30 UTC" in answer
    assert "Next digest: 2025-05-07 15:30 UTC" in await office.ask("settings")
    assert "stays: weekdays 08:00 17:30" in await office.ask("settings digest weekdays 08:00 17:30")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("cap 5", "What is more comes as one digest when the day ends here; a flash comes at once."),
        ("tier urgent", "What is quieter is not told by routes; subscriptions have tiers of their own"),
        ("language en", "where the language is not known, it is."),
        ("digest daily", "It brings what is too quiet to be posted"),
    ],
)
async def test_what_follows_from_a_change_is_said(office: Office, text: str, note: str) -> None:
    assert note in await office.ask(f"settings {text}")


async def test_the_quiet_hours_of_a_route_can_be_passed_but_not_ended(office: Office) -> None:
    await office.reply("settings quiet 12:00-13:00")
    assert "The quiet hours of route desk hold again" in await office.ask("settings quiet off")


# --- mistakes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("zone Berlin", "“Berlin” is no IANA time zone: did you mean Europe/Berlin?"),
        ("zone Mars/Olympus", "“Mars/Olympus” is no IANA time zone"),
        ("language Germn", "“germn” is no language that news is read in: did you mean de (German)?"),
        ("tier urgnt", "“urgnt” is no tier: did you mean urgent?"),
        ("loud louder", "“louder” is no tier"),
        ("threshold trad 0.7", "“trad” is no topic: did you mean trade?"),
        ("threshold 0.7", "“0.7” is no topic: write one of trade, market, urgent first"),
        ("threshold trade 7", "“7” is no probability: write a number above 0"),
        ("threshold trade", "“” is no probability"),
        ("quiet night", "'night' are no quiet hours"),
        ("quiet 22:00-06:00 Berlin", "did you mean Europe/Berlin?"),
        ("quiet 25:00-06:00", "“25:00” is no time of day: write one from 00:00 to 23:59, as in 22:00-06:00"),
        ("quiet 22:00-06:77", "“06:77” is no time of day"),
        ("digest dayly 08:00", "did you mean daily?"),
        ("digest weekly mondy 08:00", "did you mean monday?"),
        ("cap many", "“many” is no number of messages: write 1 to 1,000"),
        ("cap 0", "“0” is no number of messages"),
        ("zon Europe/Berlin", "Did you mean zone?"),
    ],
)
async def test_what_is_no_setting_is_answered_with_the_nearest_and_changes_nothing(
    office: Office, text: str, problem: str
) -> None:
    answer = await office.ask(f"settings {text}")
    assert problem in answer
    assert "/wire" in answer
    assert office.own().is_default


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["settings cap 5", "digest now"])
async def test_a_channels_settings_are_for_those_who_manage_it(office: Office, text: str) -> None:
    answer = await office.ask(text, GUEST)
    assert WHO in answer
    assert "in direct messages with me the settings are yours" in answer
    assert office.own().is_default
    assert "Settings of this channel" in await office.ask("settings", GUEST), "everybody may look"


async def test_whom_the_configuration_names_may_everywhere(database: Database, clock: FakeClock) -> None:
    office = opened(database, clock, managers=[GUEST.user])
    await office.reply("settings cap 5", GUEST)
    assert office.own().cap == 5


async def test_ones_own_settings_are_ones_own(office: Office) -> None:
    await office.reply("settings cap 5", ALONE)
    assert (office.own(ANN).cap, office.own().cap) == (5, None)
    assert "Settings of your direct messages" in await office.ask("settings", ALONE)


async def test_who_never_chose_a_zone_is_offered_the_one_of_their_clock(office: Office) -> None:
    async def lisbon() -> str:
        return "Europe/Lisbon"

    caller = replace(ALONE, zone=lisbon)
    reply = await office.reply("settings", caller)
    await office.press(reply, "Use Europe/Lisbon", caller)
    assert office.own(ANN).zone == "Europe/Lisbon"
    assert labels(await office.reply("settings", caller)) == ["Next digest"]
    assert labels(await office.reply("settings", replace(MANAGER, zone=lisbon))) == ["Next digest"], "not the channel"


# --- digests ----------------------------------------------------------------------------------------------


async def test_the_next_digest_can_be_looked_at_and_sent_now(office: Office) -> None:
    assert "No digest is planned for this channel." in await office.ask("digest")
    await office.reply("settings digest daily 17:00")
    assert "Nothing waits for the next digest." in await office.ask("digest show")
    office.room.comes("Parliament of Norland reads a bill on import duties", labels=())
    reply = await office.reply("digest")
    assert reply.title == "The next digest, Wed 7 May 17:00: 1 story"
    assert "Parliament of Norland" in plain(reply.lines)
    assert office.room.digests == [], "looking sends nothing"
    sent = await office.press(reply, "Send it now")
    assert sent.title == "The digest is on its way to this channel."
    await office.room.after()
    assert len(office.room.digests) == 1
    assert "Nothing waits" in await office.ask("digest now")
    await office.room.after(8 * HOUR)
    assert len(office.room.digests) == 1, "and it is not sent again at its time"


async def test_what_the_cap_holds_is_shown_where_no_digest_is_planned(office: Office) -> None:
    await office.reply("settings cap 1")
    office.room.comes("Skarhavn quits talks on tin")
    office.room.comes("Norland doubles tariffs on copper pipes")
    answer = await office.ask("digest")
    assert "Norland doubles" in answer
    assert "Next digest: 2025-05-08 04:00 UTC" in answer


# --- while typing, and on one's own page --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "first"),
    [("europe/ber", "Europe/Berlin"), ("week", "weekdays 08:00"), ("urg", "urgent"), ("", "default")],
)
async def test_values_are_suggested_while_somebody_types(office: Office, typed: str, first: str) -> None:
    found = await office.desk.suggest(MANAGER, typed)
    assert found[0] == first
    assert len(found) <= 25


async def test_the_settings_are_a_part_of_ones_own_page(office: Office) -> None:
    await office.reply("settings digest hourly", ALONE)
    panel = await office.desk.panel(ALONE)
    assert "digest: hourly" in [plain((row.line,)).lower() for row in panel.rows]
    view = home_view([panel])
    assert "settings:digest" in str(view)


def test_every_language_is_offered_by_its_english_name() -> None:
    assert all(len(code) == 2 and name[0].isupper() for code, name in LANGUAGES.items())
