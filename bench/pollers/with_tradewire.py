"""Tradewire as it runs, polling when it is told: `python -m bench.pollers.with_tradewire PORT COUNT FOLDER`.

Everything is on: store, stories, the classifier, decisions by a route, delivery to a console that nobody reads.
"""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

import sqlalchemy as sa

from bench.pollers.server import address
from bot.assembly import Bot, assembled
from bot.clock import SystemClock
from bot.deliver.console import ConsoleChannel
from bot.heap import keep_what_is_loaded, use_memory_sparingly
from bot.observe.logs import configure_logs
from bot.settings import load
from bot.store.schema import items, sources


def configure(folder: Path, port: int, count: int) -> None:
    feeds = "".join(
        f'[[source]]\nid = "s{number}"\nurl = "{address(number, port)}"\nevery = "10h"\n' for number in range(count)
    )
    (folder / "sources.toml").write_text(feeds)
    (folder / "tradewire.toml").write_text(
        '[intake]\nallow_networks = ["127.0.0.0/8"]\nfull_text = false\n'
        f'[database]\nurl = "sqlite:///{folder / "tradewire.db"}"\n'
    )
    (folder / "routes.toml").write_text(
        '[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade OR topic:market"\n'
    )


async def poll(bot: Bot) -> int:
    """Poll every source, deliver what follows; returns how many items are stored."""
    await bot.service.once()
    return await bot.database.read(
        lambda connection: connection.execute(sa.select(sa.func.count(items.c.key))).scalar_one()
    )


async def main(folder: Path) -> None:
    use_memory_sparingly()
    configure_logs("ERROR")
    async with assembled(load(folder), console=ConsoleChannel(io.StringIO(), SystemClock())) as bot:
        await bot.service.prepare()
        keep_what_is_loaded()
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            due = sa.update(sources).values(due_at=bot.clock.now())
            await bot.database.write(lambda connection: connection.execute(due))  # noqa: B023
            print("begins", flush=True)
            print(await poll(bot), flush=True)


if __name__ == "__main__":
    configure(Path(sys.argv[3]), int(sys.argv[1]), int(sys.argv[2]))
    asyncio.run(main(Path(sys.argv[3])))
