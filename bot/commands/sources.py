"""`/wire sources`: everybody may look at them; administrators change them while the bot runs."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.sources_exchange import export_list, fetch_list, source_of
from bot.commands.sources_state import standings
from bot.commands.spec import Caller, Command, Mistake, Option, Permission, one_line
from bot.commands.typed import sources as typed
from bot.commands.typed.sources import address_of, is_reference
from bot.commands.views import flooding as flood_views
from bot.commands.views import source_trials as trials
from bot.commands.views import sources as views
from bot.commands.views.source_names import address
from bot.deliver.card import Reply
from bot.intake.discovery import Found, discover
from bot.intake.faults import FetchFailed
from bot.intake.fetch import Intake
from bot.intake.fetched import FetchState
from bot.model import Authority, Destination, Source
from bot.operations.flooding import Flooding
from bot.signals.classifier import Classifier
from bot.sources.sourcing import AddedSource, Pause, all_sources, place_of, places_of, same_place
from bot.sources.trial import feed_title, trial_of
from bot.store import added_sources, troubles
from bot.store.engine import Database

MOST_ADDED = 500  # sources from chat: who has more writes a file
CHECKED_WITHIN = 20.0  # seconds for the test poll of a source; a command has 25 for everything
MAX_REASON = 200  # characters
MAX_NAME = 60  # characters of a person's name
SUGGESTED = 25  # https://docs.discord.com/developers/interactions/application-commands#autocomplete
MANAGERS = "It is for those whom its owner names under [people] managers in tradewire.toml"
ELSEWHERE = f"{MANAGERS}; administrators of the workspace or server may too, in a channel that alerts come to."

Work = Callable[[Caller, Mapping[str, str]], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDesk:
    """What the source commands work on. `configured` are the sources of the file, which have the last word.

    `managers` may change sources everywhere; who administers the platform may, in one of `destinations`: a channel
    to which the owner sends alerts is one that they know.
    """

    database: Database
    clock: Clock
    intake: Intake
    classifier: Classifier
    configured: tuple[Source, ...]
    destinations: frozenset[Destination]
    managers: frozenset[Destination]
    flooding: Flooding

    async def sources(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        """One command for all: what it does is its first option."""
        if "file" in arguments and arguments.get("action", "import") != "import":
            raise Mistake(views.file_without_import(arguments["action"]))
        action = arguments.get("action", "import" if "file" in arguments else "list")
        if action == "list":
            return await self._list(arguments)
        permission = await self._permission(caller)
        if not permission.granted:
            return views.not_allowed(permission)
        works: dict[str, Work] = {
            "add": self._add,
            "remove": self._remove,
            "check": self._check,
            "pause": self._pause,
            "resume": self._resume,
            "release": self._release,
            "drop": self._drop,
            "export": self._export,
            "import": self._import,
        }
        return await works[action](caller, arguments)

    async def suggest(self, caller: Caller, begun: str) -> Sequence[str]:
        """The ids of sources that hold what was typed, those that begin with it first."""
        wanted = begun.lower()
        ids = [str(source.id) for source in await self._all() if wanted in f"{source.id} {source.name}".lower()]
        return sorted(ids, key=lambda each: (not each.startswith(wanted), each))[:SUGGESTED]

    async def _permission(self, caller: Caller) -> Permission:
        if caller.user in self.managers:
            return Permission(granted=True)
        if caller.place not in self.destinations:
            return Permission(granted=False, why=ELSEWHERE)
        told = await caller.may_administer()
        return told if told.granted else replace(told, why=f"{told.why} {MANAGERS}.")

    # --- looking ----------------------------------------------------------------------------------------------

    async def _list(self, arguments: Mapping[str, str]) -> Reply:
        wanted = arguments.get("source", "1")
        found = await self.database.read(standings, self.configured, now=self.clock.now())
        if wanted.isdigit() and wanted not in {each.source.id for each in found}:
            return views.listed(found, wanted)
        source = _known(wanted, [each.source for each in found])
        return views.one(next(each for each in found if each.source == source))

    async def _check(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        wanted = _needed(arguments)
        if is_reference(wanted):
            return await self._try_offered(wanted)
        sources = await self._all()
        if wanted in {source.id for source in sources} or address_of(wanted) is None:
            return await self._try_known(_known(wanted, sources))
        return await self._search(arguments)

    async def _try_known(self, source: Source) -> Reply:
        now = self.clock.now()
        try:
            async with asyncio.timeout(CHECKED_WITHIN):
                fetched = await self.intake.fetch(source, FetchState(), now)
        except TimeoutError:
            return trials.unwell(source, f"{address(source)} was not read within {CHECKED_WITHIN:g} s.")
        if fetched.fault:
            return trials.unwell(source, fetched.fault.message)
        pushed = fetched.offer is not None and bool(fetched.offer.hubs)
        trial = await asyncio.to_thread(trial_of, self.classifier, source, fetched.entries, now, pushed=pushed)
        return trials.checked(source, trial)

    async def _try_offered(self, wanted: str) -> Reply:
        source = await self._offered(wanted)
        if source is None or not source.url:
            return views.too_long_ago()
        try:
            found = await discover(source.url, self.intake.client, self.intake.pool, self.clock.now())
        except FetchFailed as failure:
            return trials.not_found(failure.fault)
        return await self._offer(source, found[0])

    # --- adding -----------------------------------------------------------------------------------------------

    async def _add(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        wanted = _needed(arguments)
        return await (self._save(caller, wanted) if is_reference(wanted) else self._search(arguments))

    async def _search(self, arguments: Mapping[str, str]) -> Reply:
        """What is behind an address: one feed is tried at once, of several one is chosen."""
        typed.refuse_the_rest(arguments)
        wish, url = typed.wished(arguments), address_of(_needed(arguments))
        if url is None:
            return views.no_address(_needed(arguments))
        sources = await self._all()
        there = places_of(sources)
        if known := there.get(same_place(url)):
            return views.already(_known(known, sources))
        try:
            found = await discover(url, self.intake.client, self.intake.pool, self.clock.now())
        except FetchFailed as failure:
            return trials.not_found(failure.fault)
        new = [each for each in found if same_place(each.url) not in there]
        if not new:
            return views.already(_known(there[same_place(found[0].url)], sources))
        if len(new) == 1:
            return await self._offer(_filled(wish, new[0]), new[0])
        known_ids = [there[same_place(each.url)] for each in found if each not in new]
        return await self._offer_choice(url, wish, new, known_ids)

    async def _offer(self, source: Source, found: Found) -> Reply:
        now = self.clock.now()
        pushed = bool(found.hubs)
        trial = await asyncio.to_thread(trial_of, self.classifier, source, found.entries, now, pushed=pushed)
        reference = await self.database.write(added_sources.offer, source, now=now)
        return trials.offered(source, trial, reference)

    async def _offer_choice(self, url: str, wish: Source, found: Sequence[Found], known: Sequence[str]) -> Reply:
        offers = []
        for each in found:
            source = _filled(wish, each)
            reference = await self.database.write(added_sources.offer, source, now=self.clock.now())
            offers.append((source, len(each.entries), reference))
        return trials.choice(url, offers, known)

    async def _save(self, caller: Caller, wanted: str) -> Reply:
        source = await self._offered(wanted)
        if source is None:
            return views.too_long_ago()
        new = await self._added(caller, [source])
        if new:
            return views.added(new[0])
        there = {place_of(each): each for each in await self._all()}
        known = there.get(place_of(source))
        return views.already(known) if known else views.too_many(MOST_ADDED)

    async def _added(self, caller: Caller, wanted: Sequence[Source]) -> list[AddedSource]:
        return await self.database.write(
            added_sources.add,
            self.configured,
            wanted,
            author=caller.user,
            author_name=one_line(caller.name, MAX_NAME),
            most=MOST_ADDED,
            now=self.clock.now(),
        )

    async def _offered(self, wanted: str) -> Source | None:
        return await self.database.read(added_sources.offered, wanted.lstrip("#"), now=self.clock.now())

    # --- changing ---------------------------------------------------------------------------------------------

    async def _remove(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.write(self._remove_now, _needed(arguments))

    def _remove_now(self, connection: sa.Connection, wanted: str) -> Reply:
        source = _known(wanted, self._all_now(connection))
        if source in self.configured:
            return views.in_the_file(source)
        removed = added_sources.remove(connection, source.id)
        if removed is None:  # somebody else was faster
            return views.unknown(wanted, [], [])
        return views.removed(removed, added_sources.offer(connection, removed.source, now=self.clock.now()))

    async def _pause(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.write(self._pause_now, caller, _needed(arguments), arguments.get("reason", ""))

    def _pause_now(self, connection: sa.Connection, caller: Caller, wanted: str, reason: str) -> Reply:
        source = _known(wanted, self._all_now(connection))
        pause = Pause(
            source_id=source.id,
            author=caller.user,
            author_name=one_line(caller.name, MAX_NAME),
            reason=one_line(reason, MAX_REASON),
            paused_at=self.clock.now(),
        )
        earlier = added_sources.pause(connection, pause)
        return views.paused_already(source, earlier) if earlier else views.paused(source, pause)

    async def _resume(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.write(self._resume_now, _needed(arguments))

    def _resume_now(self, connection: sa.Connection, wanted: str) -> Reply:
        source = _known(wanted, self._all_now(connection))
        now = self.clock.now()
        if added_sources.resume(connection, source.id, now=now):
            return views.resumed(source)
        asked = troubles.ask_now(connection, source.id, now=now)
        return views.asked_now(source) if asked else views.not_paused(source)

    async def _release(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        source = _known(_needed(arguments), await self._all())
        released = await self.flooding.release(source, _name(caller))
        return flood_views.released(source, released)

    async def _drop(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        source = _known(_needed(arguments), await self._all())
        return flood_views.dropped(source, await self.flooding.drop(source, _name(caller)))

    # --- lists of feeds ---------------------------------------------------------------------------------------

    async def _export(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.read(export_list, self.configured)

    async def _import(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        given = one_line(arguments.get("file", "")) or _needed(arguments)
        url = address_of(given)
        if url is None:
            return views.no_address(given)
        try:
            opml = await fetch_list(url, self.intake, self.clock.now())
        except FetchFailed as failure:
            return views.not_imported(failure.fault)
        there = places_of(await self._all())
        wanted: dict[str, Source] = {}  # of two spellings of one place the first
        for feed in opml.feeds:
            if (place := same_place(feed.url)) not in there:
                wanted.setdefault(place, source_of(feed))
        new = await self._added(caller, list(wanted.values()))
        left = len(wanted) - len(new)
        return views.imported(new, len(opml.feeds) - len(wanted), opml.unusable, left, MOST_ADDED)

    # --- parts ------------------------------------------------------------------------------------------------

    async def _all(self) -> list[Source]:
        return await self.database.read(self._all_now)

    def _all_now(self, connection: sa.Connection) -> list[Source]:
        return all_sources(self.configured, added_sources.changes(connection).added)


def _name(caller: Caller) -> str:
    return one_line(caller.name, MAX_NAME) or str(caller.user)


def _needed(arguments: Mapping[str, str]) -> str:
    """What the action is for. Raises Mistake where nothing is named."""
    if wanted := one_line(arguments.get("source", "")):
        return wanted
    raise Mistake(views.nothing_named(arguments["action"]))


def _known(wanted: str, sources: Sequence[Source]) -> Source:
    """The source with that id, else the only one of that name. Raises Mistake with the nearest ones."""
    by_id = {str(source.id): source for source in sources}
    if source := by_id.get(wanted) or by_id.get(wanted.lower()):
        return source
    named = [source for source in sources if source.name.casefold() == wanted.casefold()]
    if len(named) == 1:
        return named[0]
    words = wanted.split()
    near = [str(source.id) for source in named] or difflib.get_close_matches(wanted.lower(), list(by_id), n=2)
    actions = difflib.get_close_matches(words[0].lower() if words else "", typed.ACTIONS, n=1)
    raise Mistake(views.unknown(wanted, near, actions))


def _filled(wish: Source, found: Found) -> Source:
    """The wish with the place of a feed, and its title where no name was given."""
    return replace(wish, url=found.url, name=wish.name or feed_title(found.title))


def source_commands(desk: SourceDesk) -> tuple[Command, ...]:
    return (
        Command(
            name="sources",
            help="What is read and how it is doing. Administrators add, remove, check and pause sources.",
            run=desk.sources,
            options=(
                Option(name="action", help="what to do; empty: list", choices=typed.ACTIONS),
                Option(
                    name="source",
                    help="its id, the address of a feed or of a site's page, or the number to list from",
                    suggest=desk.suggest,
                ),
                Option(name="name", help="what people call a new source", said=typed.ANY_NAME),
                Option(name="every", help="how often a new source is asked, such as 10m", said=typed.DURATION),
                Option(
                    name="authority",
                    help="who speaks there",
                    choices=tuple(map(str, Authority)),
                    said=typed.AUTHORITY,
                ),
                Option(name="lang", help="its language, such as de, where it does not say", said=typed.LANGUAGE),
                Option(name="max_age", help="what is older alerts nobody, such as 2d", said=typed.DURATION),
                Option(
                    name="file",
                    help="an OPML list to import; where nothing can be attached, its address",
                    said=typed.ADDRESS,
                    file=True,
                ),
                Option(name="reason", help="why it is paused, for those who wonder"),
            ),
            examples=(
                "/wire sources",
                "/wire sources add https://www.example.org/news",
                "/wire sources add example.org/feed every=10m authority=official",
                "/wire sources check example-org",
                "/wire sources pause example-org too noisy this week",
                "/wire sources release example-org",
            ),
        ),
    )
