"""What a summary counts: stories over time, and escalation against de-escalation by partner. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.country_names import country_name
from bot.summary.entries import Entry, outlets_of
from bot.summary.grouping import Partners

MOST_PARTNERS = 8
HOURLY_UP_TO = timedelta(hours=48)  # a bar an hour; beyond, a bar a day
DAILY_UP_TO = timedelta(days=45)  # beyond, a bar a week


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The stories of one hour, day or week, beginning at `start`, by topic: each story is in one of them."""

    start: datetime
    trade: int = 0
    market: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        return self.trade + self.market + self.other


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How many stories with one partner escalate, and how many do the contrary."""

    name: str
    escalation: int = 0
    de_escalation: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that is drawn and counted. `unit` is the width of a bar; times are shown in `zone`."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    unit: str
    bars: tuple[Bar, ...]
    partners: tuple[Balance, ...]
    more_partners: int = 0  # with a direction, but not among `partners`
    stories: int = 0
    outlets: int = 0
    trade: int = 0
    market: int = 0
    other: int = 0
    escalation: int = 0
    de_escalation: int = 0

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)


def figures(entries: Sequence[Entry], *, since: datetime, until: datetime, zone: ZoneInfo) -> Figures:
    """Count `entries`, but for what was withdrawn. A story stands at its first report in the time asked for."""
    counted = [entry for entry in entries if not entry.withdrawn]
    topics = Counter(entry.topic for entry in counted)
    turns = Counter(entry.story.verdict.direction for entry in counted)
    balances = _balances(counted)
    unit = _unit(until - since)
    return Figures(
        since=since,
        until=until,
        zone=zone,
        unit=unit,
        bars=tuple(_bars(counted, _starts(unit, since, until, zone), since)),
        partners=tuple(balances[:MOST_PARTNERS]),
        more_partners=max(len(balances) - MOST_PARTNERS, 0),
        stories=len(counted),
        outlets=outlets_of(counted),
        trade=topics["trade"],
        market=topics["market"],
        other=topics["other"],
        escalation=turns["escalation"],
        de_escalation=turns["de-escalation"],
    )


def _unit(span: timedelta) -> str:
    if span <= HOURLY_UP_TO:
        return "hour"
    return "day" if span <= DAILY_UP_TO else "week"


def _starts(unit: str, since: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """Where the bars begin, in UTC. Days and weeks begin at local midnight, also where a day has 23 or 25 hours."""
    local = since.astimezone(zone)
    if unit == "hour":
        start = since - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        hours = int((until - start) / timedelta(hours=1)) + 1
        return [(start + timedelta(hours=number)).astimezone(UTC) for number in range(hours)]
    days = 7 if unit == "week" else 1
    first = local.date() - timedelta(days=local.weekday() if unit == "week" else 0)
    count = (until.astimezone(zone).date() - first).days // days + 1
    dates = (first + timedelta(days=number * days) for number in range(count))
    return [datetime.combine(date, time(), tzinfo=zone).astimezone(UTC) for date in dates]


def _bars(entries: Iterable[Entry], starts: list[datetime], since: datetime) -> Iterable[Bar]:
    reported = [(_shown_at(entry, since), entry.topic) for entry in entries]
    for start, end in pairwise([*starts, datetime.max.replace(tzinfo=UTC)]):
        topics = Counter(topic for at, topic in reported if start <= at < end)
        yield Bar(start=start, trade=topics["trade"], market=topics["market"], other=topics["other"])


def _shown_at(entry: Entry, since: datetime) -> datetime:
    """When it came up; a story that went on from before the time asked for stands where it last went on."""
    return entry.story.first_at if entry.story.first_at >= since else max(entry.story.updated_at, since)


def _balances(entries: Sequence[Entry]) -> list[Balance]:
    """Of every partner with a direction, those with the most stories first."""
    partners = Partners(entries)
    turns: dict[str, Counter[str]] = {}
    for entry in entries:
        direction = entry.story.verdict.direction
        if entry.topic == "trade" and direction in ("escalation", "de-escalation"):
            for party in partners.of(entry):
                turns.setdefault(party, Counter())[direction] += 1
    found = [
        Balance(name=country_name(party), escalation=turn["escalation"], de_escalation=turn["de-escalation"])
        for party, turn in turns.items()
    ]
    return sorted(found, key=lambda each: (-each.escalation - each.de_escalation, each.name))


def in_words(counted: Figures) -> str:
    """The main figures as a sentence or two: what a picture of them shows to who cannot see it."""
    span = f"from {_moment(counted, counted.since)} to {_moment(counted, counted.until)} ({counted.zone.key})"
    topics = f"{counted.trade} on trade, {counted.market} on markets only"
    said = [f"Stories by {counted.unit} {span}: {counted.stories} in all, {topics}."]
    most = max(counted.bars, key=lambda bar: bar.total, default=None)
    if most and most.total:
        said.append(f"Most came in the {counted.unit} from {_moment(counted, most.start)}: {most.total}.")
    if counted.partners:
        balances = (f"{each.name} {each.escalation} to {each.de_escalation}" for each in counted.partners)
        said.append(f"Escalation to de-escalation by trade partner: {', '.join(balances)}.")
    else:
        said.append("No trade story with a partner states a direction.")
    return " ".join(said)


def _moment(counted: Figures, moment: datetime) -> str:
    local = counted.local(moment)
    return f"{local.day} {local:%b %Y %H:%M}"
