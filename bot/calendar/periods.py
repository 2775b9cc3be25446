"""The spans that people ask the calendar for. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from bot.calendar.events import DAY, WEEK, Days

MONTH = timedelta(days=31)


class Period(StrEnum):
    TODAY = "today"
    WEEK = "week"
    NEXT_WEEK = "next week"
    MONTH = "month"

    def days(self, today: date) -> Days:
        """A week and a month count from today, next week from its Monday."""
        match self:
            case Period.TODAY:
                return Days(today, today)
            case Period.WEEK:
                return Days(today, today + WEEK - DAY)
            case Period.NEXT_WEEK:
                monday = today + WEEK - today.weekday() * DAY
                return Days(monday, monday + WEEK - DAY)
            case Period.MONTH:
                return Days(today, today + MONTH - DAY)

    @property
    def words(self) -> str:
        """ "in the next seven days", for a sentence."""
        return {
            Period.TODAY: "today",
            Period.WEEK: "in the next seven days",
            Period.NEXT_WEEK: "next week",
            Period.MONTH: f"in the next {MONTH.days} days",
        }[self]
