"""A Slack or a Discord in a process of its own that does the least it must: it takes messages and keeps them.

Or the feeds. `python -m bench.scale.fakes slack --rates` prints its port. With `--rates` it refuses what the platform
would refuse. What it kept is at `/kept`: a JSON list of [channel, delivery, seconds], and how often it answered 429.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import click
from aiohttp import web

from bench.entry import ENTRIES
from bench.percolator import Language

# https://docs.discord.com/developers/topics/rate-limits; the rate of a channel is what its answers say today
DISCORD_GLOBAL = (50, 1.0)  # requests in so many seconds
DISCORD_CHANNEL = (5, 5.0)
# https://docs.slack.dev/apis/web-api/rate-limits: one message a second in a channel, with short bursts, and "several
# hundred messages per minute per workspace"
SLACK_CHANNEL = (1.0, 5)  # a second, and at once
SLACK_WORKSPACE = (360, 60.0)

HOSTS = 32  # loopback addresses that feeds are served at: as many hosts to the poller
_EPOCH_MS = 1_420_070_400_000  # of Discord's snowflakes

Json = dict[str, Any]


class Limit(Protocol):
    def wait(self, now: float) -> float:
        """How long until one more is allowed; 0: now, and it is counted."""
        ...


@dataclass
class Window:
    """At most `limit` in a window of `seconds`, which begins with the first: as Discord counts."""

    limit: int
    seconds: float
    begun: float = -math.inf
    count: int = 0

    def wait(self, now: float) -> float:
        if now >= self.begun + self.seconds:
            self.begun, self.count = now, 0
        if self.count < self.limit:
            self.count += 1
            return 0.0
        return self.begun + self.seconds - now


@dataclass
class Bucket:
    """`rate` a second, and `size` at once after a silence."""

    rate: float
    size: int
    level: float = 0.0
    at: float = -math.inf

    def wait(self, now: float) -> float:
        self.level, self.at = max(0.0, self.level - (now - self.at) * self.rate), now
        if self.level + 1 <= self.size:
            self.level += 1
            return 0.0
        return (self.level + 1 - self.size) / self.rate


class Fake(ABC):
    """What both have in common."""

    def __init__(self, whole: Limit, *, rates: bool) -> None:
        self.rates = rates
        self.whole = whole
        self.kept: list[tuple[str, str, float]] = []
        self.refused = 0
        self.serial = 0

    async def handle(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/kept":
            return _json({"kept": self.kept, "refused": self.refused})
        if request.path == "/count":
            return _json(len(self.kept))
        return await self.answer(request)

    @abstractmethod
    async def answer(self, request: web.BaseRequest) -> web.Response:
        """As the platform does."""

    def keep(self, channel: str, delivery: str) -> None:
        self.serial += 1
        self.kept.append((channel, delivery, time.monotonic()))

    def limited(self, limit: Limit) -> float:
        """Seconds to wait, where the rates are kept and this one is used up."""
        wait = limit.wait(time.monotonic()) if self.rates else 0.0
        self.refused += wait > 0
        return wait


class Slack(Fake):
    def __init__(self, *, rates: bool) -> None:
        super().__init__(Window(*SLACK_WORKSPACE), rates=rates)
        self.channels: defaultdict[str, Bucket] = defaultdict(lambda: Bucket(*SLACK_CHANNEL))

    async def answer(self, request: web.BaseRequest) -> web.Response:
        method = request.path.rpartition("/")[2]
        if method == "auth.test":
            return _ok(
                {"url": "https://bench.slack.example/", "team": "b", "user": "b", "user_id": "U0", "bot_id": "B0"}
            )
        body = await request.json() if request.content_type == "application/json" else {}
        if method != "chat.postMessage":
            return _ok({"messages": self._posted(request, body)})
        channel = str(body["channel"])
        wait = self.limited(self.channels[channel]) or self.limited(self.whole)
        if wait:
            headers = {"Retry-After": str(int(wait) + 1)}
            return _json({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        self.keep(channel, body["metadata"]["event_payload"]["delivery_id"])
        return _ok({"channel": channel, "ts": f"{int(time.time())}.{self.serial:06d}"})

    def _posted(self, request: web.BaseRequest, body: Json) -> list[Json]:
        """For a look-up after an outcome that nobody knows."""
        channel = request.query.get("channel") or body.get("channel")
        return [
            {
                "ts": f"{int(time.time())}.{number:06d}",
                "metadata": {"event_type": "tradewire_delivery", "event_payload": {"delivery_id": delivery}},
            }
            for number, (where, delivery, _) in enumerate(self.kept)
            if where == channel
        ]


class Discord(Fake):
    def __init__(self, *, rates: bool) -> None:
        super().__init__(Window(*DISCORD_GLOBAL), rates=rates)
        self.channels: defaultdict[str, Window] = defaultdict(lambda: Window(*DISCORD_CHANNEL))
        self.by_nonce: dict[str, Json] = {}

    async def answer(self, request: web.BaseRequest) -> web.Response:
        wait = self.limited(self.whole)
        if wait:
            return _discord_429(wait, is_global=True)
        parts = request.path.strip("/").split("/")[2:]  # after api/v10
        match request.method, parts:
            case "GET", ["users", "@me"]:
                return _json(_user())
            case "GET", ["oauth2", "applications", "@me"]:
                return _json(_application())
            case "GET", ["channels", channel]:
                return _json({"id": channel, "type": 0, "name": "bench", "guild_id": "1"})
            case "GET", ["channels", channel, "messages"]:
                return _json([made for made in self.by_nonce.values() if made["channel_id"] == channel])
            case "POST", ["channels", channel, "messages"]:
                return self._post(channel, await request.json())
        return _json({"code": 0, "message": "404: Not Found"}, status=404)

    def _post(self, channel: str, body: Json) -> web.Response:
        window = self.channels[channel]
        wait = self.limited(window)
        if wait:
            return _discord_429(wait, is_global=False)
        nonce = str(body["nonce"])
        if nonce not in self.by_nonce:
            self.keep(channel, nonce)
            snowflake = str((int(time.time() * 1000) - _EPOCH_MS << 22) + self.serial % 4096)
            author, embeds = _user(), body.get("embeds") or []
            self.by_nonce[nonce] = {"id": snowflake, "channel_id": channel, "author": author, "embeds": embeds}
        headers = {"X-RateLimit-Bucket": f"send-{channel}"} | (_budget(window) if self.rates else {})
        return _json(self.by_nonce[nonce], headers=headers)


class Feeds:
    """Documents of 36 entries, each at an address of its own; `/change` puts two new entries on top of every one."""

    def __init__(self) -> None:
        self.changes = 0
        self.answered = 0
        self._language = Language(random.Random(5))

    async def handle(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/change":
            self.changes += 1
            return _json(self.changes)
        if request.path == "/count":
            return _json(self.answered)
        self.answered += 1
        tag = f'"{self.changes}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        body = self._document(int(request.path.strip("/")))
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": tag})

    def _document(self, number: int) -> bytes:
        """The newest entry first. The words are invented, so that no entry is like another and none is an alert."""
        chance, items = random.Random(number), list[str]()
        for entry in range(ENTRIES + 2 * self.changes):
            words = self._language.text(chance, 90)
            link = f"https://bench.example/{number}/{entry}"
            text = f"&lt;p&gt;{' '.join(words[10:])}&lt;/p&gt;"
            items.append(
                f"<item><title>{' '.join(words[:10]).capitalize()}</title><link>{link}</link><guid>{link}</guid>"
                f"<description>{text}</description></item>"
            )
        newest = "".join(reversed(items[-ENTRIES:]))
        return f"<rss version='2.0'><channel><title>b</title>{newest}</channel></rss>".encode()


def _budget(window: Window) -> dict[str, str]:
    reset = max(window.begun + window.seconds - time.monotonic(), 0.0)
    return {
        "X-RateLimit-Limit": str(window.limit),
        "X-RateLimit-Remaining": str(window.limit - window.count),
        "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
        "X-RateLimit-Reset-After": f"{reset:.3f}",
    }


def _discord_429(wait: float, *, is_global: bool) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": round(wait, 3), "global": is_global}
    headers = {"Retry-After": str(int(wait) + 1), "Via": "1.1 google", "X-RateLimit-Scope": "user"}
    if is_global:
        headers |= {"X-RateLimit-Global": "true", "X-RateLimit-Scope": "global"}
    return _json(body, status=429, headers=headers)


def _user() -> Json:
    return {"id": "99", "username": "bench", "discriminator": "0", "avatar": None, "bot": True, "public_flags": 0}


def _application() -> Json:
    texts = {"name": "bench", "description": "", "summary": "", "verify_key": "00"}
    return {"id": "98", "icon": None, "bot_public": False, "bot_require_code_grant": False, "flags": 0, **texts} | {
        "owner": _user()
    }


def _json(answer: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Without a charset: discord.py takes for JSON only what says exactly application/json."""
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _ok(more: Json) -> web.Response:
    return _json({"ok": True, **more}, headers={"x-oauth-scopes": "chat:write"})


async def _serve(handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], hosts: int = 1) -> None:
    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    port = 0
    for number in range(1, hosts + 1):
        await web.TCPSite(runner, f"127.0.0.{number}", port, backlog=1024).start()
        port = runner.addresses[0][1]
    sys.stdout.write(json.dumps(port) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


@click.command()
@click.argument("platform", type=click.Choice(["slack", "discord", "feeds"]))
@click.option("--rates/--no-rates")
def main(platform: str, *, rates: bool) -> None:
    """Serve until killed."""
    if platform == "feeds":
        asyncio.run(_serve(Feeds().handle, HOSTS))
    else:
        asyncio.run(_serve((Slack(rates=rates) if platform == "slack" else Discord(rates=rates)).handle))


if __name__ == "__main__":
    main()
