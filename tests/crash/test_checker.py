"""The checker of the crash run sees what is wrong: a run that went well, doctored in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from tests.crash.checker import Checker, Findings, Row
from tests.crash.desk import Desk
from tests.crash.newsroom import Kind, Newsroom, Step, Story
from tests.crash.platforms import StormyDiscord, StormySlack
from tests.crash.reading import Reading
from tests.crash.sky import Sky
from tests.fakes.slack_service import Posted

PLACE = "slack:C0000"  # gets all
SAID = {
    Kind.FIRST: "{step.rate}% tariff",
    Kind.SAME: "also: {step.outlet}",
    Kind.MORE: "New: rates {step.rate}% tariff",
    Kind.CORRECTED: "CORRECTED: {step.was}% tariff became {step.rate}% tariff",
    Kind.WITHDRAWN: "WITHDRAWN: {step.outlet} has withdrawn it",
}


@dataclass
class Room:
    """A newsroom with a few stories, told at one place as they should be."""

    desk: Desk = field(default_factory=lambda: Desk((PLACE,), {}, {}))
    slack: StormySlack = field(default_factory=lambda: StormySlack(Sky(1)))
    rows: list[Row] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.newsroom = Newsroom(1, ["aword", "bword", "cword"])
        for _ in range(40):
            self._tell(self.newsroom.open_story())
        self.stories = len(self.newsroom.stories)

    @property
    def posted(self) -> list[Posted]:
        return self.slack.messages("C0000")

    def told(self, kind: Kind) -> Posted:
        """A message of the first story that has such a step: what shows it."""
        story = next(story for story in self.newsroom.stories if any(step.kind is kind for step in story.steps))
        step = next(step for step in story.steps if step.kind is kind)
        return next(each for each in self.posted if _links_to(each, story) and _words(step) in each.blocks[0]["text"])

    def findings(self) -> Findings:
        reading = Reading(self.slack, StormyDiscord(Sky(1)))
        reading.read_on()
        return Checker(self.desk, self.newsroom, reading, self.rows, self.stories, []).findings()

    def _tell(self, story: Story) -> None:
        top = self._post(story, [story.steps[0]])
        while not story.is_over:
            self.newsroom.publish_next(story)
            step = story.told[-1]
            if step.kind is Kind.MORE:
                self._post(story, [step], thread_ts=top.ts)
            else:
                top.blocks[0]["text"] += f"\n{_words(step)}"

    def _post(self, story: Story, steps: list[Step], thread_ts: str | None = None) -> Posted:
        number = next(self.numbers)
        delivery = f"{number:024x}"
        text = f"https://wire.example/{story.number}\n" + "\n".join(map(_words, steps))
        posted = Posted(
            ts=f"{number}.0",
            text="",
            blocks=[{"text": text}],
            metadata={"event_payload": {"delivery_id": delivery}},
            thread_ts=thread_ts,
            arguments={},
        )
        self.posted.append(posted)
        self.rows.append(Row(number, delivery, PLACE, "post", "sent", 1, posted.ts))
        return posted


def _words(step: Step) -> str:
    return SAID[step.kind].format(step=step)


def _links_to(posted: Posted, story: Story) -> bool:
    return f"example/{story.number}\n" in posted.blocks[0]["text"]


def _forget(room: Room, kind: Kind) -> None:
    told = room.told(kind)
    told.blocks[0]["text"] = told.blocks[0]["text"].replace(SAID[kind].split(":")[0], "…")


def _delete(room: Room) -> None:
    del room.posted[3]


def _only_edit(room: Room) -> None:
    """A new figure stands on the card that was there before, and nobody was told."""
    reply = room.told(Kind.MORE)
    top = next(each for each in room.posted if each.ts == reply.thread_ts)
    top.blocks[0]["text"] += f"\n{reply.blocks[0]['text'].rpartition('rates ')[2]}"
    room.posted.remove(reply)
    room.rows = [row for row in room.rows if row.message_id != reply.ts]


def _post_twice(room: Room) -> None:
    room.posted.append(room.posted[-1])


def _tell_twice(room: Room) -> None:
    story = room.newsroom.stories[-1]
    room._post(story, [story.steps[0]])


def _reply_twice(room: Room) -> None:
    reply = room.told(Kind.MORE)
    story = next(story for story in room.newsroom.stories if _links_to(reply, story))
    room._post(story, [step for step in story.steps if step.kind is Kind.MORE][:1], thread_ts=reply.thread_ts)


def _swap(room: Room) -> None:
    room.posted[2], room.posted[3] = room.posted[3], room.posted[2]


def _leave_open(room: Room) -> None:
    room.rows[-1] = replace(room.rows[-1], state="unknown")


def _lose_receipt(room: Room) -> None:
    room.rows[-1] = replace(room.rows[-1], message_id=None)


def _split(room: Room) -> None:
    room.stories += 1


def _send_elsewhere(room: Room) -> None:
    room.slack.messages("C0001").append(room.posted[0])


def _correct_for_a_follower(room: Room, *, wrong: bool) -> None:
    """Somebody follows a story of two reports, and the one message about it comes after the correction."""
    story = next(story for story in room.newsroom.stories if story.steps[-1].kind is Kind.CORRECTED)
    place, step = "slack:@U0001", story.steps[-1]
    story.followers[place] = len(story.steps) - 1
    channel = room.slack.direct["U0001"]
    room.slack.messages(channel).append(
        Posted(
            ts=f"{story.times[-1] + 5}",
            text="",
            blocks=[{"text": f"https://wire.example/{story.number}\n{step.was if wrong else step.rate}% tariff"}],
            metadata={"event_payload": {"delivery_id": f"{999:024x}"}},
            thread_ts=None,
            arguments={},
        )
    )
    room.rows.append(Row(999, f"{999:024x}", place, "post", "sent", 1, f"{story.times[-1] + 5}"))


def test_who_was_told_after_a_correction_and_rightly_needs_none() -> None:
    room = Room()
    _correct_for_a_follower(room, wrong=False)
    assert room.findings().all == []


def test_who_was_told_after_a_correction_and_wrongly_has_lost_it() -> None:
    room = Room()
    _correct_for_a_follower(room, wrong=True)
    assert [words.partition(":")[0] for words in room.findings().all] == ["lost"]


def test_a_run_that_went_well_has_no_findings() -> None:
    room = Room()
    assert {step.kind for story in room.newsroom.stories for step in story.steps} == set(Kind)
    assert room.findings().all == []


@pytest.mark.parametrize(
    ("doctor", "kind"),
    [
        (_delete, "lost"),
        *(
            (lambda room, kind=kind: _forget(room, kind), "lost")
            for kind in (Kind.SAME, Kind.CORRECTED, Kind.WITHDRAWN)
        ),
        (_only_edit, "lost"),
        (_post_twice, "repeated"),
        (_tell_twice, "repeated"),
        (_reply_twice, "repeated"),
        (_lose_receipt, "repeated"),
        (_swap, "out of order"),
        (_leave_open, "unresolved"),
        (_split, "other"),
        (_send_elsewhere, "other"),
    ],
)
def test_what_is_wrong_is_found(doctor: Callable[[Any], None], kind: str) -> None:
    room = Room()
    doctor(room)
    assert kind in {words.partition(":")[0] for words in room.findings().all}
