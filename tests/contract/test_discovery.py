"""From the address of a page to its feeds, over real sockets."""

from __future__ import annotations

import json

import pytest

from bot.intake.discovery import Found, discover, feed_links
from bot.intake.faults import FetchFailed
from bot.intake.fetch import Intake
from bot.intake.fetched import FaultKind
from tests.contract import source_room
from tests.contract.source_room import TARIFF, TOMATO, feed
from tests.fakes.web import FakeWeb
from tests.samples import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")

intake, web = source_room.intake, source_room.web  # fixtures


async def found_at(intake: Intake, url: str) -> list[Found]:
    return await discover(url, intake.client, intake.pool, NOW)


JSON_FEED = json.dumps({
    "version": "https://jsonfeed.org/version/1.1",
    "title": "In JSON",
    "items": [{"id": "1", "title": TARIFF}],
    "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
})  # fmt: skip


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" type="application/rss+xml" href="/news">',
        '<link rel="alternate" type="application/atom+xml; charset=utf-8" href="/news">',
        '<LINK REL="Alternate" TYPE="Application/RSS+XML" HREF="/news">',
        '<link rel="home alternate" type="application/rdf+xml" href="news">',
        '<link rel="alternate" type="application/x-rss+xml" href="/news">',
        '<link rel="alternate" type="text/xml" href="/news">',
        '<link rel="feed" href="/news">',
        '<base href="/deep/"><link rel="alternate" type="application/rss+xml" href="../news">',
        '<body><link rel="alternate" type="application/rss+xml" href="/news"></body>',
        '<a href="/go/rss.xml">RSS</a>',
    ],
)
async def test_every_way_in_which_a_page_names_its_feed_is_followed(intake: Intake, web: FakeWeb, link: str) -> None:
    web.serve("/", f"<!doctype html><html><head>{link}</head>")
    web.serve("/news", feed(TARIFF))
    web.redirect("/go/rss.xml", "/news")
    assert [each.title for each in await found_at(intake, web.url("/"))] == ["Daily Trade"]


@pytest.mark.parametrize("kind", ["application/feed+json", "application/json"])
async def test_a_json_feed_is_found_with_its_hub(intake: Intake, web: FakeWeb, kind: str) -> None:
    web.serve("/", f'<html><head><link rel="alternate" type="{kind}" href="/feed.json"></head>')
    web.serve("/feed.json", JSON_FEED)
    (found,) = await found_at(intake, web.url("/"))
    assert (found.title, found.hubs) == ("In JSON", ("https://hub.example/",))


async def test_what_pages_call_alternate_and_is_no_feed_is_not_asked_for(intake: Intake, web: FakeWeb) -> None:
    web.serve(
        "/",
        '<html><head><link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">'
        '<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed"><link rel="alternate"'
        ' hreflang="de" href="/de"><link rel="stylesheet" type="text/xml" href="/x.xsl">'
        '<link rel="alternate" type="application/rss+xml" href="/news"></head>',
    )
    web.serve("/news", feed(TARIFF))
    await found_at(intake, web.url("/"))
    assert [asked.path for asked in web.requests] == ["/", "/news"]


async def test_three_feeds_are_offered_in_the_order_of_the_page_and_comments_last(
    intake: Intake, web: FakeWeb
) -> None:
    names = ("comments", "world", "trade")
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{name}">' for name in names)
    web.serve("/", f"<html><head>{links}</head>")
    for name in names:
        web.serve(f"/{name}", feed(f"{TARIFF} {name}", title=name))
    assert [each.title for each in await found_at(intake, web.url("/"))] == ["world", "trade", "comments"]


async def test_a_hub_is_found_in_the_headers_too(intake: Intake, web: FakeWeb) -> None:
    web.serve("/feed", feed(TOMATO), headers={"Link": '<https://hub.example/>; rel="hub"'})
    (found,) = await found_at(intake, web.url("/feed"))
    assert found.hubs == ("https://hub.example/",)


async def test_a_feed_beside_the_page_comes_before_that_of_the_whole_site(intake: Intake, web: FakeWeb) -> None:
    web.serve("/blog/trade/", "<html><body>Hello")
    web.serve("/blog/trade/feed", feed(TARIFF, title="Trade"))
    web.serve("/feed", feed(TOMATO, title="All"))
    assert [each.title for each in await found_at(intake, web.url("/blog/trade/"))] == ["Trade", "All"]
    assert len(web.requests) <= 11, "and not one more than the usual places"


async def test_a_gate_in_the_place_of_the_page_is_said(intake: Intake, web: FakeWeb) -> None:
    web.serve("/", "<html>wait</html>", headers={"cf-mitigated": "challenge", "Content-Type": "text/html"})
    with pytest.raises(FetchFailed) as failure:
        await found_at(intake, web.url("/"))
    assert failure.value.fault.kind is FaultKind.BLOCKED


@pytest.mark.parametrize(
    "href", ["http://[", "javascript:x", "file:///etc/passwd", "", "https://a.example/" + "x" * 3_000, "mailto:a@b.c"]
)
async def test_a_link_that_leads_nowhere_is_passed_over(href: str) -> None:
    page = f'<html><link rel="alternate" type="application/rss+xml" href="{href}"><a href="{href}?rss"></a>'
    assert not [link for link in feed_links(page.encode(), "https://site.example/") if "site.example" not in link]
