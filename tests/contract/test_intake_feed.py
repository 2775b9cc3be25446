"""Polling a feed over real sockets, with real worker processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
import pytest_asyncio

from bot.intake.addresses import AddressGuard
from bot.intake.fetch import Intake
from bot.intake.fetched import Fault, FaultKind, Fetched, FetchState
from bot.intake.http import GuardedClient
from bot.intake.workers import WorkerPool
from bot.model import Source, SourceId
from tests.fakes.web import FakeWeb, item, rss

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
STEEL = item("Ministers suspend steel duties", guid="a-1", link="/steel?utm_source=rss")
FEED = rss(STEEL, item("Central bank holds rates", guid="a-2"), language="en-gb")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def intake() -> AsyncIterator[Intake]:
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with GuardedClient(guard=guard, deadline=5.0, max_body=2**21) as client, WorkerPool(limit=5.0) as pool:
        yield Intake(client=client, pool=pool, root=Path())


@pytest_asyncio.fixture(loop_scope="module")
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as server:
        yield server


async def poll(intake: Intake, url: str, state: FetchState | None = None) -> Fetched:
    source = Source(id=SourceId("test"), name="Test", url=url)
    return await intake.fetch(source, state or FetchState(), NOW)


async def fault_of(intake: Intake, url: str) -> Fault:
    fetched = await poll(intake, url, FetchState(etag='"old"', body_hash="old", failures=3))
    assert fetched.entries == ()
    assert fetched.state == FetchState(etag='"old"', body_hash="old", failures=4)
    assert fetched.fault is not None
    return fetched.fault


async def test_a_feed_gives_its_entries_in_order(intake: Intake, web: FakeWeb) -> None:
    web.serve("/news/feed", FEED)
    fetched = await poll(intake, web.url("/news/feed"))
    assert fetched.fault is None
    assert [entry.title for entry in fetched.entries] == [
        "Ministers suspend steel duties",
        "Central bank holds rates",
    ]
    assert [entry.guid for entry in fetched.entries] == ["a-1", "a-2"]
    assert fetched.entries[0].url == web.url("/steel?utm_source=rss")
    assert {entry.lang for entry in fetched.entries} == {"en-gb"}


async def test_links_are_resolved_against_where_the_feed_was_found(intake: Intake, web: FakeWeb) -> None:
    web.redirect("/feed", "/moved/to/feed")
    web.serve("/moved/to/feed", rss(item("A", link="b")))
    fetched = await poll(intake, web.url("/feed", user="me:hunter2"))
    assert fetched.entries[0].url == web.url("/moved/to/b")


async def test_a_feed_that_says_it_is_unchanged_is_not_read_again(intake: Intake, web: FakeWeb) -> None:
    validators = {"ETag": 'W/"7"', "Last-Modified": "Mon, 05 Oct 2026 08:00:00 GMT"}
    web.serve("/feed", FEED, headers=validators)
    first = await poll(intake, web.url("/feed"))
    second = await poll(intake, web.url("/feed"), first.state)
    assert (first.state.etag, first.state.last_modified) == tuple(validators.values())
    assert web.requests[1].headers["if-none-match"] == 'W/"7"'
    assert web.requests[1].headers["if-modified-since"] == validators["Last-Modified"]
    assert second == Fetched(state=first.state)


async def test_the_same_bytes_again_are_not_read_again(intake: Intake, web: FakeWeb) -> None:
    web.serve("/feed", FEED, headers={"ETag": '"1"'})
    first = await poll(intake, web.url("/feed"))
    web.serve("/feed", FEED, headers={"ETag": '"2"'})
    second = await poll(intake, web.url("/feed"), first.state)
    assert second.entries == ()
    assert second.state.etag == '"2"'
    web.serve("/feed", rss(STEEL))
    assert len((await poll(intake, web.url("/feed"), second.state)).entries) == 1


async def test_a_good_answer_ends_a_row_of_failures(intake: Intake, web: FakeWeb) -> None:
    web.serve("/feed", FEED, headers={"ETag": '"1"'})
    first = await poll(intake, web.url("/feed"), FetchState(failures=5))
    again = await poll(intake, web.url("/feed"), FetchState(etag='"1"', body_hash=first.state.body_hash, failures=5))
    assert first.state.failures == again.state.failures == 0


@pytest.mark.parametrize("etag", ['"\udcff\udcfe"', "x" * 5_000, ""])
async def test_a_validator_that_is_unfit_to_send_back_is_dropped(intake: Intake, web: FakeWeb, etag: str) -> None:
    web.serve("/feed", FEED, headers={"ETag": etag})
    fetched = await poll(intake, web.url("/feed"))
    assert fetched.fault is None
    assert fetched.state.etag is None


async def test_304_to_a_question_without_conditions_is_a_fault(intake: Intake, web: FakeWeb) -> None:
    web.serve("/feed", status=304)
    assert (await poll(intake, web.url("/feed"))).fault is not None


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (401, FaultKind.HTTP_STATUS, "login"),
        (403, FaultKind.BLOCKED, "intake.user_agent_contact"),
        (404, FaultKind.HTTP_STATUS, "no feed at this address"),
        (410, FaultKind.GONE, "gone for good"),
        (418, FaultKind.HTTP_STATUS, "browser"),
        (429, FaultKind.TOO_OFTEN, "less often"),
        (500, FaultKind.HTTP_STATUS, "tried again"),
        (503, FaultKind.HTTP_STATUS, "tried again"),
    ],
)
async def test_a_refusal_is_a_fault_with_its_cure(
    intake: Intake, web: FakeWeb, status: int, kind: FaultKind, said: str
) -> None:
    web.serve("/feed", FEED, status=status)
    fault = await fault_of(intake, web.url("/feed"))
    assert fault.kind is kind
    assert said in fault.message
    assert f"{status}" in fault.message
    assert web.url("/feed") in fault.message


async def test_a_challenge_page_is_a_block_whatever_its_status(intake: Intake, web: FakeWeb) -> None:
    web.serve("/feed", "<html>", status=503, headers={"cf-mitigated": "challenge"})
    assert (await fault_of(intake, web.url("/feed"))).kind is FaultKind.BLOCKED


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (format_datetime(NOW + timedelta(hours=1), usegmt=True), timedelta(hours=1)),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), None),
        ("99999999999999999999", timedelta(days=1)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=1)),
        ("-5", None),
        ("0", None),
        ("soon", None),
        ("٣", None),
    ],
)
async def test_retry_after_is_heard_in_both_forms_and_within_reason(
    intake: Intake, web: FakeWeb, header: str, wait: timedelta | None
) -> None:
    web.serve("/feed", status=429, headers={"Retry-After": header})
    assert (await fault_of(intake, web.url("/feed"))).retry_after == wait


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("<!DOCTYPE html><html><head><title>News</title>", FaultKind.NOT_A_FEED, "web page"),
        ("\n<!-- hi --><HTML>", FaultKind.NOT_A_FEED, "web page"),
        ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', FaultKind.NOT_A_FEED, "sitemap"),
        ("<sitemapindex/>", FaultKind.NOT_A_FEED, "sitemap"),
        ("<opml version='2.0'/>", FaultKind.NOT_A_FEED, "feeds import"),
        ("<note>hello</note>", FaultKind.NOT_A_FEED, "neither RSS nor Atom"),
        ('{"hello": 1}', FaultKind.NOT_A_FEED, "no JSON Feed"),
        ("[" * 200_000, FaultKind.UNREADABLE, "not valid JSON"),
        ("hello", FaultKind.NOT_A_FEED, "neither XML nor JSON"),
        ("", FaultKind.NOT_A_FEED, "empty"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss version="2.0"/>', FaultKind.UNREADABLE, "entities"),
    ],
)
async def test_what_is_no_feed_is_named_with_the_cure(
    intake: Intake, web: FakeWeb, body: str, kind: FaultKind, said: str
) -> None:
    web.serve("/feed", body, headers={"Content-Type": "application/rss+xml"})
    fault = await fault_of(intake, web.url("/feed"))
    assert fault.kind is kind
    assert said in fault.message


async def test_a_20_mib_feed_is_refused_and_the_next_one_read(intake: Intake, web: FakeWeb) -> None:
    web.serve("/huge", rss(*[item("x" * 1_000)] * 20_000))
    web.serve("/feed", FEED)
    assert (await fault_of(intake, web.url("/huge"))).kind is FaultKind.TOO_LARGE
    assert len((await poll(intake, web.url("/feed"))).entries) == 2


async def test_a_feed_that_takes_for_ever_to_parse_is_stopped_and_the_next_one_read(
    intake: Intake, web: FakeWeb
) -> None:
    categories = "".join(f"<category>c{number}</category>" for number in range(30_000))  # quadratic in feedparser
    web.serve("/slow", rss(f"<item><title>x</title>{categories}</item>"))
    web.serve("/feed", FEED)
    async with WorkerPool(workers=1, limit=0.5) as pool:
        impatient = Intake(client=intake.client, pool=pool, root=Path())
        fault = await fault_of(impatient, web.url("/slow"))
        assert fault.kind is FaultKind.TIMEOUT
        assert "longer than 0.5 s" in fault.message
        assert len((await poll(impatient, web.url("/feed"))).entries) == 2


@pytest.mark.parametrize("charset", ["nonsense", "utf-16", "x" * 500])
async def test_a_wrong_charset_is_not_the_end(intake: Intake, web: FakeWeb, charset: str) -> None:
    web.serve("/feed", FEED, headers={"Content-Type": f"text/xml; charset={charset}"})
    fetched = await poll(intake, web.url("/feed"))
    assert fetched.fault is None
    assert fetched.entries[0].title == "Ministers suspend steel duties"


async def test_gzip_latin1_and_a_byte_order_mark_are_read(intake: Intake, web: FakeWeb) -> None:
    latin1 = '<?xml version="1.0" encoding="ISO-8859-1"?>' + rss(item("Café – Zölle")).partition("?>")[2]
    web.serve("/latin1", latin1.encode("cp1252"), packed=True)
    web.serve("/bom", b"\xef\xbb\xbf" + FEED.encode())
    web.serve("/utf16", FEED.replace("UTF-8", "UTF-16").encode("utf-16"))
    assert (await poll(intake, web.url("/latin1"))).entries[0].title == "Café – Zölle"
    assert len((await poll(intake, web.url("/bom"))).entries) == 2
    assert len((await poll(intake, web.url("/utf16"))).entries) == 2


async def test_a_feed_of_a_private_address_is_refused_without_a_connection(web: FakeWeb) -> None:
    web.serve("/feed", FEED)
    async with GuardedClient() as client, WorkerPool() as pool:
        fault = await fault_of(Intake(client=client, pool=pool, root=Path()), web.url("/feed"))
    assert fault.kind is FaultKind.REFUSED_ADDRESS
    assert web.requests == []
