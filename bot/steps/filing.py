"""What follows from decisions on one story, filed for all places at once: rows, outbox, digests, what was told.

A few statements, however many places there are: people and channels by the hundred may ask for the same story, and
nobody else can group news while this transaction runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from bot.model import Destination, Notice, Reason, StoryId, Told
from bot.routing.decide import after
from bot.routing.holding import Why
from bot.routing.preferences import Preferences
from bot.routing.routes import Match
from bot.steps.grouping import Joined
from bot.store import audience, digests, edits, messages, outbox, places, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What was decided for one place, which has `heard` so much; `waits` says why it waits for a digest there.

    `counts` is what counts as told there though nothing is sent: see routing/restored.py.
    """

    match: Match
    heard: Told | None
    notice: Notice
    own: Preferences | None
    waits: Why | None
    counts: Notice | None = None

    @property
    def place(self) -> Destination:
        return self.notice.destination

    @property
    def goes_out(self) -> bool:
        """As a message of its own, now or when quiet hours end."""
        return self.notice.reason.tells and self.waits is None

    @property
    def tells(self) -> Notice | None:
        """What the place knows then; None: nothing more than before."""
        return self.notice if self.notice.reason.tells else self.counts


def file(connection: sa.Connection, joined: Joined, rulings: Sequence[Ruling], *, now: datetime) -> list[Notice]:
    """Keep every decision, also the silent ones, and put what tells where it goes on from.

    Returns them with the numbers under which they are stored.
    """
    story = joined.story
    numbers = audience.save_decisions(connection, [each.notice for each in rulings])
    numbered = list(zip(rulings, numbers, strict=True))
    subscriptions.save_hits(connection, {number: each.match.hits for each, number in numbered}, now=now)
    waiting = [(each.notice, each.waits, each.own) for each in rulings if each.waits and each.own]
    keep_for_digests(connection, story.id, waiting, now=now)
    if out := [(each.notice, number) for each, number in numbered if each.goes_out]:
        digests.take(connection, [notice.destination for notice, _ in out], story.id)
        outbox.enqueue_all(connection, out)
    told = [after(each.heard, each.tells, story, joined.said) for each in rulings if each.tells]
    audience.save_told(connection, *told, now=now)
    if changed := _changes_what_stands(connection, joined, rulings):
        edits.enqueue_all(connection, [(each.notice, number) for each, number in numbered if each.place in changed])
    return [replace(each.notice, number=number) for each, number in numbered]


def keep_for_digests(
    connection: sa.Connection,
    story_id: StoryId,
    waiting: Sequence[tuple[Notice, Why, Preferences]],
    *,
    now: datetime,
) -> None:
    """A place that plans no digest gets one for this, at the time that its notice says."""
    if not waiting:
        return
    unplanned: dict[datetime, list[Destination]] = {}
    for notice, _, own in waiting:
        if own.digest is None and notice.until is not None:
            unplanned.setdefault(notice.until, []).append(own.place)
    for until, there in unplanned.items():  # first the places, then their stories, as the digester does
        places.expect(connection, there, until, now=now)
    digests.add(connection, {notice.destination: why for notice, why, _ in waiting}, story_id, now=now)


def _changes_what_stands(connection: sa.Connection, joined: Joined, rulings: Iterable[Ruling]) -> set[Destination]:
    """Where the message that stands there says it: one more outlet, or another headline of its own item."""
    heard = {each.place: each.notice.reason for each in rulings if each.heard}
    if joined.mark == "updated":
        return messages.showing(connection, joined.item.key) & heard.keys() if heard else set()
    return {place for place, reason in heard.items() if joined.adds_outlet and reason is Reason.NOTHING_NEW}
