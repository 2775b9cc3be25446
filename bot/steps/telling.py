"""Who should know of an item that has joined its story: decided for each of its audience, in the same transaction.

What tells goes into the outbox; every decision is kept, also the silent ones. `routing` decides, this asks and files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.model import Destination, Item, Label, Notice, Reason, Source, Tier, Told, Verdict
from bot.routing.decide import amend, amended, decide, quiet_until
from bot.routing.digests import day_end, day_start
from bot.routing.first_poll import CHANGED_LATE, Brake, is_late
from bot.routing.follows import with_followers
from bot.routing.holding import Hour, held, put_right
from bot.routing.learning import Learned, shifts_of
from bot.routing.mutes import silence
from bot.routing.preferences import Known, Preferences, hourly_at, preferred, routes_there, with_quiet_of
from bot.routing.restored import Restored
from bot.routing.routes import FOLLOW, Match, Route, match_routes, refuse_stale
from bot.routing.subscriptions import Hits, with_subscribers
from bot.routing.tiers import tier_of
from bot.steps.filing import Ruling, file, keep_for_digests
from bot.steps.grouping import Joined, Judged
from bot.steps.listeners import Listeners
from bot.store import audience, digests, edits, feedback, follows, messages, mutes, outbox, places

HOUR = timedelta(hours=1)


class Preferring:
    """What places prefer, asked once in a transaction: nothing that is decided in it changes any."""

    def __init__(self) -> None:
        self._asked: set[Destination] = set()
        self._known: dict[Destination, Preferences] = {}

    def of(self, connection: sa.Connection, wanted: Set[Destination]) -> Known:
        """Those of the `wanted` places that prefer anything, and others that were asked for before."""
        if more := wanted - self._asked:
            self._known |= places.preferences(connection, more)
            self._asked |= more
        return self._known


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An item in its story, as it came from `source`."""

    source: Source
    joined: Joined
    now: datetime
    learned: Learned
    brakes: Mapping[Destination, Brake] = field(default_factory=dict)  # of a source's first poll
    known: Known = field(default_factory=dict)  # what the places of its audience prefer
    preferences: Preferring = field(default_factory=Preferring)  # of the transaction
    restored: Restored | None = None  # what it says may have been told before the database was restored
    held_back: str = ""  # nobody is told until an operator decides: why, in words
    burst: str = ""  # of its source, that it came in, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Decides by the routes, by what people subscribe to, follow, mute, mark and prefer, and by what was told where.

    `zone` is that of places that never said one, `hourly` the most messages of an hour at any place but the console.
    """

    routes: Sequence[Route]
    thresholds: Mapping[Label, float]
    listeners: Listeners = field(default_factory=Listeners)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    hourly: int | None = None

    def learned(self, connection: sa.Connection, now: datetime) -> Learned:
        """What people made of earlier alerts, by destination."""
        places = {destination for route in self.routes for destination in route.to}
        return Learned(thresholds=self.thresholds, shifts=shifts_of(feedback.counting(connection, places, now=now)))

    def wanted(
        self, connection: sa.Connection, source: Source, judged: Iterable[Judged], now: datetime
    ) -> dict[Destination, list[Item]]:
        """The items that are wanted by themselves, for each destination of a route or a subscription."""
        self.listeners.catch_up(connection)
        learned = self.learned(connection, now)
        asking = {place for route in self.routes for place in route.to} | self.listeners.places()
        known = places.preferences(connection, asking)
        found: dict[Destination, list[Item]] = {place: [] for place in asking}
        for each in judged:
            item, verdict, tier = each.item, each.verdict, tier_of(each.verdict)
            hits = self.listeners.hits(item, verdict, tier)
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
        joined = news.joined
        if joined.mark not in {"corrected", "withdrawn"}:
            told = {} if joined.opened else self._heard(connection, joined, matches)
            return self._tell(connection, news, [(match, told.get(match.destination)) for match in matches])
        told = audience.everybody_told(connection, joined.story.id)
        notices = self._amend_all(connection, news, told, matches)
        if joined.story.mark == "withdrawn":
            return notices  # it is no news to those who never saw it
        knows = {place: amended(heard, joined.story, joined.replaced) for place, heard in told.items()}
        asked = [(match, knows.get(match.destination)) for match in matches]
        # Those who were amended are told only what is more than that.
        more = [each for each in asked if each[1] is None or self._decided(news, *each).reason.tells]
        return notices + self._tell(connection, news, more)

    def _heard(
        self, connection: sa.Connection, joined: Joined, matches: Sequence[Match]
    ) -> Mapping[Destination, Told]:
        return audience.told_about(connection, joined.story.id, [match.destination for match in matches])

    def _matches(self, connection: sa.Connection, news: News) -> tuple[News, list[Match]]:
        """Every destination that asked for it, and everybody who follows the story, as they prefer and mute it."""
        story, item = news.joined.story, news.joined.item
        hits = self.listeners.hits(item, story.verdict, story.tier)
        followers = [] if news.joined.opened else follows.followers(connection, story.id)
        asking = {place for route in self.routes for place in route.to} | hits.keys() | set(followers)
        known = news.preferences.of(connection, asking)
        matches = self._asked(item, story.verdict, story.tier, news.learned, hits, known)
        matches = preferred(with_followers(matches, followers, story), known, item)
        matches = refuse_stale(matches, item, news.source, news.now)
        wanted = [match.destination for match in matches if match.wanted or match.digest]
        in_force = mutes.in_force(connection, wanted, now=news.now)
        return replace(news, known=known), silence(matches, in_force, story, item, news.now)

    def _tell(
        self, connection: sa.Connection, news: News, asked: Sequence[tuple[Match, Told | None]]
    ) -> list[Notice]:
        """Decide for every place with what it has heard, and file what follows, a few statements for all of them."""
        rulings = self._ruled(connection, news, asked)
        left = self._without_held(connection, news, [each.heard for each in rulings if each.heard and each.goes_out])
        if left:
            anew = self._ruled(
                connection, news, [(each.match, left[each.place]) for each in rulings if each.place in left]
            )
            by_place = {each.place: each for each in anew}
            rulings = [by_place.get(each.place, each) for each in rulings]
        return file(connection, news.joined, rulings, now=news.now)

    def _ruled(
        self, connection: sa.Connection, news: News, asked: Sequence[tuple[Match, Told | None]]
    ) -> list[Ruling]:
        notices = [self._decided(news, match, heard) for match, heard in asked]
        told, hours = self._told_that_day(connection, news, notices), self._hours(connection, news, notices)
        return [
            self._ruling(news, match, heard, notice, told.get(match.destination, 0), hours.get(match.destination))
            for (match, heard), notice in zip(asked, notices, strict=True)
        ]

    def _ruling(
        self, news: News, match: Match, heard: Told | None, notice: Notice, told: int, hour: Hour | None
    ) -> Ruling:
        """Whether it waits for the digest of its place."""
        own, waits = None, None
        if notice.reason.tells or (notice.reason is Reason.FLOOD_BRAKE and not news.held_back):
            own = news.known.get(notice.destination) or Preferences(place=notice.destination)
            own = with_quiet_of(self.routes, own)
            burst = "" if _takes_everything(notice.destination) else news.burst
            waits = held(notice, match, own, told=told, now=news.now, usual=self.zone, hour=hour, burst=burst)
        decided = waits.notice if waits else notice
        sent = news.restored.silenced(decided) if news.restored else decided
        return Ruling(
            match=match,
            heard=heard,
            notice=sent,
            own=own,
            waits=waits.why if waits and sent is decided else None,
            counts=None if sent is decided else decided,
        )

    def _told_that_day(
        self, connection: sa.Connection, news: News, notices: Sequence[Notice]
    ) -> Mapping[Destination, int]:
        """How many messages the places that have a cap were or will be told on the day of these."""
        days: dict[tuple[datetime, datetime], list[Destination]] = {}
        for notice in notices:
            own = news.known.get(notice.destination)
            if own and own.cap is not None and notice.reason.tells:
                at, zone = notice.until or news.now, own.local(self.zone)
                days.setdefault((day_start(at, zone), day_end(at, zone)), []).append(own.place)
        counts: dict[Destination, int] = {}
        for (since, until), capped in days.items():
            counts |= messages.count_told(connection, capped, since=since, until=until)
        return counts

    def _hours(self, connection: sa.Connection, news: News, notices: Sequence[Notice]) -> Mapping[Destination, Hour]:
        """What the places that would be told were told in the hour before."""
        limits: dict[Destination, int] = {}
        windows: dict[datetime, list[Destination]] = {}
        for notice in notices:
            place = notice.destination
            most = hourly_at(self.routes, place, news.known.get(place), self.hourly) if notice.reason.tells else None
            if most is not None and not _takes_everything(place):
                limits[place] = most
                windows.setdefault(notice.until or news.now, []).append(place)
        told: dict[Destination, int] = {}
        for at, there in windows.items():
            until = at + timedelta.resolution  # what is decided at the same moment counts
            told |= messages.count_told(connection, there, since=until - HOUR, until=until)
        return {place: Hour(told=told.get(place, 0), most=most) for place, most in limits.items()}

    def _decided(self, news: News, match: Match, heard: Told | None) -> Notice:
        joined = news.joined
        notice = decide(
            heard, joined.story, joined.item, match, said=joined.said, tier=tier_of(joined.said), now=news.now
        )
        if news.held_back and notice.reason.tells:
            return replace(notice, reason=Reason.FLOOD_BRAKE, detail=news.held_back, new_facts=(), until=None)
        brake = news.brakes.get(match.destination)
        if joined.revised and heard is None and is_late(joined.item, news.now):
            brake = CHANGED_LATE
        return brake.applied(notice) if brake else notice

    def _without_held(
        self, connection: sa.Connection, news: News, heard: Sequence[Told]
    ) -> dict[Destination, Told | None]:
        """What quiet hours or a digest hold is taken back: one message says it all.

        Returns what those for whom something was held have heard but for that.
        """
        by_place, story_id = {told.destination: told for told in heard}, news.joined.story.id
        if not by_place:
            return {}
        unheard = messages.supersede_held(connection, by_place, story_id, now=news.now)
        since = digests.take(connection, by_place, story_id)
        touched = unheard.keys() | since.keys()
        if not touched:
            return {}
        waited = digests.held_facts(connection, since, story_id)
        read = messages.standing_at(connection, touched, story_id)
        read |= digests.told_in_one(connection, touched, story_id, before=since)
        nothing: frozenset[str] = frozenset()
        return {
            place: replace(
                by_place[place],
                fact_keys=by_place[place].fact_keys - unheard.get(place, nothing) - waited.get(place, nothing),
            )
            if place in read
            else None
            for place in touched
        }

    # --- what is no longer right ------------------------------------------------------------------------------

    def _amend_all(
        self, connection: sa.Connection, news: News, told: Mapping[Destination, Told], matches: Sequence[Match]
    ) -> list[Notice]:
        """Change what places saw, and tell those who read it in a digest, or follow the story and saw nothing."""
        story = news.joined.story
        waits = digests.waits_since(connection, told, story.id)
        if story.mark == "withdrawn":
            outbox.lock(connection, told)
            messages.supersede_posts(connection, told, story.id, now=news.now)
        saw = messages.standing_at(connection, told, story.id)
        read = digests.told_in_one(connection, told, story.id, before=waits)
        own = places.preferences(connection, read)
        by_place = {match.destination: match for match in matches}
        notices: list[Notice] = []
        for place, heard in told.items():
            match = by_place.get(place)
            if place in saw:
                notices.append(self._amend(connection, news, heard, match))
            elif news.restored:
                pass  # they may have read it before
            elif place in read and place in own:
                notices.append(self._amend_in_digest(connection, news, heard, match, own[place]))
            elif match is not None and match.route == FOLLOW and place not in waits:
                notices.append(self._amend_by_post(connection, news, heard, match))
            elif place not in waits:
                continue  # they read the story once and follow it no longer
            # What waits for a digest is told there as it has become.
            audience.save_told(connection, amended(heard, story, news.joined.replaced), now=news.now)
        return notices

    def _amendment(self, news: News, heard: Told, match: Match | None) -> Notice:
        joined, route = news.joined, match.route if match else FOLLOW
        return amend(heard, joined.story, joined.item, joined.note, route=route, now=news.now)

    def _amend(self, connection: sa.Connection, news: News, heard: Told, match: Match | None) -> Notice:
        notice = self._amendment(news, heard, match)
        number = audience.save_decision(connection, notice)
        edits.enqueue(connection, notice, number, soon=True)
        return replace(notice, number=number)

    def _amend_by_post(self, connection: sa.Connection, news: News, heard: Told, match: Match) -> Notice:
        notice = self._amendment(news, heard, match)
        notice = replace(notice, until=quiet_until(match, notice.tier, news.now))
        number = audience.save_decision(connection, notice)
        outbox.enqueue(connection, notice, number)
        return replace(notice, number=number)

    def _amend_in_digest(
        self, connection: sa.Connection, news: News, heard: Told, match: Match | None, own: Preferences
    ) -> Notice:
        own = with_quiet_of(self.routes, own)
        waits = put_right(self._amendment(news, heard, match), own, now=news.now, usual=self.zone)
        number = audience.save_decision(connection, waits.notice)
        keep_for_digests(connection, news.joined.story.id, [(waits.notice, waits.why, own)], now=news.now)
        return replace(waits.notice, number=number)


def _takes_everything(place: Destination) -> bool:
    """A console has no people whom it could be too much for."""
    return place.platform == "console"
