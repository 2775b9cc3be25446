"""Large sites whose feeds stand at an address that follows from that of the page. Pure.

Their pages are huge, want a consent first or refuse robots, while the feeds answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

Parts = list[str]  # of a path, without slashes
Query = dict[str, list[str]]

_YOUTUBE = "https://www.youtube.com/feeds/videos.xml"
_CHANNEL_ID = re.compile(r"UC[\w-]{22}")


def known_feeds(url: str) -> tuple[str, ...]:
    """Where the feeds of a page are, the one that is most likely meant first; none where the site is not known."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    path = [part for part in parts.path.split("/") if part]
    query = parse_qs(parts.query)
    site = _SITES.get(host) or next((rule for tail, rule in _HOSTED.items() if host.endswith(tail)), None)
    return tuple(site(host, path, query)) if site else ()


def _youtube(host: str, path: Parts, query: Query) -> list[str]:
    """https://developers.google.com/youtube/v3/guides/push_notifications. An @handle does not say which channel."""
    match path:
        case ["channel", name, *_] if _CHANNEL_ID.fullmatch(name):
            return [f"{_YOUTUBE}?channel_id={name}"]
        case ["user", name, *_]:
            return [f"{_YOUTUBE}?user={quote(name, safe='')}"]
        case ["playlist", *_] if query.get("list"):
            return [f"{_YOUTUBE}?playlist_id={quote(query['list'][0], safe='')}"]
    return []


def _reddit(host: str, path: Parts, query: Query) -> list[str]:
    match path:
        case ["r" | "user" | "u", name, *_] if not path[-1].endswith(".rss"):
            return [f"https://www.reddit.com/{path[0]}/{quote(name, safe='')}/.rss"]
    return []


def _github(host: str, path: Parts, query: Query) -> list[str]:
    match path:
        case [owner, name, *_] if not path[-1].endswith(".atom"):
            place = f"https://github.com/{quote(owner, safe='')}/{quote(name, safe='')}"
            return [f"{place}/releases.atom", f"{place}/tags.atom", f"{place}/commits.atom"]
    return []


def _medium(host: str, path: Parts, query: Query) -> list[str]:
    return [f"https://medium.com/feed/{quote(path[0], safe='@')}"] if path and path[0] != "feed" else []


def _google_news(host: str, path: Parts, query: Query) -> list[str]:
    """What a search shows, as a feed."""
    if not path or path[0] == "rss" or not query.get("q"):
        return []
    said = [(name, query[name][0]) for name in ("q", "hl", "gl", "ceid") if query.get(name)]
    wanted = "&".join(f"{name}={quote(value, safe=':')}" for name, value in said)
    return [f"https://news.google.com/rss/search?{wanted}"]


def _federal_register(host: str, path: Parts, query: Query) -> list[str]:
    """https://www.federalregister.gov/developers/documentation/api/v1"""
    match path:
        case ["agencies", slug, *_]:
            wanted = f"conditions%5Bagencies%5D%5B%5D={quote(slug, safe='')}"
            return [f"https://www.federalregister.gov/api/v1/documents.rss?{wanted}"]
    return []


def _feed_at(name: str) -> Callable[[str, Parts, Query], list[str]]:
    def at_root(host: str, path: Parts, query: Query) -> list[str]:
        return [] if path[-1:] == [name] else [f"https://{host}/{name}"]

    return at_root


_SITES: dict[str, Callable[[str, Parts, Query], list[str]]] = {
    "youtube.com": _youtube,
    "reddit.com": _reddit,
    "old.reddit.com": _reddit,
    "github.com": _github,
    "medium.com": _medium,
    "news.google.com": _google_news,
    "federalregister.gov": _federal_register,
}
_HOSTED: dict[str, Callable[[str, Parts, Query], list[str]]] = {
    ".substack.com": _feed_at("feed"),
    ".medium.com": _feed_at("feed"),
    ".wordpress.com": _feed_at("feed"),
    ".tumblr.com": _feed_at("rss"),
}
