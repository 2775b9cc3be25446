"""Links: clean to show, and the same key for the same page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.links import LONGEST_LINK, link_identity, web_link


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://Example.ORG/News?id=5&utm_source=rss&UTM_Medium=x#top", "https://example.org/News?id=5#top"),
        ("http://example.org:80", "http://example.org/"),
        ("https://example.org:8443/a", "https://example.org:8443/a"),
        ("https://me:secret@example.org/a", "https://example.org/a"),
        ("https://example.org/a?fbclid=1&gclid=2&at_medium=RSS&CMP=share", "https://example.org/a"),
        ("https://example.org/a?mod=rss_markets_main", "https://example.org/a"),
        ("https://example.org/a?mod=2&ref=main", "https://example.org/a?mod=2&ref=main"),
        ("https://example.org/a?smid", "https://example.org/a?smid"),
        ("https://example.org/a#xtor=RSS-3", "https://example.org/a"),
        ("https://example.org/a#:~:text=duties", "https://example.org/a"),
        ("https://example.org/a b/<x>?q=ü|{}", "https://example.org/a%20b/%3Cx%3E?q=%C3%BC%7C%7B%7D"),
        ("https://example.org/%E4%B8%AD?x=%20", "https://example.org/%E4%B8%AD?x=%20"),
        ("https://例え.jp/新", "https://xn--r8jz45g.jp/%E6%96%B0"),
        ("http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("  https://example.org/a\n", "https://example.org/a"),
        ("https://news.example.com/rss/articles/CBMi?oc=5", "https://news.example.com/rss/articles/CBMi?oc=5"),
        ("https://example.org/a;jsessionid=0A1B?id=5&PHPSESSID=abc", "https://example.org/a?id=5"),
        ("https://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"),
        ("https://example.org/a?sid=k4f8s0a9d2j7x1m5q3zz", "https://example.org/a"),
        ("https://example.org/a.pl?sid=25/05/07/1234", "https://example.org/a.pl?sid=25/05/07/1234"),
        ("https://example.org/a?maca=en-rss-en-all&.tsrc=rss", "https://example.org/a"),
    ],
)
def test_a_link_is_absolute_safe_and_without_tracking(url: str, link: str) -> None:
    assert web_link(url) == link


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "/relative",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org/",
        "mailto:a@b.c",
        "http://",
        "http://[::1",
        "http://a..b/",
        "http://example.org:port/",
        "https://" + "a" * 70 + ".org/",
        "https://exa mple.org/",
        'https://example.org">x/',
        "https://example.org/" + "a" * LONGEST_LINK,
    ],
)
def test_anything_else_is_no_link(url: str | None) -> None:
    assert web_link(url) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/a", "https://www.example.org/a/"),
        ("https://example.org/a?utm_campaign=x", "https://example.org/a"),
        ("https://www.bbc.co.uk/news/articles/abc#0", "https://www.bbc.co.uk/news/articles/abc#10"),
        ("https://bbc.com/news/abc#3", "https://bbc.com/news/abc"),
        (
            "https://news.google.com/rss/articles/CBMiXkFVX3lxTE9abc?oc=5&hl=en-US",
            "https://news.google.com/read/CBMiXkFVX3lxTE9abc",
        ),
        ("https://example.org/a?id=1&_=1746604800123", "https://example.org/a?id=1&_=1746608400456"),
    ],
)
def test_the_same_page_has_one_identity(one: str, other: str) -> None:
    assert link_identity(web_link(one) or "") == link_identity(web_link(other) or "")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a?id=1", "https://example.org/a?id=2"),
        ("https://example.org/log#1", "https://example.org/log#2"),
        ("https://example.org/a", "https://m.example.org/a"),
        ("https://notbbc.com/a#1", "https://notbbc.com/a#2"),
        (
            "https://news.google.com/rss/articles/CBMiXkFVX3lxTE9abc",
            "https://news.google.com/rss/articles/CBMiXkFVX3lxTE9abd",
        ),
        ("https://example.org/a?ts=1", "https://example.org/a?ts=2"),
    ],
)
def test_different_pages_have_different_identities(one: str, other: str) -> None:
    assert link_identity(web_link(one) or "") != link_identity(web_link(other) or "")


@given(
    st.builds(
        "https://{}{}".format,
        st.sampled_from(["example.org", "EXAMPLE.org:443", "a@b.example", "[::1]", "é.example"]),
        st.text(max_size=40).map(lambda tail: f"/{tail}"),
    )
)
def test_cleaning_a_link_twice_is_cleaning_it_once(url: str) -> None:
    link = web_link(url)
    assert link is None or (link.isascii() and web_link(link) == link)
