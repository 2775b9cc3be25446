"""The page of an article over real sockets, read by real worker processes: its text, or why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
import pytest_asyncio

from bot.intake.addresses import AddressGuard
from bot.intake.faults import FetchFailed
from bot.intake.fetched import Fault, FaultKind
from bot.intake.http import GuardedClient
from bot.intake.normalise import normalise
from bot.intake.pages import FAILURES, MAX_PAGE, REST, Pages
from bot.intake.workers import WorkerPool
from bot.model import Entry, Item, Source, SourceId
from tests.fakes.articles import OTHER_TEXT, TRADE_TEXT, page
from tests.fakes.web import FakeWeb

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
TITLE = "Brazil, Japan sign accord on farm goods"
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pool() -> AsyncIterator[WorkerPool]:
    async with WorkerPool(workers=1, preload=("trafilatura",)) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def pages(pool: WorkerPool) -> AsyncIterator[Pages]:
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with GuardedClient(guard=guard, deadline=2.0, max_body=MAX_PAGE) as client:
        yield Pages(client, pool)


@pytest_asyncio.fixture(loop_scope="module")
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as server:
        yield server


def item(url: str, title: str = TITLE, summary: str = "They met in Tokyo.") -> Item:
    made = normalise(
        Entry(title=title, url=url, summary=summary), Source(id=SourceId("wire"), name="Wire", lang="en"), NOW
    )
    assert made is not None
    return made


async def refusal(pages: Pages, wanted: Item, now: datetime = NOW) -> Fault:
    with pytest.raises(FetchFailed) as caught:
        await pages.article(wanted, now)
    return caught.value.fault


async def test_a_page_gives_its_article_without_what_stands_around_it(pages: Pages, web: FakeWeb) -> None:
    web.serve("/a", page(TITLE, TRADE_TEXT), headers=HTML, packed=True)
    assert await pages.article(item(web.url("/a")), NOW) == "\n\n".join(TRADE_TEXT)
    asked = web.requests[0].headers
    assert asked["accept"].startswith("text/html")
    assert "cookie" not in asked


async def test_a_redirect_is_followed_to_the_article(pages: Pages, web: FakeWeb) -> None:
    web.redirect("/old", "/new")
    web.serve("/new", page(TITLE, TRADE_TEXT), headers=HTML)
    assert "cut tariffs on farm goods" in await pages.article(item(web.url("/old")), NOW)


@pytest.mark.parametrize(
    ("charset", "meta", "header"),
    [
        ("windows-1250", False, True), ("windows-1250", True, False), ("iso-8859-2", False, True),
        ("utf-8", False, False), ("utf-8", True, True), ("utf-16", False, True),
    ],
)  # fmt: skip
async def test_the_encoding_is_told_from_page_or_header(
    pages: Pages, web: FakeWeb, charset: str, meta: bool, header: bool
) -> None:
    title = "Rząd ogłosił cła na stal"
    text = (
        "Rząd ogłosił w środę wprowadzenie ceł na stal; rozmowy odbędą się w Genewie, powiedział rzecznik ministra."
    )
    markup = page(title, [f"{text} Źródło numer {number}." for number in range(5)])
    markup = markup.replace("utf-8", charset) if meta else markup.replace('<meta charset="utf-8">', "")
    told = f"text/html; charset={charset}" if header else "text/html"
    web.serve("/pl", markup.encode(charset, "xmlcharrefreplace"), headers={"Content-Type": told})
    assert (await pages.article(item(web.url("/pl"), title, ""), NOW)).startswith(text)


@pytest.mark.parametrize("charset", ["nonsense", "utf-16", "rot13", "hex", "idna"])
async def test_a_header_that_lies_about_the_encoding_harms_nothing(pages: Pages, web: FakeWeb, charset: str) -> None:
    markup = page(TITLE, [*TRADE_TEXT, "Café prices fell."]).replace('<meta charset="utf-8">', "").encode("cp1252")
    web.serve("/lie", markup, headers={"Content-Type": f"text/html; charset={charset}"})
    assert (await pages.article(item(web.url("/lie")), NOW)).startswith(TRADE_TEXT[0])


PITCH = (
    "Subscribe to unlock this article.", "Try unlimited access. Only $1 for 4 weeks.",
    "Then $75 per month. Complete digital access to quality journalism on any device. Cancel anytime.",
    "Already a subscriber? Sign in.",
)  # fmt: skip
COOKIES = [
    """We value your privacy. We and our 843 partners store and access information on a device, such as cookies, and
    process personal data, such as unique identifiers and standard information sent by a device, for personalised
    advertising and content, advertising and content measurement, audience research and services development.""",
    """With your permission we and our partners may use precise geolocation data and identification by scanning.
    You may click to consent to our and our partners’ processing as described above. Some processing of your
    personal data may not require your consent, but you have a right to object to such processing.""",
]
TEASER_AGAIN = "They met in Tokyo and signed an accord on farm goods, their offices said on Wednesday evening. " * 4


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (page(TITLE, PITCH), "no more than the feed"),
        (page("Before you continue", COOKIES), "another text"),
        (page(TITLE, COOKIES), "another text"),
        (page("Just a moment...", ["Checking your browser before accessing the site."]), "no more than the feed"),
        (page("Page not found", OTHER_TEXT[2:] * 3), "another text"),
        (page(TITLE, TRADE_TEXT, head='<meta name="robots" content="index, NoAI, noimageai">'), "asks machines not"),
        (page(TITLE, TRADE_TEXT, head='<meta name="tdm-reservation" content="1">'), "asks machines not"),
        ("", "no more than the feed"),
        ("<html><body></body></html>", "no more than the feed"),
        ("\x00\x01\x02" * 500, "no more than the feed"),
        ("<div>" * 50_000, "no more than the feed"),
        ("<!--" * 100_000, "no more than the feed"),
    ],
)
async def test_what_is_not_the_article_is_not_taken_for_it(
    pages: Pages, web: FakeWeb, markup: str, words: str
) -> None:
    web.serve("/page", markup, headers=HTML)
    assert words in (await refusal(pages, item(web.url("/page")))).message


async def test_a_page_that_only_says_the_teaser_again_is_none(pages: Pages, web: FakeWeb) -> None:
    web.serve("/page", page(TITLE, [TEASER_AGAIN, "Log in to read on."]), headers=HTML)
    wanted = item(web.url("/page"), summary=TEASER_AGAIN)
    assert "no more than the feed" in (await refusal(pages, wanted)).message


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "words"),
    [
        (403, HTML, "no", FaultKind.BLOCKED, "HTTP 403"),
        (402, HTML, "no", FaultKind.BLOCKED, "HTTP 402"),
        (404, HTML, "no", FaultKind.HTTP_STATUS, "HTTP 404"),
        (503, HTML, "no", FaultKind.HTTP_STATUS, "HTTP 503"),
        (200, {"Content-Type": "application/pdf"}, "%PDF-1.7", FaultKind.UNREADABLE, "no web page"),
        (200, {"Content-Type": ""}, page(TITLE, TRADE_TEXT), FaultKind.UNREADABLE, "no web page"),
        (200, {**HTML, "X-Robots-Tag": "noai"}, page(TITLE, TRADE_TEXT), FaultKind.BLOCKED, "asks machines"),
        (200, HTML, "x" * (MAX_PAGE + 1), FaultKind.TOO_LARGE, "2 MiB"),
    ],
)
async def test_an_answer_without_an_article_says_why(
    pages: Pages, web: FakeWeb, status: int, headers: dict[str, str], body: str, kind: FaultKind, words: str
) -> None:
    web.serve("/page", body, status=status, headers=headers)
    fault = await refusal(pages, item(web.url("/page")))
    assert (fault.kind, words in fault.message) == (kind, True), fault.message


async def test_a_page_larger_than_allowed_is_not_unpacked(pages: Pages, web: FakeWeb) -> None:
    web.serve("/bomb", b" " * 50 * 2**20, headers=HTML, packed=True)
    assert (await refusal(pages, item(web.url("/bomb")))).kind is FaultKind.TOO_LARGE


async def test_a_redirect_to_an_inside_address_reaches_nobody(pages: Pages, web: FakeWeb) -> None:
    async with FakeWeb("::1") as inside:
        inside.serve("/secret", page(TITLE, TRADE_TEXT), headers=HTML)
        web.redirect("/out", f"http://[::1]:{inside.port}/secret")
        fault = await refusal(pages, item(web.url("/out")))
    assert (fault.kind, inside.requests) == (FaultKind.REFUSED_ADDRESS, [])


async def test_a_redirect_to_the_front_page_gives_no_article(pages: Pages, web: FakeWeb) -> None:
    web.redirect("/gone", "/")
    web.serve("/", page(TITLE, TRADE_TEXT), headers=HTML)
    assert "front page" in (await refusal(pages, item(web.url("/gone")))).message


async def test_a_page_that_drips_is_given_up(pool: WorkerPool, web: FakeWeb) -> None:
    web.drip("/slow")
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with GuardedClient(guard=guard, deadline=0.2, max_body=MAX_PAGE) as client:
        fault = await refusal(Pages(client, pool), item(web.url("/slow")))
    assert (fault.kind, fault.message) == (FaultKind.TIMEOUT, "did not come in time")


async def test_a_page_that_takes_its_reader_down_costs_nobody_else(
    pages: Pages, pool: WorkerPool, web: FakeWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.serve("/a", page(TITLE, TRADE_TEXT), headers=HTML)
    with monkeypatch.context() as patch:
        patch.setattr("bot.intake.pages.read_article", _spin)
        patch.setattr("bot.intake.pages.EXTRACTION_LIMIT", 0.2)
        fault = await refusal(pages, item(web.url("/a")))
    assert fault.message == "takes too much time or memory to read"
    assert await pages.article(item(web.url("/a")), NOW)


async def test_a_site_that_refuses_is_left_alone_for_a_while(pages: Pages, web: FakeWeb) -> None:
    web.serve("/a", status=403)
    wanted = item(web.url("/a"))
    said = [(await refusal(pages, wanted)).message for _ in range(FAILURES + 2)]
    assert len(web.requests) == FAILURES
    assert said[-1] == "was not asked for: its site refused the last ones"
    web.serve("/a", page(TITLE, TRADE_TEXT), headers=HTML)
    later = NOW + REST + timedelta(seconds=1)
    assert await pages.article(wanted, later)
    web.serve("/a", status=403)
    await asyncio.gather(*(refusal(pages, wanted, later) for _ in range(FAILURES)))
    assert "its site refused" in (await refusal(pages, wanted, later)).message


@pytest.mark.parametrize(
    "link",
    [
        "https://news.google.com/rss/articles/CBMiabcdefghijklmnop?oc=5", "https://www.ecb.example/press/pr.en.pdf",
        "https://paper.example/", "",
    ],
)  # fmt: skip
async def test_links_that_lead_to_no_page_are_not_asked(pages: Pages, link: str) -> None:
    assert (await refusal(pages, item(link))).message == "is none that can be read"


def _spin(*_: Sequence[object]) -> str:
    while True:
        pass
