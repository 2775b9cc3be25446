"""Holds what people see at the end against what was published, and against the outbox.

Nothing of the program is used: its database is read as tables, by their names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from tests.crash.desk import Desk
from tests.crash.expectation import brings, missing
from tests.crash.newsroom import Kind, Newsroom, Step, Story
from tests.crash.reading import Message, Reading

_OVER = {"sent", "superseded"}
_ROWS = sa.text("SELECT seq, id, destination, action, state, attempts, receipt FROM deliveries ORDER BY seq")


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as the outbox has it."""

    seq: int
    id: str
    destination: str
    action: str
    state: str
    attempts: int
    message_id: str | None  # that the receipt names

    @property
    def is_over(self) -> bool:
        return self.state in _OVER


@dataclass(frozen=True, slots=True)
class Findings:
    """Each complaint in words; `told` counts messages of which somebody heard, and what changed them."""

    lost: Sequence[str] = ()
    repeated: Sequence[str] = ()
    disordered: Sequence[str] = ()
    unresolved: Sequence[str] = ()
    others: Sequence[str] = ()  # the scenario did not go as it was meant, or a payload was wrong
    told: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> list[str]:
        kinds = {
            "lost": self.lost, "repeated": self.repeated, "out of order": self.disordered,
            "unresolved": self.unresolved, "other": self.others,
        }  # fmt: skip
        return [f"{kind}: {words}" for kind, found in kinds.items() for words in found]


def rows(database_url: str) -> tuple[list[Row], int]:
    """The outbox in its order, and how many stories there are."""
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = [_row(row) for row in connection.execute(_ROWS)]
        stories = connection.execute(sa.text("SELECT count(*) FROM stories")).scalar_one()
    engine.dispose()
    return found, stories


def _row(row: Any) -> Row:
    receipt = json.loads(row.receipt) if isinstance(row.receipt, str) else row.receipt
    message_id = receipt["message_id"] if receipt else None
    return Row(row.seq, row.id, row.destination, row.action, row.state, row.attempts, message_id)


@dataclass(frozen=True, slots=True)
class Checker:
    desk: Desk
    newsroom: Newsroom
    reading: Reading
    rows: Sequence[Row]
    stories: int  # of the program
    others: Sequence[str]  # payloads that a platform would not have taken, processes that ended by themselves

    def findings(self) -> Findings:
        return Findings(
            lost=[*self._unseen(), *self._without_message()],
            repeated=[*self._delivered_twice(), *self._told_twice()],
            disordered=[*self._against_the_outbox(), *self._against_the_feeds(), *self._replies_out_of_step()],
            unresolved=[
                f"{row.destination}: {row.action} {row.seq} is {row.state}" for row in self.rows if not row.is_over
            ],
            others=[*self._misunderstood(), *self._strangers(), *self.others],
            told=self._told(),
        )

    # --- lost -----------------------------------------------------------------------------------------------

    def _unseen(self) -> Iterator[str]:
        """Every step of every story shows wherever somebody asked for it."""
        for story in self.newsroom.stories:
            for place, step in missing(self.desk, self.reading, story):
                yield f"{place} does not show that {_named(story)}: {step.kind} {step.rate} of {step.outlet}"

    def _without_message(self) -> Iterator[str]:
        """What the outbox takes for sent stands there."""
        standing = {(message.place, message.id) for place in self.reading.at.values() for message in place}
        for row in self.rows:
            if row.action == "post" and row.state == "sent" and (row.destination, row.message_id) not in standing:
                yield f"{row.destination}: delivery {row.seq} is sent as {row.message_id}, which does not stand there"

    # --- repeated -------------------------------------------------------------------------------------------

    def _delivered_twice(self) -> Iterator[str]:
        times = Counter(message.delivery for place in self.reading.at.values() for message in place)
        yield from (f"delivery {delivery or '(none)'} stands {n} times" for delivery, n in times.items() if n > 1)
        recorded = {row.message_id for row in self.rows}
        for message in self._messages():
            if message.id not in recorded:
                yield f"{message.place}: message {message.id} of delivery {message.delivery} has no receipt"

    def _told_twice(self) -> Iterator[str]:
        """One message of its own for each story, and a reply at most for each new figure."""
        for story in self.newsroom.stories:
            for place, steps in self.desk.due(story).items():
                replies, firsts = _divided(self.reading.of(story.number, place))
                most = sum(step.kind is Kind.MORE for step in steps)
                if len(firsts) > 1:
                    yield f"{place}: {_named(story)} is told {len(firsts)} times in the channel itself"
                if len(replies) > most:
                    yield f"{place}: {_named(story)} has {len(replies)} replies for {most} new figures"

    # --- out of order ---------------------------------------------------------------------------------------

    def _against_the_outbox(self) -> Iterator[str]:
        """At each place messages stand in the order in which they were decided."""
        numbers = {row.id: row.seq for row in self.rows} | {row.id[:10]: row.seq for row in self.rows}
        for place, messages in self.reading.at.items():
            stand = [numbers.get(message.delivery, 0) for message in messages]
            yield from (f"{place}: delivery {second} stands after {first}" for first, second in _falls(stand))

    def _against_the_feeds(self) -> Iterator[str]:
        """What one outlet reported first is told first."""
        for place, messages in self.reading.at.items():
            told: dict[str, list[int]] = {}
            for message in messages:
                story = self._story(message)
                if story and not message.is_reply and place in self.desk.places(story):
                    told.setdefault(story.steps[0].outlet, []).append(story.number)
            for outlet, numbers in told.items():
                for first, second in _falls(numbers):
                    yield f"{place}: story {second} of {outlet} is told after story {first}"

    def _replies_out_of_step(self) -> Iterator[str]:
        for story in self.newsroom.stories:
            figures = [step for step in story.told if step.kind is Kind.MORE]
            for place in self.desk.due(story):
                replies, _ = _divided(self.reading.of(story.number, place))
                brought = [_first_shown(reply, figures) for reply in replies]
                yield from (f"{place}: replies of {_named(story)} in the order {brought}" for _ in _falls(brought))

    # --- other ----------------------------------------------------------------------------------------------

    def _misunderstood(self) -> Iterator[str]:
        if self.stories != len(self.newsroom.stories):
            yield f"{len(self.newsroom.stories)} events have become {self.stories} stories: the rest means little"

    def _strangers(self) -> Iterator[str]:
        for message in self._messages():
            story = self._story(message)
            if story is None or message.place not in self.desk.due(story):
                yield f"{message.place}: nobody asked for {message.text[:80]!r}"

    def _told(self) -> Counter[str]:
        replies, firsts = _divided(self._messages())
        edits = [row for row in self.rows if row.action == "edit" and row.state == "sent"]
        people = [message for message in self._messages() if "@" in message.place]
        again = [row for row in self.rows if row.attempts > 1]
        return Counter(
            alerts=len(firsts), replies=len(replies), edits=len(edits), direct=len(people), again=len(again)
        )

    def _messages(self) -> Iterator[Message]:
        for messages in self.reading.at.values():
            yield from messages

    def _story(self, message: Message) -> Story | None:
        number = message.story
        return None if number is None else self.newsroom.stories[number]


def _named(story: Story) -> str:
    return f"story {story.number} ({story.name})"


def _divided(messages: Iterable[Message]) -> tuple[list[Message], list[Message]]:
    """Replies, and messages of their own."""
    parts: tuple[list[Message], list[Message]] = ([], [])
    for message in messages:
        parts[0 if message.is_reply else 1].append(message)
    return parts


def _first_shown(reply: Message, figures: Sequence[Step]) -> int:
    return next((place for place, step in enumerate(figures) if brings(reply, step)), -1)


def _falls(numbers: Sequence[int]) -> list[tuple[int, int]]:
    return [(first, second) for first, second in pairwise(numbers) if second < first]
