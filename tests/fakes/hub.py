"""A WebSub hub on loopback: it takes subscriptions, verifies them, delivers what is published, and misbehaves.

async with FakeHub() as hub:
    hub.url                                   # what a feed names
    await hub.until(lambda: hub.subscribed)   # the subscriber asked, was verified and said yes
    await hub.publish(topic, document)        # signed, to each who subscribed to it
"""

from __future__ import annotations

import asyncio
import hmac
import io
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from aiohttp import ClientSession, web


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the subscriber answered."""

    status: int
    body: str
    content_type: str


@dataclass(slots=True, kw_only=True)
class Subscriber:
    topic: str
    callback: str
    secret: str


@dataclass
class FakeHub:
    """`lease` is what it gives in seconds, None: nothing is said of it. `status` is its answer to a request."""

    lease: int | None = 86_400
    status: int = 202
    verifies: bool = True
    at_once: bool = False  # verify before it answers, as old hubs do
    method: str = "sha256"  # of its signatures
    location: str = ""  # that its answers name
    asked: list[dict[str, str]] = field(default_factory=list)
    verified: list[Said] = field(default_factory=list)
    subscribers: dict[tuple[str, str], Subscriber] = field(default_factory=dict)  # by topic and callback
    url: str = ""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._session = ClientSession()
        app = web.Application()
        app.router.add_post("/", self._ask)
        app.router.add_post("/moved", self._ask)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0]
        self.url = f"http://{host}:{port}/"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.die()
        await self._session.close()

    async def die(self) -> None:
        """Nobody listens there any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._runner.cleanup()

    @property
    def subscribed(self) -> bool:
        return bool(self.subscribers)

    @property
    def modes(self) -> list[str]:
        """What it was asked, in order."""
        return [form["hub.mode"] for form in self.asked]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    # --- what it does to a subscriber -------------------------------------------------------------------------

    async def verify(self, callback: str, mode: str, topic: str, **changed: str) -> Said:
        """Ask whether `mode` is meant; `changed` are other values of its parameters."""
        lease = {} if self.lease is None else {"hub.lease_seconds": str(self.lease)}
        asking = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": secrets.token_urlsafe(16), **lease}
        asking |= {f"hub.{name}": value for name, value in changed.items()}
        said = await self._said("GET", callback, params=asking)
        self.verified.append(said)
        self._changed.set()
        return said

    async def deny(self, callback: str, topic: str, reason: str = "no such topic") -> Said:
        asking = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": reason}
        return await self._said("GET", callback, params=asking)

    async def publish(self, topic: str, body: str, content_type: str = "application/rss+xml") -> list[Said]:
        """Deliver to all who subscribed to it."""
        those = [each for each in self.subscribers.values() if each.topic == topic]
        return [await self.deliver(each, body, content_type=content_type) for each in those]

    async def deliver(
        self,
        to: Subscriber,
        body: str,
        *,
        content_type: str = "application/rss+xml",
        signature: str | None = None,
        secret: str | None = None,
    ) -> Said:
        """`signature` in the place of the right one, empty: none; `secret` in the place of the one it was given."""
        payload = body.encode()
        mac = hmac.new((secret or to.secret).encode(), payload, self.method).hexdigest()
        signed = f"{self.method}={mac}" if signature is None else signature
        headers = {"Content-Type": content_type, **({"X-Hub-Signature": signed} if signed else {})}
        return await self._said("POST", to.callback, data=payload, headers=headers)

    async def _said(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Said:
        body = None if data is None else io.BytesIO(data)  # aiohttp warns of large bytes
        async with self._session.request(method, url, params=params, data=body, headers=headers) as answer:
            return Said(status=answer.status, body=await answer.text(), content_type=answer.content_type)

    # --- what is asked of it ----------------------------------------------------------------------------------

    async def _ask(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        self._changed.set()
        if self.verifies and 200 <= self.status < 300:
            task = asyncio.create_task(self._follow_up(form))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            if self.at_once:
                await task
        headers = {"Location": self.location} if self.location else {}
        return web.Response(status=self.status, headers=headers)

    async def _follow_up(self, form: Mapping[str, str]) -> None:
        mode, topic, callback = form["hub.mode"], form["hub.topic"], form["hub.callback"]
        challenge = secrets.token_urlsafe(16)
        said = await self.verify(callback, mode, topic, challenge=challenge)
        if said.status == 200 and said.body == challenge:
            if mode == "subscribe":
                subscriber = Subscriber(topic=topic, callback=callback, secret=form["hub.secret"])
                self.subscribers[topic, callback] = subscriber
            else:
                self.subscribers.pop((topic, callback), None)
        self._changed.set()
