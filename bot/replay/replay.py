"""The items of an archive through the pipeline itself, so that a replay decides as `run` does.

`now` is each item's own time, what tells counts as delivered at once (or when the quiet hours end), and nobody has
marked anything: the thresholds are those of the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.clock import SystemClock
from bot.intake.fetch import Intake
from bot.intake.http import GuardedClient
from bot.intake.normalise import RECORDS
from bot.intake.workers import WorkerPool
from bot.pipeline import Pipeline
from bot.routing.routes import Route
from bot.signals.classifier import Classifier
from bot.steps.agenda import Agenda
from bot.steps.grouping import Judged
from bot.steps.settling import Settling
from bot.steps.telling import Teller
from bot.store import feeds
from bot.store.engine import Database
from bot.stories.sense import Sense

_HOLDER = "replay"


class Replay:
    """Takes items, oldest first, with all that `routes` make of them into a private database."""

    def __init__(self, database: Database, classifier: Classifier, sense: Sense, routes: Sequence[Route]) -> None:
        self._database = database
        self._pipeline = Pipeline(
            database=database,
            intake=Intake(client=GuardedClient(), pool=WorkerPool()),  # of which nothing is asked
            classifier=classifier,
            sense=sense,
            teller=Teller(routes=routes, thresholds=classifier.thresholds),
            agenda=Agenda(atlas=classifier.atlas, zone=ZoneInfo("UTC")),
            clock=SystemClock(),
            settling=Settling(database),
        )
        database.write_now(_lease)

    def admit(self, judged: Sequence[Judged]) -> None:
        """Decide on items, each at its `seen_at`, in one transaction."""
        self._database.write_now(self._admit, judged)

    def _admit(self, connection: sa.Connection, judged: Sequence[Judged]) -> None:
        for now, portion in groupby(judged, key=lambda each: each.item.seen_at):
            self._pipeline.admit(connection, RECORDS, list(portion), _HOLDER, now)


def _lease(connection: sa.Connection) -> None:
    """The archive as a source that is being polled: the pipeline takes items only under a lease."""
    now = SystemClock().now()
    feeds.sync(connection, [RECORDS], now=now)
    feeds.claim_due(connection, [RECORDS.id], owner=_HOLDER, now=now, lease=timedelta(days=1), limit=1)
