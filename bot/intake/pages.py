"""Fetches the page of an article and gives back its text, or says in a few words why not.

As polite as a reader: the item's own link, once, nothing that the page would load, and a site that refuses is left
alone for a while.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from email.message import Message

from bot.intake.faults import FetchFailed, failed
from bot.intake.fetched import FaultKind
from bot.intake.full_text import page_of, read_article, reserves
from bot.intake.hosts import host_of
from bot.intake.http import Answer, GuardedClient
from bot.intake.links import is_front_page
from bot.intake.workers import WorkerPool
from bot.model import Item

MAX_PAGE = 2 * 2**20  # bytes, as it comes and unpacked
EXTRACTION_LIMIT = 5.0  # seconds; a usual page takes 0.02, and the first of a worker has the parser loaded
FAILURES = 3  # in a row, after which a site is left alone
REST = timedelta(hours=1)
MOST_SITES = 1_000  # that are remembered

_SUBJECT = "the page"
_ACCEPT = {"Accept": "text/html, application/xhtml+xml;q=0.9"}
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_REFUSALS = frozenset({401, 402, 403, 429, 451})
_WHY = {
    FaultKind.UNREACHABLE: "cannot be reached",
    FaultKind.TIMEOUT: "did not come in time",
    FaultKind.TOO_LARGE: f"is larger than {MAX_PAGE // 2**20} MiB",
    FaultKind.REFUSED_ADDRESS: "leads to a private or special address",
}


class Pages:
    """Pages of articles, by a client that has their limits: MAX_PAGE, and a deadline shorter than a feed's."""

    def __init__(self, client: GuardedClient, pool: WorkerPool) -> None:
        self._client = client
        self._pool = pool
        self._refusals = Refusals()

    async def article(self, item: Item, now: datetime) -> str:
        """The text of the item's article. Raises FetchFailed with words that follow "its page"."""
        link = page_of(item)
        if link is None:
            raise failed(FaultKind.UNREADABLE, "is none that can be read")
        site = host_of(link)
        if self._refusals.rests(site, now):
            raise failed(FaultKind.BLOCKED, "was not asked for: its site refused the last ones")
        try:
            text = await self._read(await self._fetched(link), item)
        except FetchFailed:
            self._refusals.add(site, now)
            raise
        self._refusals.end(site)
        return text

    async def _fetched(self, link: str) -> Answer:
        try:
            answer = await self._client.get(link, headers=_ACCEPT)
        except FetchFailed as failure:
            raise failed(failure.fault.kind, _WHY.get(failure.fault.kind, "cannot be read")) from None
        if not 200 <= answer.status < 300:
            kind = FaultKind.BLOCKED if answer.status in _REFUSALS else FaultKind.HTTP_STATUS
            raise failed(kind, f"is not given out (HTTP {answer.status})")
        if reserves(answer.headers.get("X-Robots-Tag", "")):
            raise failed(FaultKind.BLOCKED, "asks machines not to read it")
        if is_front_page(answer.url):
            raise failed(FaultKind.UNREADABLE, "leads to the front page of its site")
        return answer

    async def _read(self, answer: Answer, item: Item) -> str:
        about = Message()
        about["Content-Type"] = answer.headers.get("Content-Type", "")
        if about.get_content_type() not in _PAGES:
            raise failed(FaultKind.UNREADABLE, "is no web page")
        told = str(about.get_content_charset("")), item.title, f"{item.summary}\n{item.body}"
        try:
            return await self._pool.run_to_end(
                read_article, answer.body, *told, subject=_SUBJECT, limit=EXTRACTION_LIMIT
            )
        except FetchFailed as failure:
            if failure.fault.message.startswith(_SUBJECT):  # the pool's own words, for the log of a feed
                raise failed(failure.fault.kind, "takes too much time or memory to read") from None
            raise


class Refusals:
    """Which sites to leave alone, as far as this process remembers: a courtesy, and no truth."""

    def __init__(self) -> None:
        self._sites: OrderedDict[str, tuple[int, datetime]] = OrderedDict()  # how many in a row, and when the last

    def rests(self, site: str, now: datetime) -> bool:
        count, last = self._sites.get(site, (0, now))
        return count >= FAILURES and now - last < REST

    def add(self, site: str, now: datetime) -> None:
        count, _ = self._sites.pop(site, (0, now))
        self._sites[site] = (count + 1, now)
        if len(self._sites) > MOST_SITES:
            self._sites.popitem(last=False)

    def end(self, site: str) -> None:
        self._sites.pop(site, None)
