"""Unpacking of gzip and deflate bodies with a cap on the result and an eye for a cut-off end.

aiohttp unpacks by itself, but it takes a truncated gzip body for a whole one, and a bomb is only seen once it
has grown; so the client switches that off and feeds the packed bytes through here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

_STEP = 64 * 1024  # bytes unpacked at a time: what a bomb can cost beyond the cap
_GZIP = 16 + zlib.MAX_WBITS  # https://docs.python.org/3/library/zlib.html#zlib.decompress
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS  # what some servers send as "deflate"; RFC 9110 8.4.1.2 speaks of it


class BodyTooLarge(Exception):
    """The body is larger than the cap, once unpacked."""


class BodyBroken(Exception):
    """The body is cut off, or not in the encoding that its header names."""


class Unpacker(Protocol):
    """Takes the body in pieces, in order, and gives it back whole."""

    def feed(self, packed: bytes) -> None:
        """Raises BodyTooLarge or BodyBroken."""

    def finish(self) -> bytes:
        """The whole body. Raises BodyBroken where its end is missing, BodyTooLarge as `feed` does."""


def unpacker(content_encoding: str, max_bytes: int) -> Unpacker:
    """For the value of a Content-Encoding header. Raises BodyBroken for one that we did not ask for."""
    match content_encoding.strip().lower():
        case "" | "identity":
            return _Plain(max_bytes)
        case "gzip" | "x-gzip":
            return _Packed(max_bytes, _GZIP)
        case "deflate":
            return _Packed(max_bytes, _ZLIB)
        case other:
            raise BodyBroken(f"the server packed it as {other!r}, which was not asked for")


def held(body: Unpacker, max_bytes: int) -> Unpacker:
    """Unpacks nothing until the end, for what may turn out to be known by its packed bytes, `max_bytes` at most."""
    return _Held(body, max_bytes)


class _Plain:
    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._body = bytearray()

    def feed(self, packed: bytes) -> None:
        self._body += packed
        if len(self._body) > self._max_bytes:
            raise BodyTooLarge

    def finish(self) -> bytes:
        return bytes(self._body)


class _Held(_Plain):
    def __init__(self, inner: Unpacker, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._inner = inner

    def finish(self) -> bytes:
        self._inner.feed(super().finish())
        return self._inner.finish()


class _Packed(_Plain):
    def __init__(self, max_bytes: int, window: int) -> None:
        super().__init__(max_bytes)
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._started = False

    def feed(self, packed: bytes) -> None:
        try:
            for piece in self._unpacked(packed):
                super().feed(piece)
        except zlib.error as error:
            raise BodyBroken(f"its compression is broken ({error})") from error

    def finish(self) -> bytes:
        # zlib may have swallowed the last byte and still owe what it stands for
        while not self._stream.eof and (piece := self._stream.decompress(b"", _STEP)):
            super().feed(piece)
        if self._started and not self._stream.eof:
            raise BodyBroken("its compressed body is cut off before the end")
        return super().finish()

    def _unpacked(self, packed: bytes) -> Iterator[bytes]:
        if not self._started and packed:
            self._begin(packed)
        while packed:
            if self._stream.eof:
                if self._window != _GZIP or not packed.startswith(b"\x1f"):
                    return  # bytes after the end mean nothing, as in every browser
                self._stream = zlib.decompressobj(self._window)  # gzip may be a row of members (RFC 1952 2.2)
            yield self._stream.decompress(packed, _STEP)
            packed = self._stream.unconsumed_tail or self._stream.unused_data

    def _begin(self, packed: bytes) -> None:
        self._started = True
        zlib_header = packed[0] & 0x0F == zlib.DEFLATED
        if self._window == _ZLIB and not zlib_header:
            self._window = _RAW_DEFLATE
            self._stream = zlib.decompressobj(self._window)
