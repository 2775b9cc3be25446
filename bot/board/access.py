"""Who may see the board, and the headers that keep what feeds wrote harmless in a browser."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from aiohttp import BasicAuth, web
from aiohttp.typedefs import Handler, Middleware
from pydantic import SecretStr

# For probes; Slack and hubs sign what they post.
OPEN = frozenset({"/healthz", "/readyz", "/slack/events", "/websub/{token}"})
CALENDAR = "/calendar.ics"
SETTING = "TRADEWIRE_BOARD_TOKEN"

HEADERS = {
    # connect-src is for the script that renews the wire from its own address; nothing else may be fetched.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "Tradewire",
}

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Tradewire board", charset="UTF-8"'}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal for every response, errors included. What is not a versioned file is never kept by a cache."""
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")


def guard(token: SecretStr | None, *, local_only: bool) -> Middleware:
    """Lets a request pass that reached this machine by a loopback name, or that brings the token.

    The name is checked, not only the socket: a page of a stranger can point its own host name at 127.0.0.1 (DNS
    rebinding) and would then read the board through its visitor's browser.
    """
    expected = token.get_secret_value().encode() if token else b""
    calendar = calendar_token(token).encode() if token else b""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _is_open(request) or (local_only and is_loopback(request.headers.get("Host", ""))):
            return await handler(request)
        if expected and _is_calendar(request, calendar):
            return await handler(request)
        if not expected:
            raise web.HTTPForbidden(text=_closed(local_only))
        if not hmac.compare_digest(_password(request), expected):
            raise web.HTTPUnauthorized(
                text=f"The board asks for a password: the value of {SETTING}, with any user name.\n",
                headers=_CHALLENGE,
            )
        return await handler(request)

    return check


def calendar_token(token: SecretStr) -> str:
    """What opens the calendar file alone: calendars cannot send a password, and whoever reads their address could
    else read the whole board. It is derived from the board's token and changes with it.
    """
    return hmac.new(token.get_secret_value().encode(), CALENDAR.encode(), "sha256").hexdigest()[:40]


def is_loopback(host: str) -> bool:
    """Does this Host header (with or without a port) name this machine as seen from itself?"""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    name = name.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _is_open(request: web.Request) -> bool:
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in OPEN


def _is_calendar(request: web.Request, token: bytes) -> bool:
    """Whether the calendar file is asked for with its own token in the address. Addresses are never logged here."""
    return request.path == CALENDAR and hmac.compare_digest(request.query.get("token", "").encode(), token)


def _password(request: web.Request) -> bytes:
    try:
        given: str = BasicAuth.decode(request.headers.get("Authorization", ""), encoding="utf-8").password
    except ValueError:
        return b""
    return given.encode()


def _closed(local_only: bool) -> str:
    if local_only:
        return (
            "This board answers only to localhost and 127.0.0.1. To reach it by another name, "
            f"set {SETTING} and give its value as the password.\n"
        )
    return f"This board is closed: set {SETTING} and give its value as the password, with any user name.\n"
