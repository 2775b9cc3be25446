"""After the database was restored from a backup: what may have been told since then is not told again. Pure.

The backup does not know what was sent after it was made, and feeds bring it once more. So what was published up to a
moment (that of the restore, unless its owner knows better) counts as told: it is stored, grouped and decided on, and
what comes later is measured against it, but nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.model import Item, Notice, Reason

COUNTS = "counts as told"  # what the detail of such a decision begins with


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`first_look`: the source of the item has not answered since the restore."""

    at: datetime
    told_until: datetime
    first_look: bool

    def covers(self, item: Item, *, revised: bool) -> bool:
        """Whether what the item says may have been told before.

        Of what has no date, and of a change to an old item, nobody knows when it came: so what the first document
        brings counts as told.
        """
        if revised or item.published_at is None:
            return self.first_look
        return item.published_at <= self.told_until

    def silenced(self, notice: Notice) -> Notice:
        """`notice` as one that sends nothing. What would be sent only later, at the end of quiet hours or in a
        digest, cannot have been: it stays."""
        if not notice.reason.tells or (notice.until is not None and notice.until > self.at):
            return notice
        detail = f"{COUNTS}: it may have been sent before the restore of {self.at:%Y-%m-%d %H:%M} UTC"
        return replace(notice, reason=Reason.NOTHING_NEW, detail=detail, new_facts=(), until=None)
