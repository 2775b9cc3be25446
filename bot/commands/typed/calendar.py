"""What somebody asks the calendar for, from what they typed. Pure.

A country may be several words and so may a time: "South Korea next week", "next week", "Vietnam".
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.calendar.periods import Period
from bot.commands.spec import Mistake, one_line, split_words, unquoted_whole
from bot.country_names import COUNTRY_NAMES, country_name
from bot.deliver.card import Line, Reply, Run
from bot.routing.countries import country_of

WHEN = tuple(str(period) for period in Period)
MAX_SHOWN = 60
_BY_WORD = {"today": Period.TODAY, "week": Period.WEEK, "month": Period.MONTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`country` is a code; None: all. `start` is the number of the event to begin with."""

    country: str | None
    period: Period
    start: int

    @property
    def named(self) -> str:
        return country_name(self.country) if self.country else ""

    def command(self, start: int = 1) -> str:
        """The button's command for this list from `start` on."""
        country = f'country="{self.country}" ' if self.country else ""
        return f'calendar:{country}when="{self.period}" start={start}'


def wish_of(arguments: Mapping[str, str]) -> Wish:
    """Raises Mistake where the country or the number makes no sense."""
    words = split_words(one_line(arguments.get("country", "")))
    said = arguments.get("when")
    period = Period(said) if said else None
    if period and words and words[-1].lower() in {"this", "next"}:  # "China next week", cut at the known "week"
        words, period = _with_time([*words, str(period)])
    elif period is None:
        words, period = _with_time(words)
    name = " ".join(words)
    return Wish(
        country=_country(unquoted_whole(name) or name) if name else None,
        period=period or Period.WEEK,
        start=_number(arguments.get("start", "1")),
    )


def _with_time(words: list[str]) -> tuple[list[str], Period | None]:
    """The words of the country, and the time that ends them."""
    folded = [word.lower() for word in words]
    if folded[-2:] == ["next", "week"]:
        return words[:-2], Period.NEXT_WEEK
    if folded[-2:] in (["this", "week"], ["this", "month"]):
        return words[:-2], _BY_WORD[folded[-1]]
    if folded and folded[-1] in _BY_WORD:
        return words[:-1], _BY_WORD[folded[-1]]
    return words, None


def _country(name: str) -> str:
    if code := country_of(name):
        return code
    names = {known.lower(): known for known in COUNTRY_NAMES.values()}
    near = difflib.get_close_matches(name.lower(), [*names, *WHEN], n=1, cutoff=0.6)
    lines: list[Line] = []
    if near:
        lines.append((Run(text="Did you mean "), Run(text=names.get(near[0], near[0]), bold=True), Run(text="?")))
    lines.append(
        (Run(text=f"A country goes by its name or its code, as in China or CN; a time is {', '.join(WHEN)}."),)
    )
    raise Mistake(Reply(title=f"“{name[:MAX_SHOWN]}” is no country that I know.", lines=tuple(lines)), "country")


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) > 0:
        return int(text)
    raise Mistake(Reply(title=f"“{text[:MAX_SHOWN]}” is not the number of an event: write 1, 2, 3 …"), "start")
