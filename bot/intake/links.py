"""Links: absolute, safe to show, without the parameters that only say where a reader came from."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

LONGEST_LINK = 2_000  # characters; Discord takes 2,048 in an embed, Slack 3,000 in a button

_TRACKING_PREFIXES = ("utm_", "at_", "guce_", "mc_", "ns_", "oly_", "pk_", "vero_")
_TRACKING = frozenset({
    "__twitter_impression", "_hsenc", "_hsmi", "campaign_id", "cmp", "cmpid", "dclid", "emc", "fbclid", "ftag",
    "gbraid", "gclid", "guccounter", "igshid", "ito", "mkt_tok", "msclkid", "ncid", "ocid", "ref_src", "ref_url",
    "smid", "smtyp", "sref", "srnd", "taid", "traffic_source", "ttclid", "twclid", "wbraid", "xtor", "yclid", "yptr",
})  # fmt: skip
# Parameters that mean something on some sites; as "…=rss…" they only name this feed.
_FEED_MARKS = frozenset({"cid", "feed", "from", "mod", "outputtype", "partner", "ref", "source", "src", "via"})

_HOST = re.compile(r"[a-z0-9_.:-]+", re.ASCII)
_SAFE_PATH = "/%:@!$&'()*+,;=~-._"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_BBC = re.compile(r"(?:.+\.)?bbc\.(?:co\.uk|com)")
_BBC_VERSION = re.compile(r"\d{1,3}")


def web_link(url: str | None) -> str | None:
    """`url` as an absolute http(s) link, percent-encoded, without tracking parameters, user name and password.

    None for anything else: other schemes, no host, longer than LONGEST_LINK.
    """
    parts = _split(url)
    if parts is None:
        return None
    host, port = _host(parts)
    if host is None:
        return None
    link = urlunsplit((
        parts.scheme.lower(),
        f"{host}:{port}" if port else host,
        quote(parts.path, safe=_SAFE_PATH) or "/",
        quote(_without_tracking(parts.query), safe=_SAFE_PATH + "?"),
        quote(parts.fragment, safe=_SAFE_PATH + "?") if not _tracks(parts.fragment) else "",
    ))  # fmt: skip
    return link if len(link) <= LONGEST_LINK else None


def link_identity(link: str) -> str:
    """What stays the same of a `web_link` when its publisher moves to https, adds "www." or a slash at the end.

    BBC ends its guids in "#0", "#1" … for versions of one story (seen in two captures); that is cut as well.
    """
    parts = urlsplit(link)
    host = (parts.netloc or "").removeprefix("www.")
    fragment = parts.fragment
    if _BBC.fullmatch(host) and _BBC_VERSION.fullmatch(fragment):
        fragment = ""
    return urlunsplit(("", host, parts.path.rstrip("/"), parts.query, fragment))


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
    known = name in _TRACKING or name.startswith(_TRACKING_PREFIXES)
    return known or (name in _FEED_MARKS and value.lower().startswith("rss"))
