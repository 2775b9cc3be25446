"""Many reports, one event: the same who or where, at days that fit together. Pure.

The reports are taken in the order of their times, not of their arrival, so that the same reports always give the
same events. Where it is not clear that two reports mean one event, they are two; where it is not clear which event
has moved or is off, none has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bot.calendar.events import DAY, Confidence, Days, Event, EventKind, Report, Says, Status
from bot.model import Authority

AHEAD = timedelta(days=60)  # how far ahead what is moved or called off can have been planned
STALE = timedelta(days=3)  # so long after a change some still report the days that were
BACK_ON = timedelta(hours=12)  # reports sooner after a cancellation have not heard of it
MANY = 3  # outlets that agree are as good as an official source

_RANK = {Authority.OFFICIAL: 0, Authority.WIRE: 1, Authority.OUTLET: 2}


@dataclass(frozen=True, slots=True)
class Merged:
    """An event with the reports that are counted to it; it has no id of its own yet."""

    event: Event
    reports: tuple[Report, ...]


def window(report: Report) -> Days:
    """The days that a report can be about: two reports of one event have some in common."""
    said = report.said_at.date()
    named = [days for days in (report.days, report.was) if days is not None]
    if report.says is Says.SET and named:
        return named[0]
    first = min([said, *(days.first for days in named)])
    return Days(first, max([said + AHEAD, *(days.last for days in named)]))


@dataclass(frozen=True, slots=True)
class Sight:
    """A report with what is asked of it again and again."""

    report: Report
    window: Days
    who: frozenset[str]
    families: frozenset[str]  # of the people that it names

    @classmethod
    def of(cls, report: Report) -> Sight:
        families = frozenset(name.split()[-1] for name in report.people)
        return cls(report, window(report), report.who, families)

    def related(self, other: Sight) -> bool:
        """Whether both can be about one event."""
        return (
            self.report.kind is other.report.kind
            and self.window.overlaps(other.window)
            and not self.who.isdisjoint(other.who)
            and _agree(self, other)
        )


def merge(reports: Iterable[Report]) -> tuple[list[Merged], list[Report]]:
    """The events that `reports` tell, and those reports that speak of no event that is known."""
    drafts: list[_Draft] = []
    idle: list[Report] = []
    for report in sorted(reports, key=lambda each: each.place):
        draft = _Draft.counting(Sight.of(report), drafts)
        if draft is None:
            idle.append(report)
        elif all(draft is not known for known in drafts):
            drafts.append(draft)
    return [draft.merged() for draft in drafts if not draft.absorbed], idle


def _agree(one: Sight, other: Sight) -> bool:
    """Whether enough speaks for one event, of two reports that share somebody, and nothing against it."""
    first, second = one.report, other.report
    shared = len(one.who & other.who)
    if first.kind is EventKind.MEETING and _differ(one, other):
        return False
    if first.story == second.story:
        return True
    if first.kind is not EventKind.MEETING:
        return _one_measure(first, second) and (shared > 1 or one.who == other.who)
    same_place = first.where is not None and first.where == second.where
    return shared > 1 or same_place or one.who == other.who


def _one_measure(one: Report, other: Report) -> bool:
    return one.measure == other.measure or not one.measure or not other.measure


def _differ(one: Sight, other: Sight) -> bool:
    """Whether it cannot be one meeting: another place, or two people or more on both sides and nobody the same."""
    strangers = len(one.families) > 1 and len(other.families) > 1 and one.families.isdisjoint(other.families)
    return strangers or _apart(one.report, other.report)


def _apart(one: Report, other: Report) -> bool:
    """Whether both name a place, and not one within the other."""
    if one.where is None or other.where is None or one.where == other.where:
        return False
    if one.home and other.home and one.home == other.home:
        return not (one.whole or other.whole)
    return True


@dataclass(eq=False, slots=True)
class _Draft:
    """An event while its reports are counted, oldest first."""

    sights: list[Sight]
    days: Days
    status: Status = Status.SET
    past: list[Days] = field(default_factory=list)  # where it stood before it moved
    note: str = ""
    change: Report | None = None  # the last that said that it moved or is off
    absorbed: bool = False

    @property
    def reports(self) -> list[Report]:
        return [sight.report for sight in self.sights]

    @classmethod
    def counting(cls, sight: Sight, drafts: Sequence[_Draft]) -> _Draft | None:
        """The draft that a report is counted to: a known one, or a new one where it tells of another event."""
        report = sight.report
        known = [draft for draft in drafts if not draft.absorbed and draft.knows(sight)]
        if report.says is Says.SET:
            taking = (draft for draft in known if report.days and draft.takes(sight, report.days))
            return next(taking, None) or (cls([sight], report.days) if report.days else None)
        affected = _affected(report, known)
        if affected is None:
            return cls.first_told_as_moved(sight, known)
        affected.changed(sight, known)
        return affected

    @classmethod
    def first_told_as_moved(cls, sight: Sight, drafts: Sequence[_Draft]) -> _Draft | None:
        """Nobody had told of it before: it is an event all the same, unless it is clear what moved but not which."""
        report = sight.report
        if report.days is None or any(draft.status is not Status.CANCELLED for draft in drafts):
            return None
        note = f"was {report.was}" if report.was else ""
        return cls([sight], report.days, Status.MOVED if note else Status.SET, note=note, change=report)

    def knows(self, sight: Sight) -> bool:
        """Whether a report can be about this: it is related to some of the reports, and none contradicts."""
        if not any(sight.related(known) for known in self.sights):
            return False
        return sight.report.kind is not EventKind.MEETING or not any(_differ(sight, known) for known in self.sights)

    def takes(self, sight: Sight, days: Days) -> bool:
        """Count a report that sets `days`, if that is when this is, or was until lately."""
        if self.change is not None and any(days.overlaps(was) for was in self._before()):
            late = sight.report.said_at - self.change.said_at > STALE
            if self.status is not Status.CANCELLED and late and not days.overlaps(self.days):
                return False
            self.sights.append(sight)
            if self.status is Status.CANCELLED and self._is_back_on():
                self.status, self.note = Status.SET, "is on again"
            return True
        if self.status is Status.CANCELLED or not days.overlaps(self.days):
            return False
        self.sights.append(sight)
        if days != self.days:  # one more for the days that it has changes nothing
            self.days = _told(self.reports, self.days)
        return True

    def _before(self) -> list[Days]:
        """The days that a report may name which has not heard of the change."""
        return [*self.past, self.days] if self.status is Status.CANCELLED else self.past

    def _is_back_on(self) -> bool:
        """Whether two outlets, or the one that called it off, say later that it is held all the same."""
        change = self.change
        if change is None:
            return False
        later = {
            report.outlet
            for report in self.reports
            if report.says is Says.SET and report.said_at - change.said_at > BACK_ON
        }
        return len(later) > 1 or change.outlet in later

    def changed(self, sight: Sight, drafts: Sequence[_Draft]) -> None:
        """Count a report that says that this moved or is off."""
        report = sight.report
        self.sights.append(sight)
        if report.says is Says.CANCELLED or report.days is None:
            word = "called off" if report.says is Says.CANCELLED else "postponed, the new day is not told"
            self.status, self.note, self.change = Status.CANCELLED, word, report
            return
        if report.days.overlaps(self.days) and not report.days.loose:
            self.days = report.days if self.days.loose else self.days
            return
        self.note = f"was {self.days}"
        self.past.append(self.days)
        self.status, self.days, self.change = Status.MOVED, report.days, report
        for other in drafts:  # some had told the new day already
            if other is not self and other.status is Status.SET and other.days.overlaps(report.days):
                self.sights += other.sights
                other.absorbed = True

    def merged(self) -> Merged:
        reports = self.reports
        standing = [report for report in reports if report.says is not Says.CANCELLED]
        shown = min(standing or reports, key=lambda each: (_RANK[each.authority], each.place))
        agreeing = [each for each in standing if each.days and each.days.overlaps(self.days) and not each.days.loose]
        if self.change is not None and self.status is not Status.SET:
            shown = self.change
        event = Event(
            kind=reports[0].kind,
            status=self.status,
            days=self.days,
            where=_place(standing),
            parties=_union(report.parties for report in reports),
            names=_union(report.names for report in reports),
            people=_people(reports),
            measure=next((report.measure for report in reports if report.measure), ""),
            stage=next((report.stage for report in reversed(reports) if report.stage), ""),
            outlets=tuple(dict.fromkeys(report.outlet for report in reports if report.outlet)),
            confidence=_confidence(agreeing or ([] if self.days.loose else standing), self.days),
            note=self.note,
            item=shown.item,
            story=shown.story,
            title=shown.title,
            url=shown.url,
            outlet=shown.outlet,
            made_at=min(report.said_at for report in reports),
            changed_at=max(report.said_at for report in reports),
        )
        return Merged(event, tuple(reports))


def _affected(report: Report, drafts: Sequence[_Draft]) -> _Draft | None:
    """The one event still to come that `report` says is moved or off; None where it may be another."""
    said = report.said_at.date()
    ahead = [draft for draft in drafts if draft.days.last >= said - DAY and _planned(report, draft)]
    standing = [draft for draft in ahead if draft.status is not Status.CANCELLED] or ahead
    if len(standing) > 1:
        standing = [draft for draft in standing if any(each.story == report.story for each in draft.reports)]
    return standing[0] if len(standing) == 1 else None


def _planned(report: Report, draft: _Draft) -> bool:
    if report.was is not None:
        return any(report.was.overlaps(days) for days in (draft.days, *draft.past))
    return draft.days.first <= report.said_at.date() + AHEAD


def _told(reports: Sequence[Report], before: Days) -> Days:
    """The days that most say, those of a higher authority and the exact before the loose ones."""
    told = [report for report in reports if report.days is not None and report.days.overlaps(before)]
    if not told:
        return before
    exact = [report for report in told if report.days and not report.days.loose] or told
    best = min(_RANK[report.authority] for report in exact)
    counted = Counter(report.days for report in exact if _RANK[report.authority] == best)
    return min((days for days in counted if days), key=lambda days: (-counted[days], days))


def _place(reports: Sequence[Report]) -> str | None:
    """The place that most name; a city says more than its country."""
    named = [report for report in reports if report.where]
    cities = [report.where for report in named if not report.whole]
    counted = Counter(cities or [report.where for report in named])
    return min(counted, key=lambda where: (-counted[where], where or "")) if counted else None


def _people(reports: Sequence[Report]) -> tuple[str, ...]:
    """Everybody once, by the longest form of their name."""
    by_family: dict[str, str] = {}
    for report in reports:
        for name in report.people:
            family = name.split()[-1]
            by_family[family] = max(by_family.get(family, ""), name, key=len)
    return tuple(sorted(by_family.values()))


def _union(each: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({name for names in each for name in names}))


def _confidence(reports: Sequence[Report], days: Days) -> Confidence:
    """By the authority of who says so, how many do, and whether the very day is told."""
    outlets = len({report.outlet for report in reports})
    official = any(report.authority is Authority.OFFICIAL for report in reports)
    wire = any(report.authority is Authority.WIRE for report in reports)
    if days.loose:
        return Confidence.MEDIUM if official else Confidence.LOW
    if official or outlets >= MANY:
        return Confidence.HIGH
    return Confidence.MEDIUM if wire or outlets > 1 else Confidence.LOW
