"""Follow as commands: what else comes of a story reaches those who follow it by direct message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from bot.clock import Clock
from bot.commands.lookup import wanted_item
from bot.commands.spec import Caller, Command, Mistake, Option
from bot.commands.suggesting import Suggesting
from bot.commands.views import story as views
from bot.commands.views.common import unknown_item
from bot.deliver.card import Reply
from bot.model import Story
from bot.routing.follows import informed
from bot.routing.mutes import MuteKind
from bot.store import audience, follows, mutes
from bot.store.engine import Database
from bot.stories.cluster import OPEN_FOR

MOST_FOLLOWED = 200  # stories of one person at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What the follow commands work on."""

    database: Database
    clock: Clock

    async def follow(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.write(self._follow, caller, arguments.get("story"))

    async def unfollow(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return await self.database.write(self._unfollow, caller, arguments.get("story"))

    def _follow(self, connection: sa.Connection, caller: Caller, wanted: str | None) -> Reply:
        story, now = _story(connection, caller, wanted, "follow"), self.clock.now()
        if follows.is_following(connection, caller.user, story.id):
            return views.following(story, already=True)
        if len(follows.followed(connection, caller.user, limit=MOST_FOLLOWED)) == MOST_FOLLOWED:
            return views.follows_too_many(MOST_FOLLOWED)
        follows.follow(connection, caller.user, story.id, now=now)
        told = audience.told_about(connection, story.id, [caller.user]).get(caller.user)
        audience.save_told(connection, informed(told, caller.user, story), now=now)
        unmuted = mutes.lift(connection, caller.user, MuteKind.STORY, story.id)  # the last word counts
        return views.following(story, unmuted=unmuted, quiet=story.updated_at < now - OPEN_FOR)

    def _unfollow(self, connection: sa.Connection, caller: Caller, wanted: str | None) -> Reply:
        story = _story(connection, caller, wanted, "unfollow")
        return views.no_longer_following(story, before=follows.unfollow(connection, caller.user, story.id))


def _story(connection: sa.Connection, caller: Caller, wanted: str | None, command: str) -> Story:
    found = wanted_item(connection, caller.place, wanted)
    if found is None:
        raise Mistake(unknown_item(wanted, command))
    return found[2]


def follow_commands(desk: Following) -> tuple[Command, ...]:
    """In the order in which `help` lists them."""
    suggesting = Suggesting(database=desk.database, clock=desk.clock)
    which = "the reference on an alert, a link or a story's id; empty: the last alert here"
    story = Option(name="story", help=which, suggest=suggesting.items)
    followed = Option(name="story", help=which, suggest=suggesting.followed)
    return (
        Command(
            name="follow",
            help="Get what else comes of a story by direct message. Also the card's button.",
            run=desk.follow,
            options=(story,),
            examples=("/wire follow", "/wire follow 3f9a6c01"),
        ),
        Command(
            name="unfollow",
            help="No longer get what comes of a story; /wire story lists those you follow.",
            run=desk.unfollow,
            options=(followed,),
            examples=("/wire unfollow 3f9a6c01",),
        ),
    )
