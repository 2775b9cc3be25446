"""How intake says that something failed: one exception that carries the `Fault` a person will read."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote, urlsplit, urlunsplit

from bot.intake.fetched import Fault, FaultKind

# In the names of parameters: "api_key" and "X-Amz-Signature", not "author" and "keywords".
_SECRET_NAME = re.compile(r"auth(?!ors?\b)|key(?!words?\b)|passw|pwd|secret|token|\bsig|sig\b", re.IGNORECASE)


class FetchFailed(Exception):
    """A fetch, a parse or a file that gave nothing. Crosses the process border of the worker pool unchanged."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault

    def __str__(self) -> str:
        return f"{self.fault.kind}: {self.fault.message}"


def failed(kind: FaultKind, message: str, retry_after: timedelta | None = None) -> FetchFailed:
    return FetchFailed(Fault(kind=kind, message=one_line(message), retry_after=retry_after))


def one_line(text: str, limit: int = 400) -> str:
    """`text` without line breaks and unprintable characters, at most `limit` characters long."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 4 * limit])
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def shown(url: str) -> str:
    """`url` fit for a message: user name, password, query and fragment may hold a secret and are left out."""
    try:
        parts = urlsplit(url)
        place = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(an address that cannot be read)"
    host = f"[{place}]" if ":" in place else place
    query = "?…" if parts.query else ""
    scheme = f"{parts.scheme}://" if parts.scheme else ""
    return one_line(f"{scheme}{host}{port}{parts.path}{query}", 200)


def without_secrets(url: str) -> str:
    """`url` for a list that people read: no user name and password, "…" for what parameters like `api_key` say."""
    try:
        return one_line(masked(url, "…"))
    except ValueError:
        return "(an address that cannot be read)"


def masked(url: str, mask: str) -> str:
    """`url` without user name and password and with `mask` for what secret parameters say; as it is without any.

    Raises ValueError where it is no address.
    """
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    query = "&".join(_unless_secret(parameter, mask) for parameter in parts.query.split("&"))
    open_to_all = (place, query) == (parts.netloc, parts.query)
    return url if open_to_all else urlunsplit(parts._replace(netloc=place, query=query))


def _unless_secret(parameter: str, mask: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}={mask}" if equals and _SECRET_NAME.search(unquote(name)) else parameter
