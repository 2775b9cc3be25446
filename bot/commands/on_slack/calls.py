"""What every invocation on Slack has in common: who calls, once, within a time limit, with an apology if it fails."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from bot.commands.on_slack.rights import SlackRights
from bot.commands.on_slack.zones import SlackZones
from bot.commands.once import Memory, Take, alone
from bot.commands.spec import Caller, Catalog
from bot.commands.working import Working
from bot.deliver.card import Reply, Run
from bot.model import Destination

ANSWER_WITHIN = 25.0  # seconds for a command; a response_url lives for 30 minutes, a person's patience does not

log = structlog.get_logger()

Work = Callable[[], Awaitable[Reply]]


class Calls:
    """Runs the catalog for people on Slack. `take` asks whether another process does an invocation already."""

    def __init__(
        self,
        catalog: Catalog,
        rights: SlackRights,
        zones: SlackZones,
        *,
        answer_within: float,
        take: Take = alone,
    ) -> None:
        self.catalog = catalog
        self._rights = rights
        self._zones = zones
        self._answer_within = answer_within
        self._take = take
        self._memory = Memory()
        self.working = Working()

    def caller(self, user_id: str, name: str | None, channel_id: str | None) -> Caller:
        """Who asks and where; in direct messages (D…) and on App Home (no channel) the place is the person."""
        user = Destination("slack", user_id, person=True)
        caller = Caller(
            user=user,
            place=user,
            name=name or "",
            may_administer=partial(self._rights.may_administer, user_id),
            zone=partial(self._zones.zone, user_id),
        )
        if not channel_id or channel_id.startswith("D"):
            return caller
        return replace(
            caller,
            place=Destination("slack", channel_id),
            may_manage=partial(self._rights.may_manage, user_id, channel_id),
        )

    def is_repeat(self, body: Mapping[str, Any]) -> bool:
        """True where Slack delivered this to us before."""
        name = name_of(body)
        return name is not None and not self.is_first(name)

    def is_first(self, name: str) -> bool:
        """True once for each name, as far back as this process remembers."""
        return self._memory.is_first(name)

    async def reply_once(self, name: str | None, work: Work, asked: str) -> Reply | None:
        """As `reply`, for what acts; None where another process has taken up the invocation `name`.

        A stop waits for the task that asks.
        """
        self.working.join()
        try:
            async with asyncio.timeout(self._answer_within):
                ours = name is None or await self._take(f"slack:{name}")
        except TimeoutError:
            return self._late(asked)
        return await self.reply(work(), asked) if ours else None

    async def reply(self, work: Awaitable[Reply], asked: str) -> Reply:
        """The catalog's answer, or an apology that says what to do; a command never ends the connection."""
        try:
            async with asyncio.timeout(self._answer_within):
                return await work
        except TimeoutError:
            return self._late(asked)
        except Exception:
            log.exception("slack.command_failed", command=_command_in(asked))
            return _apology("Something went wrong with this command; it is in the log.")

    def _late(self, asked: str) -> Reply:
        log.warning("slack.command_timed_out", command=_command_in(asked), seconds=self._answer_within)
        return _apology(f"This took longer than {self._answer_within:g} s and was stopped.")


def name_of(body: Mapping[str, Any]) -> str | None:
    """What an invocation or event is known by: the same each time that Slack delivers it."""
    name = body.get("trigger_id") or body.get("event_id")
    return str(name) if name else None


def _command_in(asked: str) -> str:
    """Its name alone: what follows may be a query that is nobody's business, or an address with a password."""
    return re.split(r"[\s:]", asked.strip(), maxsplit=1)[0][:40]


def _apology(what: str) -> Reply:
    return Reply(title=what, lines=((Run(text="Try again in a minute; /wire status shows what is not well."),),))
