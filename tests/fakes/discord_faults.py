"""Planned trouble for the fake Discord, and the answers that go over its wire."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from tests.fakes.discord_payloads import Json


@dataclass(frozen=True, kw_only=True)
class Reject:
    """Answer with this status instead of doing anything. A 429 has the `Via` header that discord.py looks for."""

    status: int
    code: int = 0
    message: str = "planned by the test"
    retry_after: float | None = None
    header: str | None = None  # Retry-After as a server wrote it, where it is not that
    everywhere: bool = False  # a global rate limit
    via: bool = True
    plain: bool = False  # a proxy's page instead of JSON


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Cut the connection: before the request has any effect, or after it."""

    stored: bool = True


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Wait for `until` before doing anything."""

    until: asyncio.Event


Fault = Reject | Drop | Hold


def json_answer(answer: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """discord.py reads a body as JSON only where Content-Type is exactly this, without a charset."""
    response = web.json_response(answer, status=status, headers=headers)
    response.headers["Content-Type"] = "application/json"
    return response


def rejection(fault: Reject) -> web.Response:
    headers = {"Via": "1.1 google"} if fault.via else {}
    body: Json = {"message": fault.message, "code": fault.code}
    if fault.retry_after is not None:
        headers |= {
            "Retry-After": str(fault.retry_after),
            "X-RateLimit-Scope": "global" if fault.everywhere else "user",
        }
        body |= {"retry_after": fault.retry_after, "global": fault.everywhere}
    if fault.header is not None:
        headers["Retry-After"] = fault.header
    if fault.plain:
        return web.Response(status=fault.status, text="<html>planned by the test</html>", headers=headers)
    return json_answer(body, status=fault.status, headers=headers)


def cut(request: web.Request) -> web.Response:
    if isinstance(transport := request.transport, asyncio.Transport):
        transport.abort()
    return web.Response()
