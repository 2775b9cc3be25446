"""Unpacking: what comes out, and what is refused."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.unpack import MOST_MEMBERS, BodyBroken, BodyTooLarge, is_packed, unpack

PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "deflate": lambda body: zlib.compress(body),
}
BODY = bytes(range(256)) * 1_000
MOST = 10**6


@given(
    body=st.binary(max_size=500)
    | st.sampled_from([b"\0" * 65_536, b"\0" * 131_072, BODY])
    | st.integers(65_000, 66_000).map(lambda size: BODY[:size]),
    encoding=st.sampled_from(["", "gzip", "deflate"]),
)
def test_what_was_packed_comes_out(body: bytes, encoding: str) -> None:
    assert unpack(PACK[encoding](body), encoding, MOST) == body


def test_a_row_of_gzip_members_is_one_body() -> None:
    members = [PACK["gzip"](b"%d " % number) for number in range(MOST_MEMBERS)]
    assert unpack(b"".join(members), "gzip", MOST) == b"".join(b"%d " % number for number in range(MOST_MEMBERS))


def test_a_flood_of_empty_gzip_members_is_refused() -> None:
    with pytest.raises(BodyBroken, match="more than 1000 pieces"):
        unpack(PACK["gzip"](b"") * 500_000, "gzip", MOST)


@pytest.mark.parametrize("after", [b"\0\0\0", b"PK\x03\x04", b"<html>"])
def test_bytes_after_the_end_mean_nothing(after: bytes) -> None:
    assert unpack(PACK["gzip"](BODY) + after, "gzip", MOST) == BODY
    assert unpack(PACK["deflate"](BODY) + after, "deflate", MOST) == BODY


@given(missing=st.integers(1, 300), encoding=st.sampled_from(["gzip", "deflate"]))
def test_a_missing_end_is_seen(missing: int, encoding: str) -> None:
    packed = PACK[encoding](BODY)
    with pytest.raises(BodyBroken, match="cut off"):
        unpack(packed[:-missing], encoding, MOST)


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_give_a_body_or_a_known_error(packed: bytes, encoding: str) -> None:
    try:
        unpack(packed, encoding, MOST)
    except BodyBroken:
        return


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_the_cap_is_on_the_unpacked_size(encoding: str) -> None:
    packed = PACK[encoding](BODY)
    assert unpack(packed, encoding, len(BODY)) == BODY
    with pytest.raises(BodyTooLarge):
        unpack(packed, encoding, len(BODY) - 1)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip, identity", "compress", "x" * 5_000])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(BodyBroken, match="not asked for"):
        is_packed(encoding)


@pytest.mark.parametrize("encoding", ["", "gzip", "deflate"])
def test_an_empty_body_is_whole_in_every_encoding(encoding: str) -> None:
    assert unpack(b"", encoding, MOST) == b""
