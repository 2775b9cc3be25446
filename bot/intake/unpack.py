"""Unpacking of gzip and deflate bodies with a cap on the result and an eye for a cut-off end.

aiohttp unpacks by itself, but it takes a truncated gzip body for a whole one, unpacks on the event loop, and sees a
bomb only once it has grown; so the client switches that off, takes the body as it comes and hands it over to here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

MOST_MEMBERS = 1_000  # of one gzip body; bgzip makes one of every 64 KiB, and an empty one is 20 bytes
_STEP = 64 * 1024  # bytes taken and unpacked at a time: what a bomb can cost beyond the cap
_GZIP = 16 + zlib.MAX_WBITS  # https://docs.python.org/3/library/zlib.html#zlib.decompress
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS  # what some servers send as "deflate"; RFC 9110 8.4.1.2 speaks of it


class BodyTooLarge(Exception):
    """The body is larger than the cap, packed or unpacked."""


class BodyBroken(Exception):
    """The body is cut off, or not in the encoding that its header names."""


def is_packed(content_encoding: str) -> bool:
    """Whether a body with this Content-Encoding has to be unpacked. Raises BodyBroken for one that was not asked for:
    br, zstd, or several on top of each other, as in "gzip, gzip"."""
    coding = _named(content_encoding)
    if coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise BodyBroken(f"the server packed it as {coding[:40]!r}, which was not asked for")
    return coding not in {"", "identity"}


def unpack(packed: bytes, content_encoding: str, max_bytes: int) -> bytes:
    """The body that `packed` stands for. Takes up to 50 ms for 10 MiB: not for the event loop.

    Raises BodyTooLarge beyond `max_bytes`, BodyBroken where the end is missing or the encoding is another.
    """
    if not is_packed(content_encoding) or not packed:
        return packed
    body = bytearray()
    try:
        for piece in _pieces(packed, _window(packed, content_encoding)):
            body += piece
            if len(body) > max_bytes:
                raise BodyTooLarge
    except zlib.error as error:
        raise BodyBroken(f"its compression is broken ({error})") from error
    return bytes(body)


def _named(content_encoding: str) -> str:
    return content_encoding.strip().lower()


def _window(packed: bytes, content_encoding: str) -> int:
    if _named(content_encoding) != "deflate":
        return _GZIP
    return _ZLIB if packed[0] & 0x0F == zlib.DEFLATED else _RAW_DEFLATE


def _pieces(packed: bytes, window: int) -> Iterator[bytes]:
    """At most _STEP unpacked bytes each. What comes after the end means nothing, as in every browser."""
    stream, members, position = zlib.decompressobj(window), 1, 0
    while position < len(packed):
        if stream.eof:
            # gzip may be a row of members (RFC 1952 2.2)
            if window != _GZIP or packed[position] != 0x1F:
                return
            stream, members = zlib.decompressobj(window), members + 1
            if members > MOST_MEMBERS:
                raise BodyBroken(f"it is packed in more than {MOST_MEMBERS} pieces")
        taken = packed[position : position + _STEP]
        yield stream.decompress(taken, _STEP)
        position += len(taken) - len(stream.unconsumed_tail) - len(stream.unused_data)
    # zlib may have swallowed the last byte and still owe what it stands for
    while not stream.eof and (piece := stream.decompress(b"", _STEP)):
        yield piece
    if not stream.eof:
        raise BodyBroken("its compressed body is cut off before the end")
