"""The one HTTP client that touches what strangers serve.

Every fetch has a deadline over all of it, a cap on the unpacked body and an address check at each connection.
Redirects are followed here, hop by hop, so that each is checked. Failures come out as `FetchFailed` only.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from types import TracebackType

import aiohttp
from yarl import URL

from bot.intake.addresses import AddressGuard, RefusedAddress, Resolver
from bot.intake.faults import FetchFailed, failed, one_line, shown
from bot.intake.unpack import BodyBroken, BodyTooLarge, held, unpacker
from bot.model import FaultKind

MAX_REDIRECTS = 5
DEADLINE = 20.0  # seconds for one fetch, redirects and body included
MAX_BODY = 10 * 2**20  # bytes of one document, unpacked
PER_HOST = 4  # connections to one host at a time: several feeds of a publisher, and no more
_CHUNK = 64 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, "
    "*/*;q=0.1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response that is not a redirect. `body` is empty unless the status is 2xx and what came is new; `received` is
    a hash of what came, before it was unpacked; `url` is where it came from, without user name and password. Header
    names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received: str = ""
    url: str


class GuardedClient:
    """Use as an async context manager.

    `contact` (a mail address or page) goes into the User-Agent: sec.gov and bls.gov answer 403 to robots that
    name none. `deadline` in seconds, `max_body` in bytes.
    """

    def __init__(
        self,
        *,
        guard: AddressGuard | None = None,
        contact: str = "",
        deadline: float = DEADLINE,
        max_body: int = MAX_BODY,
    ) -> None:
        self._guard = guard or AddressGuard()
        self._deadline = deadline
        self._max_body = max_body
        self._user_agent = user_agent(contact)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> GuardedClient:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=self._guard, resolver=Resolver(), limit_per_host=PER_HOST),
            timeout=aiohttp.ClientTimeout(total=None),  # `get` holds the deadline over all hops
            headers={
                "User-Agent": self._user_agent,
                "Accept": _ACCEPT,
                "Accept-Encoding": "gzip, deflate",
            },
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None, known: Collection[str] = ()) -> Answer:
        """Fetch `url`. Any status is an answer; raises FetchFailed for everything that is none.

        A body that is `known` by its hash, as `Answer.received` has it, is not unpacked.
        """
        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(url, headers or {}, known)
        except (OSError, aiohttp.ClientError, ValueError, BodyTooLarge, BodyBroken) as error:
            # "from None": the text of aiohttp's own errors can hold the password of the URL
            raise self._explained(url, error) from None

    async def _follow(self, url: str, headers: Mapping[str, str], known: Collection[str]) -> Answer:
        target = _web_address(url, URL(url))
        for _ in range(MAX_REDIRECTS + 1):
            answer = await self._one(target, headers, known)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not location:
                return answer
            target = _web_address(url, target.join(URL(location)))
        raise failed(
            FaultKind.HTTP_STATUS,
            f"{shown(url)} redirects more than {MAX_REDIRECTS} times; open it in a browser and use the address "
            "that it ends at",
        )

    async def _one(self, target: URL, headers: Mapping[str, str], known: Collection[str]) -> Answer:
        if self._session is None:
            raise RuntimeError("GuardedClient is used outside its `async with`")
        async with self._session.get(target, headers=headers, allow_redirects=False) as response:
            body, received = await self._body(response, known) if 200 <= response.status < 300 else (b"", "")
            return Answer(
                status=response.status,
                headers=response.headers,
                body=body,
                received=received,
                url=str(target.with_user(None)),
            )

    async def _body(self, response: aiohttp.ClientResponse, known: Collection[str]) -> tuple[bytes, str]:
        """The body, unpacked, and a hash of what it was before."""
        if (response.content_length or 0) > self._max_body:
            raise BodyTooLarge
        body = unpacker(response.headers.get("Content-Encoding", ""), self._max_body)
        if known:
            body = held(body, self._max_body)
        digest = hashlib.sha256()
        async for chunk in response.content.iter_chunked(_CHUNK):
            digest.update(chunk)
            body.feed(chunk)
        received = digest.hexdigest()
        if received in known:
            return b"", received
        return await asyncio.to_thread(body.finish) if known else body.finish(), received

    def _explained(self, url: str, error: Exception) -> FetchFailed:
        place = shown(url)
        if isinstance(error, TimeoutError):
            return failed(
                FaultKind.TIMEOUT,
                f"{place} did not answer in full within {self._deadline:g} s; it is tried again at the next poll",
            )
        if isinstance(error, BodyTooLarge):
            return failed(
                FaultKind.TOO_LARGE,
                f"{place} sends more than {self._max_body / 2**20:g} MiB; use a smaller feed of the same publisher "
                "or raise intake.max_bytes",
            )
        if isinstance(error, BodyBroken):
            return failed(FaultKind.UNREADABLE, f"{place}: {error}; it is tried again at the next poll")
        if isinstance(error, aiohttp.ClientConnectorError):
            return _not_connected(place, error)
        if isinstance(error, aiohttp.InvalidURL) or not isinstance(error, aiohttp.ClientError | OSError):
            return failed(FaultKind.UNREACHABLE, f"{place} is not a web address; correct the url of the source")
        return failed(
            FaultKind.UNREADABLE,
            f"{place}: the answer broke off or is not valid HTTP ({type(error).__name__}); it is tried again at the "
            "next poll",
        )


def user_agent(contact: str) -> str:
    """ "Tradewire/0.1.0 (+desk@example.org)"."""
    reach = one_line(contact, 200)
    return f"Tradewire/{version('tradewire')}" + (f" (+{reach})" if reach else "")


def _web_address(asked: str, target: URL) -> URL:
    if target.scheme not in ("http", "https"):
        raise failed(
            FaultKind.REFUSED_ADDRESS,
            f"{shown(asked)} leads to a {one_line(target.scheme, 20) or 'relative'} address; only http and https "
            "are fetched: correct the url of the source",
        )
    if not target.host:
        raise ValueError("no host")
    return target


def _not_connected(place: str, error: aiohttp.ClientConnectorError) -> FetchFailed:
    host = one_line(error.host, 100)
    match error:
        case aiohttp.ClientConnectorError(os_error=RefusedAddress()):
            return failed(
                FaultKind.REFUSED_ADDRESS,
                f"{place}: {host} is a private or special address; if you trust it, add its network to "
                "intake.allow_networks",
            )
        case aiohttp.ClientConnectorDNSError():
            return failed(
                FaultKind.UNREACHABLE,
                f"{place}: no address found for {host}; check its spelling and the network of this machine",
            )
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientSSLError():
            return failed(
                FaultKind.UNREACHABLE,
                f"{place}: no secure connection to {host} ({type(error).__name__}); its certificate is not trusted "
                "here or it does not speak TLS",
            )
        case _:
            reason = one_line(error.os_error.strerror or "no connection", 150)
            return failed(FaultKind.UNREACHABLE, f"{place}: cannot connect to {host}:{error.port} ({reason})")
