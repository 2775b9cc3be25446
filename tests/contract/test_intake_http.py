"""The guarded client against servers that mean no good."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from bot.intake.addresses import AddressGuard
from bot.intake.faults import FetchFailed
from bot.intake.fetched import Fault, FaultKind
from bot.intake.hosts import Hosts
from bot.intake.http import Answer, GuardedClient
from bot.intake.unpack import unpack
from tests.fakes.web import Asked, FakeWeb, head, rss, send

MIB = 2**20


def packed(body: bytes) -> bytes:
    """gzip without a time in it: parametrised tests must have the same names in every worker."""
    return gzip.compress(body, mtime=0)


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as server:
        yield server


@asynccontextmanager
async def client(
    *, allow: str = "127.0.0.1/32", deadline: float = 10.0, max_body: int = MIB, contact: str = ""
) -> AsyncIterator[GuardedClient]:
    guard = AddressGuard((ip_network(allow),))
    async with GuardedClient(guard=guard, deadline=deadline, max_body=max_body, contact=contact) as opened:
        yield opened


async def get(url: str, headers: Mapping[str, str] | None = None, *, max_body: int = MIB) -> Answer:
    async with client(max_body=max_body) as opened:
        return await opened.get(url, headers=headers)


async def fault_of(url: str, *, allow: str = "127.0.0.1/32", deadline: float = 10.0, max_body: int = MIB) -> Fault:
    async with client(allow=allow, deadline=deadline, max_body=max_body) as opened:
        with pytest.raises(FetchFailed) as caught:
            await opened.get(url)
    return caught.value.fault


# --- what is asked ----------------------------------------------------------------------------------------


async def test_a_request_says_who_asks_and_nothing_else(web: FakeWeb) -> None:
    web.serve("/feed", "hello", headers={"Set-Cookie": "track=1"})
    async with client(contact="desk@example.org") as opened:
        await opened.get(web.url("/feed"), headers={"If-None-Match": '"1"'})
        answer = await opened.get(web.url("/feed"))
    first, second = web.requests
    assert answer.body == b"hello"
    assert first.headers["user-agent"].startswith("Tradewire/")
    assert first.headers["user-agent"].endswith(" (+desk@example.org)")
    assert first.headers["if-none-match"] == '"1"'
    assert first.headers["accept-encoding"] == "gzip, deflate"
    assert "cookie" not in second.headers


async def test_proxies_of_the_environment_are_not_used(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    web.serve("/feed", "hello")
    async with FakeWeb("127.0.0.2") as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        assert (await get(web.url("/feed"))).status == 200
    assert proxy.requests == []


async def test_a_status_that_is_no_success_is_an_answer_without_its_body(web: FakeWeb) -> None:
    web.serve("/feed", "x" * 5 * MIB, status=503, headers={"Retry-After": "7"})
    answer = await get(web.url("/feed"))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"", "7")


async def test_the_credentials_of_a_url_are_sent_to_its_host_only_and_shown_nowhere(web: FakeWeb) -> None:
    async with FakeWeb() as other:
        web.redirect("/feed", other.url("/moved"))
        other.serve("/moved", "hello")
        answer = await get(web.url("/feed", user="me:hunter2"))
    assert web.requests[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in other.requests[0].headers
    assert answer.url == other.url("/moved")


async def test_the_address_of_an_answer_has_no_credentials(web: FakeWeb) -> None:
    web.serve("/feed", "hello")
    assert (await get(web.url("/feed", user="me:hunter2"))).url == web.url("/feed")


# --- bodies -----------------------------------------------------------------------------------------------


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", packed(b"hello, world")),
        ("x-gzip", packed(b"hello, world")),
        ("GZIP", packed(b"hello, ") + packed(b"world")),
        ("gzip", packed(b"hello, world") + b"\0\0\0"),
        ("deflate", zlib.compress(b"hello, world")),
        ("deflate", raw_deflate(b"hello, world")),
        ("identity", b"hello, world"),
    ],
)
async def test_packed_bodies_are_unpacked(web: FakeWeb, encoding: str, packed: bytes) -> None:
    web.serve("/feed", packed, headers={"Content-Encoding": encoding})
    assert (await get(web.url("/feed"))).body == b"hello, world"


@pytest.mark.parametrize(
    ("encoding", "packed", "said"),
    [
        ("gzip", packed(b"hello, world" * 1_000)[:-9], "cut off"),
        ("deflate", zlib.compress(b"hello, world" * 1_000)[:-5], "cut off"),
        ("gzip", b"not gzip at all", "broken"),
        ("br", b"whatever", "'br'"),
        ("gzip, gzip", packed(packed(b"twice")), "'gzip, gzip'"),
        ("gzip\r\nContent-Encoding: gzip", packed(packed(b"twice")), "'gzip, gzip'"),
    ],
)
async def test_a_broken_or_cut_off_packed_body_is_refused(
    web: FakeWeb, encoding: str, packed: bytes, said: str
) -> None:
    web.serve("/feed", packed, headers={"Content-Encoding": encoding})
    fault = await fault_of(web.url("/feed"))
    assert fault.kind is FaultKind.UNREADABLE
    assert said in fault.message


async def test_a_body_exactly_at_the_cap_is_taken(web: FakeWeb) -> None:
    web.serve("/plain", b"x" * MIB)
    web.serve("/packed", b"x" * MIB, packed=True)
    assert len((await get(web.url("/plain"))).body) == MIB
    assert len((await get(web.url("/packed"))).body) == MIB


async def test_too_large_bodies_of_all_kinds_are_cut_short(web: FakeWeb) -> None:
    web.endless("/endless")
    web.serve("/twenty", b"x" * 20 * MIB)
    web.raw("/declared", head(200, {"Content-Length": str(20 * MIB)}))
    web.serve("/bomb", b"\0" * 20 * MIB, packed=True)  # 20 KB on the wire
    for path in ("/endless", "/twenty", "/declared", "/bomb"):
        fault = await fault_of(web.url(path))
        assert fault.kind is FaultKind.TOO_LARGE, path
        assert "more than 1 MiB" in fault.message
        assert "intake.max_bytes" in fault.message


@pytest.mark.parametrize("path", ["/drip", "/silent", "/redirects"])
async def test_the_deadline_holds_for_the_whole_fetch(web: FakeWeb, path: str) -> None:
    web.drip("/drip")
    web.silent("/silent")

    async def slow_redirect(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.15)
        await send(writer, 302, {"Location": "/redirects"})

    web.on("/redirects", slow_redirect)
    fault = await fault_of(web.url(path), deadline=0.3)
    assert fault.kind is FaultKind.TIMEOUT
    assert "0.3 s" in fault.message


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"this is no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
    ],
)
async def test_an_answer_that_breaks_off_or_is_no_http_is_a_fault(web: FakeWeb, answer: bytes) -> None:
    web.raw("/feed", answer)
    fault = await fault_of(web.url("/feed"), deadline=1.0)
    assert fault.kind is FaultKind.UNREADABLE


async def test_a_part_of_a_document_is_refused(web: FakeWeb) -> None:
    web.serve("/feed", rss(), status=206, headers={"Content-Range": "bytes 0-99/5000"})
    fault = await fault_of(web.url("/feed"))
    assert fault.kind is FaultKind.UNREADABLE
    assert "206" in fault.message


async def test_packed_bodies_are_unpacked_off_the_event_loop(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []

    def noting(*args: Any) -> bytes:
        threads.append(threading.current_thread().name)
        return unpack(*args)

    monkeypatch.setattr("bot.intake.http.unpack", noting)
    web.serve("/feed", "hello", packed=True)
    assert (await get(web.url("/feed"))).body == b"hello"
    assert len(threads) == 1
    assert threads[0] != threading.current_thread().name


# --- redirects and addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_to_where_they_end(web: FakeWeb, status: int) -> None:
    web.redirect("/feed", "/a/b", status=status)
    web.redirect("/a/b", "c?x=1", status=status)
    web.serve("/a/c", "hello")
    answer = await get(web.url("/feed"))
    assert (answer.body, answer.url) == (b"hello", web.url("/a/c?x=1"))


async def test_where_an_address_leads_for_good_is_known(web: FakeWeb) -> None:
    web.redirect("/a", "/b", status=301)
    web.redirect("/b", "/c", status=308)
    web.redirect("/c", "/d", status=302)
    web.redirect("/d", "/e", status=301)
    web.serve("/e", "hello")
    answer = await get(web.url("/a"))
    assert (answer.url, answer.moved_to) == (web.url("/e"), web.url("/c"))
    assert (await get(web.url("/c"))).moved_to is None, "what comes after a move for now is for now"
    assert (await get(web.url("/a", user="me:hunter2"))).moved_to is None
    assert (await get(web.url("/e"))).moved_to is None


async def test_credentials_stay_with_the_origin_whatever_the_form_of_the_redirect(web: FakeWeb) -> None:
    web.redirect("/feed", web.url("/moved", user="other:word"))
    web.serve("/moved", "hello")
    await get(web.url("/feed", user="me:hunter2"))
    first, second = (asked.headers["authorization"] for asked in web.requests)
    assert first == second
    await get(web.url("/feed"))
    assert "authorization" not in web.requests[-1].headers, "nor are those of a redirect used"


async def test_own_headers_of_a_source_go_to_its_origin_only(web: FakeWeb) -> None:
    async with FakeWeb() as other, client() as opened:
        web.redirect("/feed", "/here")
        web.redirect("/here", other.url("/moved"))
        other.redirect("/moved", web.url("/back"))
        web.serve("/back", "hello")
        await opened.get(web.url("/feed"), headers={"If-None-Match": '"1"'}, own={"X-Api-Key": "hunter2"})
    assert [asked.headers.get("x-api-key") for asked in web.requests] == ["hunter2"] * 3
    assert "x-api-key" not in other.requests[0].headers


async def test_five_redirects_are_followed_and_six_are_not(web: FakeWeb) -> None:
    for step in range(6):
        web.redirect(f"/{step}", f"/{step + 1}")
    web.serve("/6", "hello")
    assert (await get(web.url("/1"))).body == b"hello"
    fault = await fault_of(web.url("/0"))
    assert fault.kind is FaultKind.HTTP_STATUS
    assert "more than 5 times" in fault.message


async def test_each_hop_takes_its_turn_at_its_host_and_only_the_first_is_a_poll_of_it(web: FakeWeb) -> None:
    turns: list[tuple[str, bool]] = []

    class Noting(Hosts):
        @asynccontextmanager
        async def turn(self, host: str, *, spaced: bool = True, within: float | None = None) -> AsyncIterator[None]:
            turns.append((host, spaced))
            async with super().turn(host, spaced=spaced, within=within):
                yield

    web.redirect("/feed", "/moved")
    web.serve("/moved", "hello")
    guard = AddressGuard((ip_network("127.0.0.1/32"),))
    async with GuardedClient(guard=guard, hosts=Noting(timedelta(0))) as opened:
        await opened.get(web.url("/feed", host="localhost"))
        await opened.get(web.url("/moved"), spaced=False)
    assert turns == [("localhost", True), ("localhost", False), ("127.0.0.1", False)]


async def test_a_feed_that_leads_to_a_busy_host_gives_up_at_its_deadline(web: FakeWeb) -> None:
    """Nothing told that many feeds lead there: they may not hold every place of the poller."""
    hosts = Hosts(timedelta(0))
    web.redirect("/feed", web.url("/moved", host="localhost"))
    web.serve("/moved", "hello")
    guard = AddressGuard((ip_network("127.0.0.1/32"),))
    async with GuardedClient(guard=guard, hosts=hosts, deadline=0.05) as opened, hosts.turn("localhost"):
        with pytest.raises(FetchFailed) as failure:
            await opened.get(web.url("/feed"))
    assert failure.value.fault.kind is FaultKind.TIMEOUT


async def test_a_redirect_loop_ends(web: FakeWeb) -> None:
    web.redirect("/feed", "/feed")
    assert (await fault_of(web.url("/feed"))).kind is FaultKind.HTTP_STATUS
    assert len(web.requests) == 6


async def test_a_redirect_to_an_address_that_is_not_allowed_is_never_connected(web: FakeWeb) -> None:
    async with FakeWeb("127.0.0.2") as inside:
        inside.serve("/secret", "keys")
        web.redirect("/feed", inside.url("/secret"))
        fault = await fault_of(web.url("/feed"))
        assert inside.requests == []
    assert fault.kind is FaultKind.REFUSED_ADDRESS
    assert "intake.allow_networks" in fault.message


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:70/1", "data:,x"])
async def test_only_http_and_https_are_followed(web: FakeWeb, target: str) -> None:
    web.redirect("/feed", target)
    assert (await fault_of(web.url("/feed"))).kind is FaultKind.REFUSED_ADDRESS
    assert (await fault_of(target)).kind is FaultKind.REFUSED_ADDRESS


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::ffff:127.0.0.1]", "0"]
)
async def test_no_spelling_of_a_private_address_is_connected(web: FakeWeb, host: str) -> None:
    web.serve("/secret", "keys")
    fault = await fault_of(web.url("/secret", host=host), allow="192.0.2.0/24")
    # aiohttp itself takes some of them for no host name at all
    assert fault.kind in (FaultKind.REFUSED_ADDRESS, FaultKind.UNREACHABLE)
    assert web.requests == []


async def test_an_allowed_name_reaches_its_server(web: FakeWeb) -> None:
    web.serve("/feed", "hello")
    async with client(allow="127.0.0.0/8") as opened:
        assert (await opened.get(web.url("/feed", host="localhost"))).body == b"hello"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://", FaultKind.UNREACHABLE),
        ("http://[::1", FaultKind.UNREACHABLE),
        ("http://127.0.0.1:99999/", FaultKind.UNREACHABLE),
        ("http://" + "a" * 300 + "/", FaultKind.UNREACHABLE),
        ("http://no-such-host.invalid/", FaultKind.UNREACHABLE),
        ("nonsense", FaultKind.REFUSED_ADDRESS),
        ("", FaultKind.REFUSED_ADDRESS),
    ],
)
async def test_an_address_that_leads_nowhere_is_a_fault(url: str, kind: FaultKind) -> None:
    assert (await fault_of(url)).kind is kind


async def test_a_closed_port_is_a_fault() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        fault = await fault_of(f"http://127.0.0.1:{taken.getsockname()[1]}/feed")
    assert fault.kind is FaultKind.UNREACHABLE
    assert "cannot connect to 127.0.0.1" in fault.message


async def test_no_fault_shows_a_password_or_a_query(web: FakeWeb) -> None:
    web.raw("/broken", b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n")
    web.redirect("/loop", "/loop")
    web.silent("/silent")
    urls = [web.url(path, user="me:hunter2") + "?key=hunter3" for path in ("/broken", "/loop", "/silent")]
    urls += ["http://me:hunter2@[::1/?key=hunter3", "http://me:hunter2@127.0.0.9/", "ftp://me:hunter2@x/"]
    for url in urls:
        fault = await fault_of(url, deadline=0.3)
        assert "hunter" not in fault.message, url
        assert "\n" not in fault.message


async def test_one_client_serves_many_fetches_at_once(web: FakeWeb) -> None:
    web.serve("/feed", rss())
    async with client() as opened:
        answers = await asyncio.gather(*(opened.get(web.url("/feed")) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
