"""What every invocation on Slack has in common: who calls, once, within a time limit, with an apology if it fails."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from bot.commands.on_slack.rights import SlackRights
from bot.commands.on_slack.zones import SlackZones
from bot.commands.spec import Caller, Catalog
from bot.deliver.card import Reply, Run
from bot.model import Destination

ANSWER_WITHIN = 25.0  # seconds for a command; a response_url lives for 30 minutes, a person's patience does not
REMEMBERED = 1_024  # invocations kept to notice one that is delivered twice

log = structlog.get_logger()


class Calls:
    """Runs the catalog for people on Slack."""

    def __init__(self, catalog: Catalog, rights: SlackRights, zones: SlackZones, *, answer_within: float) -> None:
        self.catalog = catalog
        self._rights = rights
        self._zones = zones
        self._answer_within = answer_within
        self._seen: OrderedDict[str, None] = OrderedDict()

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
        """True where Slack delivered this before: its trigger id, or an event's id, is the same on every delivery."""
        known_by = body.get("trigger_id") or body.get("event_id")
        return bool(known_by) and not self.is_first(str(known_by))

    def is_first(self, name: str) -> bool:
        """True once for each name, as far back as is remembered."""
        if name in self._seen:
            return False
        self._seen[name] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def reply(self, work: Awaitable[Reply], asked: str) -> Reply:
        """The catalog's answer, or an apology that says what to do; a command never ends the connection."""
        try:
            async with asyncio.timeout(self._answer_within):
                return await work
        except TimeoutError:
            log.warning("slack.command_timed_out", command=_command_in(asked), seconds=self._answer_within)
            return _apology(f"This took longer than {self._answer_within:g} s and was stopped.")
        except Exception:
            log.exception("slack.command_failed", command=_command_in(asked))
            return _apology("Something went wrong with this command; it is in the log.")


def _command_in(asked: str) -> str:
    """Its name alone: what follows may be a query that is nobody's business, or an address with a password."""
    return re.split(r"[\s:]", asked.strip(), maxsplit=1)[0][:40]


def _apology(what: str) -> Reply:
    return Reply(title=what, lines=((Run(text="Try again in a minute; /wire status shows what is not well."),),))
