"""What an item says of days to come, from its verdict and its text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from bot.calendar.events import Days, EventKind, Report, Says
from bot.calendar.phrases import Saying, is_of_trade, sayings, speaks_of_deadline
from bot.model import Item, Measure, Meeting, Party, Person, Span, StoryId, TextField, Verdict
from bot.signals.atlas import Atlas
from bot.signals.sentences import split_sentences

LEAD = 800  # characters of a body that are read: what follows is background
MAX_SENTENCES = 12  # of a field
MAX_REPORTS = 6  # of one item: a text that names more days is a list
FARTHEST = timedelta(days=730)
MAX_WHO = 6  # governments that a report names beside those who meet: more is a list
DEADLINE_MET = 20  # characters behind a meeting in which "deadline" shows that it is none: "talks to meet deadline"
NAMED_BEFORE = 20  # characters before a deadline in which its sort is named: "tax filing deadline"
MAX_TEXT = 300  # characters of a headline or a name that are kept

_BODIES = frozenset(
    {"Fed", "ECB", "BOJ", "BoE", "RBI", "IMF", "WTO", "UN", "NATO", "OPEC", "G7", "G8", "G20", "BRICS", "APEC"}
    | {"ASEAN", "SCO", "Quad"}
)  # they meet by themselves
_ALSO_CALLED = {"FOMC": "Fed"}


@dataclass(frozen=True, slots=True)
class Who:
    """Who takes part: see Report."""

    parties: tuple[str, ...]
    names: tuple[str, ...]
    people: tuple[str, ...]


def reports(item: Item, verdict: Verdict, story: StoryId, atlas: Atlas) -> list[Report]:
    """Each day to come that the item tells, and each that it says has moved or is off.

    Only of items that are flagged; deadlines and effective dates only of trade. What has passed is no event.
    """
    if not {"trade", "market"} & set(verdict.labels):
        return []
    reader = _Reader(item, verdict, story, atlas)
    sentences = list(reader.sayings())
    said = [*reader.changes(sentences)]
    changed = {report.kind for report in said}
    said += (report for report in reader.meetings() if report.kind not in changed)
    said += (report for report in reader.effects(sentences) if report.kind not in changed)
    return list(dict.fromkeys(report for report in said if _is_ahead(report, item.at.date())))[:MAX_REPORTS]


def _is_ahead(report: Report, today: date) -> bool:
    if report.says is not Says.SET:
        return report.days is None or today <= report.days.last <= today + FARTHEST
    return report.days is not None and today <= report.days.last and report.days.first <= today + FARTHEST


@dataclass(frozen=True, slots=True)
class _Reader:
    item: Item
    verdict: Verdict
    story: StoryId
    atlas: Atlas

    def meetings(self) -> Iterator[Report]:
        """The dated meetings and deadlines among the facts."""
        for fact in self.verdict.facts:
            if isinstance(fact, Meeting) and fact.when is not None:
                days, span = Days.parse(fact.when), fact.span
                quote = self._text(span.field)[span.start : span.end + DEADLINE_MET]
                found = self._deadline(span, days) if speaks_of_deadline(quote) else self._meeting(fact, days)
                if found is not None:
                    yield found

    def _meeting(self, fact: Meeting, days: Days) -> Report | None:
        who = self._attending(fact)
        enough = fact.where or len(who.parties) + len(who.names) > 1 or _BODIES & set(who.names)
        return self._report(EventKind.MEETING, Says.SET, who, days=days, where=fact.where) if enough else None

    def _deadline(self, span: Span, days: Days) -> Report | None:
        who, text = self._acting(span), self._text(span.field)
        named = text[max(0, span.start - NAMED_BEFORE) : span.end]
        of_trade = "trade" in self.verdict.labels and is_of_trade(named)
        return self._report(EventKind.DEADLINE, Says.SET, who, days=days) if of_trade and who.parties else None

    def changes(self, sentences: Sequence[tuple[Span, Saying]]) -> Iterator[Report]:
        """What the headline or the first sentences say has moved or is off."""
        for span, saying in sentences:
            who = self._acting(span)
            if saying.says is not Says.SET and (who.parties or who.names):
                yield self._report(saying.kind, saying.says, who, days=saying.days, was=saying.was)

    def effects(self, sentences: Sequence[tuple[Span, Saying]]) -> Iterator[Report]:
        """The days from which a measure is in force, or until which it is suspended."""
        if "trade" not in self.verdict.labels or not self._measures():
            return
        for span, saying in sentences:
            who = self._acting(span)
            if saying.says is Says.SET and who.parties:
                yield self._report(saying.kind, Says.SET, who, days=saying.days)

    def sayings(self) -> Iterator[tuple[Span, Saying]]:
        """What each sentence says that is no fact of its own, with the place of the sentence."""
        fields: tuple[TextField, ...] = ("title", "summary", "body")
        for field in fields:
            text = self._text(field)[:LEAD]
            for start, end in islice(split_sentences(text), MAX_SENTENCES):
                for saying in sayings(text[start:end], self.item.at.date()):
                    yield Span(field=field, start=start, end=end), saying

    def _report(
        self,
        kind: EventKind,
        says: Says,
        who: Who,
        *,
        days: Days | None,
        was: Days | None = None,
        where: str | None = None,
    ) -> Report:
        country = self.atlas.country(where) if where else None
        where = self.atlas.names[country] if country else where
        measure = self._measures()[:1] if kind is not EventKind.MEETING else ()
        return Report(
            kind=kind,
            says=says,
            days=days,
            was=was,
            where=where[:MAX_TEXT] if where else None,
            home=self.atlas.country_of(where) if where else None,
            whole=country is not None,
            parties=who.parties,
            names=who.names,
            people=who.people,
            measure=measure[0].value if measure else "",
            stage=(measure[0].stage or "") if measure else "",
            item=self.item.key,
            story=self.story,
            title=self.item.title[:MAX_TEXT],
            url=self.item.url,
            outlet=self.item.outlet or self.item.source_id,
            authority=self.item.authority,
            said_at=self.item.at,
        )

    def _attending(self, fact: Meeting) -> Who:
        """Who meets. Where only one is named, the governments of the item take part too, if they are few."""
        who = self._who(fact.who)
        if fact.where and len(who.parties) < 2 and (host := self.atlas.country(fact.where)):
            who = Who(_codes([*who.parties, host]), who.names, who.people)
        if len(fact.who) > 1 or _BODIES & set(who.names):
            return who
        governments = _codes(part.value for part in self.verdict.facts if isinstance(part, Party))
        return Who(_codes([*who.parties, *governments]), who.names, who.people) if len(governments) < 3 else who

    def _acting(self, span: Span) -> Who:
        """The governments and officials in a sentence; where fewer than two stand in it, those of the item."""
        here = [fact for fact in self.verdict.facts if _within(fact.span, span)]
        who = self._governments(here)
        return who if len(who.parties) > 1 else self._governments(self.verdict.facts)

    def _governments(self, facts: Sequence[object]) -> Who:
        codes = [fact.value for fact in facts if isinstance(fact, Party)]
        people = self._who(fact.value for fact in facts if isinstance(fact, Person))
        parties = _codes([*codes, *people.parties])
        return Who(parties if len(parties) <= MAX_WHO else (), (), people.people)

    def _who(self, named: Sequence[str] | Iterator[str]) -> Who:
        parties: list[str] = []
        names: list[str] = []
        people: list[str] = []
        for name in (each[:MAX_TEXT] for each in named):
            if code := self.atlas.country(name):
                parties.append(code)
            elif code := self.atlas.home(name) or self.atlas.home(name.split()[-1]):
                parties.append(code)
                people.append(name)
            else:
                names.append(_ALSO_CALLED.get(name, name))
        return Who(_codes(parties), tuple(dict.fromkeys(names)), tuple(dict.fromkeys(people)))

    def _measures(self) -> list[Measure]:
        """What is done, the most telling first."""
        found = [fact for fact in self.verdict.facts if isinstance(fact, Measure) and fact.value != "talks"]
        return sorted(found, key=lambda fact: fact.value == "other")

    def _text(self, field: TextField) -> str:
        text: str = getattr(self.item, field)
        return text


def _within(inner: Span, outer: Span) -> bool:
    return inner.field == outer.field and outer.start <= inner.start and inner.end <= outer.end


def _codes(codes: Sequence[str] | Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))
