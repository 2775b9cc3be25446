"""A service that writes, OpenAI-compatible as far as we ask it, over real sockets: good, slow, huge or wrong.

async with ModelService() as service:
    service.say({"sentences": [...]})
    service.url         # http://127.0.0.1:…/v1
    service.asked       # the bodies of the requests, in order
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from aiohttp import web

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ModelService:
    """Use as an async context manager."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""
        self._behaviour: Behaviour = self._nothing
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> ModelService:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._completions)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def say(self, written: Any, *, tokens: Any = 100) -> None:
        """Answer with `written`, a text or what becomes JSON."""
        text = written if isinstance(written, str) else json.dumps(written)
        usage = {} if tokens is None else {"usage": {"total_tokens": tokens}}
        body = {"choices": [{"message": {"role": "assistant", "content": text}}], **usage}
        self.send(json.dumps(body).encode())

    def send(self, body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        async def behave(request: web.Request) -> web.StreamResponse:
            return web.Response(body=body, status=status, headers=headers)

        self._behaviour = behave

    def be_silent(self) -> None:
        """Take the request and never answer."""

        async def behave(request: web.Request) -> web.StreamResponse:
            await self._closing.wait()
            return web.Response()

        self._behaviour = behave

    def be_endless(self) -> None:
        """An answer without an end, as fast as it is read."""

        async def behave(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b" " * 64 * 1024)

        self._behaviour = behave

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        return await self._behaviour(request)

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=404)
