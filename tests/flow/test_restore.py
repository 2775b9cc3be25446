"""A bot that lost its database and goes on from a backup: nothing is told twice, and what comes later is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.model import DeliveryState, Reason
from bot.operations import restore
from bot.store.engine import Database
from bot.store.schema import decisions, deliveries
from tests.fakes.backups import database_beside, use_postgres_programs
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID
from tests.fakes.web import item, rss
from tests.flow.desk import SLACK_CHANNEL, Desk

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
ROUTES = f"""
[[route]]
name = "desk"
to = ["slack:{SLACK_CHANNEL}", "discord:{GUILD_CHANNEL_ID}"]
when = "topic:trade OR topic:market"
"""
STEEL = "Norland raises its tariff on imported steel to {rate}%"
TEXT = "The government in Oskar announced the higher duty of {rate}%, the trade ministry said."


def news(title: str, at: datetime | None, *, text: str = "Trade ministers said so.", guid: str = "") -> str:
    dated = {"pubDate": format_datetime(at)} if at else {}
    return item(title, guid=guid or title, link=f"https://wire.example/{len(title)}", description=text, **dated)


@dataclass
class Loss:
    """A desk whose database can be lost and come back as it was."""

    desk: Desk
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    stack: ExitStack
    entries: list[str] = field(default_factory=list)

    async def publish(self, *entries: str) -> None:
        """More entries on top of the feed, polled ten minutes later."""
        self.entries = [*entries, *self.entries]
        self.desk.web.serve("/feed", rss(*self.entries))
        self.desk.clock.advance(10 * MINUTE)
        await self.desk.once()

    def back_up(self) -> None:
        with closing(Database(self.desk.database_url)) as database:
            restore.save(database, self.desk.database_url, self.folder / "saved")

    def restore(self, *, told_until: datetime | None) -> restore.Done:
        """The database is as it was. On PostgreSQL in another place, as for a new server."""
        if self.desk.database_url.startswith("postgresql"):
            self.desk.database_url = self.stack.enter_context(database_beside(self.desk.database_url))
        now, url = self.desk.clock.now(), self.desk.database_url
        with closing(Database(url)) as database:
            return restore.restore(database, url, self.folder / "saved", told_until=told_until, now=now)

    @property
    def told(self) -> list[tuple[int, int]]:
        """How many messages stand on Slack and on Discord."""
        return [(len(self.desk.slack.messages(SLACK_CHANNEL)), len(self.desk.discord.messages[GUILD_CHANNEL_ID]))]

    def states(self) -> set[str]:
        with closing(Database(self.desk.database_url)) as database:
            return set(
                database.read_now(lambda connection: connection.execute(sa.select(deliveries.c.state)).scalars())
            )

    def details(self, reason: Reason) -> list[str]:
        asked = sa.select(decisions.c.detail).where(decisions.c.reason == reason).distinct()
        with closing(Database(self.desk.database_url)) as database:
            return list(database.read_now(lambda connection: connection.execute(asked).scalars()))


@pytest.fixture
async def loss(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Loss]:
    use_postgres_programs(monkeypatch)
    desk.configure(routes=ROUTES)
    with ExitStack() as stack:
        lost = Loss(desk, tmp_path, monkeypatch, stack)
        now = desk.clock.now()
        await lost.publish(news("Remarks at the garden party of the embassy", now, text="There will be tea."))
        await lost.publish(news("Brazil and Japan agree to cut tariffs on farm goods to 5%", now))
        yield lost


async def test_what_was_told_since_the_backup_is_not_told_again_and_what_comes_later_is(loss: Loss) -> None:
    loss.back_up()
    since = loss.desk.clock.now()
    await loss.publish(news(STEEL.format(rate=25), since, text=TEXT.format(rate=25)))
    await loss.publish(news("Nikkei plunges 6% as central bank raises rates by surprise", None))
    told = loss.told
    assert told == [(3, 3)]

    loss.desk.clock.advance(HOUR)
    loss.restore(told_until=loss.desk.clock.now())
    loss.desk.clock.advance(10 * MINUTE)
    await loss.desk.once()
    assert loss.told == told
    assert all("counts as told: it may have been sent before" in why for why in loss.details(Reason.NOTHING_NEW))
    assert len(loss.details(Reason.NOTHING_NEW)) == 1

    now = loss.desk.clock.now()
    same = news(STEEL.format(rate=25), now, text=TEXT.format(rate=25), guid="of another outlet")
    await loss.publish(same)  # what it reports was told before the restore
    assert loss.told == told
    await loss.publish(news("Peru and Ghana sign a trade agreement on cocoa", now))
    await loss.publish(news("Chile bans imports of poultry in a trade dispute with Fiji", None))
    assert loss.told == [(5, 5)]
    assert loss.states() == {DeliveryState.SENT}
    assert loss.desk.wrong_in_the_books() == []


async def test_who_knows_when_the_lost_bot_stopped_is_told_what_came_after(loss: Loss) -> None:
    loss.back_up()
    await loss.publish(news("Peru and Ghana sign a trade agreement on cocoa", loss.desk.clock.now()))
    stopped = loss.desk.clock.now()
    loss.desk.clock.advance(HOUR)
    missed = news("Chile bans imports of poultry in a trade dispute with Fiji", loss.desk.clock.now())
    loss.desk.clock.advance(HOUR)
    loss.restore(told_until=stopped)
    await loss.publish(missed)
    assert loss.told == [(3, 3)]
    assert "Chile bans imports" in loss.desk.slack_titles[-1]


async def test_who_wants_it_is_told_everything_since_the_backup(loss: Loss) -> None:
    loss.back_up()
    await loss.publish(news("Peru and Ghana sign a trade agreement on cocoa", loss.desk.clock.now()))
    loss.restore(told_until=None)
    loss.desk.clock.advance(10 * MINUTE)
    await loss.desk.once()
    assert loss.told == [(3, 3)]
    assert [title.count("Peru") > 0 for title in loss.desk.discord_titles] == [False, True, True]


async def test_what_waited_in_the_backup_is_looked_up_and_sent_only_where_it_was_not(loss: Loss) -> None:
    async with loss.desk.bot() as bot:
        loss.entries.insert(0, news("Peru and Ghana sign a trade agreement on cocoa", loss.desk.clock.now()))
        loss.desk.web.serve("/feed", rss(*loss.entries))
        loss.desk.clock.advance(10 * MINUTE)
        await bot.service.pollers.run_due()
    loss.back_up()  # decided, and not sent yet
    async with loss.desk.bot() as bot:  # it is sent on Slack, and then all is lost
        for leased in await bot.service.drain.claim(9, platforms=["slack"]):
            await bot.service.drain.run(leased)
    assert loss.told == [(2, 1)]

    loss.desk.clock.advance(HOUR)
    done = loss.restore(told_until=loss.desk.clock.now())
    assert (done.settled.looked_up, done.settled.too_old) == (2, 0)
    assert DeliveryState.UNKNOWN in loss.states()
    await loss.desk.once()
    assert loss.told == [(2, 2)]
    assert loss.states() == {DeliveryState.SENT}
    assert loss.desk.wrong_in_the_books() == []


async def test_what_waited_too_long_to_be_looked_up_is_not_sent(loss: Loss) -> None:
    async with loss.desk.bot() as bot:
        await bot.database.write(
            lambda connection: connection.execute(
                sa.update(deliveries).values(state=DeliveryState.PENDING, finished_at=None)
            )
        )
    loss.back_up()
    loss.desk.clock.advance(timedelta(days=3))
    done = loss.restore(told_until=loss.desk.clock.now())
    assert (done.settled.looked_up, done.settled.too_old) == (0, 2)
    await loss.desk.once()
    assert loss.told == [(1, 1)]
    assert loss.states() == {DeliveryState.EXPIRED}
