"""The feedback commands on a real database of either kind: what they answer, and what they change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.commands.catalog import Desk, build_catalog
from bot.commands.feedback import Feedback
from bot.commands.spec import Caller, Catalog
from bot.deliver.card import Reply, plain
from bot.model import Destination, ItemKey, StoryId, Verdict
from bot.observe.health import Parts
from bot.routing import query
from bot.routing.routes import Route
from bot.store import audience, feedback, news
from bot.store.engine import Database
from tests import samples
from tests.fakes.clock import FakeClock
from tests.samples import NOW, SLACK

ANN, BOB = (Destination("slack", name, person=True) for name in ("UANN", "UBOB"))
HERE = Caller(user=ANN, place=SLACK)
FLAGGED = "aaaaaaaaaaaaaaaa"
MISSED = "bbbbbbbbbbbbbbbb"


@dataclass
class Room:
    """A channel that was told FLAGGED (trade and market), and that another item, MISSED, never reached."""

    catalog: Catalog
    database: Database
    clock: FakeClock

    async def ask(self, text: str, caller: Caller = HERE) -> str:
        reply = await self.catalog.run_text(text, caller)
        return f"{reply.title}\n{plain(reply.lines)}"

    async def press(self, reply: Reply, label: str, caller: Caller = HERE) -> Reply:
        (action,) = [action for action in reply.actions if action.label == label]
        return await self.catalog.press(action.command, caller)

    def count(self) -> int:
        return len(self.database.read_now(feedback.counting, [SLACK, ANN], now=self.clock.now()))


@pytest.fixture
def room(database: Database, clock: FakeClock) -> Room:
    def fill(connection: sa.Connection) -> None:
        for key, title, verdict in (
            (FLAGGED, samples.TITLE, samples.verdict(trade=0.55)),
            (MISSED, "Envoys meet on tinned fish", samples.verdict(trade=0.2, market=0.1, labels=(), facts=())),
        ):
            _add(connection, key, title, verdict)
        audience.save_decision(connection, samples.notice(item_key=ItemKey(FLAGGED), story_id=StoryId(FLAGGED[:12])))

    database.write_now(fill)
    return _enter(database, clock)


def _enter(database: Database, clock: FakeClock, *, threshold: float | None = None) -> Room:
    when = query.parse("topic:trade OR topic:market")
    routes = [Route(name="desk", to=(SLACK,), when=when, threshold=threshold)]
    desk = Feedback(database=database, clock=clock, routes=routes, thresholds={"trade": 0.5, "market": 0.4})
    catalog = build_catalog(Desk(database=database, clock=clock, parts=Parts(), feedback=desk))
    return Room(catalog, database, clock)


def _add(connection: sa.Connection, key: str, title: str, verdict: Verdict) -> None:
    story_id = StoryId(key[:12])
    news.add_story(connection, samples.story(id=story_id, key=key, lead=ItemKey(key), title=title, verdict=verdict))
    item = samples.item(key=ItemKey(key), title=title, url=f"https://news.example/{key}")
    news.add_item(connection, item, story_id, verdict)


async def test_not_relevant_says_what_it_changed_and_how_to_undo(room: Room) -> None:
    reply = await room.catalog.run_text("irrelevant", HERE)
    shown = plain(reply.lines)
    assert reply.title == "Kept: not relevant here (trade and market)."
    assert samples.TITLE in shown
    assert "trade threshold here: 0.50 → 0.56 (0.50 shifted by 1 Not relevant mark)" in shown
    assert "market threshold here: 0.40 → 0.46 (0.40 shifted by 1 Not relevant mark)" in shown
    assert "/wire undo aaaaaaaa" in shown

    undone = await room.press(reply, "Undo")
    assert undone.title == "Taken back: your mark “Not relevant”."
    assert "trade threshold here: 0.56 → 0.50" in plain(undone.lines)
    assert room.count() == 0


async def test_the_mark_keeps_the_verdict_of_then_and_who_said_it(room: Room) -> None:
    await room.ask(f"irrelevant {FLAGGED}")
    (mark,) = room.database.read_now(feedback.counting, [SLACK], now=NOW)
    assert (mark.person, mark.item_key, mark.relevant, mark.marked_at) == (ANN, FLAGGED, False, NOW)
    assert (mark.verdict.trade, mark.verdict.labels, mark.verdict.model) == (0.55, ("trade", "market"), "test")


async def test_saying_it_twice_is_saying_it_once(room: Room) -> None:
    await room.ask("irrelevant")
    assert "trade threshold here: stays at 0.56" in await room.ask("irrelevant")
    assert room.count() == 1


async def test_one_topic_can_be_named(room: Room) -> None:
    shown = await room.ask("irrelevant aaaaaaaa market")
    assert "Kept: not relevant here (market)." in shown
    assert "trade threshold" not in shown


async def test_relevant_on_what_came_anyway_opens_nothing(room: Room) -> None:
    assert "trade threshold here: stays at 0.50 (not shifted by 1 Relevant mark)" in await room.ask("relevant")


async def test_relevant_on_what_was_missed_asks_for_what_and_a_button_answers(room: Room) -> None:
    reply = await room.catalog.run_text(f"relevant {MISSED}", HERE)
    assert reply.title == "Relevant for what?"
    assert room.count() == 0
    kept = await room.press(reply, "Trade negotiation")
    assert kept.title == "Kept: relevant here (trade)."
    assert "0.50 → 0.44 (0.50 shifted by 1 Relevant mark)" in plain(kept.lines)


async def test_a_mark_counts_against_the_threshold_of_the_route_and_undo_undoes_it(room: Room) -> None:
    low = _enter(room.database, room.clock, threshold=0.2)
    shown = await low.ask(f"irrelevant {MISSED}")
    assert "Kept: not relevant here (trade)." in shown, "its probability of 0.2 is over the threshold"
    assert "trade threshold here: 0.20 → 0.24 (0.20 shifted by 1 Not relevant mark)" in shown
    assert "trade threshold here: 0.24 → 0.20" in await low.ask("undo")

    high = _enter(room.database, room.clock, threshold=0.8)
    shown = await high.ask(f"relevant {FLAGGED} trade")
    assert "trade threshold here: 0.80 → 0.76 (0.80 shifted by 1 Relevant mark)" in shown, "0.55 was not told"
    assert "stays at 0.76" in await high.ask(f"relevant {FLAGGED} trade")
    assert "trade threshold here: 0.76 → 0.80" in await high.ask("undo")


async def test_a_mark_keeps_its_say_when_the_owner_sets_another_threshold(room: Room) -> None:
    await _enter(room.database, room.clock, threshold=0.2).ask(f"irrelevant {MISSED}")
    (mark,) = room.database.read_now(feedback.counting, [SLACK], now=NOW)
    assert (mark.flagged, mark.verdict.labels) == (("trade",), ())
    assert "trade threshold here: 0.56 (0.50 shifted by 1 Not relevant mark)" in await room.ask("feedback")


async def test_not_relevant_on_what_nothing_was_flagged_for_is_kept_and_moves_nothing(room: Room) -> None:
    assert "no threshold moves" in await room.ask(f"irrelevant {MISSED}")
    assert room.count() == 1


async def test_a_place_without_a_route_keeps_the_mark_and_says_that_nothing_changes(room: Room) -> None:
    direct = Caller(user=ANN, place=ANN)
    assert "No route asks for that here" in await room.ask(f"irrelevant {FLAGGED}", direct)
    assert room.count() == 1
    assert "No route names this place" in await room.ask("feedback", direct)


async def test_feedback_lists_the_marks_here_without_others_names(room: Room) -> None:
    await room.ask(f"irrelevant {FLAGGED}", replace(HERE, user=BOB))
    await room.ask(f"relevant {MISSED} trade")
    shown = await room.ask("feedback")
    assert "trade threshold here: 0.50 (not shifted by 1 Not relevant and 1 Relevant marks)" in shown
    assert f"Not relevant (trade and market) by somebody else: {samples.TITLE}" in shown
    assert "Relevant (trade) by you: Envoys meet" in shown
    assert shown.index("by you") < shown.index("by somebody else"), "the last mark first"
    assert "UBOB" not in shown
    assert "A person moves it by 3 steps at most" in shown


async def test_feedback_of_an_untouched_place_shows_its_thresholds(room: Room) -> None:
    shown = await room.ask("feedback")
    assert "trade threshold here: 0.50\nmarket threshold here: 0.40\nNothing was marked here" in shown


async def test_a_long_list_is_cut_and_counted(room: Room) -> None:
    for number in range(12):
        caller = replace(HERE, user=Destination("slack", f"U{number}", person=True))
        await room.ask(f"irrelevant {FLAGGED}", caller)
    shown = await room.ask("feedback")
    assert shown.count("by somebody else") == 10
    assert "… and 2 more" in shown
    assert "as far as marks go" in shown


async def test_nobody_takes_back_the_mark_of_another(room: Room) -> None:
    await room.ask("irrelevant", replace(HERE, user=BOB))
    for text in ("undo", f"undo {FLAGGED}"):
        assert "There is no such mark of yours here." in await room.ask(text)
    assert room.count() == 1


async def test_undo_without_an_item_takes_back_the_last_mark(room: Room) -> None:
    await room.ask(f"relevant {MISSED} trade")
    await room.ask("irrelevant")
    reply = await room.press(await room.catalog.run_text("feedback", HERE), "Undo my last mark")
    assert reply.title == "Taken back: your mark “Not relevant”."
    assert "Taken back: your mark “Relevant”." in await room.ask("undo")


async def test_marks_fade(room: Room) -> None:
    await room.ask("irrelevant")
    room.clock.advance(timedelta(days=61))
    assert "Nothing was marked here in the last 60 days" in await room.ask("feedback")


async def test_why_shows_the_shift_and_offers_to_mark(room: Room) -> None:
    fresh = await room.catalog.run_text(f"why {FLAGGED}", HERE)
    assert [action.label for action in fresh.actions] == ["Relevant", "Not relevant"]
    assert "threshold here" not in plain(fresh.lines)
    await room.press(fresh, "Not relevant")
    await room.press(fresh, "Relevant", replace(HERE, user=BOB))
    await room.press(fresh, "Not relevant", replace(HERE, user=Destination("slack", "UEVE", person=True)))
    reply = await room.catalog.run_text(f"why {FLAGGED}", HERE)
    shown = plain(reply.lines)
    assert "Marked here: Relevant by 1, Not relevant by 2 (you: Not relevant)" in shown
    assert "trade threshold here: 0.56 (0.50 shifted by 2 Not relevant and 1 Relevant marks)" in shown
    assert [action.label for action in reply.actions] == ["Relevant", "Not relevant", "Undo"]


@pytest.mark.parametrize("command", ["irrelevant", "relevant", "undo"])
async def test_what_is_not_stored_cannot_be_marked(room: Room, command: str) -> None:
    assert "No item “zzzz” is stored" in await room.ask(f"{command} zzzz")


async def test_where_nothing_was_told_an_item_must_be_named(room: Room) -> None:
    direct = Caller(user=BOB, place=BOB)
    assert "name an item: /wire irrelevant REFERENCE" in await room.ask("irrelevant", direct)


async def test_a_wrong_topic_is_answered_with_the_right_ones(room: Room) -> None:
    assert "topic is one of trade, market, not “sport”" in await room.ask(f"relevant {FLAGGED} sport")
