"""Who should know of an item that has joined its story: decided for each of its audience, in the same transaction.

What tells goes into the outbox; every decision is kept, also the silent ones. `routing` decides, this asks and files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.grouping import Joined, Judged
from bot.model import Destination, Item, Label, Notice, Reason, Source, Told
from bot.routing.decide import after, amend, decide
from bot.routing.first_poll import Brake
from bot.routing.follows import with_followers
from bot.routing.learning import Learned, shifts_of
from bot.routing.mutes import silence
from bot.routing.routes import FOLLOW, Match, Route, match_routes, refuse_stale
from bot.routing.tiers import tier_of
from bot.store import audience, feedback, follows, messages, mutes, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An item in its story, as it came from `source`."""

    source: Source
    joined: Joined
    now: datetime
    learned: Learned
    brake: Brake | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Decides by the routes, by what people follow, mute and mark, and by what each place was told."""

    routes: Sequence[Route]
    thresholds: Mapping[Label, float]

    def learned(self, connection: sa.Connection, now: datetime) -> Learned:
        """What people made of earlier alerts, by destination."""
        places = {destination for route in self.routes for destination in route.to}
        return Learned(thresholds=self.thresholds, shifts=shifts_of(feedback.counting(connection, places, now=now)))

    def wanted(self, source: Source, judged: Iterable[Judged], learned: Learned, now: datetime) -> list[Item]:
        """The items that some route wants by themselves."""
        found = (
            (each.item, match_routes(self.routes, each.item, each.verdict, tier_of(each.verdict), learned))
            for each in judged
        )
        return [
            item for item, matches in found if any(match.wanted for match in refuse_stale(matches, item, source, now))
        ]

    def tell(self, connection: sa.Connection, news: News) -> list[Notice]:
        """Decide for everybody in the story's audience, and for those who saw what is no longer right."""
        matches = self._matches(connection, news)
        if news.joined.mark not in {"corrected", "withdrawn"}:
            told = audience.told_about(connection, news.joined.story.id, [match.destination for match in matches])
            return [self._tell(connection, news, match, told.get(match.destination)) for match in matches]
        told = audience.everybody_told(connection, news.joined.story.id)
        routes = {match.destination: match.route for match in matches}
        notices = [self._amend(connection, news, heard, routes.get(place, FOLLOW)) for place, heard in told.items()]
        if news.joined.mark == "withdrawn":
            return notices  # it is no news to those who never saw it
        rest = [match for match in matches if match.destination not in told]
        return notices + [self._tell(connection, news, match, None) for match in rest]

    def _matches(self, connection: sa.Connection, news: News) -> list[Match]:
        """Every destination that a route names and everybody who follows the story, with what they muted."""
        story, item = news.joined.story, news.joined.item
        matches = match_routes(self.routes, item, story.verdict, story.tier, news.learned)
        matches = with_followers(matches, follows.followers(connection, story.id), story)
        matches = refuse_stale(matches, item, news.source, news.now)
        wanted = [match.destination for match in matches if match.wanted]
        return silence(matches, mutes.in_force(connection, wanted, now=news.now), story, item, news.now)

    def _tell(self, connection: sa.Connection, news: News, match: Match, heard: Told | None) -> Notice:
        notice = self._decided(news, match, heard)
        if heard and notice.reason.tells and self._supersedes(connection, news, match.destination):
            heard = None
            notice = self._decided(news, match, None)
        decision = audience.save_decision(connection, notice)
        if notice.reason.tells:
            outbox.enqueue(connection, notice, decision)
            story, said = news.joined.story, news.joined.said
            audience.save_told(connection, after(heard, notice, story, said), now=news.now)
        updated = news.joined.mark == "updated"
        if heard and (updated or (notice.reason is Reason.NOTHING_NEW and news.joined.adds_outlet)):
            outbox.enqueue_edit(connection, notice, decision, soon=updated)
        return notice

    def _decided(self, news: News, match: Match, heard: Told | None) -> Notice:
        joined = news.joined
        notice = decide(
            heard, joined.story, joined.item, match, said=joined.said, tier=tier_of(joined.said), now=news.now
        )
        return news.brake.applied(notice) if news.brake else notice

    def _supersedes(self, connection: sa.Connection, news: News, place: Destination) -> bool:
        return outbox.supersede_held(connection, place, news.joined.story.id, now=news.now)

    def _amend(self, connection: sa.Connection, news: News, heard: Told, route: str) -> Notice:
        """Change what a place saw; who only follows the story, and saw nothing, is sent it."""
        story, said = news.joined.story, news.joined.said
        notice = amend(heard, story, news.joined.item, route=route, now=news.now)
        decision = audience.save_decision(connection, notice)
        saw = messages.about(connection, notice.destination, story.id)
        if saw:
            outbox.enqueue_edit(connection, notice, decision, soon=True)
        elif notice.route == FOLLOW:
            outbox.enqueue(connection, notice, decision)
        audience.save_told(connection, after(heard, notice, story, said), now=news.now)
        return notice
