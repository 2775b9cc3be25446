"""The calendar on the board: the page, the file that calendars subscribe to, and who may have it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import encode_basic_auth
from pydantic import SecretStr

from bot.board.access import calendar_token
from bot.store.engine import Database
from tests.calendar_reports import entries
from tests.contract.board_site import Site, found, served, text_of
from tests.contract.calendar_desk import CalendarDesk, desk_on
from tests.samples import NOW

TOKEN = "a long board token"
PASSWORD = {"Authorization": encode_basic_auth("desk", TOKEN)}
OWN = calendar_token(SecretStr(TOKEN))


@pytest.fixture
def desk(database: Database) -> CalendarDesk:
    return desk_on(database)


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with served(database) as each:
        yield each


async def test_the_page_lists_events_by_day_with_source_and_what_became_of_them(
    desk: CalendarDesk, site: Site
) -> None:
    assert "Nothing is known to happen." in text_of(await site.page("/calendar"))
    desk.item(0, "2025-05-12")
    desk.item(1, None, title="US and China postpone trade talks to 20 May", url="https://news.example/moved")
    desk.item(2, "2025-05-06/2025-05-09", url=None)
    page = await site.page("/calendar")
    assert [text_of(day) for day in found(page, "h2.date")] == ["Wednesday 7 May 2025", "Tuesday 20 May 2025"]
    begun, moved = (text_of(story) for story in found(page, "article.story"))
    assert "6 to 9 May 2025" in begun
    assert "MOVED (was 12 May 2025)" in moved
    links = [str(link.get("href")) for link in found(page, "p.why/a")]
    assert "https://news.example/moved" in links
    assert "/items/0000000000000002" in links
    assert [text_of(each) for each in found(page, "nav.choices/a")] == ["All", "China", "US"]
    assert [str(each.get("href")) for each in found(page, "p.meta/a")] == ["/calendar.ics"]
    assert "Nothing is known" in text_of(await site.page("/calendar?country=France"))
    assert (await site.get("/calendar?country=nowhere")).status == 400


async def test_what_is_off_is_struck_through(desk: CalendarDesk, site: Site) -> None:
    desk.item(0, "2025-05-12")
    desk.item(1, None, title="China calls off trade talks with US")
    page = await site.page("/calendar")
    assert [text_of(each) for each in found(page, "s")] == ["Meeting: China · US, Geneva"]


async def test_the_file_is_read_by_calendars_and_says_what_changed(desk: CalendarDesk, site: Site) -> None:
    desk.item(0, "2025-05-12")
    answer = await site.get("/calendar.ics?country=CN&days=30")
    assert (answer.status, answer.content_type, answer.charset) == (200, "text/calendar", "utf-8")
    (entry,) = entries(await answer.read())
    desk.withdraw(0)
    (gone,) = entries(await (await site.get("/calendar.ics")).read())
    assert (gone["uid"], gone["status"]) == (entry["uid"], "CANCELLED")
    assert int(gone["sequence"]) > int(entry["sequence"])
    assert entries(await (await site.get("/calendar.ics?country=FR")).read()) == []


async def test_who_has_the_file_already_is_not_sent_it_again(desk: CalendarDesk, site: Site) -> None:
    desk.item(0, "2025-05-12")
    first = await site.get("/calendar.ics")
    tag, changed = first.headers["ETag"], first.headers["Last-Modified"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    for condition in ({"If-None-Match": tag}, {"If-None-Match": f'"other", {tag}'}, {"If-Modified-Since": changed}):
        again = await site.get("/calendar.ics", headers=condition)
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == tag
    earlier = (parsedate_to_datetime(changed) - timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert (await site.get("/calendar.ics", headers={"If-Modified-Since": earlier})).status == 200
    desk.now = NOW + timedelta(hours=1)
    desk.item(1, "2025-05-13")
    for condition in ({"If-None-Match": tag}, {"If-Modified-Since": changed}):
        assert (await site.get("/calendar.ics", headers=condition)).status == 200


@pytest.mark.parametrize("query", ["days=0", "days=x", "days=99999", "days=１", "country=nowhere"])
async def test_a_wrong_address_is_told_what_is_right(site: Site, query: str) -> None:
    answer = await site.get(f"/calendar.ics?{query}")
    assert answer.status == 400
    assert "from 1 to 730" in await answer.text() or "name or code" in await answer.text()


async def test_the_file_has_a_token_of_its_own_that_opens_nothing_else(
    desk: CalendarDesk, database: Database
) -> None:
    desk.item(0, "2025-05-12")
    async with served(database, token=TOKEN, local_only=False) as site:
        assert (await site.get(f"/calendar.ics?token={OWN}")).status == 200
        assert (await site.get("/calendar.ics", headers=PASSWORD)).status == 200
        wrong = ("", "?token=", f"?token={TOKEN}", f"?token={OWN}x", "?token=%C3%A9")
        for path in (*(f"/calendar.ics{query}" for query in wrong), f"/calendar?token={OWN}", f"/?token={OWN}"):
            assert (await site.get(path)).status == 401, path
        raw = await (await site.get("/calendar", headers=PASSWORD)).text()
        assert f"/calendar.ics?token={OWN}" in raw
        assert TOKEN not in raw


async def test_without_a_token_the_file_is_for_this_machine_only(database: Database) -> None:
    async with served(database, local_only=False) as site:
        assert (await site.get("/calendar.ics?token=")).status == 403
    async with served(database) as site:
        assert (await site.get("/calendar.ics", headers={"Host": "rebound.example"})).status == 403


async def test_the_token_is_in_no_log(database: Database, capfd: pytest.CaptureFixture[str]) -> None:
    async with served(database, token=TOKEN, local_only=False) as site:
        database.close()
        assert (await site.get(f"/calendar.ics?token={OWN}")).status in {200, 500, 503}
    shown = capfd.readouterr()
    assert OWN not in shown.out + shown.err
