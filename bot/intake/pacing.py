"""When to ask a source again: docs/polling.md says the same to people. Pure.

`every` is the desk's wish. A feed is asked more often than that in the hours in which it publishes and less often in
the others: the pause goes with one over the square root of how much an hour brings. That split of a number of
requests makes the mean delay least, and with the mean rate as its measure neither the requests nor the mean delay is
ever more than at even pauses (Cauchy-Schwarz). By the same law a feed that brings much is asked more often than one
that brings little. An official source is never asked less often than the desk wishes.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from hashlib import blake2b

from bot.intake.fetched import Fault, FaultKind, Fetched
from bot.intake.rhythm import Rhythm
from bot.model import Authority, Source

# --- of sources that answer: times `every`
BUSIEST = 1 / 2  # the pause of a feed that brings much, for that alone
SHORTEST = 1 / 3  # in its busiest hours
LONGEST = 4.0
LONGEST_WELL = timedelta(hours=1)  # but for sources of which the desk wants less
SHORTEST_WELL = timedelta(minutes=1)  # but for sources of which the desk wants more
NEWS_PER_ASK = 0.05  # a feed that brings so much in `every` is asked at the desk's wish

# --- of sources that do not
LONGEST_BACKOFF = timedelta(hours=6)
# After a failure it waits as ever, for most pass; after each further one in a row so many times as long. So what was
# published in an outage is late by half of it at most; and by an eighth where nobody answered, for it may be our own
# network that is away.
GROWTH = 1.5
GROWTH_UNANSWERED = 9 / 8
GROWTH_UNWANTED = 2.0  # of a server that says that it was asked too often, or shuts us out
BLOCKED_FIRST = timedelta(minutes=30)  # whoever shuts robots out takes haste for an attack
BLOCKED_LONGEST = timedelta(days=1)
GONE_AGAIN = timedelta(days=7)
_UNANSWERED = {FaultKind.UNREACHABLE, FaultKind.TIMEOUT}
_MOST_FAILURES = 100  # that are counted: by then the wait has long been the longest

JITTER = 0.1  # of a wait, so that sources do not fall into step
_LATE_AFTER_RENEWAL = timedelta(seconds=10)  # at most, for jitter
_WHOLE_SECONDS = timedelta(seconds=1)  # in which headers count


def next_poll(source: Source, fetched: Fetched, now: datetime) -> datetime:
    """When `source` is due after a poll that ended `now`. Never before a server's Retry-After."""
    chance = _chance(source, now)
    if fetched.fault:
        return now + _after_fault(source, fetched.fault, fetched.state.failures, chance)
    rhythm = Rhythm.load(fetched.state.rhythm)
    even = (1 - JITTER * chance) * source.every
    if _is_even(source) or rhythm is None:
        return now + even
    wait = _jittered(_rhythmic(source, rhythm, now), chance) if rhythm.is_known(now) else even
    wait = max(wait, _least(source, fetched, rhythm, chance))
    return now + min(wait * rhythm.strain, max(wait, LONGEST_BACKOFF))


def _is_even(source: Source) -> bool:
    """Whether it is asked at the desk's wish whatever is known: who asks every few seconds means it."""
    return source.pace == "fixed" or source.path is not None or source.every <= SHORTEST_WELL


def _least(source: Source, fetched: Fetched, rhythm: Rhythm, chance: float) -> timedelta:
    """What the server and the document ask for, as far as it is heeded.

    A lifetime says how long we may do without asking, and a document's own word is mostly its template's: reasons not
    to ask more often than the desk wishes. But of a copy in a shared cache the lifetime is a fact, unless somebody
    tells the cache of what is new: sooner, the same comes again, so it is asked for as soon as it is renewed.
    """
    at_most = (1 - JITTER * chance) * source.every
    least = min(rhythm.hints.least or timedelta(), at_most)
    if fetched.fresh_for is None:
        return least
    late = chance * min(JITTER * fetched.fresh_for, _LATE_AFTER_RENEWAL)
    renewed = fetched.fresh_for + _WHOLE_SECONDS + late
    if not fetched.shared_copy:
        return max(least, min(renewed, at_most))
    steps = math.ceil(renewed / longest(source) - JITTER)  # so that the last one meets the renewal
    return max(least, (1 if steps <= 2 else 1 - JITTER * chance) * renewed / max(steps, 1))


def longest(source: Source) -> timedelta:
    """The longest pause of a source that answers, before jitter.

    What an official one publishes at an unusual hour is what a desk waits for.
    """
    if source.authority is Authority.OFFICIAL:
        return source.every
    return min(LONGEST * source.every, max(LONGEST_WELL, source.every))


def shortest(source: Source) -> timedelta:
    """The shortest, before jitter."""
    return max(SHORTEST * source.every, min(SHORTEST_WELL, source.every))


def back_off(source: Source, fault: Fault, failures: int) -> timedelta:
    """The wait after so many failures in a row, before jitter and Retry-After."""
    if fault.kind is FaultKind.GONE:
        return GONE_AGAIN
    if fault.kind is FaultKind.BLOCKED:
        return _grown(max(source.every, BLOCKED_FIRST), GROWTH_UNWANTED, failures - 1, BLOCKED_LONGEST)
    if fault.kind is FaultKind.TOO_OFTEN:
        return _grown(source.every, GROWTH_UNWANTED, failures, LONGEST_BACKOFF)
    growth = GROWTH_UNANSWERED if fault.kind in _UNANSWERED else GROWTH
    return _grown(source.every, growth, failures - 1, LONGEST_BACKOFF)


def _grown(first: timedelta, growth: float, times: int, most: timedelta) -> timedelta:
    most = max(most, first)
    return first * min(growth ** min(max(times, 0), _MOST_FAILURES), most / first)


def _after_fault(source: Source, fault: Fault, failures: int, chance: float) -> timedelta:
    """Jitter only lengthens here, and less than the wait grows."""
    wait = back_off(source, fault, failures)
    asked_for = fault.retry_after or timedelta()
    return max(wait, asked_for) + chance * min(JITTER * wait, max(LONGEST_BACKOFF - wait, timedelta()))


# --- the rhythm ---------------------------------------------------------------------------------------------


def _rhythmic(source: Source, rhythm: Rhythm, now: datetime) -> timedelta:
    """The pause, hour by hour: what is asked seldom at night is asked in time when the day begins."""
    at, left = now, 1.0
    while True:
        pause = _pause_at(source, rhythm, at, now)
        hour_ends = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        share = (hour_ends - at) / pause
        if share >= left:
            return at + left * pause - now
        at, left = hour_ends, left - share


def _pause_at(source: Source, rhythm: Rhythm, at: datetime, now: datetime) -> timedelta:
    if rhythm.hints.skips(at):
        return longest(source)
    mean = rhythm.mean(now)
    by_hour = math.sqrt(mean / rhythm.rate(at, now))
    by_feed = math.sqrt(NEWS_PER_ASK / (mean * (source.every / timedelta(hours=1))))
    by_feed = max(by_feed, BUSIEST)
    if source.authority is Authority.OFFICIAL:
        by_feed = min(by_feed, 1.0)
    return max(shortest(source), min(by_hour * by_feed * source.every, longest(source)))


# --- jitter -------------------------------------------------------------------------------------------------


def _jittered(wait: timedelta, chance: float) -> timedelta:
    return wait * (1 + JITTER * (2 * chance - 1))


def _chance(source: Source, now: datetime) -> float:
    """Between 0 and 1: as good as random from poll to poll, and the same in every process."""
    digest = blake2b(f"{source.id} {int(now.timestamp())}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32
