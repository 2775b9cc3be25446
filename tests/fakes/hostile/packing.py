"""Compression that lies, breaks off or blows up."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

from bot.intake.fetched import FaultKind
from tests.fakes.hostile.case import GOOD, Answer, Brings, Case, Fails, Visit, document, head, whole

BOMB = 64 * 2**20  # bytes, unpacked; 64 KB on the wire

TOO_LARGE = Fails(FaultKind.TOO_LARGE, "sends more than")
NOT_ASKED = Fails(FaultKind.UNREADABLE, "not asked for")
CUT_OFF = Fails(FaultKind.UNREADABLE, "cut off")
BROKEN = Fails(FaultKind.UNREADABLE, "compression is broken")
NEITHER = Fails(FaultKind.NOT_A_FEED, "neither XML nor JSON")


def gzipped(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=1, mtime=0)


def raw_deflated(body: bytes) -> bytes:
    packer = zlib.compressobj(1, wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def packed(body: bytes, encoding: str = "gzip") -> Answer:
    return document(body, content_encoding=encoding)


_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzipped,
    "deflate": lambda body: zlib.compress(body, 1),
    "raw": raw_deflated,
}


@cache
def zeros() -> bytes:
    return bytes(BOMB)


@cache
def _bomb(kind: str) -> bytes:
    return _PACKERS[kind](zeros())


def bomb(kind: str, encoding: str) -> Answer:
    async def behave(visit: Visit) -> None:
        body = _bomb(kind)
        await visit.send(head(200, {"Content-Encoding": encoding, "Content-Length": str(len(body))}), body)

    return behave


def zipped() -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr(zipfile.ZipInfo("feed.xml"), GOOD, zipfile.ZIP_DEFLATED)
    return into.getvalue()


def endless_name() -> bytes:
    """The header of a gzip file whose name does not end."""
    return b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + b"x" * 1_000_000


def wrong_sum() -> bytes:
    body = bytearray(gzipped(GOOD))
    body[-5] ^= 0xFF
    return bytes(body)


def empty_blocks() -> bytes:
    """Deflate blocks with nothing in them, and no end."""
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"\0\0\0\xff\xff" * 200_000


def _case(name: str, answer: Answer, expected: Fails | Brings) -> Case:
    return Case(name=f"packing-{name}", answer=answer, expected=expected)


CASES = (
    _case("gzip-bomb", bomb("gzip", "gzip"), TOO_LARGE),
    _case("deflate-bomb", bomb("deflate", "deflate"), TOO_LARGE),
    _case("raw-deflate-bomb", bomb("raw", "deflate"), TOO_LARGE),
    _case("bomb-as-x-gzip", bomb("gzip", "X-GZip"), TOO_LARGE),
    _case("stacked-bomb", packed(gzipped(gzipped(bytes(2**22))), "gzip, gzip"), NOT_ASKED),
    _case("stacked", packed(gzipped(gzipped(GOOD)), "gzip, gzip"), NOT_ASKED),
    _case(
        "stacked-in-two-headers",
        whole(gzipped(gzipped(GOOD)), {"Content-Encoding": "gzip\r\nContent-Encoding: gzip"}),
        NOT_ASKED,
    ),
    _case("stacked-by-surprise", packed(gzipped(gzipped(GOOD))), NEITHER),
    _case("zip-in-gzip", packed(gzipped(zipped())), NEITHER),
    _case(
        "flood-of-empty-members", packed(gzipped(b"") * 50_000), Fails(FaultKind.UNREADABLE, "more than 1000 pieces")
    ),
    _case("flood-of-empty-blocks", packed(empty_blocks()), CUT_OFF),
    _case("endless-name", packed(endless_name()), CUT_OFF),
    _case("truncated-gzip", packed(gzipped(GOOD)[:-12]), CUT_OFF),
    _case("truncated-gzip-checksum", packed(gzipped(GOOD)[:-4]), CUT_OFF),
    _case("truncated-deflate", packed(zlib.compress(GOOD)[:-5], "deflate"), CUT_OFF),
    _case("wrong-checksum", packed(wrong_sum()), BROKEN),
    _case("gzip-declared-but-plain", packed(GOOD), BROKEN),
    _case("gzip-declared-but-zlib", packed(zlib.compress(GOOD)), BROKEN),
    _case("deflate-declared-but-gzip", packed(gzipped(GOOD), "deflate"), BROKEN),
    _case("gzip-not-declared", document(gzipped(GOOD)), NEITHER),
    _case("br-declared", packed(b"\x8b\x05\x80hello", "br"), NOT_ASKED),
    _case("zstd-declared", packed(b"\x28\xb5\x2f\xfd", "zstd"), NOT_ASKED),
    _case("unknown-encoding", packed(GOOD, "x" * 2_000), NOT_ASKED),
    _case("trailing-garbage", packed(gzipped(GOOD) + b"\0<!-- tail -->"), Brings()),
    _case("two-members", packed(gzipped(GOOD[:100]) + gzipped(GOOD[100:])), Brings()),
    _case("raw-deflate", packed(raw_deflated(GOOD), "deflate"), Brings()),
    _case("shouted-encoding", packed(gzipped(GOOD), " GZIP "), Brings()),
    _case("identity", packed(GOOD, "identity"), Brings()),
)
