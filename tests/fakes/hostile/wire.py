"""HTTP that is slow, endless, broken or no HTTP at all."""

from __future__ import annotations

import asyncio
import socket
import struct

from bot.intake.fetched import FaultKind
from tests.fakes.hostile.case import GOOD, RSS, Answer, Brings, Case, Fails, Visit, head, raw

TIMEOUT = Fails(FaultKind.TIMEOUT, "did not answer in full")
TOO_LARGE = Fails(FaultKind.TOO_LARGE, "sends more than")
BROKEN = Fails(FaultKind.UNREADABLE, "broke off or is not valid HTTP")

OK = {"Content-Type": RSS}
CHUNKED = head(200, {**OK, "Transfer-Encoding": "chunked"})
PAUSE = 0.02  # seconds between two drops of a drip


def with_length(length: int | str, body: bytes = GOOD) -> bytes:
    return head(200, {**OK, "Content-Length": str(length)}) + body


class Floods:
    """Seconds between two waves of what ends with the deadline alone; 0 is as fast as it is taken."""

    pause = 0.005


def forever(start: bytes, again: bytes, pause: float | None = None) -> Answer:
    """`start`, then `again` without end, with a pause before each."""

    async def behave(visit: Visit) -> None:
        await visit.send(start)
        while True:
            await asyncio.sleep(Floods.pause if pause is None else pause)
            await visit.send(again)

    return behave


async def silence(visit: Visit) -> None:
    await asyncio.Event().wait()


def then_silence(start: bytes) -> Answer:
    async def behave(visit: Visit) -> None:
        await visit.send(start)
        await asyncio.Event().wait()

    return behave


async def reset(visit: Visit) -> None:
    """RST in the middle of a body."""
    await visit.send(with_length(len(GOOD), GOOD[:50]))
    connection = visit.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    visit.writer.transport.abort()


def chunks(body: bytes, size: int = 100, extension: bytes = b"") -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces) + b"0\r\n\r\n"


def _case(name: str, answer: Answer, expected: Fails | Brings, *, slow: bool = False) -> Case:
    return Case(name=f"wire-{name}", answer=answer, expected=expected, slow=slow)


def _slow(name: str, answer: Answer, expected: Fails = TIMEOUT) -> Case:
    return _case(name, answer, expected, slow=True)


CASES = (
    # --- slow
    _slow("never-answers", silence),
    _slow("slow-status-line", forever(b"HTTP/1.1 200 ", b"O", PAUSE)),
    _slow("slow-headers", forever(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n", PAUSE)),
    _slow("slow-body", forever(head(200, OK), b" ", PAUSE)),
    _slow("slow-chunks", forever(CHUNKED, b"1\r\n \r\n", PAUSE)),
    _slow("slow-chunk-size", forever(CHUNKED, b"0", PAUSE)),
    _slow("body-that-stops", then_silence(with_length(len(GOOD), GOOD[:-10]))),
    _slow("chunks-that-stop", then_silence(CHUNKED + chunks(GOOD)[:-5])),
    _slow("half-a-header", then_silence(b"HTTP/1.1 200 OK\r\nContent-Ty")),
    # --- endless
    _case("endless-body", forever(head(200, OK), b"<item><title>again</title></item>" * 2_000, 0), TOO_LARGE),
    _case("endless-chunks", forever(CHUNKED, b"8000\r\n" + b" " * 0x8000 + b"\r\n", 0), TOO_LARGE),
    _case("endless-header", forever(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 10_000, 0), BROKEN),
    _case("endless-headers", forever(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n" * 5_000, 0), BROKEN),
    _slow("endless-tiny-chunks", forever(CHUNKED, b"1\r\n \r\n" * 5_000)),
    _slow("endless-chunk-extension", forever(CHUNKED + b"5;", b"x" * 10_000)),
    _case("endless-trailers", forever(CHUNKED + chunks(GOOD)[:-2], b"X: 1\r\n" * 5_000), BROKEN),
    _slow("endless-empty-lines", forever(b"", b"\r\n" * 5_000)),
    _slow("endless-informational", forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 500)),
    # --- large
    _case("length-of-a-terabyte", raw(with_length(2**40)), TOO_LARGE),
    _case("length-of-forty-digits", raw(with_length("9" * 40)), BROKEN),
    _case("header-of-a-megabyte", raw(head(200, {**OK, "X": "x" * 2**20}) + GOOD), BROKEN),
    _case("hundred-thousand-headers", raw(head(200, {f"X-{number}": "1" for number in range(100_000)})), BROKEN),
    _case("reason-of-a-megabyte", raw(b"HTTP/1.1 200 " + b"O" * 2**20 + b"\r\n\r\n"), BROKEN),
    _case("chunk-size-beyond-64-bits", raw(CHUNKED + b"f" * 17 + b"\r\n" + GOOD), BROKEN),
    # --- broken
    _case("nothing", raw(b""), BROKEN),
    _case("reset", reset, BROKEN),
    _case("length-too-long", raw(with_length(len(GOOD) + 100)), BROKEN),
    _case("length-too-short", raw(with_length(len(GOOD) - 30)), BROKEN),
    _case("length-below-zero", raw(with_length(-5)), BROKEN),
    _case("length-with-plus", raw(with_length(f"+{len(GOOD)}")), BROKEN),
    _case("lengths-that-differ", raw(with_length(f"{len(GOOD)}\r\nContent-Length: 5")), BROKEN),
    _case(
        "length-and-chunks",
        raw(head(200, {"Content-Length": "5", "Transfer-Encoding": "chunked"}) + chunks(GOOD)),
        BROKEN,
    ),
    _case("chunk-size-that-is-none", raw(CHUNKED + b"zz\r\n" + GOOD), BROKEN),
    _case("chunk-size-below-zero", raw(CHUNKED + b"-5\r\n" + GOOD), BROKEN),
    _case("chunks-declared-but-plain", raw(CHUNKED + GOOD), BROKEN),
    _case("chunks-cut-off", raw(CHUNKED + chunks(GOOD)[:-5]), BROKEN),
    _case("status-of-five-digits", raw(b"HTTP/1.1 99999 OK\r\n\r\n"), BROKEN),
    _case("status-that-is-none", raw(b"HTTP/1.1 OK OK\r\n\r\n"), BROKEN),
    _case("header-without-colon", raw(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n" + GOOD), BROKEN),
    _case("nul-in-a-header", raw(b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n" + GOOD), BROKEN),
    _case("http-0.9", raw(GOOD), BROKEN),
    _case("http-2-preface", raw(b"\0\0\x06\x04\0\0\0\0\0\0\x04\0\x40\0\0"), BROKEN),
    _case("tls-alert", raw(b"\x15\x03\x01\0\x02\x02\x46"), BROKEN),
    _case("ssh-banner", raw(b"SSH-2.0-OpenSSH_9.9\r\n"), BROKEN),
    _case("smtp-banner", raw(b"220 mail.example ESMTP\r\n"), BROKEN),
    _case(
        "switching-protocols",
        raw(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n" + GOOD),
        Fails(FaultKind.HTTP_STATUS, "101"),
    ),
    # --- odd, and yet an answer
    _case(
        "informational-first",
        raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + with_length(len(GOOD))),
        Brings(),
    ),
    _case("no-reason", raw(b"HTTP/1.1 200\r\nContent-Type: text/xml\r\n\r\n" + GOOD), Brings()),
    _case("http-1.0", raw(b"HTTP/1.0 200 OK\r\n\r\n" + GOOD), Brings()),
    _case("chunk-extensions", raw(CHUNKED + chunks(GOOD, extension=b";a=b")), Brings()),
    _case(
        "injected-headers", raw(head(200, {**OK, "ETag": '"1"\r\nSet-Cookie: track=1\r\nX-Evil: 1'}) + GOOD), Brings()
    ),
    _case("bytes-in-the-etag", raw(head(200, OK)[:-2] + b'ETag: "\xff\xfe"\r\n\r\n' + GOOD), Brings()),
)
