"""The sized plan: the same for one seed, and it answers as an engineer would expect when the load changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from bench.__main__ import main
from bench.scale.plan import SPARE, Costs, Load, Plan, plan

SMALL = Load(feeds=2_000, destinations=1_000, subscriptions=20_000, hosts=500)


@pytest.fixture(scope="module")
def small() -> Plan:
    return plan(SMALL, Costs(), seed=1)


def test_one_seed_gives_one_plan_and_another_another_day(small: Plan) -> None:
    assert plan(SMALL, Costs(), seed=1) == small
    assert plan(SMALL, Costs(), seed=2).waits != small.waits


def test_polls_follow_from_the_intervals() -> None:
    made = plan(replace(SMALL, feeds=3_600, every={3_600: 1.0}), Costs(), seed=1)
    assert made.polls_a_second == pytest.approx(1.0)


def test_twice_the_feeds_are_twice_the_polls_and_the_items(small: Plan) -> None:
    made = plan(replace(SMALL, feeds=4_000), Costs(), seed=1)
    assert made.polls_a_second == pytest.approx(2 * small.polls_a_second)
    assert made.items_a_day == 2 * small.items_a_day == 16_000
    assert made.worker_cores > 1.8 * small.worker_cores


def test_an_item_for_everybody_waits_for_the_account_and_no_worker_helps() -> None:
    for_all = replace(SMALL, feeds=10, items_a_day=1, wanted=1.0, fewest=1_000.0, destinations=1_000, on_slack=0.5)
    made = plan(for_all, Costs(), seed=1)
    assert made.waits["slack"].a_day == made.waits["discord"].a_day == 5_000
    assert made.waits["slack"].longest >= 499 / 5
    assert 499 / 40 <= made.waits["discord"].longest < made.waits["slack"].longest


def test_deciding_that_takes_longer_keeps_items_waiting(small: Plan) -> None:
    slow = plan(SMALL, Costs(deciding=9_000.0), seed=1)
    assert slow.deciding_busy > 1 > small.deciding_busy
    assert slow.deciding_p99 > 100 > small.deciding_p99


def test_every_subscription_takes_memory_in_every_worker(small: Plan) -> None:
    made = plan(replace(SMALL, subscriptions=1_020_000), Costs(), seed=1)
    assert made.worker_mib - small.worker_mib == pytest.approx(1_000_000 * 550 / 2**20)


def test_one_worker_more_than_needed_is_planned(small: Plan) -> None:
    assert small.workers == 1 + SPARE


def test_the_command_prints_it() -> None:
    ran = CliRunner().invoke(main, ["plan", "--feeds", "2000", "--destinations", "1000", "--subscriptions", "20000"])
    assert ran.exit_code == 0, ran.output
    assert "2,000 feeds, 1,000 destinations, 20,000 subscriptions" in ran.output
