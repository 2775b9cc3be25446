"""Mute as commands: a story, a source, a topic or a term, for a channel by those who may, for oneself by anybody."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.lookup import wanted_item
from bot.commands.spec import Caller, Command, Mistake, Option, Permission, one_line, unquoted_whole
from bot.commands.suggesting import Suggesting
from bot.commands.typed.muting import DURATION, Reading, Wish, mistake, refuse_misplaced_for, wish_of
from bot.commands.views import muting as views
from bot.commands.views.common import unknown_item
from bot.commands.views.muting import Target
from bot.deliver.card import Reply
from bot.deliver.panel import Panel
from bot.model import Destination, StoryId
from bot.routing.learning import TOPICS
from bot.routing.mutes import Mute, MuteKind, is_term, same_name
from bot.store import mutes, news, subscriptions
from bot.store.engine import Database
from bot.stories.cluster import OPEN_FOR

USUAL = timedelta(days=7)  # a mute of a source, topic or term, where nothing else is said
MOST_MUTES = 50  # at one place: more is a wrong route
MAX_TERM = 80  # characters
MAX_NAME = 60
OUTLETS_OF = timedelta(days=7)  # an outlet silent for longer need not be muted

MUTABLE_TOPICS = (*TOPICS, "urgent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Muting:
    """What the mute commands work on; `destinations` are those that routes name.

    `managers` may decide for every channel, whatever the platform says.
    """

    database: Database
    clock: Clock
    destinations: frozenset[Destination]
    managers: frozenset[Destination]

    async def mute(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        wish = wish_of(arguments)
        if not await self._is_told(caller.place):
            return views.never_told(caller.place)
        reading, target = await self.database.read(self._target, caller, wish)
        permission = await self._permission(caller)
        if not permission.granted:
            return views.not_allowed(permission, target if target.kind is MuteKind.STORY else None)
        return await self.database.write(self._mute, caller, wish, reading, target)

    async def unmute(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        permission = await self._permission(caller)
        if not permission.granted:
            return views.not_allowed(permission, None)
        return await self.database.write(self._unmute, caller, MuteKind(arguments["kind"]), arguments["value"])

    async def mutes(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        here = await self.database.read(self._here, caller.place)
        if not here and not await self._is_told(caller.place):
            return views.never_told(caller.place)
        return views.listed(caller, here, arguments.get("start", "1"))

    async def panel(self, caller: Caller) -> Panel:
        """What is muted for the caller alone, for a page of their own."""
        return views.panel(await self.database.read(self._here, caller.user))

    async def _is_told(self, place: Destination) -> bool:
        """A person can follow stories, so their direct messages need no route; a channel can subscribe."""
        routed = place.person or place in self.destinations
        return routed or bool(await self.database.read(subscriptions.at, place))

    async def _permission(self, caller: Caller) -> Permission:
        if caller.place == caller.user or caller.user in self.managers:
            return Permission(granted=True)
        return await caller.may_manage()

    def _mute(self, connection: sa.Connection, caller: Caller, wish: Wish, reading: Reading, target: Target) -> Reply:
        now = self.clock.now()
        here = [mute for mute, _ in self._here(connection, caller.place)]
        earlier = next((mute for mute in here if (mute.kind, mute.value) == (target.kind, target.value)), None)
        if earlier and not (wish.lasting or reading.reason):
            return views.muted(earlier, target, already=True)
        if earlier is None and len(here) >= MOST_MUTES:
            return views.too_many(MOST_MUTES)
        mute = Mute(
            place=caller.place,
            kind=target.kind,
            value=target.value,
            author=caller.user,
            author_name=one_line(caller.name, MAX_NAME),
            reason=reading.reason,
            made_at=now,
            expires_at=_expiry(wish, now),
        )
        mutes.save(connection, mute)
        return views.muted(mute, target)

    def _unmute(self, connection: sa.Connection, caller: Caller, kind: MuteKind, wanted: str) -> Reply:
        here = self._here(connection, caller.place)
        names = self._names(connection, caller, kind, one_line(wanted))
        of_kind = [each for each in here if each[0].kind is kind]
        for name in names:
            for mute, target in of_kind:
                if name == target.reference or same_name(mute.value, name):
                    mutes.lift(connection, mute.place, mute.kind, mute.value)
                    return views.unmuted(mute, target)
        return views.not_muted(kind, wanted, here)

    def _names(self, connection: sa.Connection, caller: Caller, kind: MuteKind, wanted: str) -> list[str]:
        """What may be meant, as it was typed first: a name may hold quotes itself."""
        names = [wanted, unquoted_whole(wanted) or wanted]
        if kind is MuteKind.STORY and (found := wanted_item(connection, caller.place, names[-1])):
            names.append(found[2].id)
        return names

    def _here(self, connection: sa.Connection, place: Destination) -> list[tuple[Mute, Target]]:
        """What is muted in a place, oldest first, without the stories that have closed since."""
        now = self.clock.now()
        listed = []
        for mute in mutes.in_force(connection, [place], now=now):
            name = mute.value
            if mute.kind is MuteKind.STORY:
                story = news.story(connection, StoryId(mute.value))
                if story is None or story.updated_at < now - OPEN_FOR:
                    continue
                name = story.title
            listed.append((mute, Target(kind=mute.kind, value=mute.value, name=name)))
        return listed

    def _target(self, connection: sa.Connection, caller: Caller, wish: Wish) -> tuple[Reading, Target]:
        """What is meant, with its reading. Raises Mistake, with what is valid, where no such thing is known."""
        first = wish.readings[0]
        match wish.kind:
            case MuteKind.STORY:
                return first, self._story(connection, caller, first.value)
            case MuteKind.SOURCE:
                return self._source(connection, wish)
            case MuteKind.TOPIC:
                return first, _topic(first.value)
            case MuteKind.TERM:
                return first, _term(first.value)

    def _story(self, connection: sa.Connection, caller: Caller, wanted: str) -> Target:
        found = wanted_item(connection, caller.place, wanted)
        if found is None:
            raise Mistake(unknown_item(wanted, "mute"))
        story = found[2]
        target = Target(kind=MuteKind.STORY, value=story.id, name=story.title)
        if story.updated_at < self.clock.now() - OPEN_FOR:
            raise Mistake(views.closed(target, OPEN_FOR))
        return target

    def _source(self, connection: sa.Connection, wish: Wish) -> tuple[Reading, Target]:
        known = mutes.sources_and_outlets(connection, since=self.clock.now() - OUTLETS_OF)
        for reading in wish.readings:
            if name := next((name for name in known if same_name(name, reading.value)), None):
                return reading, Target(kind=MuteKind.SOURCE, value=name, name=name)
        wanted = wish.readings[-1].value
        if wish.lasting is None:
            refuse_misplaced_for(MuteKind.SOURCE, wanted)
        raise Mistake(views.unknown_source(wanted, _near(wanted, known), known))


def _near(wanted: str, known: Sequence[str]) -> list[str]:
    """The known name that `wanted` begins with, for what follows it may be a reason, else those that look like it."""
    words = wanted.lower().split()
    if begun := next((name for name in known if words[: len(name.split())] == name.lower().split()), None):
        return [begun]
    by_word = {name.lower(): name for name in known}
    return [by_word[word] for word in difflib.get_close_matches(wanted.lower(), list(by_word), n=2, cutoff=0.5)]


def _expiry(wish: Wish, now: datetime) -> datetime | None:
    if wish.lasting is None and wish.kind is MuteKind.STORY:
        return None
    return now + (wish.lasting or USUAL)


def _topic(wanted: str) -> Target:
    topic = wanted.lower()
    if topic not in MUTABLE_TOPICS:
        near = difflib.get_close_matches(topic, MUTABLE_TOPICS, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise mistake(f"A topic is one of {', '.join(MUTABLE_TOPICS)}, not “{wanted[:40]}”.{hint}")
    return Target(kind=MuteKind.TOPIC, value=topic, name=topic)


def _term(wanted: str) -> Target:
    if len(wanted) > MAX_TERM:
        raise mistake(f"That is {len(wanted)} characters; a term has at most {MAX_TERM}.")
    if not is_term(wanted):
        raise mistake(f"There is no letter or digit in “{wanted[:40]}” to look for.")
    term = wanted.lower()
    return Target(kind=MuteKind.TERM, value=term, name=term)


def mute_commands(desk: Muting) -> tuple[Command, ...]:
    """In the order in which `help` lists them."""
    suggesting = Suggesting(database=desk.database, clock=desk.clock)
    kinds = tuple(str(kind) for kind in MuteKind)
    kind = Option(name="kind", help="what to mute", choices=kinds, required=True)
    muted = Option(name="kind", help="what was muted", choices=kinds, required=True)
    value = f"a story's id or link, a source or outlet, a topic ({', '.join(MUTABLE_TOPICS)}), or words"
    return (
        Command(
            name="mute",
            help="Silence a story, source, topic or term in this channel; in direct messages for you.",
            run=desk.mute,
            options=(
                kind,
                Option(name="value", help=value, required=True, phrase=True, suggest=suggesting.mutable),
                Option(
                    name="for", help="how long, such as 3h or 2d; else 7d, or until the story closes", said=DURATION
                ),
                Option(name="reason", help="why, for those who wonder"),
            ),
            examples=(
                "/wire mute story 3f9a6c01",
                "/wire mute term rare earths for 3d too much of it",
                '/wire mute source "Example Wire" too much of it',
                "/wire mute topic market",
            ),
        ),
        Command(
            name="unmute",
            help="End a mute before its time.",
            run=desk.unmute,
            options=(
                muted,
                Option(
                    name="value",
                    help="its name, or the id that /wire mutes shows",
                    required=True,
                    suggest=suggesting.muted,
                ),
            ),
            examples=("/wire unmute topic market", "/wire unmute term rare earths"),
        ),
        Command(
            name="mutes",
            help="What is muted here: by whom, why, until when.",
            run=desk.mutes,
            options=(Option(name="start", help="the number to begin with"),),
            examples=("/wire mutes", "/wire mutes 1"),
        ),
    )
