"""Subscribe as commands: for oneself by anybody, told by direct message; for a channel by those who may."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from unicodedata import category

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.spec import Caller, Command, Mistake, Option, Permission, one_line, split_words
from bot.commands.views import subscribing as views
from bot.commands.views.subscribing import Listing
from bot.deliver.card import Reply
from bot.deliver.panel import Panel
from bot.model import Destination, Tier
from bot.routing.looking_back import LOOKS_BACK, LookBack
from bot.routing.query import Query, QueryError, parse
from bot.routing.subscriptions import MOST_AT_ONE_PLACE, UNCONFIRMED, Subscription
from bot.store import news, subscriptions
from bot.store.engine import Database

HERE, DIRECT = "here", "dm"
RESUME, ALL = "resume", "all"
PORTION = 200  # items looked back on at a time: a few hundredths of a second
LONGEST_LOOK_S = 2.0  # what was not read by then is left out, the oldest first
HITS_OF = timedelta(days=7)
MAX_NAME = 60
SUGGESTED = 25
SUGGESTED_LENGTH = 100  # characters, the most of a choice at Discord


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A subscription as somebody asked for it."""

    query: Query
    place: Destination
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribing:
    """What the subscription commands work on.

    `managers` may decide for every channel, whatever the platform says. `timer` counts seconds and never goes back.
    """

    database: Database
    clock: Clock
    managers: frozenset[Destination]
    timer: Callable[[], float] = monotonic

    async def subscribe(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        wish = await self._wish(caller, arguments)
        found = await self._look_back(wish)
        return await self.database.write(self._subscribe, caller, wish, found)

    async def check(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        """What `subscribe` would do, and what it would have matched."""
        wish = await self._wish(caller, arguments)
        return views.preview(wish.place, wish.tier, await self._look_back(wish))

    async def unsubscribe(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        listing = await self._listing(caller)
        if "which" not in arguments:
            return views.choose(listing)
        meant = await asyncio.to_thread(_meant, listing.all, arguments["which"])
        if meant is None:
            return views.not_found(arguments["which"], listing)
        await self.database.write(subscriptions.remove, meant.id)
        return views.unsubscribed(meant)

    async def subscriptions(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        listing = await self._listing(caller)
        if "do" in arguments:
            return await self._run_again(listing, arguments.get("which", ALL))
        return views.listed(listing, arguments.get("which", ""))

    async def _run_again(self, listing: Listing, which: str) -> Reply:
        if which.lower() == ALL:
            meant = [each for each in listing.all if each.paused not in {"", UNCONFIRMED}]
        else:
            one = await asyncio.to_thread(_meant, listing.all, which)
            if one is None:
                return views.not_found(which, listing)
            meant = [one]
        if not meant:
            return views.nothing_paused()
        return views.resumed(await self.database.write(self._resume, meant))

    async def panel(self, caller: Caller) -> Panel:
        """The caller's own subscriptions, for a page of their own."""
        return views.panel(await self.database.read(self._read, caller, None, refusal=None))

    async def suggest(self, caller: Caller, typed: str) -> Sequence[str]:
        """The caller's own queries that hold what they typed."""
        own = await self.database.read(subscriptions.at, caller.user)
        names = dict.fromkeys(each.query for each in own if typed.lower() in each.query.lower())
        return [name for name in names if len(name) <= SUGGESTED_LENGTH][:SUGGESTED]

    async def _wish(self, caller: Caller, arguments: Mapping[str, str]) -> Wish:
        """Raises Mistake where the query is none, or the caller may not subscribe the channel."""
        arguments = _sorted_out(arguments)
        query = await asyncio.to_thread(_query, arguments)
        place = caller.place if arguments.get("where") == HERE else caller.user
        permission = await self._permission(caller, place)
        if not permission.granted:
            raise Mistake(views.not_allowed(permission), "where")
        return Wish(query=query, place=place, tier=Tier(arguments.get("tier", Tier.DIGEST)))

    async def _permission(self, caller: Caller, place: Destination) -> Permission:
        if place == caller.user or caller.user in self.managers:
            return Permission(granted=True)
        return await caller.may_manage()

    async def _look_back(self, wish: Wish) -> LookBack:
        """Hold the query against last week's items, the newest first, off the event loop and not for long."""
        since, until = self.clock.now() - LOOKS_BACK, self.timer() + LONGEST_LOOK_S
        found, before = LookBack(since=since), None
        while portion := await self.database.read(news.read_since, since, before=before, limit=PORTION):
            await asyncio.to_thread(found.read_on, wish.query, wish.tier, portion)
            last = portion[-1][0]
            before = last.seen_at, last.key
            if self.timer() > until:
                found.since = last.seen_at
                break
        return found

    def _subscribe(self, connection: sa.Connection, caller: Caller, wish: Wish, found: LookBack) -> Reply:
        here = subscriptions.at(connection, wish.place)
        paused = UNCONFIRMED if found.is_large else ""
        if earlier := next((each for each in here if _means(each, wish.query)), None):
            return self._change(connection, earlier, wish, found)
        if len(here) >= MOST_AT_ONE_PLACE:
            return views.too_many(caller, wish.place, MOST_AT_ONE_PLACE)
        made = subscriptions.add(
            connection,
            place=wish.place,
            owner=caller.user,
            owner_name=one_line(caller.name, MAX_NAME),
            query=wish.query.text,
            tier=wish.tier,
            made_in=caller.place,
            now=self.clock.now(),
            paused=paused,
        )
        return views.to_confirm(made, found) if paused else views.subscribed(made, found)

    def _change(self, connection: sa.Connection, earlier: Subscription, wish: Wish, found: LookBack) -> Reply:
        """The same query again: the tier that was said last counts, and one that rested runs again."""
        paused = UNCONFIRMED if earlier.paused == UNCONFIRMED and found.is_large else ""
        changed = replace(earlier, tier=wish.tier, paused=paused)
        if changed != earlier:
            subscriptions.change(connection, earlier.id, tier=changed.tier, paused=paused)
        if paused:
            return views.to_confirm(changed, found)
        return views.subscribed(changed, found, already=changed == earlier)

    def _resume(self, connection: sa.Connection, meant: Sequence[Subscription]) -> list[Subscription]:
        for each in meant:
            if each.paused:
                subscriptions.change(connection, each.id, tier=each.tier)
        return [replace(each, paused="") for each in meant]

    async def _listing(self, caller: Caller) -> Listing:
        """What the caller may see and change: their own, and the channel's where they may."""
        if caller.place == caller.user:
            return await self.database.read(self._read, caller, None, refusal=None)
        permission = await self._permission(caller, caller.place)
        channel = caller.place if permission.granted else None
        return await self.database.read(
            self._read, caller, channel, refusal=None if permission.granted else permission
        )

    def _read(
        self, connection: sa.Connection, caller: Caller, channel: Destination | None, *, refusal: Permission | None
    ) -> Listing:
        own = subscriptions.at(connection, caller.user)
        channels = subscriptions.at(connection, channel) if channel else []
        since = self.clock.now() - HITS_OF
        hits = subscriptions.hits_since(connection, [each.id for each in (*own, *channels)], since=since)
        return Listing(own=own, channels=channels, hits=hits, refusal=refusal)


def _query(arguments: Mapping[str, str]) -> Query:
    """Raises Mistake that marks what is wrong."""
    visible = "".join(char for char in arguments["query"] if category(char) != "Cf")  # soft hyphens and the like
    text = one_line(visible)
    try:
        return parse(text)
    except QueryError as error:
        rest = "".join(f" {arguments[name]}" for name in ("where", "tier") if name in arguments)
        raise Mistake(views.no_query(text, error, rest), "query") from None


def _means(subscription: Subscription, query: Query) -> bool:
    """Whether the subscription asks for the same, however it is written."""
    try:
        return str(parse(subscription.query).root) == str(query.root)
    except QueryError:
        return False


def _meant(candidates: Sequence[Subscription], wanted: str) -> Subscription | None:
    """The subscription of that number, as the list shows it, else the first of that query."""
    number = views.plain_number(wanted)
    if found := next((each for each in candidates if str(each.id) == number), None):
        return found
    try:
        query = parse(wanted)
    except QueryError:
        return None
    return next((each for each in candidates if _means(each, query)), None)


def _sorted_out(arguments: Mapping[str, str]) -> Mapping[str, str]:
    """Where and which tier, also where they stand before the query or in another order than theirs.

    In quotes such a word is part of the query. Raises Mistake where nothing else was written.
    """
    found = dict(arguments)
    words = split_words(found.get("query", ""))
    tiers = {str(tier) for tier in Tier}
    while len(words) > 1:
        if "where" not in found and words[0].lower() in {HERE, DIRECT}:
            found["where"] = words.pop(0).lower()
        elif "where" not in found and words[-1].lower() in {HERE, DIRECT}:
            found["where"] = words.pop().lower()
        elif "tier" not in found and words[-1].lower() in tiers:
            found["tier"] = words.pop().lower()
        else:
            break
    if len(words) == 1 and words[0].lower() in {HERE, DIRECT}:
        raise Mistake(views.only_where(words[0]), "query")
    return {**found, "query": " ".join(words)} if words else found


def subscribe_commands(desk: Subscribing) -> tuple[Command, ...]:
    """In the order in which `help` lists them."""
    tiers = tuple(str(tier) for tier in Tier)
    which = Option(
        name="which", help="its number in the list, or its query; empty: a list to choose from", suggest=desk.suggest
    )
    return (
        Command(
            name="subscribe",
            help="Be told of what matches a query, by direct message or here in the channel.",
            run=desk.subscribe,
            check=desk.check,
            options=(
                Option(
                    name="query",
                    help='words, "phrases", AND OR NOT, brackets, prefix*, and fields such as country:CN',
                    required=True,
                    phrase=True,
                ),
                Option(name="where", help="here: for this channel; dm, else: for you", choices=(HERE, DIRECT)),
                Option(
                    name="tier", help="the quietest that is told at once; digest, else: everything", choices=tiers
                ),
            ),
            examples=(
                "/wire subscribe tariff* country:CN",
                '/wire subscribe "rare earths" dm urgent',
                "/wire subscribe topic:trade -steel here alert",
            ),
        ),
        Command(
            name="unsubscribe",
            help="End a subscription of yours, or of the channel.",
            run=desk.unsubscribe,
            options=(which,),
            examples=("/wire unsubscribe", "/wire unsubscribe tariff* country:CN"),
        ),
        Command(
            name="subscriptions",
            help="What you and this channel subscribe to, how much it hits, and what is paused.",
            run=desk.subscriptions,
            options=(
                Option(name="do", help="resume: let what is paused run again", choices=(RESUME,)),
                Option(name="which", help="to resume: its number, else all; to list: the number to begin with"),
            ),
            examples=("/wire subscriptions", "/wire subscriptions resume all"),
        ),
    )
