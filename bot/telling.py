"""Who should know of an item that has joined its story: decided for each of its audience, in the same transaction.

What tells goes into the outbox; every decision is kept, also the silent ones. `routing` decides, this asks and files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.grouping import Joined, Judged
from bot.listeners import Listeners
from bot.model import Destination, Item, Label, Notice, Reason, Source, Tier, Told, Verdict
from bot.routing.decide import after, amend, amended, decide
from bot.routing.digests import day_end, day_start
from bot.routing.first_poll import CHANGED_LATE, Brake, is_late
from bot.routing.follows import with_followers
from bot.routing.holding import Held, held
from bot.routing.learning import Learned, shifts_of
from bot.routing.mutes import silence
from bot.routing.preferences import Known, Preferences, preferred, routes_there
from bot.routing.routes import FOLLOW, Match, Route, match_routes, refuse_stale
from bot.routing.subscriptions import Hits, with_subscribers
from bot.routing.tiers import tier_of
from bot.store import audience, digests, feedback, follows, messages, mutes, outbox, places, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An item in its story, as it came from `source`."""

    source: Source
    joined: Joined
    now: datetime
    learned: Learned
    brakes: Mapping[Destination, Brake] = field(default_factory=dict)  # of a source's first poll
    known: Known = field(default_factory=dict)  # what the places of its audience prefer


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Decides by the routes, by what people subscribe to, follow, mute, mark and prefer, and by what was told where.

    `zone` is that of places that never said one.
    """

    routes: Sequence[Route]
    thresholds: Mapping[Label, float]
    listeners: Listeners = field(default_factory=Listeners)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def learned(self, connection: sa.Connection, now: datetime) -> Learned:
        """What people made of earlier alerts, by destination."""
        places = {destination for route in self.routes for destination in route.to}
        return Learned(thresholds=self.thresholds, shifts=shifts_of(feedback.counting(connection, places, now=now)))

    def wanted(
        self, connection: sa.Connection, source: Source, judged: Iterable[Judged], now: datetime
    ) -> dict[Destination, list[Item]]:
        """The items that are wanted by themselves, for each destination of a route or a subscription."""
        learned = self.learned(connection, now)
        asking = {place for route in self.routes for place in route.to} | self.listeners.places(connection)
        known = places.preferences(connection, asking)
        found: dict[Destination, list[Item]] = {place: [] for place in asking}
        for each in judged:
            item, verdict, tier = each.item, each.verdict, tier_of(each.verdict)
            hits = self.listeners.hits(connection, item, verdict, tier)
            matches = preferred(self._asked(item, verdict, tier, learned, hits, known), known, item)
            for match in refuse_stale(matches, each.item, source, now):
                if match.wanted:
                    found.setdefault(match.destination, []).append(each.item)
        return found

    def _asked(
        self, item: Item, verdict: Verdict, tier: Tier, learned: Learned, hits: Hits, known: Known
    ) -> list[Match]:
        """Every destination that a route names, and those whose subscriptions match."""
        matches = match_routes(routes_there(self.routes, known), item, verdict, tier, learned)
        return with_subscribers(matches, hits, tier)

    def tell(self, connection: sa.Connection, news: News) -> list[Notice]:
        """Decide for everybody in the story's audience, and for those who saw what is no longer right."""
        news, matches = self._matches(connection, news)
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

    def _matches(self, connection: sa.Connection, news: News) -> tuple[News, list[Match]]:
        """Every destination that asked for it, and everybody who follows the story, as they prefer and mute it."""
        story, item = news.joined.story, news.joined.item
        hits = self.listeners.hits(connection, item, story.verdict, story.tier)
        followers = follows.followers(connection, story.id)
        asking = {place for route in self.routes for place in route.to} | hits.keys() | set(followers)
        known = places.preferences(connection, asking)
        matches = self._asked(item, story.verdict, story.tier, news.learned, hits, known)
        matches = preferred(with_followers(matches, followers, story), known, item)
        matches = refuse_stale(matches, item, news.source, news.now)
        wanted = [match.destination for match in matches if match.wanted or match.digest]
        in_force = mutes.in_force(connection, wanted, now=news.now)
        return replace(news, known=known), silence(matches, in_force, story, item, news.now)

    def _tell(self, connection: sa.Connection, news: News, match: Match, heard: Told | None) -> Notice:
        notice = self._decided(news, match, heard)
        waits = self._held(connection, news, match, notice)
        if heard and notice.reason.tells and waits is None:
            left = self._without_held(connection, news, heard)
            if left is not heard:
                heard, notice = left, self._decided(news, match, left)
                waits = self._held(connection, news, match, notice)
        notice = waits.notice if waits else notice
        decision = audience.save_decision(connection, notice)
        subscriptions.save_hits(connection, decision, match.hits, now=news.now)
        if waits:
            self._keep_for_digest(connection, news, waits)
        elif notice.reason.tells:
            outbox.enqueue(connection, notice, decision)
            digests.take(connection, notice.destination, notice.story_id)
        if notice.reason.tells:
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

    def _held(self, connection: sa.Connection, news: News, match: Match, notice: Notice) -> Held | None:
        """The notice as one that waits for the digest of its place; None where it does not."""
        own = news.known.get(notice.destination)
        if own is None:
            return None
        counts = own.cap is not None and notice.reason.tells
        told = self._told_that_day(connection, own, notice.until or news.now) if counts else 0
        return held(notice, match, own, told=told, now=news.now, usual=self.zone)

    def _told_that_day(self, connection: sa.Connection, own: Preferences, at: datetime) -> int:
        zone = own.local(self.zone)
        return messages.count_told(connection, own.place, since=day_start(at, zone), until=day_end(at, zone))

    def _keep_for_digest(self, connection: sa.Connection, news: News, waits: Held) -> None:
        """A place that plans no digest gets one for this, at the time that the notice says."""
        place, until = waits.notice.destination, waits.notice.until
        if news.known[place].digest is None and until is not None:
            places.expect(connection, place, until)  # first the place, then its stories, as the digester does
        digests.add(connection, place, waits.notice.story_id, waits.why, now=news.now)

    def _without_held(self, connection: sa.Connection, news: News, heard: Told) -> Told | None:
        """What a place has heard but for what quiet hours or a digest hold, which is taken back.

        One message says it all.
        """
        place, story_id = heard.destination, news.joined.story.id
        taken = (
            messages.supersede_held(connection, place, story_id, now=news.now),
            digests.take(connection, place, story_id),
        )
        if taken == (None, None):
            return heard
        unheard = frozenset().union(*(keys for keys in taken if keys is not None))
        stands = messages.stands(connection, place, story_id)
        return replace(heard, fact_keys=heard.fact_keys - unheard) if stands else None

    def _amend(self, connection: sa.Connection, news: News, heard: Told, route: str | None) -> Notice | None:
        """Change what a place saw; who only follows the story, and saw nothing, is sent it.

        None for those who read the story once and follow it no longer.
        """
        joined, place = news.joined, heard.destination
        notice = amend(heard, joined.story, joined.item, joined.note, route=route or FOLLOW, now=news.now)
        if joined.story.mark == "withdrawn":
            messages.supersede_posts(connection, place, joined.story.id, now=news.now)
        saw = messages.stands(connection, place, joined.story.id)
        if not saw and (route != FOLLOW or digests.waits(connection, place, joined.story.id)):
            return None  # what waits for a digest is told there as it has become
        decision = audience.save_decision(connection, notice)
        if saw:
            outbox.enqueue_edit(connection, notice, decision, soon=True)
        else:
            outbox.enqueue(connection, notice, decision)
        audience.save_told(connection, amended(heard, joined.story, joined.replaced), now=news.now)
        return notice
