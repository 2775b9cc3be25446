"""Where the feeds of well-known sites are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.known_sites import known_feeds

CHANNEL = "UC" + "a" * 22


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", f"videos.xml?channel_id={CHANNEL}"),
        ("https://m.youtube.com/user/deskvideos", "https://www.youtube.com/feeds/videos.xml?user=deskvideos"),
        ("https://www.youtube.com/playlist?list=PLx&si=y", "videos.xml?playlist_id=PLx"),
        ("https://www.reddit.com/r/tradepolicy/comments/1/x/", "https://www.reddit.com/r/tradepolicy/.rss"),
        ("https://old.reddit.com/user/ann", "https://www.reddit.com/user/ann/.rss"),
        ("https://github.com/desk/tool/issues", "https://github.com/desk/tool/releases.atom"),
        ("https://medium.com/@ann/a-text-1", "https://medium.com/feed/@ann"),
        ("https://ann.medium.com/", "https://ann.medium.com/feed"),
        ("https://desk.substack.com/p/tariffs", "https://desk.substack.com/feed"),
        ("https://desk.wordpress.com/2026/10/", "https://desk.wordpress.com/feed"),
        ("https://desk.tumblr.com/", "https://desk.tumblr.com/rss"),
        (
            "https://news.google.com/search?q=site:reuters.com tariff&hl=en-US&gl=US&ceid=US:en",
            "https://news.google.com/rss/search?q=site:reuters.com%20tariff&hl=en-US&gl=US&ceid=US:en",
        ),
        (
            "https://www.federalregister.gov/agencies/industry-and-security-bureau",
            "documents.rss?conditions%5Bagencies%5D%5B%5D=industry-and-security-bureau",
        ),
    ],
)
def test_a_page_of_a_known_site_has_its_feed_elsewhere(page: str, feed: str) -> None:
    assert known_feeds(page)[0].endswith(feed)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/@desk",
        "https://www.youtube.com/channel/nonsense",
        "https://www.youtube.com/feeds/videos.xml?user=x",
        "https://www.reddit.com/r/tradepolicy/.rss",
        "https://www.reddit.com/",
        "https://github.com/desk/tool/releases.atom",
        "https://github.com/desk",
        "https://news.google.com/rss/search?q=x",
        "https://news.google.com/topics/x",
        "https://desk.substack.com/feed",
        "https://notsubstack.com/p/x",
        "https://medium.com/feed/@ann",
        "https://example.org/",
        "http://[",
        "",
    ],
)
def test_a_feed_itself_and_any_other_page_are_left_as_they_are(url: str) -> None:
    assert known_feeds(url) == ()


@given(
    st.sampled_from(["youtube.com", "reddit.com", "github.com", "medium.com", "news.google.com", "x.substack.com"]),
    st.text(max_size=30),
)
def test_whatever_stands_in_the_path_the_feed_is_on_the_same_site(host: str, path: str) -> None:
    for feed in known_feeds(f"https://{host}/{path}"):
        site = feed.split("/")[2].removeprefix("www.")
        assert site == host
        assert feed.startswith("https://")
        assert feed.isascii()
        assert not set(feed) & set(' "<>\\')
