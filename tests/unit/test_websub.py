"""Who pushes a feed, by its headers and its document; what a hub is asked; whose signature holds."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.intake.fetched import Offer
from bot.intake.websub import (
    LEASE_ASKED,
    LEAST_LEASE,
    MOST_AROUND,
    MOST_HUBS,
    MOST_LEASE,
    Signature,
    lease_of,
    offer_of,
    offered,
    renewal,
    request_form,
)
from bot.settings.sections import WebSettings
from tests.samples import NOW

URL = "https://wire.example/feed.xml"
HUB, SELF = "https://hub.example/", "https://wire.example/self.xml"
LINKS = f'<atom:link rel="hub" href="{HUB}"/><atom:link href="{SELF}" rel="self" type="application/rss+xml"/>'
ITEM = "<item><title>Tariffs fall</title></item>"
NONE = Offer(topic=URL)


def rss(head: str, items: str = ITEM, tail: str = "") -> bytes:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}{tail}</channel></rss>'.encode()


# --- documents ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        rss(LINKS),
        rss(LINKS.replace("atom:", "atom10:")),
        rss(LINKS.replace('"', "'")),
        rss("<title>A wire</title>", tail=LINKS),
        rss("", ITEM + LINKS.replace("/>", "></atom:link>") + ITEM).replace(ITEM.encode(), b"", 1),
        f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="hub" href="{HUB}" />'
        f'<link\n rel="self"\n href="{SELF}"/><entry><title>x</title></entry></feed>'.encode(),
        f'<rdf:RDF><channel rdf:about="{URL}">{LINKS}</channel>{ITEM}</rdf:RDF>'.encode(),
        json.dumps({"feed_url": SELF, "hubs": [{"type": "WebSub", "url": HUB}], "items": []}).encode(),
    ],
    ids=["rss", "other prefix", "single quotes", "tail", "one item", "atom", "rdf", "json"],
)  # fmt: skip
def test_the_hub_and_the_name_of_a_feed_are_found(body: bytes) -> None:
    assert offer_of(body, URL) == Offer(topic=SELF, hubs=(HUB,))


@pytest.mark.parametrize(
    "body",
    [
        rss("<title>A wire</title>"),
        rss(f"<!-- {LINKS} -->"),
        rss(f"<!-- {LINKS}"),
        rss(f"<description><![CDATA[{LINKS}]]></description>"),
        rss("", f"<item>{LINKS}</item>"),
        rss("", f"<item>{LINKS}</item>" * 2),
        rss('<atom:link rel="hubs" href="https://hub.example/"/>'),
        rss('<atom:link rel="hub" href="http://hub.example/"/>'),
        rss('<atom:link rel="hub" href="ftp://hub.example/"/>'),
        rss('<atom:link rel="hub" href="javascript:alert(1)"/>'),
        rss('<atom:link rel="hub" href="https://me:secret@hub.example/"/>'),
        rss('<atom:link rel="hub" href="http://["/>'),
        rss(f'<atom:link rel="hub" href="https://hub.example/{"x" * 2_000}"/>'),
        rss(" " * MOST_AROUND + LINKS),
        b'{"hubs": [{"type": "rssCloud", "url": "https://hub.example/"}]}',
        b'{"hubs": [{"type": "WebSub", "url": 7}, 8, null]}',
        b'{"hubs": {"type": "WebSub"}}',
        b'{"hubs": ' + b"[" * 100_000,
        b'["hubs"]',
        b"",
    ],
)
def test_what_is_no_hub_that_can_be_trusted_is_none(body: bytes) -> None:
    assert offer_of(body, URL).hubs == ()


def test_a_feed_over_plain_http_may_have_a_hub_like_it() -> None:
    plain = URL.replace("https", "http")
    assert offer_of(rss('<atom:link rel="hub" href="http://hub.example/"/>'), plain).hubs == ("http://hub.example/",)


def test_relative_and_escaped_addresses_are_read_and_only_the_first_hubs_kept() -> None:
    links = '<atom:link rel="self" href="/feed?a=1&amp;b=2"/><atom:link rel="hub" href="/hub?x=1&amp;y=2"/>'
    links += "".join(f'<atom:link rel="hub" href="https://hub{number}.example/"/>' for number in range(9))
    found = offer_of(rss(links), URL)
    assert found.topic == "https://wire.example/feed?a=1&b=2"
    assert found.hubs[0] == "https://wire.example/hub?x=1&y=2"
    assert len(found.hubs) == MOST_HUBS


@pytest.mark.parametrize("piece", [b"<!--", b"<![CDATA[", b"<link rel=", b"<a:link hub", b"<link " + b"rel = " * 9])
def test_a_hostile_head_is_read_in_no_time(piece: bytes) -> None:
    started = time.process_time()
    offer_of(b"hub" + piece * 200_000, URL)
    assert time.process_time() - started < 1


@given(st.binary(max_size=300))
def test_any_bytes_are_read(noise: bytes) -> None:
    assert offer_of(noise, URL).hubs == ()
    assert offer_of(b"<rss>hub" + noise + LINKS.encode(), URL).topic


# --- headers --------------------------------------------------------------------------------------------------


def headers(*links: str) -> CIMultiDict[str]:
    return CIMultiDict([("Content-Type", "text/xml"), *(("Link", link) for link in links)])


@pytest.mark.parametrize(
    "links",
    [
        (f'<{HUB}>; rel="hub"', f'<{SELF}>; rel="self"'),
        (f"<{HUB}>; rel=hub, <{SELF}>; rel=self",),
        (f'<{HUB}>; title="x"; REL="Hub next", <{SELF}>;rel="alternate self"',),
    ],
)
def test_headers_name_them_too_and_come_first(links: tuple[str, ...]) -> None:
    found = Offer(topic="https://wire.example/other.xml", hubs=("https://other.example/",))
    assert offered(headers(*links), found, URL) == Offer(topic=SELF, hubs=(HUB,))


def test_the_documents_word_counts_where_the_headers_have_none() -> None:
    found = Offer(topic=SELF, hubs=(HUB,))
    assert offered(headers(), found, URL) == found
    assert offered(headers("<x>; rel=next", "nonsense", "<<<>>>;;;"), found, URL) == found
    assert offered(headers(f"<{HUB}>; rel=hub"), Offer(topic=SELF), URL) == found


# --- requests and signatures ----------------------------------------------------------------------------------


def test_a_secret_is_sent_to_subscribe_and_not_to_leave() -> None:
    asked = {"topic": SELF, "callback": "https://desk.example/websub/x", "secret": "very secret"}
    assert request_form("subscribe", **asked) == {
        "hub.mode": "subscribe",
        "hub.topic": SELF,
        "hub.callback": "https://desk.example/websub/x",
        "hub.lease_seconds": "864000",
        "hub.secret": "very secret",
    }
    assert "hub.secret" not in request_form("unsubscribe", **asked)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("86400", timedelta(days=1)),
        ("0", LEAST_LEASE),
        ("9" * 4_000, MOST_LEASE),
        ("", LEASE_ASKED),
        ("-5", LEASE_ASKED),
        ("1e9", LEASE_ASKED),
        ("٣", LEASE_ASKED),
    ],
)
def test_a_lease_is_what_the_hub_says_within_reason(said: str, meant: timedelta) -> None:
    assert lease_of(said) == meant


@given(st.integers(0, 16**12 - 1), st.timedeltas(LEAST_LEASE, MOST_LEASE))
def test_it_is_renewed_well_before_its_end_and_not_all_at_once(number: int, lease: timedelta) -> None:
    at = renewal(NOW, lease, f"{number:012x}")
    assert 0.69 * lease <= at - NOW <= 0.86 * lease


def test_renewals_of_one_moment_are_spread() -> None:
    at = {renewal(NOW, timedelta(days=10), hashlib.sha256(bytes([n])).hexdigest()[:12]) for n in range(100)}
    assert len(at) == 100
    assert max(at) - min(at) > timedelta(days=1)


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_signature_holds_over_all_pieces_and_for_one_secret(method: str) -> None:
    mac = hmac.new(b"secret", b"one two", method).hexdigest()
    for header, secret, holds in (
        (f"{method}={mac}", "secret", True),
        (f" {method}={mac.upper()} ", "secret", True),
        (f"{method}={mac}", "other", False),
        (f"{method}={mac[:-1]}", "secret", False),
        (f"{method}=", "secret", False),
        (mac, "secret", False),
        (f"md5={mac}", "secret", False),
        (f"shake_128={mac}", "secret", False),
        (f"{method}=é", "secret", False),
        ("", "secret", False),
    ):
        signature = Signature(header, secret)
        signature.update(b"one ")
        signature.update(b"two")
        assert signature.holds is holds, header


# --- settings -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("public_url", "push", "reach"),
    [
        ("https://desk.example/", True, "https://desk.example"),
        ("https://desk.example/tradewire", True, "https://desk.example/tradewire"),
        ("http://127.0.0.1:8460", True, "http://127.0.0.1:8460"),
        ("https://desk.example", False, None),
        ("http://desk.example", True, None),
        ("http://127.0.0.1.desk.example", True, None),
        (None, True, None),
    ],
)
def test_hubs_reach_us_by_https_or_on_this_machine(public_url: str | None, push: bool, reach: str | None) -> None:
    assert WebSettings(public_url=public_url, push=push).hubs_reach == reach


@pytest.mark.parametrize("text", ["https://", "desk.example", "ftp://desk.example"])
def test_an_address_of_the_board_that_is_none_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(ValueError, match="write https://"):
        WebSettings(public_url=text)
