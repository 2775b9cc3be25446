"""Links: absolute, safe to show, without the parameters that only say who reads or where a reader came from."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

LONGEST_LINK = 2_000  # characters; Discord takes 2,048 in an embed, Slack 3,000 in a button

_TRACKING_PREFIXES = ("utm_", "at_", "guce_", "mc_", "ns_", "oly_", "pk_", "vero_")
_TRACKING = frozenset({
    "__twitter_impression", "_hsenc", "_hsmi", "campaign_id", "cmp", "cmpid", "dclid", "emc", "fbclid", "ftag",
    "gbraid", "gclid", "guccounter", "igshid", "ito", "maca", "mkt_tok", "msclkid", "ncid", "ocid", "ref_src",
    "ref_url", "smid", "smtyp", "sref", "srnd", "taid", "traffic_source", "ttclid", "twclid", "wbraid", "xtor",
    "yclid", "yptr",
})  # fmt: skip
# Parameters that mean something on some sites; as "…=rss…" they only name this feed.
_FEED_MARKS = frozenset(
    {".tsrc", "cid", "feed", "from", "mod", "outputtype", "partner", "ref", "source", "src", "via"}
)
_SESSIONS = frozenset({"cfid", "cftoken", "jsessionid", "oscsid", "phpsessid", "session_id", "sessionid", "zenid"})
_MAYBE_SESSIONS = frozenset({"s", "session", "sid"})  # on some sites the number of an article
_RANDOM = re.compile(r"(?=[^0-9]*[0-9])(?=[^a-zA-Z]*[a-zA-Z])[\w-]{20,}", re.ASCII)
# …/story;jsessionid=1A2B and ASP.NET's …/(S(lit3py55t21z5v55vlm25s55))/story
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*|/\([A-Z]\([a-z0-9]{24}\)\)", re.IGNORECASE)
# Numbers that only keep a link out of caches: another one with every answer.
_CACHE_BUSTERS = frozenset(
    {"_", "cachebust", "cachebuster", "cb", "nocache", "rand", "random", "rnd", "timestamp", "ts"}
)
_BUSTING = re.compile(r"(?:0\.)?[0-9]{6,}")

_REMEMBERED = 1_024  # links: each of a document is looked at time and again

# Most links are as they should be: of lower case up to the path, and a path in which nothing is to be quoted or cut.
_PROPER = re.compile(r"https?://[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*/[\w/.~-]*", re.ASCII)
_HOST = re.compile(r"[a-z0-9_.:-]+", re.ASCII)
_SAFE_PATH = "/%:@!$&'()*+,;=~-._"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BBC = re.compile(r"(?:.+\.)?bbc\.(?:co\.uk|com)")
_BBC_VERSION = re.compile(r"\d{1,3}")
_GOOGLE_NEWS = "news.google.com"
_GOOGLE_ARTICLE = re.compile(r".*/(?:articles|read)/([\w-]{16,})")  # /rss/articles/CBMi…, /articles/…, /read/…


@lru_cache(maxsize=_REMEMBERED)
def web_link(url: str | None) -> str | None:
    """`url` as an absolute http(s) link, percent-encoded, without tracking, sessions, user name and password.

    None for anything else: other schemes, no host, longer than LONGEST_LINK.
    """
    if url and len(url) <= LONGEST_LINK and _PROPER.fullmatch(url):
        return url
    parts = _split(url)
    if parts is None:
        return None
    host, port = _host(parts)
    if host is None:
        return None
    link = urlunsplit((
        parts.scheme.lower(),
        f"{host}:{port}" if port else host,
        quote(_SESSION_IN_PATH.sub("", parts.path), safe=_SAFE_PATH) or "/",
        quote(_without_tracking(parts.query), safe=_SAFE_PATH + "?"),
        quote(parts.fragment, safe=_SAFE_PATH + "?") if not _tracks(parts.fragment) else "",
    ))  # fmt: skip
    return link if len(link) <= LONGEST_LINK else None


@lru_cache(maxsize=_REMEMBERED)
def link_identity(link: str) -> str:
    """What stays the same of a `web_link` when its publisher moves to https, adds "www." or a slash at the end.

    BBC ends its guids in "#0", "#1" … for versions of one story (seen in two captures); that is cut as well, and so
    are the language and edition that Google News adds to its links, and numbers that keep a link out of caches.
    """
    parts = urlsplit(link)
    host = (parts.netloc or "").removeprefix("www.")
    google = _GOOGLE_ARTICLE.fullmatch(parts.path) if host == _GOOGLE_NEWS else None
    if google:
        return urlunsplit(("", host, f"/articles/{google[1]}", "", ""))
    fragment = parts.fragment
    if _BBC.fullmatch(host) and _BBC_VERSION.fullmatch(fragment):
        fragment = ""
    query = "&".join(pair for pair in parts.query.split("&") if not _busts_caches(pair))
    return urlunsplit(("", host, parts.path.rstrip("/"), query, fragment))


def is_google_news(url: str | None) -> bool:
    """Whether a link leads through Google News, whose redirects do not say where to."""
    parts = _split(url)
    return parts is not None and (parts.hostname or "") == _GOOGLE_NEWS


def is_front_page(link: str) -> bool:
    """Whether a `web_link` is of a site as a whole, so that it cannot be the name of one article."""
    parts = urlsplit(link)
    return parts.path == "/" and not parts.query and not parts.fragment


def _split(url: str | None) -> SplitResult | None:
    text = (url or "").strip()
    if not text or len(text) > 2 * LONGEST_LINK:
        return None
    try:
        parts = urlsplit(text.encode("utf-8", "ignore").decode())
    except ValueError:  # "http://[" and the like
        return None
    return parts if parts.scheme.lower() in _DEFAULT_PORTS else None


def _host(parts: SplitResult) -> tuple[str | None, int | None]:
    try:
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except ValueError:  # a port that is no number, a name that is none
        return None, None
    if not _HOST.fullmatch(host):
        return None, None
    shown = f"[{host}]" if ":" in host else host
    return shown, None if port == _DEFAULT_PORTS[parts.scheme.lower()] else port


def _without_tracking(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and not _tracks(pair))


def _tracks(pair: str) -> bool:
    name, equals, value = pair.partition("=")
    name = unquote(name).lower()
    if name.startswith(":~:"):  # https://wicg.github.io/scroll-to-text-fragment/
        return True
    if not equals:
        return False
    known = name in _TRACKING or name in _SESSIONS or name.startswith(_TRACKING_PREFIXES)
    session = name in _MAYBE_SESSIONS and _RANDOM.fullmatch(value) is not None
    return known or session or (name in _FEED_MARKS and value.lower().startswith("rss"))


def _busts_caches(pair: str) -> bool:
    name, _, value = pair.partition("=")
    return name.lower() in _CACHE_BUSTERS and _BUSTING.fullmatch(value) is not None
