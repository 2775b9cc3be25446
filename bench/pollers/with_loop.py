"""What bots usually do: aiohttp, feedparser in a thread, SQLite. Told what to do as `with_reader.py` is."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import aiohttp
import feedparser

AT_ONCE = 16


class Loop:
    def __init__(self, folder: Path, urls: list[str]) -> None:
        self._database = sqlite3.connect(folder / "loop.db", check_same_thread=False)
        self._database.execute("CREATE TABLE feeds (url TEXT PRIMARY KEY, etag TEXT)")
        self._database.execute(
            "CREATE TABLE entries (url TEXT, id TEXT, title TEXT, body TEXT, PRIMARY KEY (url, id))"
        )
        self._database.executemany("INSERT INTO feeds VALUES (?, NULL)", [(url,) for url in urls])
        self._room = asyncio.Semaphore(AT_ONCE)

    async def poll(self) -> int:
        feeds = self._database.execute("SELECT url, etag FROM feeds").fetchall()
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(self._poll(session, *feed) for feed in feeds))
        count: int = self._database.execute("SELECT count(*) FROM entries").fetchone()[0]
        return count

    async def _poll(self, session: aiohttp.ClientSession, url: str, etag: str | None) -> None:
        async with self._room, session.get(url, headers={"If-None-Match": etag} if etag else {}) as response:
            if response.status == 304:
                return
            document = await asyncio.to_thread(feedparser.parse, await response.read())
        rows = [
            (url, entry.get("id") or entry.get("link"), entry.get("title"), entry.get("summary"))
            for entry in document.entries
        ]
        self._database.executemany("INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?)", rows)
        self._database.execute("UPDATE feeds SET etag = ? WHERE url = ?", (response.headers.get("ETag"), url))
        self._database.commit()


async def main(folder: Path) -> None:
    loop = Loop(folder, [url.strip() for url in iter(sys.stdin.readline, "\n")])
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print("begins", flush=True)
        print(await loop.poll(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
