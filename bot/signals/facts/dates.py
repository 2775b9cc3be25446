"""Dates as news writes them, resolved against the day of the item.

A date without a year is the next one, unless it has gone by of late; a weekday without more is the next one in a
sentence about the future and the last one in a sentence about the past. A week runs from Monday to Sunday. "Soon"
and "later this year" are no dates.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
            ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"),
            ("november", "nov"), ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_WEEKDAYS = {
    name: number
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
}
# Capitals are required ("may", "march" are words); the longest names first, so that "Sept" is not "Sep" and a t.
_MONTH = "(?:" + "|".join(sorted((name.capitalize() for name in _MONTHS), key=len, reverse=True)) + r")\b\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?(?![\d%]|\s*(?:percent|per cent))"
_TO = r"\s*(?:-|–|—|to|through|until|and)\s*"
_YEAR = r"(?:,?\s+(?P<year{0}>(?:19|20)\d\d))?"

_WEEKDAY = "|".join(name.capitalize() for name in _WEEKDAYS)

_DATE = re.compile(
    rf"\b(?P<iso>(?:19|20)\d\d-\d\d-\d\d)\b"
    rf"|\b(?P<month1>{_MONTH})\s+(?P<day1>{_DAY})(?:{_TO}(?:(?P<month1b>{_MONTH})\s+)?(?P<day1b>{_DAY}))?"
    rf"{_YEAR.format(1)}"
    rf"|\b(?P<day2>{_DAY})(?:{_TO}(?P<day2b>{_DAY}))?\s+(?P<month2>{_MONTH}){_YEAR.format(2)}"
    rf"|(?P<month3>\d{{1,2}})月(?P<day3>\d{{1,2}})日(?:\s*(?:至|到|から|－|—|-|～)\s*(?:(?P<month3b>\d{{1,2}})月)?"
    rf"(?P<day3b>\d{{1,2}})日)?"
    rf"|\b(?:(?P<which>[Nn]ext|[Ll]ast|[Tt]his)\s+)?(?P<weekday>{_WEEKDAY})\b"
    rf"|\b(?P<span>[Nn]ext|[Ll]ast|[Tt]his)\s+(?P<period>[Ww]eek(?:end)?|[Mm]onth)\b"
    rf"|\b[Ii]n\s+(?:early\s+|late\s+|mid-?)?(?P<month4>{_MONTH}){_YEAR.format(4)}(?!\s*\d)"
    rf"|\b(?P<month5>{_MONTH})(?=\s(?:[A-Za-z]+\s){{0,2}}(?:meeting|meet|summit|talks|gathering|deadline)\b)"
    rf"|\b(?P<relative>[Tt]oday|[Tt]omorrow|[Yy]esterday|[Tt]onight)\b"
)
_BESIDE = re.compile(r"\s*[,(]?\s*(?:the\s+)?")  # what stands between a weekday and its date
RECENT = timedelta(days=150)  # so long ago a date without a year may be
_STEPS = {"last": -1, "this": 0, "next": 1}
_RELATIVE = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date or span of days at `start` to `end` of the text that was searched."""

    start: int
    end: int
    first: date
    last: date
    weekday: bool  # named by its weekday, or by a word such as "tomorrow"
    loose: bool = False  # a whole week or month, within which the day is not told

    def agrees(self, other: DateMention) -> bool:
        """Whether both can be one date: the same days, or one of them only a week or month."""
        return self.loose or other.loose or self.iso == other.iso

    @property
    def iso(self) -> str:
        """An ISO 8601 date or interval."""
        return self.first.isoformat() if self.first == self.last else f"{self.first}/{self.last}"


def find_dates(text: str, today: date, *, past: bool = False) -> list[DateMention]:
    """The dates in `text`, in order. `past` says that the sentence speaks of what has happened."""
    found: list[DateMention] = []
    for match in _DATE.finditer(text):
        if mention := _mention(match, today, past=past):
            found[-1:] = _as_one(text, found[-1], mention) if found else [mention]
    return found


def _as_one(text: str, one: DateMention, other: DateMention) -> list[DateMention]:
    """Both, or one where they are one date: "Tuesday, May 20" is the twentieth, whichever Tuesday comes next."""
    if one.weekday is other.weekday or one.loose or other.loose or not _BESIDE.fullmatch(text, one.end, other.start):
        return [one, other]
    if other.weekday:  # "May 20 (Tuesday)", but not "May 20, Friday's figures"
        same = one.first.weekday() == other.first.weekday()
        return [replace(one, end=other.end)] if same else [one, other]
    return [replace(other, start=one.start)]


def _mention(match: re.Match[str], today: date, *, past: bool) -> DateMention | None:
    groups = match.groupdict()
    by_weekday = bool(groups["weekday"] or groups["relative"])
    try:
        if groups["iso"]:
            days = (date.fromisoformat(groups["iso"]),) * 2
        elif groups["relative"]:
            days = (today + timedelta(days=_RELATIVE[groups["relative"].casefold()]),) * 2
        elif groups["period"]:
            days = _period(groups["period"].casefold(), _STEPS[(groups["span"] or "").casefold()], today)
        elif groups["month4"] or groups["month5"]:
            days = _whole_month(groups, today)
        elif groups["weekday"]:
            days = (_weekday(groups["weekday"], (groups["which"] or "").casefold(), today, past=past),) * 2
        else:
            days = _calendar(groups, today)
    except (ValueError, OverflowError):  # 31 June, or a date beyond the calendar
        return None
    first, last = days
    loose = bool(groups["period"] or groups["month4"] or groups["month5"])
    return DateMention(match.start(), match.end(), first, last, by_weekday, loose) if last >= first else None


def _period(period: str, step: int, today: date) -> tuple[date, date]:
    """The first and last day of this, last or next week, weekend or month."""
    if period != "month":
        monday = today + timedelta(days=7 * step - today.weekday())
        return monday + timedelta(days=5 if period == "weekend" else 0), monday + timedelta(days=6)
    month = today.year * 12 + today.month - 1 + step
    return _month_days(month // 12, month % 12 + 1)


def _whole_month(groups: dict[str, str | None], today: date) -> tuple[date, date]:
    """The days of a month named without a day: "in September", "the September meeting"."""
    month = _month(groups["month4"] or groups["month5"])
    return _month_days(int(groups["year4"] or 0) or _nearest_year(month, 15, today), month)


def _month_days(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _weekday(name: str, which: str, today: date, *, past: bool) -> date:
    ahead = (_WEEKDAYS[name.casefold()] - today.weekday()) % 7
    if which == "last" or (past and not which):
        return today + timedelta(days=ahead - 7 if ahead or which else 0)
    if which == "next" and ahead == 0:
        ahead = 7
    return today + timedelta(days=ahead)


def _calendar(groups: dict[str, str | None], today: date) -> tuple[date, date]:
    """The first and last day of a date written with its month."""
    form = next(form for form in "123" if groups[f"month{form}"])
    month = _month(groups[f"month{form}"])
    last_month = _month(groups.get(f"month{form}b")) or month
    day = _day(groups[f"day{form}"])
    last_day = _day(groups[f"day{form}b"]) if groups[f"day{form}b"] else day
    year_text = groups.get(f"year{form}")
    year = int(year_text) if year_text else _nearest_year(month, day, today)
    first = date(year, month, day)
    return first, date(year + (last_month < month), last_month, last_day)


def _month(text: str | None) -> int:
    if not text:
        return 0
    return int(text) if text.isdigit() else _MONTHS[text.rstrip(".").casefold()]


def _day(text: str | None) -> int:
    return int(re.sub(r"\D", "", text or "0"))


def _nearest_year(month: int, day: int, today: date) -> int:
    """The year of the first such date that is not long before `today`: news looks ahead more often than far back."""
    year = (today - RECENT).year
    return year if date(year, month, min(day, 28)) >= today - RECENT else year + 1
