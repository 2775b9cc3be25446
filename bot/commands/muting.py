"""Mute as commands: a story, a source, a topic or a term, for a channel by those who may, for oneself by anybody."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands import muting_views as views
from bot.commands.lookup import wanted_item
from bot.commands.muting_views import Target
from bot.commands.spec import Caller, Command, Mistake, Option, Permission, one_line
from bot.commands.views import unknown_item
from bot.deliver.card import Reply, Run
from bot.model import Destination, StoryId
from bot.routing.learning import TOPICS
from bot.routing.mutes import Mute, MuteKind, is_term, same_name
from bot.settings import parse_duration
from bot.store import mutes, news
from bot.store.engine import Database
from bot.stories.cluster import OPEN_FOR

USUAL = timedelta(days=7)  # a mute of a source, topic or term, where nothing else is said
SHORTEST = timedelta(minutes=1)
MOST_MUTES = 50  # at one place: more is a wrong route
MAX_VALUE = 80  # characters, so that a button can carry it: Discord takes 100 in all
MAX_REASON = 200
MAX_NAME = 60
OUTLETS_OF = timedelta(days=7)  # an outlet silent for longer need not be muted

MUTABLE_TOPICS = (*TOPICS, "urgent")
_MISPLACED = re.compile(r"\bfor(\s+\d.*)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A mute as somebody asked for it."""

    kind: MuteKind
    value: str
    lasting: timedelta | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Muting:
    """What the mute commands work on; `managers` may decide for every channel, whatever the platform says."""

    database: Database
    clock: Clock
    managers: frozenset[Destination] = field(default=frozenset())

    async def mute(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        wish = _wish(arguments)
        target = await self.database.read(self._target, caller, wish.kind, wish.value)
        permission = await self._permission(caller)
        if not permission.granted:
            return views.not_allowed(permission, target if target.kind is MuteKind.STORY else None)
        return await self.database.write(self._mute, caller, wish, target)

    async def unmute(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        permission = await self._permission(caller)
        if not permission.granted:
            return views.not_allowed(permission, None)
        return await self.database.write(self._unmute, caller, MuteKind(arguments["kind"]), arguments["value"])

    async def mutes(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return views.listed(caller, await self.database.read(self._here, caller.place))

    async def _permission(self, caller: Caller) -> Permission:
        if caller.place == caller.user or caller.user in self.managers:
            return Permission(granted=True)
        return await caller.may_manage()

    def _mute(self, connection: sa.Connection, caller: Caller, wish: Wish, target: Target) -> Reply:
        now = self.clock.now()
        here = mutes.in_force(connection, [caller.place], now=now)
        earlier = next((mute for mute in here if (mute.kind, mute.value) == (target.kind, target.value)), None)
        if earlier and not (wish.lasting or wish.reason):
            return views.muted(earlier, target, already=True)
        if earlier is None and len(here) >= MOST_MUTES:
            return views.too_many(MOST_MUTES)
        mute = Mute(
            place=caller.place,
            kind=target.kind,
            value=target.value,
            author=caller.user,
            author_name=one_line(caller.name, MAX_NAME),
            reason=wish.reason,
            made_at=now,
            expires_at=_expiry(wish, now),
        )
        mutes.save(connection, mute)
        return views.muted(mute, target)

    def _unmute(self, connection: sa.Connection, caller: Caller, kind: MuteKind, wanted: str) -> Reply:
        here = self._here(connection, caller.place)
        wanted = wanted.strip('"“” ')
        value = self._story_id(connection, caller, wanted) if kind is MuteKind.STORY else wanted
        for mute, target in here:
            if mute.kind is kind and same_name(mute.value, value):
                mutes.lift(connection, mute.place, mute.kind, mute.value)
                return views.unmuted(mute, target)
        return views.not_muted(kind, wanted, here)

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

    def _target(self, connection: sa.Connection, caller: Caller, kind: MuteKind, wanted: str) -> Target:
        """Raises Mistake, with what is valid, where nothing of that name can be muted."""
        match kind:
            case MuteKind.STORY:
                return self._story(connection, caller, wanted)
            case MuteKind.SOURCE:
                return self._source(connection, wanted)
            case MuteKind.TOPIC:
                return _topic(wanted)
            case MuteKind.TERM:
                return _term(wanted)

    def _story(self, connection: sa.Connection, caller: Caller, wanted: str) -> Target:
        found = wanted_item(connection, caller.place, wanted)
        if found is None:
            raise Mistake(unknown_item(wanted, "mute"))
        story = found[2]
        target = Target(kind=MuteKind.STORY, value=story.id, name=story.title)
        if story.updated_at < self.clock.now() - OPEN_FOR:
            raise Mistake(views.closed(target, OPEN_FOR))
        return target

    def _story_id(self, connection: sa.Connection, caller: Caller, wanted: str) -> str:
        found = wanted_item(connection, caller.place, wanted)
        return found[2].id if found else wanted

    def _source(self, connection: sa.Connection, wanted: str) -> Target:
        known = mutes.sources_and_outlets(connection, since=self.clock.now() - OUTLETS_OF)
        name = next((name for name in known if same_name(name, wanted)), None)
        if name is None or len(name) > MAX_VALUE:
            by_word = {name.lower(): name for name in known}
            near = difflib.get_close_matches(wanted.lower(), list(by_word), n=2, cutoff=0.5)
            raise Mistake(views.unknown_source(wanted, [by_word[word] for word in near], known))
        return Target(kind=MuteKind.SOURCE, value=name, name=name)


def _wish(arguments: Mapping[str, str]) -> Wish:
    """Raises Mistake where the duration or the words make no sense."""
    reason = one_line(arguments.get("reason", ""))
    if _MISPLACED.search(reason) and "for" not in arguments:
        raise _mistake('Several words stand in quotes, the duration after them: mute term "rare earths" for 3d')
    return Wish(
        kind=MuteKind(arguments["kind"]),
        value=one_line(arguments["value"]),
        lasting=_lasting(arguments["for"]) if "for" in arguments else None,
        reason=one_line(reason, MAX_REASON),
    )


def _lasting(text: str) -> timedelta:
    try:
        lasting = parse_duration(text)
    except ValueError:
        lasting = timedelta()
    if lasting < SHORTEST:
        raise _mistake(f"“{text[:40]}” is not a time to mute for: write a number and m, h, d or w, as in for 3d.")
    return lasting


def _expiry(wish: Wish, now: datetime) -> datetime | None:
    if wish.lasting is None and wish.kind is MuteKind.STORY:
        return None
    return now + (wish.lasting or USUAL)


def _topic(wanted: str) -> Target:
    topic = wanted.lower()
    if topic not in MUTABLE_TOPICS:
        near = difflib.get_close_matches(topic, MUTABLE_TOPICS, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise _mistake(f"A topic is one of {', '.join(MUTABLE_TOPICS)}, not “{wanted[:40]}”.{hint}")
    return Target(kind=MuteKind.TOPIC, value=topic, name=topic)


def _term(wanted: str) -> Target:
    if len(wanted) > MAX_VALUE:
        raise _mistake(f"That is {len(wanted)} characters; a term has at most {MAX_VALUE}.")
    if not is_term(wanted):
        raise _mistake(f"There is no letter or digit in “{wanted[:40]}” to look for.")
    term = wanted.lower()
    return Target(kind=MuteKind.TERM, value=term, name=term)


def _mistake(problem: str) -> Mistake:
    return Mistake(Reply(title=problem, lines=((Run(text="/wire help mute shows how it is written."),),)))


def mute_commands(desk: Muting) -> tuple[Command, ...]:
    """In the order in which `help` lists them."""
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
                Option(name="value", help=value, required=True),
                Option(name="for", help="how long, such as 3h or 2d; else 7d, or until the story closes", said=True),
                Option(name="reason", help="why, for those who wonder"),
            ),
            examples=(
                "/wire mute story 3f9a6c01",
                '/wire mute term "rare earths" for 3d too much of it',
                '/wire mute source "Example Wire" for 12h',
                "/wire mute topic market",
            ),
        ),
        Command(
            name="unmute",
            help="End a mute before its time.",
            run=desk.unmute,
            options=(muted, Option(name="value", help="as /wire mutes lists it", required=True)),
            examples=("/wire unmute topic market", "/wire unmute term rare earths"),
        ),
        Command(
            name="mutes",
            help="What is muted here: by whom, why, until when.",
            run=desk.mutes,
            examples=("/wire mutes",),
        ),
    )
