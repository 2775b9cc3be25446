"""The one HTTP client that touches what strangers serve.

Every fetch has a deadline over all of it, a cap on the body, packed and unpacked, and an address check at each
connection. Redirects are followed here, hop by hop, so that each is checked. A host is asked by one fetch at a time.
Failures come out as `FetchFailed` only.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from types import TracebackType

import aiohttp
from yarl import URL

from bot.intake.addresses import AddressGuard, RefusedAddress, Resolver
from bot.intake.faults import FetchFailed, failed, one_line, shown
from bot.intake.fetched import FaultKind
from bot.intake.hosts import Hosts
from bot.intake.unpack import BodyBroken, BodyTooLarge, is_packed, unpack

MAX_REDIRECTS = 5
DEADLINE = 20.0  # seconds for one fetch, redirects and body included; waiting for a busy host is not
MAX_BODY = 10 * 2**20  # bytes of one document, as it comes and unpacked
_CHUNK = 64 * 1024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_KEEPING_METHOD = frozenset({307, 308})
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, "
    "*/*;q=0.1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response that is not a redirect. `body` is empty unless the status is 2xx, or 503 with a page, and what came
    is new; `received` is a hash of what came, `digest` one of the body, unpacked; `url` is where it came from,
    without user name and password; `moved_to` is where the address leads for good (301, 308), and None too where it
    holds a password, which would have to go along. Header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received: str = ""
    digest: str = ""
    url: str
    moved_to: str | None = None


# How long a connection outlives the pause of its host. The next feed of that host uses it; where there is none, its
# buffers do not wait for a poll that is minutes away.
KEPT_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What to ask with. `own` headers belong to the source's own origin, and go nowhere else."""

    headers: Mapping[str, str]
    own: Mapping[str, str]
    known: Collection[str]
    spaced: bool
    form: Mapping[str, str] | None = None  # to be posted


class GuardedClient:
    """Use as an async context manager.

    `contact` (a mail address or page) goes into the User-Agent: sec.gov and bls.gov answer 403 to robots that
    name none. `deadline` in seconds, `max_body` in bytes. `hosts` says when a host may be asked.
    """

    def __init__(
        self,
        *,
        guard: AddressGuard | None = None,
        contact: str = "",
        deadline: float = DEADLINE,
        max_body: int = MAX_BODY,
        hosts: Hosts | None = None,
    ) -> None:
        self._guard = guard or AddressGuard()
        self.hosts = hosts or Hosts(exempt=self._guard.is_own)
        self._deadline = deadline
        self._max_body = max_body
        self._user_agent = user_agent(contact)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> GuardedClient:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                socket_factory=self._guard, resolver=Resolver(), keepalive_timeout=self.hosts.spacing + KEPT_S
            ),
            timeout=aiohttp.ClientTimeout(total=None),  # `_follow` holds the deadline over all hops
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

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        own: Mapping[str, str] | None = None,
        known: Collection[str] = (),
        spaced: bool = True,
    ) -> Answer:
        """Fetch `url`. Any status is an answer; raises FetchFailed for everything that is none.

        `own` headers are sent to the origin of `url` only. A body that is `known` by its hash, as `Answer.received`
        has it, is not unpacked. Without `spaced` the host gets no pause since the fetch before.
        """
        return await self._asked(url, _Wish(headers=headers or {}, own=own or {}, known=known, spaced=spaced))

    async def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """Send `form` to `url`. Any status is an answer, whose body is not read; raises as `get` does.

        Of the redirects only those are followed that keep a POST one, and none from https to http: it may hold a
        secret. https://www.rfc-editor.org/rfc/rfc9110#section-15.4
        """
        return await self._asked(url, _Wish(headers={}, own={}, known=(), spaced=True, form=form))

    async def _asked(self, url: str, wish: _Wish) -> Answer:
        try:
            return await self._follow(url, wish)
        except (OSError, aiohttp.ClientError, ValueError, BodyTooLarge, BodyBroken) as error:
            # "from None": the text of aiohttp's own errors can hold the password of the URL
            raise self._explained(url, error) from None

    async def _follow(self, url: str, wish: _Wish) -> Answer:
        asked = target = _web_address(url, URL(url))
        left, loop = self._deadline, asyncio.get_running_loop()
        for_good, moved_to = asked.user is None, None
        for hop in range(MAX_REDIRECTS + 1):
            headers = {**wish.headers, **(wish.own if target.origin() == asked.origin() else {})}
            # Many feeds may lead to one host, and none of them knew: waiting for that is part of the deadline.
            turn = self.hosts.turn(target.host or "", spaced=wish.spaced and hop == 0, within=left if hop else None)
            waited = loop.time()
            async with turn:
                left -= loop.time() - waited if hop else 0.0
                began = loop.time()
                async with asyncio.timeout(left):
                    answer = await self._one(target, headers, wish)
                left -= loop.time() - began
            location = answer.headers.get("Location")
            if answer.status not in (_REDIRECTS if wish.form is None else _KEEPING_METHOD) or not location:
                return replace(answer, moved_to=moved_to)
            target = _redirected(url, asked, target, location)
            if wish.form is not None and asked.scheme == "https" and target.scheme == "http":
                raise failed(FaultKind.REFUSED_ADDRESS, f"{shown(url)} leads from https to http, where none is sent")
            for_good = for_good and answer.status in _FOR_GOOD
            moved_to = str(target) if for_good else moved_to
        raise failed(
            FaultKind.HTTP_STATUS,
            f"{shown(url)} redirects more than {MAX_REDIRECTS} times; open it in a browser and use the address "
            "that it ends at",
        )

    async def _one(self, target: URL, headers: Mapping[str, str], wish: _Wish) -> Answer:
        if self._session is None:
            raise RuntimeError("GuardedClient is used outside its `async with`")
        method = "GET" if wish.form is None else "POST"
        asking = self._session.request(method, target, headers=headers, data=wish.form, allow_redirects=False)
        async with asking as response:
            if response.status == 206:
                raise BodyBroken("the server sends a part of the document (HTTP 206), which was not asked for")
            wanted = (200 <= response.status < 300 or _may_be_gate(response)) and wish.form is None
            body, received, digest = await self._body(response, wish.known) if wanted else (b"", "", "")
            return Answer(
                status=response.status,
                headers=response.headers,
                body=body,
                received=received,
                digest=digest,
                url=str(target.with_user(None)),
            )

    async def _body(self, response: aiohttp.ClientResponse, known: Collection[str]) -> tuple[bytes, str, str]:
        """The body, unpacked, a hash of what it was before, and one of itself."""
        if (response.content_length or 0) > self._max_body:
            raise BodyTooLarge
        encoding = ", ".join(response.headers.getall("Content-Encoding", ()))
        packed = is_packed(encoding)
        came, hashed = bytearray(), hashlib.sha256()
        async for chunk in response.content.iter_chunked(_CHUNK):
            came += chunk
            if len(came) > self._max_body:
                raise BodyTooLarge
            hashed.update(chunk)
        received = hashed.hexdigest()
        if received in known:
            return b"", received, ""
        if not packed:
            return bytes(came), received, received
        body, digest = await asyncio.to_thread(_unpacked, bytes(came), encoding, self._max_body)
        return body, received, digest

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


def _unpacked(packed: bytes, encoding: str, max_body: int) -> tuple[bytes, str]:
    """The body and its hash."""
    body = unpack(packed, encoding, max_body)
    return body, hashlib.sha256(body).hexdigest()


def _may_be_gate(response: aiohttp.ClientResponse) -> bool:
    """Older bot defences say 503 with the page that they put before a site: only its text tells them from trouble."""
    return response.status == 503 and response.content_type == "text/html"


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


def _redirected(asked_as: str, asked: URL, target: URL, location: str) -> URL:
    """Where a redirect leads. The user name and password of the source's own address stay with its origin, and those
    that a redirect names are nothing to us."""
    try:
        to = _web_address(asked_as, target.join(URL(location)))
        at_home = to.origin() == asked.origin()
        return to.with_user(asked.user).with_password(asked.password) if at_home else to.with_user(None)
    except ValueError:
        raise failed(
            FaultKind.UNREACHABLE,
            f"{shown(asked_as)} redirects to what is no web address; open it in a browser and use the address that "
            "it ends at",
        ) from None


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
