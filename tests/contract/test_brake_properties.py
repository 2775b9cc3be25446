"""Whatever is capped, merged, muted, held for the night or for a digest: every decision to tell ends in exactly one
message, digest or stored reason, and every fact that nobody muted is read.

The decisions and the store are tested on both databases elsewhere; SQLite does here.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.deliver.card import Card, plain
from bot.deliver.ports import TryLater
from bot.model import DeliveryState, Destination, Label, Notice, Reason, StoryId
from bot.routing.mutes import TAKEN_BACK, Mute, MuteKind
from bot.store import audience, mutes
from bot.store.audit import Scope, walk
from bot.store.engine import Database
from bot.store.schema import decisions, deliveries
from tests.contract.digest_room import Room
from tests.fakes.clock import FakeClock
from tests.samples import SLACK

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ANN = Destination("slack", "UANN", person=True)
TITLES = ("Norland doubles tariffs on copper pipes", "Skarhavn quits talks on tin", "Aasen lifts quota for lamb")
RATES = (5.0, 10.0, 15.0, 20.0)


@dataclass(frozen=True)
class Step:
    """`about` is the number of a story, `rate` what a report says of it."""

    does: str
    about: int = 0
    rate: float = 5.0
    loud: bool = False
    wait: timedelta = timedelta(0)


REPORTS = st.builds(
    Step,
    does=st.just("report"),
    about=st.integers(0, 2),
    rate=st.sampled_from(RATES),
    loud=st.sampled_from([False, False, False, True]),
    wait=st.sampled_from([timedelta(0), timedelta(seconds=5)]),
)
WAITS = st.builds(
    Step, does=st.just("wait"), wait=st.sampled_from([timedelta(seconds=15), 5 * MINUTE, 20 * MINUTE, 61 * MINUTE])
)
OTHERS = st.builds(Step, does=st.sampled_from(["shut", "open", "mute", "unmute", "drain"]), about=st.integers(0, 2))
PLANS = st.fixed_dictionaries(
    {"digest": st.sampled_from([None, "daily 12:30"]), "quiet": st.sampled_from([None, "09:00-11:30 Europe/Berlin"])}
)


@contextmanager
def opened(template: Path) -> Iterator[Room]:
    """A channel that takes two messages an hour, on a database of its own."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{shutil.copy(template, folder)}")
        try:
            yield Room(database, FakeClock(), hourly=2)
        finally:
            database.close()


async def play(room: Room, plan: dict[str, str | None], steps: Sequence[Step]) -> None:
    await room.prefer(**plan)
    stories: dict[int, StoryId] = {}
    for step in steps:
        room.clock.advance(step.wait)
        match step.does:
            case "report":
                labels: tuple[Label, ...] = ("trade", "urgent") if step.loud else ("trade",)
                notice = room.comes(TITLES[step.about], rate=step.rate, labels=labels)
                stories[step.about] = notice.story_id
            case "wait":
                await room.after()
            case "drain":
                await room.drain()
            case "shut":
                room.wall.trouble = TryLater("limited", after=MINUTE)
            case "open":
                room.wall.trouble = None
            case "mute" if step.about in stories:
                mute(room, stories[step.about])
            case "unmute" if step.about in stories:
                room.database.write_now(mutes.lift, SLACK, MuteKind.STORY, stories[step.about])
    room.wall.trouble = None
    for wait in (2 * MINUTE, HOUR, HOUR, HOUR, 24 * HOUR, 24 * HOUR):
        await room.after(wait)


def mute(room: Room, story: StoryId) -> None:
    made = Mute(place=SLACK, kind=MuteKind.STORY, value=story, author=ANN, made_at=room.clock.now())
    room.database.write_now(mutes.save, made)


# --- the account --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ended:
    id: str
    state: str
    fault: str | None


def decided(connection: sa.Connection) -> list[Notice]:
    return [audience.notice_of(row) for row in connection.execute(sa.select(decisions).order_by(decisions.c.id))]


def ended(connection: sa.Connection) -> dict[int, list[Ended]]:
    """What became of the deliveries of each decision."""
    found: dict[int, list[Ended]] = {}
    rows = sa.select(deliveries).where(deliveries.c.decision_id.is_not(None)).order_by(deliveries.c.seq)
    for row in connection.execute(rows):
        found.setdefault(row.decision_id, []).append(Ended(row.id, row.state, row.fault))
    return found


def texts(room: Room, title: str) -> str:
    """All that people read about a story."""
    lines = []
    for shown in room.wall.shown:
        if isinstance(shown, Card):
            said = [*(field.value for field in shown.fields), shown.change or ""]
            lines += said if shown.title == title else []
        else:
            lines += [line for line in plain(shown.lines).splitlines() if title in line]
    return "\n".join(lines)


def assert_each_ended_once(room: Room) -> None:
    notices, found = room.database.read_now(decided), room.database.read_now(ended)
    taken_back = {notice.item_key for notice in notices if notice.detail.startswith(TAKEN_BACK)}
    by_id = {each.id: each for of_one in found.values() for each in of_one}
    for notice in notices:
        if not notice.reason.tells:
            continue
        assert notice.number is not None
        outcome = found.get(notice.number, [])
        assert len(outcome) <= 1, "one message at most"
        if not outcome:
            assert notice.reason is Reason.HELD
            assert notice.item_key in taken_back or texts(room, title_of(room, notice)), notice
        elif outcome[0].state != DeliveryState.SENT:
            assert outcome[0].state == DeliveryState.SUPERSEDED, outcome
            assert outcome[0].fault
            if "tells it" in outcome[0].fault:
                (by,) = [each for key, each in by_id.items() if key in outcome[0].fault]
                assert by.state == DeliveryState.SENT or by.fault
    muted = {notice.story_id for notice in notices if notice.reason is Reason.MUTED}
    for notice in notices:
        if notice.reason.tells and notice.story_id not in muted:
            said = texts(room, title_of(room, notice))
            for rate in (fact.value for fact in notice.new_facts if fact.type == "rate"):
                assert f"{rate:g}% tariff" in said, (notice, said)


def title_of(room: Room, notice: Notice) -> str:
    return room.said[notice.item_key].item.title


LATE_MUTE = (Step("shut"), Step("report", rate=5.0), Step("report", rate=10.0), Step("mute", wait=MINUTE))
MERGED = (Step("shut"), Step("report", rate=5.0), Step("drain"), Step("report", rate=10.0), Step("open", wait=HOUR))
CAPPED = tuple(Step("report", about=number % 3, rate=RATES[number]) for number in (0, 1, 2, 3))


# What waited for the digest is told by a message, which a mute takes back before it goes.
MUTED_TOO = (
    Step("report", about=1), Step("wait", wait=61 * MINUTE), Step("wait", wait=61 * MINUTE),
    Step("report"), Step("report", about=1, rate=10.0), Step("mute", about=1),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(PLANS, st.lists(st.one_of(REPORTS, REPORTS, WAITS, OTHERS), min_size=2, max_size=14))
@example({"digest": None, "quiet": None}, list(LATE_MUTE))
@example({"digest": None, "quiet": None}, list(MERGED))
@example({"digest": None, "quiet": None}, list(CAPPED))
@example({"digest": "daily 12:30", "quiet": "09:00-11:30 Europe/Berlin"}, [*CAPPED, Step("mute", wait=MINUTE)])
@example({"digest": "daily 12:30", "quiet": "09:00-11:30 Europe/Berlin"}, list(MUTED_TOO))
@example({"digest": "daily 12:30", "quiet": "09:00-11:30 Europe/Berlin"}, [*MUTED_TOO, Step("report", about=2)])
def test_every_decision_to_tell_ends_in_one_message_digest_or_reason(
    sqlite_template: Path, plan: dict[str, str | None], steps: list[Step]
) -> None:
    with opened(sqlite_template) as room:
        asyncio.run(play(room, plan, steps))
        scope = Scope(since=room.clock.now() - timedelta(days=9), now=room.clock.now() + 2 * MINUTE)
        assert room.database.read_now(lambda connection: list(walk(connection, scope))) == []
        assert_each_ended_once(room)
