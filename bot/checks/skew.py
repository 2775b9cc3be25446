"""Whether this machine's clock is right, by the Date header of those who answer us."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.checks.found import Check

ALLOWED = timedelta(seconds=5)  # quiet hours, digests and the order of news go by this clock
HEADER_STEP = timedelta(seconds=1)  # Date has whole seconds: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7


@dataclass(slots=True)
class Clocks:
    """What the answers of this check said the time is, against what it was here."""

    skews: dict[str, timedelta] = field(default_factory=dict)  # by who said it; positive: we are ahead

    def note(self, who: str, date: str | None, asked: datetime, answered: datetime) -> None:
        """An answer with this Date header came between these two moments of our clock."""
        try:
            theirs = parsedate_to_datetime(date or "")
        except ValueError:
            return
        theirs = theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs
        ahead, behind = asked - (theirs + HEADER_STEP), theirs - answered
        self.skews[who] = max(ahead, timedelta(0)) - max(behind, timedelta(0))

    def check(self) -> Check | None:
        """None where nobody said what time it is."""
        if not self.skews:
            return None
        who, skew = max(self.skews.items(), key=lambda said: abs(said[1]))
        if abs(skew) <= ALLOWED:
            return Check(True, "clock", f"within {ALLOWED.seconds} s of {' and '.join(self.skews)}")
        side = "ahead of" if skew > timedelta(0) else "behind"
        wrong = f"this machine is {abs(skew).total_seconds():.0f} s {side} {who}"
        cure = "have it set by NTP (timedatectl set-ntp true): quiet hours, digests and the age of news go by it"
        return Check(False, "clock", f"{wrong}; {cure}")
