"""A day of the web for `day.py`, invented by seed: feeds, when they publish, and how their servers behave.

Shapes follow what lists of such feeds and their servers' headers show: wires around the clock, outlets in bursts in
the office hours of their own zone, official sites a few times a week, blogs, and feeds that are dead. Nothing here
reads how the bot decides.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

from bot.model import Authority

DAY = datetime(2026, 3, 10, tzinfo=UTC)  # a Tuesday
HISTORY = timedelta(weeks=10)
AFTER = timedelta(hours=3)  # for what is published late to be noticed
ONE = timedelta(days=1)
ZONES = ("America/New_York", "America/New_York", "Europe/London", "Europe/Berlin", "Asia/Tokyo", "Asia/Hong_Kong")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`a_week` is from how many to how many news a week; `hours` are local ones, in which all but `stray` comes out;
    `burst` is how many come together."""

    name: str
    share: float
    authority: Authority
    a_week: tuple[float, float]
    hours: tuple[float, float] = (0, 24)
    stray: float = 1.0
    weekend: float = 1.0  # of a working day's news
    burst: int = 1
    stands: int = 30  # entries in the document
    days: int = 1  # that the measured one is drawn anew, for those that bring too little in one


KINDS = (
    Kind(name="wire", share=0.10, authority=Authority.WIRE, a_week=(500, 2_500), hours=(7, 20), stray=0.4,
         weekend=0.4, burst=2, stands=50),
    Kind(name="outlet", share=0.45, authority=Authority.OUTLET, a_week=(50, 500), hours=(6, 19), stray=0.15,
         weekend=0.25, burst=4),
    Kind(name="official", share=0.15, authority=Authority.OFFICIAL, a_week=(1, 15), hours=(8.5, 18), stray=0.07,
         weekend=0.03, burst=2, stands=15, days=30),
    Kind(name="blog", share=0.18, authority=Authority.OUTLET, a_week=(0.2, 4), hours=(7, 23), stray=0.2, weekend=0.6,
         stands=10, days=30),
    Kind(name="dead", share=0.12, authority=Authority.OUTLET, a_week=(0, 0)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What one request brought: `status` 0 is no answer at all; `copy_of` is when the document was made."""

    status: int
    headers: Mapping[str, str]
    copy_of: float = 0.0


@dataclass(slots=True, kw_only=True)
class Host:
    """`most` requests in ten minutes, and 429 beyond; between `down` it answers 503 or not at all."""

    name: str
    most: int | None = None
    says_when: bool = True
    down: tuple[float, float] | None = None
    down_status: int = 503
    shut: bool = False
    asked: deque[float] = field(default_factory=deque)

    def refuses(self, at: float, chance: random.Random) -> Asking | None:
        if self.down and self.down[0] <= at < self.down[1]:
            return Asking(status=self.down_status, headers={})
        if self.shut:
            return Asking(status=403, headers={})
        if chance.random() < 0.002:
            return Asking(status=chance.choice((0, 500, 502)), headers={})
        if self.most is None:
            return None
        while self.asked and self.asked[0] <= at - 600:
            self.asked.popleft()
        if len(self.asked) >= self.most:
            wait = math.ceil(self.asked[0] + 600 - at)
            return Asking(status=429, headers={"Retry-After": str(wait)} if self.says_when else {})
        self.asked.append(at)
        return None


@dataclass(slots=True, kw_only=True)
class Feed:
    """`published` are the times of its news, all of them, oldest first; `measured` those of news whose delays count,
    on the day itself and on others drawn like it. `headers` gives those of an answer, and `copied` when the copy that
    answers at a time was made."""

    number: int
    kind: Kind
    host: Host
    published: list[float]
    measured: list[float]
    head: bytes
    headers: Callable[[float], dict[str, str]]
    copied: Callable[[float], float]

    def ask(self, at: float, chance: random.Random) -> Asking:
        refused = self.host.refuses(at, chance)
        return refused or Asking(status=200, headers=self.headers(at), copy_of=self.copied(at))

    def until(self, at: float) -> int:
        """How many of its news are out."""
        return bisect_right(self.published, at)


def world(feeds: int, seed: int) -> list[Feed]:
    """So many feeds on a third as many hosts, some of which have many."""
    chance = random.Random(seed)
    hosts = [Host(name=f"host-{number}") for number in range(max(feeds // 3, 1))]
    weights = [1 / (rank + 3) ** 0.7 for rank in range(len(hosts))]
    kinds = chance.choices(KINDS, [kind.share for kind in KINDS], k=feeds)
    placed = [(kind, chance.choices(hosts, weights)[0]) for kind in kinds]
    _set_up(hosts, placed, chance)
    return [_feed(number, kind, host, chance) for number, (kind, host) in enumerate(placed)]


def _set_up(hosts: list[Host], placed: list[tuple[Kind, Host]], chance: random.Random) -> None:
    """One in eight has a limit, from half of what an even five minutes make to twice as much; one in thirty is down
    for a while, one in fifty shuts robots out."""
    for host in hosts:
        feeds = sum(other is host for _, other in placed)
        if chance.random() < 1 / 8:
            host.most = max(round(feeds * chance.choice((1, 1.5, 2.5, 3, 4))), 1)
            host.says_when = chance.random() < 0.6
        if chance.random() < 1 / 30:
            begins = DAY.timestamp() + chance.random() * 86_400
            host.down = begins, begins + chance.choice((600, 3_600, 3 * 3_600, 6 * 3_600))
            host.down_status = chance.choice((0, 503))
        elif chance.random() < 1 / 50:
            host.shut = True


def _feed(number: int, kind: Kind, host: Host, chance: random.Random) -> Feed:
    headers, copied = _caching(chance)
    published = _Publishing.of(kind, chance)
    before = list(published.days((DAY - HISTORY).date(), HISTORY.days + 2, chance))
    news = sorted(at for at in (*before, *published.long_ago(chance)) if at < DAY.timestamp())
    days = [[at for at in published.days(DAY.date() - ONE, 3, chance) if _of_the_day(at)] for _ in range(kind.days)]
    return Feed(
        number=number,
        kind=kind,
        host=host,
        published=news + sorted(days[0]),
        measured=sorted(at for day in days for at in day),
        head=_head(chance),
        headers=headers,
        copied=copied,
    )


# --- news -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Publishing:
    """How one feed does it; `a_day` is on a working day."""

    kind: Kind
    a_day: float
    zone: ZoneInfo

    @classmethod
    def of(cls, kind: Kind, chance: random.Random) -> _Publishing:
        zone = ZoneInfo(chance.choice(ZONES))
        if not kind.a_week[1]:
            return cls(kind=kind, a_day=0.0, zone=zone)
        low, high = (math.log(bound) for bound in kind.a_week)
        return cls(kind=kind, a_day=math.exp(chance.uniform(low, high)) / (5 + 2 * kind.weekend), zone=zone)

    def days(self, first: date, count: int, chance: random.Random) -> Iterator[float]:
        for number in range(count):
            day = first + timedelta(days=number)
            bursts = self.a_day * (self.kind.weekend if day.weekday() >= 5 else 1.0) / self.kind.burst
            begins = datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()
            for _ in range(_poisson(bursts, chance)):
                yield from _burst(self.kind, begins, chance)

    def long_ago(self, chance: random.Random) -> Iterator[float]:
        """Of a feed that is dead."""
        if not self.a_day:
            last = DAY.timestamp() - chance.uniform(30, 1_500) * 86_400
            yield from (last - number * 86_400 * chance.uniform(0.5, 2) for number in range(self.kind.stands))


def _of_the_day(at: float) -> bool:
    return DAY.timestamp() <= at < DAY.timestamp() + 86_400


def _burst(kind: Kind, day_begins: float, chance: random.Random) -> Iterator[float]:
    """Some minutes apart."""
    hour = chance.uniform(0, 24) if chance.random() < kind.stray else chance.uniform(*kind.hours)
    at = day_begins + hour * 3_600
    for _ in range(chance.randint(1, 2 * kind.burst - 1)):
        yield at
        at += chance.expovariate(1 / 420)


def _poisson(mean: float, chance: random.Random) -> int:
    count, left = 0, math.exp(-min(mean, 700))
    product = chance.random()
    while product > left:
        count += 1
        product *= chance.random()
    return count


# --- servers ----------------------------------------------------------------------------------------------


def _caching(chance: random.Random) -> tuple[Callable[[float], dict[str, str]], Callable[[float], float]]:
    """A third says nothing; others speak of minutes, or of hours and mean nothing by it; a third stands behind a
    cache whose copy is renewed when its time is over, and not before."""
    fate = chance.random()
    if fate < 0.30:
        said = chance.choice(({}, {}, {"Cache-Control": "no-cache"}, {"Cache-Control": "private, max-age=0"}))
        return (lambda at: said), (lambda at: at)
    if fate < 0.58:
        lifetime = chance.choice((60, 60, 120, 300, 300, 600))
        return (lambda at: {"Cache-Control": f"public, max-age={lifetime}"}), (lambda at: at)
    if fate < 0.64:
        long = chance.choice((1_800, 3_600, 86_400))
        return (lambda at: {"Cache-Control": f"max-age={long}, public"}), (lambda at: at)
    if fate < 0.68:
        return _expiring, lambda at: at
    return _shared(chance.choice((30, 60, 60, 120, 300, 300, 600, 900)), chance.random())


def _expiring(at: float) -> dict[str, str]:
    now = datetime.fromtimestamp(int(at), UTC)
    later = format_datetime(now + timedelta(minutes=5), usegmt=True)
    return {"Date": format_datetime(now, usegmt=True), "Expires": later}


def _shared(lifetime: int, phase: float) -> tuple[Callable[[float], dict[str, str]], Callable[[float], float]]:
    """Others ask for it too, so a new copy is made as soon as the old one is over."""

    def copied(at: float) -> float:
        offset = phase * lifetime
        return (at - offset) // lifetime * lifetime + offset

    def headers(at: float) -> dict[str, str]:
        return {"Cache-Control": f"public, max-age={lifetime}", "Age": str(int(at - copied(at)))}

    return headers, copied


def _head(chance: random.Random) -> bytes:
    """Half of all documents say something, most of it their template's."""
    said = chance.choice((
        "", "", "", "<ttl>60</ttl>", "<ttl>15</ttl>", "<ttl>5</ttl>",
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>",
    ))  # fmt: skip
    return f"<rss version='2.0'><channel><title>A feed</title>{said}<item/></channel></rss>".encode()
