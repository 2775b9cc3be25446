"""Search on the board, over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from lxml import html

from bot.routing.guide import EXAMPLES
from bot.store.engine import Database
from tests.contract.archive import forget_index, key_of, store
from tests.contract.board_site import Site, found, served, text_of
from tests.samples import NOW


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    def fill(connection: sa.Connection) -> None:
        for number in range(45):
            at = NOW + timedelta(minutes=number - 45)
            title = f"Copper <b>story</b> {number}"
            store(connection, number, title=title, summary="They say the quota is gone.", seen_at=at, published_at=at)

    database.write_now(fill)
    async with served(database) as each:
        yield each


def headlines(page: html.HtmlElement) -> list[str]:
    return [text_of(each) for each in found(page, "article//h2")]


async def test_what_is_found_is_shown_with_the_words_marked_and_every_page_can_be_reached(site: Site) -> None:
    seen: list[str] = []
    path = "/search?q=copper+quota"
    while path:
        page = await site.page(path)
        seen += headlines(page)
        older = found(page, "a[@rel='next']")
        path = str(older[0].get("href")) if older else ""
        assert len(seen) <= 45
    assert seen == [f"Copper <b>story</b> {number}" for number in reversed(range(45))]
    first = found(await site.page("/search?q=copper+quota"), "article")[0]
    assert [text_of(mark) for mark in found(first, "mark")] == ["Copper", "quota"]
    assert found(first, "h2//a")[0].get("href") == "https://news.example/44"
    assert found(first, "*.why//a")[0].get("href") == f"/items/{key_of(44)}"


async def test_the_wire_has_a_box_to_search_from_and_the_page_keeps_the_query(site: Site) -> None:
    (form,) = found(await site.page("/"), "form")
    assert (form.get("action"), form.get("role"), [each.name for each in form.inputs]) == ("/search", "search", ["q"])
    typed = '"rare earths" OR "<x>"'
    page = await site.page(f"/search?q={quote(typed)}")
    assert found(page, "input[@name='q']")[0].get("value") == typed
    policy = (await site.get("/search")).headers["Content-Security-Policy"]
    assert "form-action 'self'" in policy


async def test_without_a_query_it_shows_how_one_is_written(site: Site) -> None:
    page = await site.page("/search")
    links = [str(link.get("href")) for link in found(page, "table//a")]
    assert len(links) == len(EXAMPLES)
    for link in links:
        assert (await site.get(link)).status == 200


async def test_a_wrong_query_is_answered_with_the_place_and_a_link_to_what_was_meant(site: Site) -> None:
    answer = await site.get("/search?q=copper+topic:trad%3Cscript%3E")
    assert answer.status == 400
    answer = await site.get("/search?q=copper+topic:trad")
    assert answer.status == 400
    page = html.fromstring(await answer.text())
    assert "did you mean trade?" in text_of(found(page, "section//h2")[0])
    assert text_of(found(page, "section//mark")[0]) == "trad"
    (link,) = found(page, "section//a")
    assert len(headlines(await site.page(str(link.get("href"))))) == 20


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("q=zinc", 200, "Nothing that is stored matches."),
        ("q=copper&page=9", 200, "Nothing more that is stored matches."),
        ("q=copper&page=0", 400, "A page is a number from 1 to 50."),
        ("q=copper&page=x", 400, "A page is a number from 1 to 50."),
        ("q=copper&page=51", 400, "A page is a number from 1 to 50."),
        (f"q={'x' * 5000}", 400, "1,000 characters"),
        ("q=%00%27%22%3B--", 400, "This quote is not closed."),
        ("q=---%00", 400, "letter or digit"),
    ],
)
async def test_whatever_is_asked_is_answered(site: Site, query: str, status: int, said: str) -> None:
    answer = await site.get(f"/search?{query}")
    assert (answer.status, said in await answer.text()) == (status, True)


async def test_it_says_that_not_everything_can_be_searched_yet(site: Site, database: Database) -> None:
    database.write_now(forget_index)
    assert "Not everything that is stored can be searched yet" in text_of(await site.page("/search?q=copper"))
