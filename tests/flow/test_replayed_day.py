"""A small day of the desk, held against what everybody asked for; `python -m bench day` is the large one."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from pathlib import Path

from bench.expected_day import complaints
from bench.invented_day import invent
from bench.replayed_day import replay

DAY = invent(articles=50, subscriptions=250, people=20, seed=7)


async def test_everybody_gets_exactly_what_they_asked_for_and_the_checker_would_see_otherwise(tmp_path: Path) -> None:
    got = await replay(DAY, tmp_path)
    posts = [(place, post) for place, each in got.items() for post in each]
    assert {post.is_digest for _, post in posts} == {True, False}
    assert complaints(DAY, got) == []
    for place, post in posts:
        without, twice, late = (deepcopy(got) for _ in range(3))
        without[place].remove(post)
        twice[place].append(post)
        next(each for each in late[place] if each == post).at += timedelta(minutes=2)
        assert complaints(DAY, without)
        assert complaints(DAY, late)
        assert complaints(DAY, twice)
