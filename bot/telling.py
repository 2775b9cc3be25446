"""Who should know of an item that has joined its story: decided for each of its audience, in the same transaction.

What tells goes into the outbox; every decision is kept, also the silent ones. `routing` decides, this asks and files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from bot.grouping import Joined, Judged
from bot.model import Destination, Item, Label, Notice, Reason, Source, Told
from bot.routing.decide import after, amend, amended, decide
from bot.routing.first_poll import CHANGED_LATE, Brake, is_late
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
    brakes: Mapping[Destination, Brake] = field(default_factory=dict)  # of a source's first poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Decides by the routes, by what people follow, mute and mark, and by what each place was told."""

    routes: Sequence[Route]
    thresholds: Mapping[Label, float]

    def learned(self, connection: sa.Connection, now: datetime) -> Learned:
        """What people made of earlier alerts, by destination."""
        places = {destination for route in self.routes for destination in route.to}
        return Learned(thresholds=self.thresholds, shifts=shifts_of(feedback.counting(connection, places, now=now)))

    def wanted(
        self, source: Source, judged: Iterable[Judged], learned: Learned, now: datetime
    ) -> dict[Destination, list[Item]]:
        """The items that some route wants by themselves, for each destination that a route names."""
        found: dict[Destination, list[Item]] = {place: [] for route in self.routes for place in route.to}
        for each in judged:
            matches = match_routes(self.routes, each.item, each.verdict, tier_of(each.verdict), learned)
            for match in refuse_stale(matches, each.item, source, now):
                if match.wanted:
                    found[match.destination].append(each.item)
        return found

    def tell(self, connection: sa.Connection, news: News) -> list[Notice]:
        """Decide for everybody in the story's audience, and for those who saw what is no longer right."""
        matches = self._matches(connection, news)
        if news.joined.mark not in {"corrected", "withdrawn"}:
            told = audience.told_about(connection, news.joined.story.id, [match.destination for match in matches])
            return [self._tell(connection, news, match, told.get(match.destination)) for match in matches]
        told = audience.everybody_told(connection, news.joined.story.id)
        notices = self._amend_all(connection, news, told, matches)
        if news.joined.story.mark == "withdrawn":
            return notices  # it is no news to those who never saw it
        for match in matches:
            heard = told.get(match.destination)
            knows = heard and amended(heard, news.joined.story, news.joined.replaced)
            # Those who were amended are told only what is more than that.
            if knows is None or self._decided(news, match, knows).reason.tells:
                notices.append(self._tell(connection, news, match, knows))
        return notices

    def _amend_all(
        self, connection: sa.Connection, news: News, told: Mapping[Destination, Told], matches: Sequence[Match]
    ) -> list[Notice]:
        routes = {match.destination: match.route for match in matches}
        amendments = (self._amend(connection, news, heard, routes.get(place)) for place, heard in told.items())
        return [notice for notice in amendments if notice is not None]

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
        if heard and notice.reason.tells:
            left = self._without_held(connection, news, heard)
            if left is not heard:
                heard, notice = left, self._decided(news, match, left)
        decision = audience.save_decision(connection, notice)
        if notice.reason.tells:
            outbox.enqueue(connection, notice, decision)
            story, said = news.joined.story, news.joined.said
            audience.save_told(connection, after(heard, notice, story, said), now=news.now)
        if heard and self._changes_what_stands(connection, news, notice):
            outbox.enqueue_edit(connection, notice, decision)
        return notice

    def _changes_what_stands(self, connection: sa.Connection, news: News, notice: Notice) -> bool:
        """Whether the message that stands there says it: one more outlet, or another headline of its own item."""
        if news.joined.mark == "updated":
            return messages.shows(connection, notice.destination, notice.item_key)
        return notice.reason is Reason.NOTHING_NEW and news.joined.adds_outlet

    def _decided(self, news: News, match: Match, heard: Told | None) -> Notice:
        joined = news.joined
        notice = decide(
            heard, joined.story, joined.item, match, said=joined.said, tier=tier_of(joined.said), now=news.now
        )
        brake = news.brakes.get(match.destination)
        if joined.revised and heard is None and is_late(joined.item, news.now):
            brake = CHANGED_LATE
        return brake.applied(notice) if brake else notice

    def _without_held(self, connection: sa.Connection, news: News, heard: Told) -> Told | None:
        """What a place has heard but for what quiet hours hold, which is taken back: one message says it all."""
        place, story_id = heard.destination, news.joined.story.id
        held = messages.supersede_held(connection, place, story_id, now=news.now)
        if held is None:
            return heard
        stands = messages.stands(connection, place, story_id)
        return replace(heard, fact_keys=heard.fact_keys - held) if stands else None

    def _amend(self, connection: sa.Connection, news: News, heard: Told, route: str | None) -> Notice | None:
        """Change what a place saw; who only follows the story, and saw nothing, is sent it.

        None for those who read the story once and follow it no longer.
        """
        joined, place = news.joined, heard.destination
        notice = amend(heard, joined.story, joined.item, joined.note, route=route or FOLLOW, now=news.now)
        if joined.story.mark == "withdrawn":
            messages.supersede_posts(connection, place, joined.story.id, now=news.now)
        saw = messages.stands(connection, place, joined.story.id)
        if not saw and route != FOLLOW:
            return None
        decision = audience.save_decision(connection, notice)
        if saw:
            outbox.enqueue_edit(connection, notice, decision, soon=True)
        else:
            outbox.enqueue(connection, notice, decision)
        audience.save_told(connection, amended(heard, joined.story, joined.replaced), now=news.now)
        return notice
