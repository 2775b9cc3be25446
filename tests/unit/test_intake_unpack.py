"""Unpacking in pieces, whatever the pieces are."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.unpack import BodyBroken, BodyTooLarge, unpacker

PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": lambda body: gzip.compress(body),
    "deflate": lambda body: zlib.compress(body),
}
BODY = bytes(range(256)) * 1_000


def unpack(encoding: str, packed: bytes, *, piece: int, cap: int = 10**6) -> bytes:
    body = unpacker(encoding, cap)
    for start in range(0, len(packed), piece):
        body.feed(packed[start : start + piece])
    return body.finish()


@given(
    body=st.binary(max_size=500) | st.sampled_from([b"\0" * 65_536, b"\0" * 131_072, BODY]),
    encoding=st.sampled_from(["", "gzip", "deflate"]),
    piece=st.integers(1, 5_000),
)
def test_the_body_does_not_depend_on_how_it_arrives(body: bytes, encoding: str, piece: int) -> None:
    packed = PACK[encoding](body)
    assert unpack(encoding, packed, piece=piece) == body


@pytest.mark.parametrize("piece", [1, 7, 10**6])
def test_a_row_of_gzip_members_is_one_body(piece: int) -> None:
    assert unpack("gzip", gzip.compress(b"one ") + gzip.compress(b"two"), piece=piece) == b"one two"


@given(missing=st.integers(1, 300), encoding=st.sampled_from(["gzip", "deflate"]))
def test_a_missing_end_is_seen(missing: int, encoding: str) -> None:
    packed = PACK[encoding](BODY)
    with pytest.raises(BodyBroken, match="cut off"):
        unpack(encoding, packed[:-missing], piece=1_000)


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_give_a_body_or_a_known_error(packed: bytes, encoding: str) -> None:
    try:
        unpack(encoding, packed, piece=100)
    except BodyBroken:
        return


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_the_cap_is_on_the_unpacked_size(encoding: str) -> None:
    packed = PACK[encoding](BODY)
    assert unpack(encoding, packed, piece=10**6, cap=len(BODY)) == BODY
    with pytest.raises(BodyTooLarge):
        unpack(encoding, packed, piece=10**6, cap=len(BODY) - 1)


def test_an_empty_body_is_whole_in_every_encoding() -> None:
    assert unpack("gzip", b"", piece=1) == b""
