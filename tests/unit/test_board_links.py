"""What the board takes for this machine, for a link, for a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.board.access import is_loopback
from bot.board.render import ago, moment, web_link
from tests.samples import NOW


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8460", "localhost.", "127.0.0.1", "127.0.0.1:8460", "127.9.9.9", "[::1]", "[::1]:8460"],
)
def test_names_of_this_machine_are_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1:8460",
        "[2001:db8::1]",
        "[",
        "0",
    ],
)
def test_other_names_are_not(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize("url", ["https://news.example/a?b=1&c=2", "http://127.0.0.1:8460/items/00aa"])
def test_web_addresses_are_linked(url: str) -> None:
    assert web_link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None, "", "javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:alert(1)", "data:text/html,x",
        "vbscript:x", "file:///etc/passwd", "//evil.example", "/health", "https:///nowhere", "https://[bad",
    ],
)  # fmt: skip
def test_everything_else_is_text(url: str | None) -> None:
    assert web_link(url) is None


def test_moments_of_today_show_the_clock_only() -> None:
    assert str(moment(NOW, NOW)) == '<time datetime="2025-05-07T08:00:00Z">08:00 UTC</time>'


def test_older_moments_show_their_day_and_year_where_needed() -> None:
    assert ">30 Apr 08:00 UTC<" in moment(NOW - timedelta(days=7), NOW)
    assert ">7 May 2024 08:00 UTC<" in moment(NOW - timedelta(days=365), NOW)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-30, "just now"), (59, "just now"), (60, "1 min ago"), (7199, "1 h ago"), (86_400 * 3, "3 d ago")],
)
def test_distances_are_in_the_largest_unit(seconds: int, text: str) -> None:
    assert f">{text}</time>" in ago(NOW - timedelta(seconds=seconds), NOW)
