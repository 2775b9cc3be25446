"""Serves everything hostile, and twenty good feeds: `python -m bench.hostile.server`.

Prints the port; when its input ends, the number of connections to addresses that nobody may reach.
"""

from __future__ import annotations

import asyncio
import sys

from tests.fakes.hostile import CASES, HostileWeb
from tests.fakes.hostile.good import GOOD_FEEDS
from tests.fakes.hostile.wire import Floods


async def main() -> None:
    Floods.pause = 0.0
    async with HostileWeb((*CASES, *GOOD_FEEDS)) as web:
        print(web.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print(len(web.inside), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
