"""One event as several outlets report, correct and withdraw it: what people see of it on both services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.model import ItemKey, Story
from bot.store import audience, news
from bot.store.schema import items
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, Desk
from tests.flow.test_chat import shown

TWELVE_MINUTES, HOUR = timedelta(minutes=12), timedelta(hours=1)

OUTLETS = ("Wire", "Courier", "Tribune", "Chronicle", "Ministry")
OFFICIAL = "Ministry"
ROUTES = f"""
[[route]]
name = "desk"
to = ["slack:{SLACK_CHANNEL}", "discord:{GUILD_CHANNEL_ID}"]
when = "topic:trade"
"""


@dataclass(frozen=True)
class Report:
    """What one outlet has in its feed."""

    outlet: str
    title: str
    text: str

    @property
    def link(self) -> str:
        return f"https://{self.outlet.lower()}.example/farm-goods"

    @property
    def rss(self) -> str:
        return rss(item(self.title, guid=f"{self.outlet}-1", link=self.link, description=self.text))


FIRST = Report(
    "Wire",
    "Brazil and Japan agree to cut tariffs on farm goods to 5%",
    "The two governments signed a trade agreement in Tokyo, trade ministers said.",
)
SAME = Report(
    "Courier",
    "Brazil and Japan sign agreement to cut farm tariffs to 5%",
    "Ministers of both countries signed the deal in Tokyo.",
)
MORE = Report(
    "Tribune",
    "Tokyo and Brasilia sign trade deal lowering farm tariffs to 5%",
    "Tariffs on steel will fall to 12%, officials said.",
)
AGAIN = Report(
    "Chronicle",
    "Japan agrees with Brazil to cut tariffs on farm goods to 5%",
    "Ministers signed the trade agreement.",
)
ANNOUNCED = Report(
    OFFICIAL,
    "Agreement between Japan and Brazil on farm tariffs of 5%",
    "The ministry announces that Brazil and Japan signed an agreement: tariffs on farm goods are cut to 5%.",
)
FIVE = (FIRST, SAME, MORE, AGAIN, ANNOUNCED)
CORRECTED = Report("Wire", FIRST.title.replace("5%", "8%"), FIRST.text)
WITHDRAWN = Report("Wire", f"WITHDRAWN: {FIRST.title}", "This story has been withdrawn.")


@dataclass
class Seen:
    """A message as people see it."""

    text: str
    answers: bool  # it stands in the thread of another
    edits: int


@dataclass
class Newsroom:
    """Five outlets with a feed each, and a bot that is started anew for every poll."""

    desk: Desk
    told: list[str] = field(default_factory=list)

    def configure(self) -> None:
        sources = "".join(
            f'[[source]]\nid = "{name.lower()}"\nname = "{name}"\nurl = "{self.desk.web.url(f"/{name}")}"\n'
            + ('authority = "official"\n' if name == OFFICIAL else "")
            for name in OUTLETS
        )
        self.desk.configure(sources=sources, routes=ROUTES)
        for name in OUTLETS:
            self.desk.web.serve(f"/{name}", rss())

    async def publish(self, *reports: Report, wait: timedelta = TWELVE_MINUTES) -> None:
        """The outlets report, and a bot that knows nothing but its database reads and tells."""
        self.desk.clock.advance(wait)
        for report in reports:
            self.desk.web.serve(f"/{report.outlet}", report.rss)
        await self.desk.once()

    def slack(self) -> list[Seen]:
        return [
            Seen(shown(message.blocks), message.thread_ts is not None, message.edits)
            for message in self.desk.slack.messages(SLACK_CHANNEL)
        ]

    def discord(self) -> list[Seen]:
        edits = self.desk.discord.edits
        return [
            Seen(shown(message["embeds"]), "message_reference" in message, edits[message["id"]])
            for message in self.desk.discord.messages[GUILD_CHANNEL_ID]
        ]

    @property
    def places(self) -> tuple[list[Seen], list[Seen]]:
        return self.slack(), self.discord()

    async def story(self) -> Story:
        """The story that the first report is in."""
        async with self.desk.bot() as bot:
            key = await bot.database.read(news.find_item, FIRST.link)
            found = await bot.database.read(news.item, ItemKey(key or ""))
            assert found is not None
            story = await bot.database.read(news.story, found[2])
        assert story is not None
        return story

    async def revisions(self) -> list[int]:
        async with self.desk.bot() as bot:
            return await bot.database.read(
                lambda connection: list(connection.execute(sa.select(items.c.revisions)).scalars())
            )

    async def reasons(self) -> dict[str, int]:
        async with self.desk.bot() as bot:
            return await bot.database.read(audience.reason_counts, since=self.desk.clock.now() - 24 * HOUR)


@pytest.fixture
async def room(desk: Desk) -> AsyncIterator[Newsroom]:
    newsroom = Newsroom(desk)
    newsroom.configure()
    await newsroom.publish()  # so that no feed is new when the news comes
    yield newsroom
    desk.assert_payloads_are_valid()


# --- one event, one alert ---------------------------------------------------------------------------------


async def test_five_outlets_over_an_hour_are_one_message_two_edits_and_one_reply(room: Newsroom) -> None:
    """The bot is started anew for each of them."""
    for report in FIVE:
        await room.publish(report)
    for top, reply in room.places:
        assert (top.answers, reply.answers) == (False, True)
        assert FIRST.title in top.text
        assert "also: Courier, Tribune, Chronicle" in top.text
        assert "New: rates 12% tariff" in reply.text
        assert (top.edits, reply.edits) == (2, 0)
    assert await room.reasons() == {"first": 2, "nothing_new": 6, "new_fact": 2}


async def test_who_came_after_the_second_edit_is_named_when_the_hour_is_over(room: Newsroom) -> None:
    for report in FIVE:
        await room.publish(report)
    await room.publish(wait=HOUR)
    for top, _ in room.places:
        assert "also: Courier, Tribune, Chronicle, Ministry" in top.text
        assert top.edits == 3


async def test_one_process_tells_the_same_as_many(room: Newsroom) -> None:
    async with room.desk.bot() as bot:
        for report in FIVE:
            room.desk.clock.advance(TWELVE_MINUTES)
            room.desk.web.serve(f"/{report.outlet}", report.rss)
            assert await bot.service.once() == []
    for top, reply in room.places:
        assert (top.answers, reply.answers, top.edits, reply.edits) == (False, True, 2, 0)


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (2, 0, 4, 1, 3), (1, 4, 0, 3, 2)])
async def test_in_whatever_order_they_come_there_is_one_alert_and_every_fact_is_told_once(
    room: Newsroom, order: tuple[int, ...]
) -> None:
    for number in order:
        await room.publish(FIVE[number], wait=TWELVE_MINUTES)
    louder = (await room.reasons()).get("escalated", 0) // 2  # each is a message of its own
    for messages in room.places:
        assert [message.answers for message in messages].count(False) == 1 + louder
        assert all("New: " in message.text for message in messages if message.answers)
        assert "New: " not in messages[0].text
        news = [message.text.partition("New: ")[2].partition("\n")[0] for message in messages[1:]]
        assert sum("12% tariff" in each for each in news) == (0 if order[0] == 2 else 1)


async def test_an_outlet_that_reports_it_twice_edits_nothing(room: Newsroom) -> None:
    await room.publish(FIRST)
    twice = item(AGAIN.title, guid="Wire-2", link="https://wire.example/2", description=AGAIN.text)
    room.desk.web.serve("/Wire", rss(twice))
    await room.publish()
    assert [[message.edits for message in messages] for messages in room.places] == [[0], [0]]


async def test_another_event_is_another_message(room: Newsroom) -> None:
    other = Report("Courier", "Canada imposes 25% tariff on Chilean copper", "The duty takes effect on Monday.")
    await room.publish(FIRST, other)
    assert [[message.answers for message in messages] for messages in room.places] == [[False] * 2] * 2


async def test_an_official_source_takes_the_lead(room: Newsroom) -> None:
    await room.publish(FIRST)
    assert (await room.story()).title == FIRST.title
    await room.publish(ANNOUNCED)
    await room.publish(SAME)
    story = await room.story()
    assert story.title == ANNOUNCED.title
    assert story.outlets == ("Wire", "Ministry", "Courier")


# --- what was said is no longer right ---------------------------------------------------------------------


async def test_a_corrected_figure_edits_what_people_saw(room: Newsroom) -> None:
    await room.publish(FIRST)
    await room.publish(CORRECTED, wait=HOUR)
    for (top,) in room.places:
        assert "CORRECTED: 5% tariff became 8% tariff" in top.text
        assert CORRECTED.title in top.text
        assert top.edits == 1
    assert await room.reasons() == {"first": 2, "correction": 2}


async def test_a_correction_is_told_in_place_though_others_edit_the_message_too(room: Newsroom) -> None:
    for report in FIVE[:4]:
        await room.publish(report)
    await room.publish(CORRECTED)
    for top, reply in room.places:
        assert "CORRECTED: 5% tariff became 8% tariff" in top.text
        assert top.edits == 3, "a correction waits for no hour"
        assert reply.edits == 0


async def test_what_is_withdrawn_is_struck_through(room: Newsroom) -> None:
    await room.publish(FIRST)
    await room.publish(WITHDRAWN, wait=HOUR)
    (slack,), (discord,) = room.places
    assert "WITHDRAWN: Wire has withdrawn it" in slack.text
    assert "WITHDRAWN: Wire has withdrawn it" in discord.text
    assert '"strike": true' in slack.text
    assert "~~" in discord.text
    assert (slack.edits, discord.edits) == (1, 1)
    assert await room.reasons() == {"first": 2, "withdrawn": 2}


async def test_what_was_withdrawn_stays_so_when_it_is_changed_again(room: Newsroom) -> None:
    for report in (FIRST, WITHDRAWN, Report("Wire", f"WITHDRAWN: {CORRECTED.title}", WITHDRAWN.text)):
        await room.publish(report)
    assert (await room.story()).mark == "withdrawn"
    for (top,) in room.places:
        assert "WITHDRAWN" in top.text
        assert "CORRECTED" not in top.text


async def test_a_withdrawal_of_what_nobody_saw_is_no_news(room: Newsroom) -> None:
    routes = room.desk.folder / "routes.toml"
    routes.write_text(ROUTES.replace("topic:trade", "title:cotton"))
    await room.publish(FIRST)
    routes.write_text(ROUTES)
    await room.publish(WITHDRAWN)
    assert (await room.story()).mark == "withdrawn"
    assert room.places == ([], [])


async def test_a_headline_that_says_something_else_is_marked_as_updated(room: Newsroom) -> None:
    await room.publish(FIRST)
    retold = "Farm ministers of Tokyo and Brasilia toast a tariff accord of 5%"
    await room.publish(Report("Wire", retold, FIRST.text))
    for messages in room.places:
        assert f"UPDATED: was: {FIRST.title}" in messages[0].text
        assert retold in messages[0].text
        assert [message.answers for message in messages].count(False) == 1


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (FIRST.title, "The two governments signed a trade agreement in Tokyo, the trade ministers said."),
        (f"{FIRST.title}.", FIRST.text),
        (FIRST.title.upper(), FIRST.text),
        (f"UPDATE 1-{FIRST.title}", FIRST.text),
    ],
)
async def test_a_cosmetic_change_does_nothing(room: Newsroom, title: str, text: str) -> None:
    await room.publish(FIRST)
    await room.publish(Report("Wire", title, text))
    for (top,) in room.places:
        assert top.edits == 0
        assert "UPDATED" not in top.text
    assert await room.revisions() == [0]
    assert await room.reasons() == {"first": 2}


async def test_what_changes_for_ever_is_followed_only_so_far(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 5
    monkeypatch.setattr("bot.steps.grouping.MOST_REVISIONS", most)
    await room.publish(FIRST)
    async with room.desk.bot() as bot:
        for number in range(most + 3):
            room.desk.clock.advance(HOUR)
            rate = f"{6 + number}%"
            room.desk.web.serve("/Wire", Report("Wire", FIRST.title.replace("5%", rate), FIRST.text).rss)
            assert await bot.service.once() == []
    last = 5 + most
    for (top,) in room.places:
        assert f"CORRECTED: {last - 1}% tariff became {last}% tariff" in top.text
        assert top.edits == most
    assert await room.revisions() == [most]
