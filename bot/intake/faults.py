"""How intake says that something failed: one exception that carries the `Fault` a person will read."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from bot.model import Fault, FaultKind

_SECRET_NAMES = ("auth", "key", "password", "passwd", "secret", "sig", "token")  # in the names of parameters


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
        parts = urlsplit(url)
        place = parts.netloc.rpartition("@")[2]
        query = "&".join(f"{name}={_unless_secret(name, value)}" for name, value in parse_qsl(parts.query, True))
    except ValueError:
        return "(an address that cannot be read)"
    return one_line(urlunsplit((parts.scheme, place, parts.path, query, "")))


def _unless_secret(name: str, value: str) -> str:
    return "…" if any(part in name.lower() for part in _SECRET_NAMES) else value
