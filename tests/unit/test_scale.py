"""What the scale benchmark counts: a message repeated, lost or misplaced must show, and the fakes keep the rates."""

from __future__ import annotations

from bench.scale.fakes import Bucket, Window
from bench.scale.sending import Wrong, compared

DECIDED = {"C1": ["a", "b", "c"], "C2": ["d"]}
RIGHT = [("C1", "a"), ("C2", "d"), ("C1", "b"), ("C1", "c")]


def test_all_of_it_once_and_in_order_is_nothing_wrong() -> None:
    assert compared(DECIDED, RIGHT) == Wrong(twice=0, missing=0, misplaced=0)


def test_a_message_that_came_twice_is_counted_and_is_no_disorder() -> None:
    assert compared(DECIDED, [*RIGHT, ("C1", "a")]) == Wrong(twice=1, missing=0, misplaced=0)


def test_a_message_that_is_missing_is_no_disorder() -> None:
    assert compared(DECIDED, RIGHT[1:]) == Wrong(twice=0, missing=1, misplaced=0)


def test_a_channel_out_of_order_is_counted() -> None:
    assert compared(DECIDED, list(reversed(RIGHT))) == Wrong(twice=0, missing=0, misplaced=1)


def test_a_message_in_another_channel_is_misplaced_in_both() -> None:
    assert compared({"C1": ["a"], "C2": ["b"]}, [("C2", "a"), ("C2", "b")]).misplaced == 2


def test_a_window_begins_with_the_first_and_then_all_is_allowed_again() -> None:
    window = Window(2, 1.0)
    assert [window.wait(at) for at in (10.0, 10.5, 10.75, 11.0, 11.0, 11.5)] == [0, 0, 0.25, 0, 0, 0.5]


def test_a_bucket_allows_a_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=1.0, size=2)
    assert [bucket.wait(at) for at in (10.0, 10.0, 10.0, 10.5, 11.0, 11.0)] == [0, 0, 1.0, 0.5, 0, 1.0]
