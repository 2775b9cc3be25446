"""`/wire forget`: what is stored about oneself, as a file, and its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from bot.clock import Clock
from bot.commands.muting import MAX_NAME
from bot.commands.spec import Caller, Command, Option, one_line
from bot.deliver.card import Action, File, Line, Reply, Run
from bot.model import Destination
from bot.store import people
from bot.store.engine import Database
from bot.store.people import Stored

log = structlog.get_logger()

FILE_NAME = "tradewire-about-me.json"
ME, EXPORT, SURE = "me", "export", "yes"
# What people call the rows of a table; one that is missing here is named as it is.
_WORDS = {
    "added_sources": "sources you added",
    "decisions": "decisions on what to tell you",
    "deliveries": "messages to you",
    "digest_entries": "stories kept for your digest",
    "follows": "stories you follow",
    "marks": "alerts you marked",
    "mutes": "mutes you made",
    "places": "preferences of your direct messages",
    "reminders": "reminders",
    "source_pauses": "sources you paused",
    "subscriptions": "subscriptions",
    "summaries": "summaries made for you",
    "told": "stories you were told",
}
_INWARD = {"destinations", "summaries_seen"}  # in the file, but no news to anybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What the command works on; `destinations` are those that routes name."""

    database: Database
    clock: Clock
    destinations: frozenset[Destination]

    async def forget(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        if arguments["what"] == ME and "sure" in arguments:
            await self.database.write(people.forget, caller.user, name=one_line(caller.name, MAX_NAME))
            log.info("person_forgotten", platform=caller.user.platform)
            return _forgotten(routed=caller.user in self.destinations)
        stored, content = await self.database.read(self._export, caller.user)
        file = File(name=FILE_NAME, content=content)
        if not stored.rows:
            return Reply(title="Nothing is stored about you.")
        return _exported(stored, file) if arguments["what"] == EXPORT else _asked(stored, file)

    def _export(self, connection: sa.Connection, person: Destination) -> tuple[Stored, bytes]:
        stored = people.about(connection, person)
        document = {
            "person": str(person),
            "exported_at": self.clock.now().isoformat(),
            **stored.rows,
            **({"left_out": stored.left_out} if stored.left_out else {}),
        }
        return stored, json.dumps(document, ensure_ascii=False, indent=1).encode()


def _asked(stored: Stored, file: File) -> Reply:
    ends = "Deleting ends what you subscribe to and follow, at once and for good."
    stays = "What you muted or subscribed to for a channel stays the channel's, without your name."
    return Reply(
        title="This is stored about you. Delete all of it?",
        lines=(*_counted(stored), (Run(text=f"{ends} {stays}"),)),
        actions=(Action(label="Delete all of it", command=f"forget:{ME} {SURE}"),),
        file=file,
    )


def _exported(stored: Stored, file: File) -> Reply:
    action = Action(label="Forget me", command=f"forget:{ME}")
    return Reply(title="This is stored about you.", lines=_counted(stored), actions=(action,), file=file)


def _counted(stored: Stored) -> tuple[Line, ...]:
    counts = {table: count for table, count in stored.counts.items() if table not in _INWARD}
    lines: list[Line] = [
        (Run(text=f"{_WORDS.get(table, table)}: "), Run(text=f"{count:,}", bold=True))
        for table, count in counts.items()
    ]
    if stored.left_out:
        lines.append((Run(text=f"The file has the newest {people.MOST_ROWS:,} of each."),))
    return tuple(lines)


def _forgotten(*, routed: bool) -> Reply:
    lines: tuple[Line, ...] = ()
    if routed:
        named = "A route in routes.toml names your direct messages; only the owner of Tradewire can take you out."
        lines = ((Run(text=named),),)
    return Reply(title="All that was stored about you is deleted.", lines=lines)


def forget_command(desk: Forgetting) -> Command:
    return Command(
        name="forget",
        help="What is stored about you, as a file; and, when you say so, its end.",
        run=desk.forget,
        options=(
            Option(
                name="what",
                help="me: show it and ask to delete it; export: only show it",
                choices=(ME, EXPORT),
                required=True,
            ),
            Option(name="sure", help="yes: delete at once", choices=(SURE,)),
        ),
        examples=("/wire forget me", "/wire forget export"),
    )
