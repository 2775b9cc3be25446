"""What a hostile case is: a name, how the server answers, and what a good bot makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.intake.fetched import FaultKind
from bot.model import Item
from tests.fakes.web import Asked, item, rss

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
STEEL = "Ministers suspend steel duties"
GOOD = rss(item(STEEL, guid="steel-1", link="https://wire.example/steel")).encode()
RSS = "application/rss+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request to a hostile case. `inside` is an address of the machine that nobody may reach."""

    case: str
    asked: Asked
    writer: asyncio.StreamWriter
    host: str
    port: int
    number: int  # of this case's requests, from 1

    @property
    def inside(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def here(self) -> str:
        return f"http://{self.host}:{self.port}/{self.case}"

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()


Answer = Callable[[Visit], Awaitable[None]]
Look = Callable[[Sequence[Item]], object]


@dataclass(frozen=True, slots=True)
class Fails:
    """A fault of this kind, whose message has these words."""

    kind: FaultKind
    says: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Brings:
    """Items with these titles, in this order, None: whatever titles; `look` asserts more about them."""

    titles: tuple[str, ...] | None = (STEEL,)
    look: Look = field(default=lambda items: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`slow` ones are asked with little patience, `heavy` ones parsed with little."""

    name: str
    answer: Answer
    expected: Fails | Brings
    slow: bool = False
    heavy: bool = False

    def __str__(self) -> str:
        return self.name


def document(body: bytes | str = GOOD, content_type: str = RSS, *, status: int = 200, **headers: str) -> Answer:
    """A well-formed answer with this body. `content_encoding="gzip"` is the header Content-Encoding."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return whole(body, {"Content-Type": content_type, **named}, status=status)


def whole(body: bytes | str, headers: Mapping[str, str], *, status: int = 200) -> Answer:
    payload = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    length = {} if status in {204, 304} else {"Content-Length": str(len(payload))}
    return raw(head(status, {**length, **headers}) + payload)


def raw(answer: bytes) -> Answer:
    """These bytes and nothing else, then the connection closes."""

    async def behave(visit: Visit) -> None:
        await visit.send(answer)

    return behave


def head(status: int | str, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def channel(inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>{inner}</channel></rss>'
