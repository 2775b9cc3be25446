"""The day's simulation of asking: its arithmetic, and that a small one comes out as the large one does."""

from __future__ import annotations

from bench.asking.day import live, quantile
from bench.asking.world import DAY, world

FEEDS, SEED = 30, 3


def test_a_quantile_goes_by_weight() -> None:
    assert quantile([(1.0, 8.0), (2.0, 1.0), (9.0, 1.0)], 0.5) == 1.0
    assert quantile([(1.0, 8.0), (2.0, 1.0), (9.0, 1.0)], 0.9) == 2.0
    assert quantile([(1.0, 1.0), (2.0, 1.0)], 0.9) == 2.0


def test_the_same_seed_is_the_same_world_and_all_that_is_measured_is_of_the_day() -> None:
    one, other = world(FEEDS, SEED), world(FEEDS, SEED)
    assert [feed.published for feed in one] == [feed.published for feed in other]
    begins = DAY.timestamp()
    assert all(begins <= at < begins + 86_400 for feed in one for at in feed.measured)
    assert all(feed.published == sorted(feed.published) for feed in one)


def test_a_rhythm_takes_fewer_requests_and_is_sooner() -> None:
    web = world(FEEDS, SEED)
    even, adaptive = (live(web, policy, seed=SEED) for policy in ("even", "adaptive"))
    assert even.requests.total() == FEEDS * 288
    assert adaptive.requests.total() < 0.9 * even.requests.total()
    assert len(adaptive.of()) == len(even.of()) == sum(len(feed.measured) for feed in web)
    for share in (0.25, 0.5, 0.75):
        assert quantile(adaptive.of(), share) < quantile(even.of(), share)
