"""Bulletins through the outbox: durable, in order, once, on both platforms and both databases."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.deliver.card import Action, Bulletin, Run
from bot.deliver.compose import Composer
from bot.deliver.console import ConsoleChannel
from bot.deliver.drain import Drain
from bot.deliver.pace import Pace
from bot.deliver.ports import Unreachable
from bot.model import DeliveryId, Destination, Receipt
from bot.store import bulletins, outbox
from bot.store.bulletins import enqueue_bulletin
from bot.store.engine import Database
from bot.store.messages import Circular
from bot.store.schema import deliveries
from tests import samples
from tests.contract.edit_desk import Desk
from tests.contract.edit_places import open_place
from tests.fakes.clock import FakeClock
from tests.samples import CONSOLE, NOW, SLACK

MINUTE = timedelta(minutes=1)
DIGEST = Bulletin(
    title="Digest: 2 stories",
    lines=((Run(text="• "), Run(text="<!channel> @everyone **Talks** go on", url="https://news.example/1")),),
    actions=(Action(label="Latest", command="latest"),),
)


@pytest_asyncio.fixture(params=["slack", "discord"])
async def desk(request: pytest.FixtureRequest, clock: FakeClock, database: Database) -> AsyncIterator[Desk]:
    async with open_place(request.param, clock) as place:
        yield Desk(database, place, clock)


def put(desk: Desk, key: str = "digest 1", bulletin: Bulletin = DIGEST) -> DeliveryId | None:
    return desk.database.write_now(enqueue_bulletin, desk.place.destination, bulletin, key=key, now=desk.clock.now())


def states(database: Database) -> list[str]:
    rows = sa.select(deliveries.c.state).order_by(deliveries.c.seq)
    return database.read_now(lambda connection: list(connection.execute(rows).scalars()))


async def test_a_bulletin_takes_its_turn_among_the_alerts(desk: Desk) -> None:
    desk.post()
    put(desk)
    desk.post()
    await desk.drain()
    first, second, third = desk.place.texts
    assert "Digest: 2 stories" in second
    assert "Talks" in second
    assert samples.TITLE in first
    assert samples.TITLE in third
    assert desk.place.threads[1] is None
    assert states(desk.database) == ["sent"] * 3


async def test_of_one_key_there_is_one(desk: Desk) -> None:
    assert put(desk) is not None
    assert put(desk) is None
    await desk.drain()
    assert put(desk) is None, "also after it was sent"
    assert put(desk, "digest 2") is not None
    await desk.drain()
    assert len(desk.place.texts) == 2


async def test_a_bulletin_whose_answer_was_lost_is_not_posted_again(desk: Desk) -> None:
    put(desk)
    desk.place.lose_answer_to_post()
    await desk.drain()
    assert len(desk.place.texts) == 1
    await desk.drain_after(MINUTE)
    assert len(desk.place.texts) == 1
    assert states(desk.database) == ["sent"]


async def test_a_bulletin_that_the_platform_will_never_take_does_not_hold_up_the_news(desk: Desk) -> None:
    put(desk)
    desk.post()
    desk.place.refuse_post()
    await desk.drain()
    assert states(desk.database) == ["failed", "sent"]
    assert len(desk.place.texts) == 1


async def test_a_bulletin_may_wait_for_its_time(desk: Desk) -> None:
    at = desk.clock.now() + 10 * MINUTE
    desk.database.write_now(
        enqueue_bulletin, desk.place.destination, DIGEST, key="later", now=desk.clock.now(), not_before=at
    )
    await desk.drain_after(9 * MINUTE)
    assert desk.place.texts == []
    await desk.drain_after(MINUTE)
    assert len(desk.place.texts) == 1


async def test_bulletins_are_forgotten_some_time_after_they_were_sent_and_alerts_are_not(desk: Desk) -> None:
    put(desk)
    desk.post()
    await desk.drain()
    put(desk, "digest 2")
    assert desk.database.write_now(bulletins.forget_before, NOW) == 0
    assert desk.database.write_now(bulletins.forget_before, desk.clock.now() + MINUTE) == 1
    assert states(desk.database) == ["sent", "pending"]


class Shut:
    """A platform on which a person cannot be written to."""

    async def send(self, message: object) -> Receipt:
        raise Unreachable("they do not take direct messages")

    async def edit(self, message: object, receipt: Receipt) -> None: ...

    async def check(self, destination: Destination) -> str:
        return ""


@pytest.mark.parametrize(
    ("destination", "state"), [(Destination("slack", "UANN", person=True), "failed"), (SLACK, "pending")]
)
async def test_a_person_who_cannot_be_written_to_is_let_go_and_a_channel_keeps_its_digest(
    database: Database, clock: FakeClock, destination: Destination, state: str
) -> None:
    database.write_now(enqueue_bulletin, destination, DIGEST, key="digest 1", now=clock.now())
    drain = Drain(
        database=database,
        channels={"slack": Shut()},
        compose=Composer(public_url=None, local_url=None).compose,
        clock=clock,
        process="one",
        pace=Pace(database, clock),
    )
    for leased in await drain.claim(9):
        await drain.run(leased)
    assert states(database) == [state]


async def test_the_console_prints_a_bulletin_and_says_who_hears_of_it(database: Database, clock: FakeClock) -> None:
    heard: list[Circular] = []
    page = io.StringIO()
    title = Bulletin(
        title="Digest\x1b[2J", lines=((Run(text="[bold]Talks[/bold]\x07", bold=True), Run(text=" go on", when=NOW)),)
    )
    database.write_now(enqueue_bulletin, CONSOLE, title, key="digest 1", now=clock.now())
    drain = Drain(
        database=database,
        channels={"console": ConsoleChannel(page, clock)},
        compose=Composer(public_url=None, local_url=None).compose,
        clock=clock,
        process="one",
        pace=Pace(database, clock),
        on_bulletin=lambda delivery, receipt: heard.append(delivery),
    )
    for leased in await drain.claim(9):
        await drain.run(leased)
    printed = page.getvalue()
    assert "Digest[2J" in printed
    assert "[bold]Talks[/bold]" in printed
    assert "\x1b" not in printed
    assert "2025" in printed, "a moment is shown as the time here"
    assert [each.bulletin for each in heard] == [title]
    assert database.read_now(outbox.backlog) == []
