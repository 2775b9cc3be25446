"""Serves feeds that go on, and pages of their articles: `python -m bench.soak.server COUNT`; prints its port.

A process of its own, so that what it holds is not counted. Each answer to `/feed/N` has two entries that the one
before had not; each entry links to `/page/…`, which has an article for half of them, and for the rest what sites
show instead: a question, a wall, an error, a page that takes a parser long.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bench.pollers.documents import Feed

_PARAGRAPH = (
    "<p>The ministers said that the duties on steel would be 25 percent from July, and talks would go on.</p>"
)
_PAGES = (
    f"<html><head><title>$</title></head><body><article><h1>$</h1><p>$</p>{_PARAGRAPH * 12}</article></body></html>",
    "<html><head><title>Subscribe</title></head><body><p>Subscribe to unlock this article.</p></body></html>",
    f"<html><body>{'<div>' * 2_000}$ {_PARAGRAPH * 20}</body></html>",
    f"<html><body><nav>{'<a>World</a>' * 500}</nav><article><p>$</p>{_PARAGRAPH * 200}</article></body></html>",
)

Handler = Callable[[web.Request], Awaitable[web.Response]]


# In a document: a headline and, behind it, the link to its page.
_HEADLINE = re.compile(r'<title>([^<]+)</title><link(?:>| href=")[^<"]*/page/(\d+/\d+)')


def _feed(asked: Counter[int], headlines: dict[str, str]) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        asked[number] += 1
        document = Feed.of(number).document(asked[number])
        here = f"http://{request.host}/page/{number}/".encode()
        body = document.replace(f"https://feed{number}.example/".encode(), here)
        headlines.update((place, title) for title, place in _HEADLINE.findall(body.decode("latin-1")))
        return web.Response(body=body, content_type="application/xml")

    return answer


def _page(headlines: Mapping[str, str]) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        number, place = request.match_info["number"], request.match_info["place"]
        if int(place) % 8 == 7:
            return web.Response(status=403)
        markup = _PAGES[int(place) % len(_PAGES)].replace("$", headlines.get(f"{number}/{place}", ""))
        return web.Response(text=markup, content_type="text/html")

    return answer


async def serve() -> None:
    application, headlines = web.Application(), dict[str, str]()
    application.router.add_get("/feed/{number:\\d+}", _feed(Counter(), headlines))
    application.router.add_get("/page/{number:\\d+}/{place:\\d+}", _page(headlines))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "0.0.0.0", 0)  # each feed has an address of its own within 127.0.0.0/8
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
