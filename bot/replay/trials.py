"""How many messages a route would send at other thresholds.

Decided by the same pipeline, in one pass for all of them: in a further private database each route is there once for
each threshold, with a made-up place of its own, since places do not influence each other. Nothing is judged again,
and only stories take part that became loud enough for one of the routes, or probable enough to be an alert at one of
the thresholds: all others are refused by each of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.codec import verdict_from_json
from bot.model import Destination, ItemKey, Tier
from bot.replay.archive import archive
from bot.replay.decisions import is_sent
from bot.replay.figures import Trial
from bot.routing.learning import TOPICS
from bot.routing.routes import Route
from bot.steps.grouping import Judged
from bot.store import alike, news
from bot.store.schema import deliveries, items, stories


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A route at another threshold (None: as it is), and the made-up place that hears what it would send."""

    route: Route
    threshold: float | None
    place: Destination

    @property
    def trial(self) -> Route:
        threshold = self.route.threshold if self.threshold is None else self.threshold
        return replace(self.route, to=(self.place,), threshold=threshold)


def what_ifs(routes: Sequence[Route], thresholds: Sequence[float]) -> list[WhatIf]:
    """Each route on which a threshold has a say: as it is, and at each threshold.

    That is one whose query names a topic, or that posts alerts and no digests.
    """
    heeding = [route for route in routes if route.when.topics or route.tier is Tier.ALERT]
    wanted = [(route, each) for route in heeding for each in (None, *thresholds)]
    return [
        WhatIf(route=route, threshold=threshold, place=Destination("discord", str(number)))
        for number, (route, threshold) in enumerate(wanted)
    ]


def count_loud(connection: sa.Connection, trials: Sequence[WhatIf]) -> int:
    """How many items of a replay the trials concern."""
    query = sa.select(sa.func.count()).select_from(items).join(stories, stories.c.id == items.c.story_id)
    return connection.execute(query.where(_is_loud(trials))).scalar_one()


def loud(connection: sa.Connection, trials: Sequence[WhatIf], size: int) -> Iterator[list[Judged]]:
    """The items of a replay that the trials concern, with their verdicts, in the order in which they came in."""
    rows = connection.execute(
        sa.select(items)
        .join(stories, stories.c.id == items.c.story_id)
        .join(archive, archive.c.key == items.c.key)
        .where(_is_loud(trials))
        .order_by(items.c.seen_at, archive.c.seq)
        .execution_options(yield_per=size)
    )
    for portion in rows.partitions():
        known = alike.stored(connection, [ItemKey(row.key) for row in portion])
        yield [Judged(news.item_of(row), verdict_from_json(row.verdict), known[ItemKey(row.key)]) for row in portion]


def outcomes(connection: sa.Connection, trials: Sequence[WhatIf]) -> list[Trial]:
    """How many messages each route would have sent at each threshold."""
    rows = connection.execute(
        sa.select(deliveries.c.destination, sa.func.count().label("n"))
        .where(is_sent)
        .group_by(deliveries.c.destination)
    )
    sent = {row.destination: row.n for row in rows}
    return [
        Trial(
            route=route.name,
            threshold=route.threshold,
            messages={each.threshold: sent.get(str(each.place), 0) for each in trials if each.route is route},
        )
        for route in {each.route.name: each.route for each in trials}.values()
    ]


def _is_loud(trials: Sequence[WhatIf]) -> sa.ColumnElement[bool]:
    least = min((each.route.tier.rank for each in trials), default=0)
    of_alerts = (each.trial.threshold for each in trials if each.route.tier is Tier.ALERT)
    lowest = min((threshold for threshold in of_alerts if threshold is not None), default=math.inf)
    return sa.or_(
        stories.c.tier.in_([tier for tier in Tier if tier.rank >= least]),
        *(stories.c.verdict[topic].as_float() >= lowest for topic in TOPICS),
    )
