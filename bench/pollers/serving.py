"""Tradewire serving, with one feed that it polls when it is told: `python -m bench.pollers.serving URL FOLDER`."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

import sqlalchemy as sa

from bot.assembly import assembled
from bot.clock import SystemClock
from bot.deliver.console import ConsoleChannel
from bot.heap import keep_what_is_loaded, use_memory_sparingly
from bot.observe.logs import configure_logs
from bot.settings import load
from bot.store.schema import sources


def configure(folder: Path, url: str) -> None:
    source = f'[[source]]\nid = "wire"\nurl = "{url}"\nevery = "10h"\nfirst_poll = "none"\n'
    (folder / "sources.toml").write_text(source)
    (folder / "tradewire.toml").write_text(
        '[intake]\nallow_networks = ["127.0.0.0/8"]\nfull_text = false\n'
        f'[database]\nurl = "sqlite:///{folder / "tradewire.db"}"\n'
    )
    (folder / "routes.toml").write_text(
        '[[route]]\nname = "desk"\nto = ["slack:C0001"]\nwhen = "topic:trade OR topic:market"\n'
    )


async def main(folder: Path) -> None:
    use_memory_sparingly()
    configure_logs("ERROR")
    async with assembled(load(folder), console=ConsoleChannel(io.StringIO(), SystemClock())) as bot:
        await bot.service.prepare()
        await bot.service.once()
        keep_what_is_loaded()
        serving = asyncio.create_task(bot.service.serve())
        print("ready", flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print("begins", flush=True)
            due = sa.update(sources).values(due_at=bot.clock.now())
            await bot.database.write(lambda connection: connection.execute(due))  # noqa: B023
            bot.service.pollers.wake()
            print(1, flush=True)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


if __name__ == "__main__":
    configure(Path(sys.argv[2]), sys.argv[1])
    asyncio.run(main(Path(sys.argv[2])))
