"""Feed text made safe for Slack. Pure.

Untrusted text goes into `plain_text` and rich text elements, which Slack shows as they are; the only place where
Slack still reads markup is the fallback `text`, and `escape` is its one escape function.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

# Slack documents 3,000 for a button (https://docs.slack.dev/reference/block-kit/block-elements/button-element) and
# nothing for a link; a longer link is left out, the text stays.
MAX_URL = 2_000

# Control characters, lone surrogates, non-characters, and the bidirectional overrides that turn a headline around.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_HOST = re.compile(r"[a-z0-9._-]+(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?", re.IGNORECASE)
_KEEP = "/%:@!$&'()*+,;=~-._?"


def one_line(text: str) -> str:
    """`text` on one line without control characters; single spaces at its ends stay."""
    return _SPACES.sub(" ", _UNSAFE.sub(" ", text))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with … where something was cut off."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def tidy(text: str, limit: int) -> str:
    """One trimmed line of at most `limit` characters."""
    return clip(one_line(text).strip(), limit)


def escape(text: str, limit: int) -> str:
    """`text` for a field that Slack reads as markup: no mention and no link can be written in it.

    At most `limit` characters after escaping. https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    pieces: list[str] = []
    room = limit - 1
    for character in text:
        piece = _ENTITIES.get(character, character)
        room -= len(piece)
        if room < 0:
            return "".join(pieces) + "…"
        pieces.append(piece)
    return "".join(pieces)


def web_url(url: str | None) -> str | None:
    """`url` as a link Slack accepts, or None: one bad link makes Slack refuse the whole message.

    http or https, a plain ASCII host, no user part (`https://bank.example@evil.example`), at most MAX_URL
    characters; everything else is percent-encoded, so nothing can break out of the link.
    """
    try:
        parts = urlsplit((url or "").strip())
        host = parts.netloc.encode("idna").decode("ascii") if not parts.netloc.isascii() else parts.netloc
        if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
            return None
        path, query, fragment = (quote(part, safe=_KEEP) for part in (parts.path, parts.query, parts.fragment))
    except ValueError:  # a bad IPv6 host, a label IDNA does not know, a lone surrogate
        return None
    clean = urlunsplit((parts.scheme, host, path, query, fragment))
    return clean if len(clean) <= MAX_URL else None
