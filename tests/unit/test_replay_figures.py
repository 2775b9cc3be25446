from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.cli.replay_tables import bars, show_summary
from bot.model import Destination, Reason, Tier
from bot.replay.figures import Days, Figures, Traffic, Trial

MAY = Days(date(2025, 5, 1), date(2025, 5, 10))
CONSOLE, SLACK = Destination("console"), Destination("slack", "C1")


def traffic() -> Traffic:
    return Traffic(
        by_day=Counter({date(2025, 5, 2): 3, date(2025, 5, 9): 3, date(2025, 5, 4): 1}),
        threads=2,
        tiers=Counter({Tier.ALERT: 6, Tier.FLASH: 1}),
        reasons=Counter({Reason.FIRST: 5, Reason.NEW_FACT: 2}),
        quiet=Counter({Reason.BELOW_THRESHOLD: 1_200}),
        superseded=1,
    )


def shown(figures: Figures, *remarks: str) -> str:
    console = Console(file=StringIO(), width=100)
    show_summary(figures, remarks, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_messages_a_day_count_from_the_first_item_to_the_last() -> None:
    out = shown(Figures(days=MAY, items=50, traffic={("desk", CONSOLE): traffic()}))
    assert "50 items, 2025-05-01 to 2025-05-10: 10 days, 5.0 a day" in out
    assert "7: 0.70 a day; 3 on 2025-05-02, the busiest; none on 7 of 10 days" in out
    assert "2025-05-01 ·█·▃····█· 2025-05-10" in out
    assert "5 alerts, 2 in their threads" in out
    assert "alert 6, flash 1" in out
    assert "first 5, new_fact 2" in out
    assert "below_threshold 1,200" in out
    assert "1 held by quiet hours and said by a later message instead" in out


def test_destinations_that_hear_the_same_are_shown_together() -> None:
    other = traffic()
    other.threads = 0
    figures = Figures(
        days=MAY,
        items=50,
        traffic={("desk", CONSOLE): traffic(), ("desk", SLACK): traffic(), ("night", CONSOLE): other},
    )
    out = shown(figures)
    assert "desk → console, slack:C1" in out
    assert "night → console" in out


def test_a_route_that_sends_nothing_says_so_and_why() -> None:
    silent = Traffic(quiet=Counter({Reason.BELOW_THRESHOLD: 50}))
    out = shown(Figures(days=MAY, items=50, traffic={("desk", CONSOLE): silent}), "2 items have no date")
    assert "messages  none" in out
    assert "below_threshold 50" in out
    assert "2 items have no date" in out


def test_the_threshold_table_shows_messages_a_day_and_in_all() -> None:
    trials = [
        Trial(route="desk", threshold=None, messages={None: 25, 0.5: 30, 0.9: 0}),
        Trial(route="night", threshold=0.7, messages={None: 4, 0.5: 10, 0.9: 2}),
    ]
    out = [line.split() for line in shown(Figures(days=MAY, items=50, traffic={}, trials=trials)).splitlines()]
    assert ["desk", "the", "labels", "2.5", "3.0", "0"] in out
    assert ["in", "all", "25", "30", "0"] in out
    assert ["night", "0.7", "0.40", "1.0", "0.20"] in out


def test_a_long_time_is_shown_in_bars_of_several_days() -> None:
    year = Days(date(2024, 1, 1), date(2024, 12, 31))
    one_week = Traffic(by_day=Counter({date(2024, 1, day): 14 for day in range(1, 8)}))
    out = shown(Figures(days=year, items=1, traffic={("desk", CONSOLE): one_week}))
    assert "2024-01-01 █·····" in out
    assert "each bar 7 days; the highest 14.0 a day" in out


@given(st.integers(1, 4_000), st.integers(1, 90))
def test_columns_cover_every_day_once(length: int, most: int) -> None:
    days = Days(date(2020, 1, 1), date(2020, 1, 1) + timedelta(length - 1))
    columns = days.columns(most)
    assert len(columns) <= most
    assert sum(map(len, columns)) == len(days) == length
    assert columns[0].first == days.first
    assert columns[-1].last == days.last
    assert all(column.last + timedelta(1) == after.first for column, after in pairwise(columns))


def test_the_mean_of_a_shorter_last_column_is_over_its_own_days() -> None:
    daily = Traffic(by_day=Counter({date(2025, 5, day): 2 for day in range(1, 11)}))
    assert daily.means(MAY.columns(3)) == [2, 2, 2]


def test_bars_grow_with_the_values_and_nothing_is_a_dot() -> None:
    assert bars([0, 0.01, 5, 10]) == "·▁▅█"
    assert bars([0, 0]) == "··"
    assert bars([]) == ""


def test_the_busiest_day_is_the_first_of_several() -> None:
    assert traffic().busiest() == date(2025, 5, 2)
    assert Traffic().busiest() is None
