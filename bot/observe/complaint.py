"""What fails again and again is said once, and once more when it is over: an outage of hours is two lines."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.operations.cures import cure_of

log = structlog.get_logger()


def is_outage(error: BaseException) -> bool:
    """Whether something outside is away (the database, a disk, the network): a traceback would not help."""
    away = isinstance(error, OperationalError | InterfaceError | PoolTimeout | OSError)
    return away or cure_of(error) is not None


def first_line(error: BaseException) -> str:
    """SQLAlchemy adds the statement and a link to it."""
    return str(error).partition("\n")[0]


class Complaint:
    """Of one part that is tried again: `worker="poll"`, say, stands on each line about it."""

    def __init__(self, event: str, *, monotonic: Callable[[], float] = time.monotonic, **about: str) -> None:
        self._event, self._over = event, f"{event}_over"
        self._about = about
        self._monotonic = monotonic
        self._since = 0.0
        self._said: type[BaseException] | str | None = None

    def raised(self, error: Exception) -> None:
        """Call it from the `except`. Another kind of error than the last is said too; all outages are one kind."""
        kind = "outage" if is_outage(error) else type(error)
        if kind == self._said:
            return
        if self._said is None:
            self._since = self._monotonic()
        self._said = kind
        if kind == "outage":
            cure = cure_of(error)
            log.warning(self._event, why=first_line(error), **({"cure": cure} if cure else {}), **self._about)
        else:
            log.error(self._event, error=first_line(error), exc_info=error, **self._about)

    def over(self) -> None:
        """It works."""
        if self._said is not None:
            self._said = None
            log.info(self._over, seconds=round(self._monotonic() - self._since), **self._about)


def complaining(job: Callable[[], Awaitable[None]], complaint: Complaint) -> Callable[[], Awaitable[None]]:
    """`job` as one that never fails, but says so."""

    async def guarded() -> None:
        try:
            await job()
        except Exception as error:  # noqa: BLE001 - it is said, and tried again at the next tick
            complaint.raised(error)
        else:
            complaint.over()

    return guarded
