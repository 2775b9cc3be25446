"""What the operators hear of: once, bundled, with the cure, and again when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.deliver.card import Bulletin
from bot.model import DeliveryAction, DeliveryState, Destination
from bot.operations.operators import Operators
from bot.operations.reporting import MOST_NAMED, TOLD_EVERY, Reporting, tell_expired, tell_outages
from bot.store import audience, expiry, messages, outages, outbox
from bot.store.bulletins import enqueue_bulletin
from bot.store.engine import Database
from bot.store.schema import deliveries
from tests import samples
from tests.fakes.clock import FakeClock
from tests.samples import CONSOLE, DISCORD, NOW, SLACK

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ANN = Destination("slack", "UANN", person=True)
BOB = Destination("discord", "77", person=True)
OPERATORS = Operators(places=(CONSOLE,))


def close(
    database: Database, place: Destination | str, why: str = "invite the bot", *, after: timedelta = HOUR
) -> None:
    database.write_now(outages.close, str(place), why, now=NOW + after - HOUR)


def tell(database: Database, *, after: timedelta = timedelta(0)) -> bool:
    return database.write_now(tell_outages, OPERATORS, now=NOW + after)


def told(database: Database, place: Destination = CONSOLE) -> list[str]:
    """Title and lines of each bulletin for a place."""
    rows = sa.select(deliveries.c.bulletin).where(deliveries.c.destination == str(place)).order_by(deliveries.c.seq)
    found = database.read_now(lambda connection: list(connection.execute(rows).scalars()))
    return ["\n".join([each["title"], *(run["text"] for line in each["lines"] for run in line)]) for each in found]


# --- outages ------------------------------------------------------------------------------------------------


def test_a_closed_channel_is_told_once_with_the_cure_and_once_when_it_is_over(database: Database) -> None:
    assert not tell(database)
    close(database, SLACK, f"{SLACK}: invite the bot there: /invite @Tradewire")
    assert tell(database)
    close(database, SLACK, "again", after=2 * HOUR)
    assert not tell(database, after=2 * HOUR)
    (first,) = told(database)
    assert first.startswith("1 place takes no messages: a person is needed.")
    assert f"✗ {SLACK}, since 2025-05-07 08:00 UTC: {SLACK}: invite the bot there: /invite @Tradewire" in first
    assert "What waits there is kept" in first

    database.write_now(outages.end, [str(SLACK)], now=NOW + 3 * HOUR)
    assert tell(database, after=3 * HOUR)
    assert not tell(database, after=4 * HOUR)
    assert told(database)[1:] == [f"1 place takes messages again.\n✓ {SLACK} takes messages again."]


def test_what_came_back_before_anybody_heard_of_it_is_told_to_nobody(database: Database) -> None:
    close(database, SLACK)
    database.write_now(outages.end, [str(SLACK)], now=NOW)
    assert not tell(database)


def test_what_goes_down_again_before_its_end_was_told_is_the_same_outage(database: Database) -> None:
    close(database, SLACK)
    tell(database)
    database.write_now(outages.end, [str(SLACK)], now=NOW)
    close(database, SLACK, after=2 * HOUR)
    assert not tell(database, after=2 * HOUR)
    (outage,) = database.read_now(outages.current)
    assert outage.since == NOW


def test_a_crowd_is_told_in_one_bulletin_and_what_follows_waits_its_time(database: Database) -> None:
    for number in range(MOST_NAMED + 7):
        close(database, f"slack:C{number:04}", f"slack:C{number:04}: gone")
    assert tell(database)
    (first,) = told(database)
    assert first.count("gone") == MOST_NAMED
    assert "… and 7 more channels: /wire status lists them." in first
    close(database, DISCORD)
    assert not tell(database, after=TOLD_EVERY - timedelta(seconds=1))
    assert tell(database, after=TOLD_EVERY)
    assert len(told(database)) == 2


def test_of_people_only_their_number_is_told(database: Database) -> None:
    for person in (ANN, BOB):
        close(database, person, f"{person}: takes no direct messages")
    assert tell(database)
    (first,) = told(database)
    assert "✗ 2 people cannot be written to." in first
    assert "UANN" not in first
    assert "direct messages" not in first


def test_a_whole_platform_is_named_as_such(database: Database) -> None:
    close(database, "discord", "copy the bot's token")
    assert tell(database)
    assert "✗ all of Discord, since 2025-05-07 08:00 UTC: copy the bot's token" in told(database)[0]


def test_a_pause_that_passes_is_told_to_nobody_and_a_real_closing_after_it_is(database: Database) -> None:
    database.write_now(outages.close, "slack", "wait", now=NOW, wait=timedelta(seconds=90), passing=True)
    assert not tell(database)
    close(database, "slack", "the token", after=2 * HOUR)
    assert tell(database, after=2 * HOUR)
    (outage,) = database.read_now(outages.current)
    assert (outage.since, outage.passing) == (NOW + HOUR, False)


def test_what_nobody_has_tried_for_a_day_is_forgotten(database: Database) -> None:
    close(database, SLACK)
    assert database.write_now(outages.forget_untried, before=NOW) == 0
    assert database.write_now(outages.forget_untried, before=NOW + DAY) == 1


# --- who is told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "managers", "places"),
    [((SLACK,), (ANN,), (SLACK,)), ((), (ANN, BOB, ANN), (ANN, BOB)), ((), (), ())],
)
def test_the_managers_are_told_where_nobody_else_is_named(
    named: Sequence[Destination], managers: Sequence[Destination], places: Sequence[Destination]
) -> None:
    assert Operators.of(named, managers).places == places


def test_each_place_is_told_once_for_a_key(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    operators = Operators(places=(SLACK, ANN))
    for _ in range(2):
        database.write_now(operators.tell, key="flood:wire", title="A flood", lines=["50 items wait."], now=NOW)
    assert told(database, SLACK) == told(database, ANN) == ["A flood\n50 items wait."]
    assert capsys.readouterr().err.count("operators_told") == 1


def test_where_nobody_is_to_be_told_it_stands_in_the_log(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    close(database, SLACK, "invite the bot")
    database.write_now(tell_outages, Operators(places=()), now=NOW)
    assert "invite the bot" in capsys.readouterr().err


# --- what waited too long -----------------------------------------------------------------------------------


def wait_for(database: Database, place: Destination, key: str, *, since: timedelta) -> None:
    database.write_now(enqueue_bulletin, place, Bulletin(title=key), key=key, now=NOW - since)


def reasons(database: Database, place: Destination) -> list[tuple[str, str | None]]:
    rows = sa.select(deliveries.c.state, deliveries.c.fault).where(deliveries.c.destination == str(place))
    found = database.read_now(lambda connection: connection.execute(rows.order_by(deliveries.c.seq)).all())
    return [(row.state, row.fault) for row in found]


def expire(database: Database, after: timedelta = 7 * DAY) -> int:
    return database.write_now(expiry.expire, after=after, now=NOW).total()


def test_what_waited_too_long_ends_with_its_reason_and_the_rest_waits_on(database: Database) -> None:
    wait_for(database, SLACK, "old", since=7 * DAY + HOUR)
    wait_for(database, SLACK, "young", since=7 * DAY - HOUR)
    assert expire(database) == 1
    assert expire(database) == 0
    assert reasons(database, SLACK) == [("expired", "waited longer than 7 d"), ("pending", None)]


def test_the_last_trouble_and_the_doubt_are_part_of_the_reason(database: Database) -> None:
    wait_for(database, SLACK, "old", since=2 * DAY)
    database.write_now(outbox.claim_due, ["slack"], owner="me", now=NOW, lease=HOUR, limit=1)
    delivery = database.write_now(outbox.begin_next, SLACK, owner="me", now=NOW, lease=HOUR)
    assert delivery is not None
    assert expire(database, 36 * HOUR) == 0, "it is being sent"
    database.write_now(outbox.record_retry, delivery, "no answer", maybe_sent=True, owner="me", now=NOW)
    assert expire(database, 36 * HOUR) == 1
    said = "waited longer than 36 h: no answer; whether an attempt arrived was never found out"
    assert reasons(database, SLACK) == [("expired", said)]


def test_quiet_hours_do_not_count_and_an_expired_alert_does_not_stand_there(database: Database) -> None:
    notice = samples.notice(destination=SLACK, decided_at=NOW - 9 * DAY)

    def decide(connection: sa.Connection) -> None:
        number = audience.save_decision(connection, notice)
        outbox.insert(connection, DeliveryAction.POST, [(notice, number, NOW - DAY)])

    database.write_now(decide)
    assert expire(database) == 0
    assert expire(database, HOUR) == 1
    assert database.read_now(messages.standing_at, [SLACK], notice.story_id) == set()
    assert database.read_now(outbox.outcomes, since=NOW) == {DeliveryState.EXPIRED: 1}


async def test_the_operators_hear_the_next_day_what_expired_and_how_much(
    database: Database, clock: FakeClock
) -> None:
    for place in (SLACK, SLACK, DISCORD, ANN, BOB, BOB):
        wait_for(database, place, f"{place} {len(reasons(database, place))}", since=8 * DAY)
    reporting = Reporting(database=database, operators=OPERATORS, clock=clock, expire_after=7 * DAY)
    await reporting.expire()
    assert told(database) == []
    clock.advance(DAY)
    await reporting.expire()
    await reporting.expire()
    (first,) = told(database)
    assert first.split("\n") == [
        "6 messages expired on 2025-05-07.",
        "They had waited longer than [delivery] expire_after allows, and are not sent.",
        f"{SLACK}: 2",
        f"{DISCORD}: 1",
        "2 people: 3",
    ]


def test_a_day_without_an_expiry_is_not_mentioned(database: Database) -> None:
    database.write_now(tell_expired, OPERATORS, now=NOW)
    assert told(database) == []
