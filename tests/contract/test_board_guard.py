"""Who may read the board, what hostile feeds cannot do on it, how it fails, and what machines are told."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from aiohttp import encode_basic_auth, web
from lxml import html

from bot.board import app as board_app
from bot.board.app import BoardAddressError, serve
from bot.model import Reason
from bot.store import feeds, news
from bot.store.engine import Database
from tests.contract.board_site import PAGES, Site, found, served, store
from tests.samples import SLACK

TOKEN = "a long board token"


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with served(database) as each:
        yield each


# --- hostile text ---------------------------------------------------------------------------------------------


async def test_what_feeds_wrote_is_never_markup_and_never_a_script_link(database: Database, site: Site) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>"
    store(
        database, SLACK, title=evil, summary=evil, body=evil, outlet=evil, author=evil, url="javascript:alert(1)",
        lang="en", notice={"detail": evil, "reason": Reason.CORRECTION},
    )  # fmt: skip
    site.parts.set("feed", ok=False, detail=evil)
    for path in PAGES:
        raw = await (await site.get(path)).text()
        page = html.fromstring(raw)
        assert "<script>alert" not in raw, path
        assert "onerror=alert(2)>" not in raw, path
        assert [script.get("src", "").split("?")[0] for script in page.iter("script")] == ["/static/board.js"], path
        assert all(image.get("src", "").startswith("/static/") for image in page.iter("img")), path
        assert all(link.get("href", "").startswith(("/", "#")) for link in page.iter("a")), path


async def test_every_answer_carries_the_security_headers_and_no_cookie(database: Database, site: Site) -> None:
    for path in (*PAGES, "/healthz", "/metrics", "/static/board.css", "/nowhere", "/?topic=sports"):
        answer = await site.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'"), path
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers


async def test_pages_hold_no_inline_style_or_script_that_the_policy_would_block(
    database: Database, site: Site
) -> None:
    store(database, SLACK)
    for path in PAGES:
        page = await site.page(path)
        assert not found(page, "*[self::style or @style]"), path
        assert not [name for element in page.iter() for name in element.attrib if name.startswith("on")], path


async def test_static_files_are_versioned_and_kept_by_the_browser(database: Database, site: Site) -> None:
    page = await site.page("/sources")
    files = {
        str(found(page, "link[@rel='stylesheet']")[0].get("href")): "text/css",
        str(found(page, "script")[0].get("src")): "text/javascript",
        str(found(page, "link[@rel='icon']")[0].get("href")): "image/svg+xml",
    }
    for address, content_type in files.items():
        answer = await site.get(address)
        assert (answer.status, answer.content_type) == (200, content_type)
        assert "immutable" in answer.headers["Cache-Control"]
        assert "?v=" in address
    assert (await site.get("/sources")).headers["Cache-Control"] == "no-store"


# --- access ---------------------------------------------------------------------------------------------------


async def test_a_local_board_refuses_names_that_are_not_of_this_machine(database: Database, site: Site) -> None:
    for path in (*PAGES, "/metrics", "/nowhere"):
        answer = await site.get(path, headers={"Host": "rebound.example"})
        assert answer.status == 403, path
        assert "TRADEWIRE_BOARD_TOKEN" in await answer.text()
    assert (await site.get("/healthz", headers={"Host": "rebound.example"})).status == 200


async def test_an_open_board_without_a_token_is_closed_and_says_what_to_set(database: Database) -> None:
    async with served(database, local_only=False) as site:
        for path in (*PAGES, "/metrics"):
            answer = await site.get(path)
            assert answer.status == 403, path
            assert "set TRADEWIRE_BOARD_TOKEN" in await answer.text()
        assert (await site.get("/healthz")).status == 200
        assert (await site.get("/readyz")).status == 200


async def test_an_empty_token_opens_nothing(database: Database) -> None:
    async with served(database, local_only=False, token="") as site:
        headers = {"Authorization": encode_basic_auth("anyone", "")}
        assert (await site.get("/", headers=headers)).status == 403


@pytest.mark.parametrize(
    "authorization",
    [
        None, "", "Basic", "Basic !!!", "Basic /w==", f"Bearer {TOKEN}", encode_basic_auth("x", ""),
        encode_basic_auth(TOKEN, "x"),
    ],
)  # fmt: skip
async def test_a_wrong_password_is_asked_for_again(database: Database, authorization: str | None) -> None:
    async with served(database, local_only=False, token=TOKEN) as site:
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = await site.get("/", headers=headers)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")
        assert TOKEN not in await answer.text()


async def test_the_token_opens_pages_and_metrics_for_any_user_name(database: Database) -> None:
    async with served(database, local_only=False, token=TOKEN) as site:
        for path in (*PAGES[:2], "/metrics", "/static/board.css"):
            headers = {"Authorization": encode_basic_auth("anyone", TOKEN, encoding="utf-8")}
            assert (await site.get(path, headers=headers)).status == 200, path


async def test_a_local_board_behind_a_proxy_asks_for_the_token(database: Database) -> None:
    async with served(database, token=TOKEN) as site:
        headers = {"Host": "board.example"}
        assert (await site.get("/", headers=headers)).status == 401
        headers["Authorization"] = encode_basic_auth("me", TOKEN)
        assert (await site.get("/", headers=headers)).status == 200
        assert (await site.get("/")).status == 200


# --- Slack's requests -----------------------------------------------------------------------------------------


async def _echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def test_slack_events_are_handed_on_without_a_token(database: Database) -> None:
    async with served(database, local_only=False, slack_events=_echo) as site:
        answer = await site.ask("POST", "/slack/events", data=b"payload")
        assert (answer.status, await answer.read()) == (200, b"payload")


async def test_a_request_that_is_too_large_is_refused(database: Database) -> None:
    async with served(database, slack_events=_echo) as site:
        answer = await site.ask("POST", "/slack/events", data=io.BytesIO(b"x" * (board_app.MAX_BODY + 1)))
        assert answer.status == 413
        assert "1024 KiB" in await answer.text()


async def test_without_slack_nothing_takes_a_post(database: Database, site: Site) -> None:
    assert (await site.ask("POST", "/slack/events", data=b"x")).status == 404
    answer = await site.ask("POST", "/", data=b"x")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")


# --- failures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404), ("/items/0123456789abcdef", 404), ("/items/%00", 404), ("/items/../../etc/passwd", 404),
        ("/?topic=sports", 400), ("/?before=x", 400), (f"/?before={'9' * 30}", 400), ("/stories?show=some", 400),
        ("/stories?before=yesterday", 400), ("/stories?before=20250507T080000.000000_%00", 400),
    ],
)  # fmt: skip
async def test_a_wrong_address_gets_a_page_that_says_so(
    database: Database, site: Site, path: str, status: int
) -> None:
    answer = await site.get(path)
    assert answer.status == status
    assert found(html.fromstring(await answer.text()), "*.empty//h1")


async def test_a_database_that_hangs_gives_503_and_takes_no_more_than_its_turns(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, calls = threading.Event(), []

    def hang(connection: sa.Connection, **_: object) -> list[news.ToldStory]:
        calls.append(1)
        release.wait(30)
        return []

    monkeypatch.setattr(board_app, "PAGE_DEADLINE", 0.3)
    monkeypatch.setattr(news, "told_stories", hang)
    try:
        async with served(database) as site:
            answers = await asyncio.gather(*(site.get("/") for _ in range(5)))
            assert [answer.status for answer in answers] == [503] * 5
            assert "did not answer within 0.3 s" in await answers[0].text()
            assert "Retry-After" in answers[0].headers
            assert len(calls) == board_app.PAGE_READS
            assert (await site.get("/readyz")).status == 200  # slow pages do not make the process look dead
            release.set()
            assert (await site.get("/")).status == 200
    finally:
        release.set()


async def test_an_absent_database_gives_a_page_without_a_stack_trace() -> None:
    absent = Database("postgresql://nobody:hunter2@127.0.0.1:1/none")
    try:
        async with served(absent) as site:
            for path in PAGES:
                answer = await site.get(path)
                said = await answer.text()
                assert answer.status == 503, path
                assert "The database cannot be read." in said
                assert "All parts well" not in said
                assert "database failing" in said
                assert "Traceback" not in said
                assert "hunter2" not in said
            ready = await site.get("/readyz")
            assert (ready.status, (await ready.json())["not_ready"]) == (503, ["database"])
            metrics = await site.get("/metrics")
            assert metrics.status == 200
            assert "tradewire_database_up 0.0" in await metrics.text()
    finally:
        absent.close()


async def test_a_page_that_fails_says_so_and_keeps_the_reason_to_the_log(
    database: Database, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: sa.Connection) -> None:
        raise RuntimeError("inner detail")

    monkeypatch.setattr(feeds, "health", fail)
    answer = await site.get("/sources")
    assert answer.status == 500
    said = await answer.text()
    assert "inner detail" not in said
    assert "All parts well" not in said
    assert "this page failing" in said


# --- listening ------------------------------------------------------------------------------------------------


async def test_a_taken_port_is_named_with_its_cure(database: Database, site: Site) -> None:
    port = int(site.address.rpartition(":")[2])
    with pytest.raises(BoardAddressError, match=rf"127\.0\.0\.1 port {port}: another program.*set another port"):
        await serve(web.Application(), "127.0.0.1", port)


async def test_an_address_of_another_machine_is_named_with_its_cure() -> None:
    with pytest.raises(BoardAddressError, match=r"192\.0\.2\.1 port 0: this machine has no such address; set host"):
        await serve(web.Application(), "192.0.2.1", 0)
