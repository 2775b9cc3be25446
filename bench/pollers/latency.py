"""How long from the moment that a poll is triggered until the request of its alert arrives, beside lemon24/reader.

One feed of 35 entries; each round brings one that is news for a desk. Tradewire posts it to a Slack that this process
plays, having stored, grouped, judged and decided on it; reader posts it to the same from a hook.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from statistics import median, quantiles

import click
from aiohttp import web
from rich.console import Console
from rich.table import Table

from bench.pollers.documents import Feed
from bench.pollers.process import Contender
from bench.pollers.run import OURS, PEERS, READER, free_port
from bench.tables import WIDTH

ROUNDS = 30
PATIENCE_S = 30.0
APART_S = 1.2  # in a Slack channel there is one message a second
_COUNTRIES = ("Brazil", "Japan", "Norway", "Chile", "Kenya", "Peru", "Egypt", "Vietnam", "Morocco", "Colombia")
_PARTNERS = ("Canada", "India", "Turkey", "Mexico", "Australia", "Thailand")
_GOODS = ("steel", "copper", "coffee", "timber", "cement", "paper", "glass", "textiles", "tyres", "furniture")


class Desk:
    """A feed that is changed by hand, and a Slack that notes when it is asked to post."""

    def __init__(self) -> None:
        self.port = free_port()
        self._base = Feed.of(1)
        self._news: list[str] = []
        self._arrived: asyncio.Queue[float] = asyncio.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def publish(self, number: int) -> None:
        """One more entry, newer than all others."""
        first, partner = list(product(_COUNTRIES, _PARTNERS))[number]
        title = f"{first} and {partner} agree to cut tariffs on {_GOODS[number % len(_GOODS)]} to {number + 3}%"
        self._news.insert(0, (
            f"<item><title>{title}</title><link>https://wire.example/{number}</link><guid>news-{number}</guid>"
            f"<pubDate>{datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT</pubDate><description>{title}, the trade "
            "ministers said.</description></item>"
        ))  # fmt: skip

    async def arrival(self) -> float:
        """When the next alert arrives, by the clock of `time.perf_counter`."""
        async with asyncio.timeout(PATIENCE_S):
            return await self._arrived.get()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/feed", self._feed)
        app.router.add_post("/{method:.*}", self._posted)
        return app

    async def _feed(self, request: web.Request) -> web.Response:
        whole = self._base.document(1).decode()
        head, _, rest = whole.partition("<item>")
        return web.Response(text=f"{head}{''.join(self._news)}<item>{rest}", content_type="application/xml")

    async def _posted(self, request: web.Request) -> web.Response:
        now = time.perf_counter()
        if request.match_info["method"] in {"chat.postMessage", "hook"}:
            self._arrived.put_nowait(now)
        answer = {"ok": True, "channel": "C0001", "ts": f"{now:.6f}", "url": "https://desk.slack.example/"}
        return web.json_response(answer)


@click.command()
@click.option("--rounds", type=click.IntRange(3, len(_COUNTRIES) * len(_PARTNERS)), default=ROUNDS, show_default=True)
def latency(rounds: int) -> None:
    """Measure from the trigger of a poll to the request of the alert, in turns with reader."""
    if not PEERS.exists():
        raise click.ClickException(f"{PEERS} is missing: `make bench` installs the programs to compare with")
    with tempfile.TemporaryDirectory() as folder:
        _show(asyncio.run(_measure(rounds, Path(folder))))


async def _measure(rounds: int, folder: Path) -> dict[str, list[float]]:
    desks = {name: Desk() for name in (OURS, READER)}
    waits: dict[str, list[float]] = {name: [] for name in desks}
    runners = [web.AppRunner(desk.app(), access_log=None) for desk in desks.values()]
    for runner, desk in zip(runners, desks.values(), strict=True):
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", desk.port).start()
    with ExitStack() as stack:
        contenders = await asyncio.to_thread(
            lambda: [stack.enter_context(each) for each in _contenders(desks, folder)]
        )
        for contender in contenders:
            await asyncio.to_thread(contender.refresh)  # the first look, of which nobody is told
        for number in range(rounds):
            for contender in contenders:
                waits[contender.name].append(await _round(contender, desks[contender.name], number))
            await asyncio.sleep(APART_S)
    for runner in runners:
        await runner.cleanup()
    return waits


async def _round(contender: Contender, desk: Desk, number: int) -> float:
    """Seconds."""
    desk.publish(number)
    triggered = time.perf_counter()
    polling = asyncio.create_task(asyncio.to_thread(contender.refresh))
    arrived = await desk.arrival()
    await polling
    return arrived - triggered


def _contenders(desks: dict[str, Desk], folder: Path) -> Iterator[Contender]:
    ours, readers = folder / "ours", folder / "reader"
    environment = {"SLACK_BOT_TOKEN": "xoxb-bench", "SLACK_API_URL": f"{desks[OURS].url}/"}
    command = [sys.executable, "-m", "bench.pollers.serving", f"{desks[OURS].url}/feed", str(ours)]
    yield Contender(OURS, command, ours, environment=environment)
    script = Path(__file__).with_name("with_reader.py")
    hook = f"{desks[READER].url}/hook"
    told = [f"{desks[READER].url}/feed", ""]
    yield Contender(READER, [str(PEERS), str(script), str(readers), "1", hook], readers, told)


def _show(waits: Mapping[str, Sequence[float]]) -> None:
    table = Table(title="From the trigger of a poll to the alert's request", title_justify="left")
    for heading in ("program", "median ms", "9 of 10 within ms", "x reader"):
        table.add_column(heading)
    usual = median(waits[READER])
    for name, found in waits.items():
        ninth = quantiles(found, n=10)[-1]
        row = f"{median(found) * 1e3:.1f}", f"{ninth * 1e3:.1f}", f"{median(found) / usual:.2f} (wish 0.1)"
        table.add_row(name, *row)
    Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False).print(table)
