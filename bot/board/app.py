"""The web page: wire, stories, items, sources, health; and the addresses that machines ask."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import SecretStr

from bot.board.access import CALENDAR, add_headers, guard
from bot.board.calendar import CalendarPages
from bot.board.pages import Pages, Problem
from bot.board.probes import Probes
from bot.board.reads import Reader, Unavailable
from bot.board.render import StaticFile, Views, static_files
from bot.board.search import SearchPages
from bot.board.websub import HubCallback
from bot.clock import Clock
from bot.observe.health import Parts
from bot.observe.metrics import Metrics
from bot.store.engine import Database

log = structlog.get_logger()

PAGE_DEADLINE = 5.0  # seconds for the read behind a page
PAGE_READS = 2  # at once; the database's other reading threads are left to the pipeline and the commands
MAX_BODY = 2**20  # bytes of a request, unpacked; an event or a modal of Slack is far below
STOP_PATIENCE = 1.0  # seconds that open connections have to end when the program stops


class BoardAddressError(OSError):
    """Nothing can listen there; the text names host, port and the cure."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Who listens, and where its host and its port are set: for the words of an error."""

    name: str
    host: str
    port: str


BOARD = Listener(
    name="the board",
    host="host under [web] in tradewire.toml",
    port="another port under [web] in tradewire.toml (or PORT)",
)
_ELSEWHERE = "another address as probes under [web] in tradewire.toml (or TRADEWIRE_PROBES)"
PROBES = Listener(name="what answers probes", host=_ELSEWHERE, port=_ELSEWHERE)


def build_board(
    *,
    database: Database,
    parts: Parts,
    metrics: Metrics,
    clock: Clock,
    token: SecretStr | None,
    local_only: bool,
    slack_events: Handler | None = None,
    wake: Callable[[], None] = lambda: None,
) -> web.Application:
    """The application. `local_only`: it will listen on loopback only, where no token is asked for.

    `slack_events` answers POST /slack/events and must check Slack's signature itself. `wake` is called when a hub has
    delivered something.
    """
    reader = Reader(database, deadline=PAGE_DEADLINE, at_once=PAGE_READS)
    views = Views(parts=parts, clock=clock)
    pages = Pages(reader=reader, views=views, parts=parts, clock=clock)
    search = SearchPages(reader=reader, views=views)
    calendar = CalendarPages(reader=reader, views=views, clock=clock, token=token)
    probes = Probes(database=database, parts=parts, metrics=metrics, clock=clock)
    callback = HubCallback(database=database, clock=clock, metrics=metrics, wake=wake)
    app = web.Application(
        client_max_size=MAX_BODY, middlewares=[guard(token, local_only=local_only), _problems(pages)]
    )
    app.on_response_prepare.append(add_headers)
    app.add_routes(
        [
            web.get("/", pages.wire),
            web.get("/stories", pages.stories),
            web.get("/items/{key:[0-9A-Za-z_-]{1,64}}", pages.item),
            web.get("/search", search.page),
            web.get("/calendar", calendar.page),
            web.get(CALENDAR, calendar.file),
            web.get("/sources", pages.sources),
            web.get("/health", pages.health),
            *probes.routes,
            *callback.routes,
            *(web.get(f"/static/{name}", _serve_static(file)) for name, file in static_files().items()),
        ]
    )
    if slack_events is not None:
        app.router.add_post("/slack/events", slack_events)
    return app


async def serve(app: web.Application, host: str, port: int, listener: Listener = BOARD) -> web.AppRunner:
    """Listen; port 0 takes a free one. `addresses` of the result says where, its `cleanup()` ends it.

    Raises BoardAddressError.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_PATIENCE)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise BoardAddressError(error.errno, _explain(error, host, port, listener)) from None
    return runner


def _explain(error: OSError, host: str, port: int, listener: Listener) -> str:
    where = f"{listener.name} cannot listen on {host} port {port}"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{where}: this machine has no such address; set {listener.host}"
    if error.errno == errno.EADDRINUSE:
        return f"{where}: another program, perhaps another Tradewire, listens there; stop it, or set {listener.port}"
    if error.errno == errno.EACCES:
        return f"{where}: this user may not below 1024; set {listener.port}"
    return f"{where}: {error.strerror}"


def _problems(pages: Pages) -> Middleware:
    """Every failure becomes a page that says what is wrong; only the log sees a stack trace."""

    @web.middleware
    async def catch(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            return pages.problem(problem.status, str(problem))
        except Unavailable as problem:
            response = pages.problem(503, f"{problem} This page tries again by itself.")
            response.headers["Retry-After"] = str(int(PAGE_DEADLINE))
            return response
        except web.HTTPError as refusal:
            return _refused(pages, refusal)
        except Exception:
            log.exception("board_request_failed", method=request.method, path=_shown_path(request))
            return pages.problem(500, "This page failed. The log of the process says why.")

    return catch


def _shown_path(request: web.Request) -> str:
    """Without the part of a hub's address that nobody else may know."""
    token = request.match_info.get("token")
    return request.path.replace(token, "…") if token else request.path


def _refused(pages: Pages, refusal: web.HTTPError) -> web.Response:
    texts = {404: "There is no such page.", 413: f"The request is larger than {MAX_BODY // 1024} KiB."}
    response = pages.problem(refusal.status, texts.get(refusal.status, f"{refusal.reason}."))
    if "Allow" in refusal.headers:
        response.headers["Allow"] = refusal.headers["Allow"]
    return response


def _serve_static(file: StaticFile) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(
            body=file.content,
            content_type=file.content_type,
            headers={"Cache-Control": "private, max-age=31536000, immutable"},
        )

    return answer
