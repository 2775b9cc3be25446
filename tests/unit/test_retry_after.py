"""How long a server asks to wait, in every form, and nothing absurd."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retry_after import retry_after
from tests.samples import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("1.5", timedelta(seconds=1.5)),
        (" 7 ", timedelta(seconds=7)),
        (0.25, timedelta(seconds=0.25)),
        (12, timedelta(seconds=12)),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), timedelta(minutes=2)),
        (format_datetime(NOW - timedelta(minutes=2), usegmt=True), None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", HOUR),
        ("9" * 400, HOUR),
        (1e300, HOUR),
        ("inf", HOUR),
        (10**400, None),
        ("nan", None),
        ("-3", None),
        ("0", None),
        ("soon", None),
        ("", None),
        (None, None),
        ([30], None),
        ("٣", None),
    ],
)
def test_both_forms_are_heard_within_reason(value: object, wait: timedelta | None) -> None:
    assert retry_after(value, NOW, most=HOUR) == wait


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none()))
def test_whatever_stands_there_is_a_wait_within_the_limit_or_none(value: object) -> None:
    wait = retry_after(value, NOW, most=HOUR)
    assert wait is None or timedelta(0) <= wait <= HOUR
