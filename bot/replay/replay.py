"""The items of an archive through the pipeline itself, so that a replay decides as `run` does.

`now` is each item's own time, what tells counts as delivered at once (or when the quiet hours end), and nobody has
marked anything: the thresholds are those of the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.intake.normalise import RECORDS
from bot.routing.routes import Route
from bot.signals.classifier import Classifier
from bot.steps.admission import Admission
from bot.steps.agenda import Agenda
from bot.steps.grouping import Judged
from bot.steps.telling import Teller
from bot.store.engine import Database


class Replay:
    """Takes items, oldest first, with all that `routes` make of them into a private database."""

    def __init__(self, database: Database, classifier: Classifier, routes: Sequence[Route]) -> None:
        self._database = database
        self._admission = Admission(
            teller=Teller(routes=routes, thresholds=classifier.thresholds),
            agenda=Agenda(atlas=classifier.atlas, zone=ZoneInfo("UTC")),
        )

    def admit(self, judged: Sequence[Judged]) -> None:
        """Decide on items, each at its `seen_at`, in one transaction."""
        self._database.write_now(self._admit, judged)

    def _admit(self, connection: sa.Connection, judged: Sequence[Judged]) -> None:
        for now, portion in groupby(judged, key=lambda each: each.item.seen_at):
            self._admission.admit(connection, RECORDS, list(portion), now)
