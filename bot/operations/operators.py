"""Those who look after the bot: told, in their own chat, of what needs a person. Once for each matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
import structlog

from bot.deliver.card import Action, Bulletin, Run
from bot.model import Destination
from bot.store import bulletins

log = structlog.get_logger()

_STATUS = (Action(label="Status", command="status"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operators:
    """`places` are where they are told: what `[operations] tell` names, else each of the managers by themselves."""

    places: tuple[Destination, ...]

    @classmethod
    def of(cls, tell: Sequence[Destination], managers: Sequence[Destination]) -> Operators:
        return cls(places=tuple(dict.fromkeys(tell or managers)))

    def tell(
        self,
        connection: sa.Connection,
        *,
        key: str,
        title: str,
        lines: Sequence[str],
        now: datetime,
        actions: tuple[Action, ...] = _STATUS,
    ) -> None:
        """Put a bulletin into the outbox for each of the places, unless one of that `key` went there before.

        It goes with the transaction that found the matter out, and stands in the log as well: there alone where
        nobody is to be told.
        """
        bulletin = Bulletin(title=title, lines=tuple((Run(text=line),) for line in lines), actions=actions)
        put = partial(bulletins.enqueue_bulletin, connection, bulletin=bulletin, key=f"operators:{key}", now=now)
        ids = [put(place) for place in self.places]
        if any(ids) or not ids:
            log.warning("operators_told", key=key, title=title, lines=list(lines), places=len(self.places))
