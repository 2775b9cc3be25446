"""The same scenario with nothing killed and everything else taken away: network, disk and database, over and over.

    python -m tests.crash.outages --times 20 --database sqlite
    python -m tests.crash.outages --times 20 --database postgres

The disk is filled by a file where that of `--folder` is small (a tmpfs of some megabytes); elsewhere the processes
may write no byte to any file (RLIMIT_FSIZE), which SQLite takes for a disk that fails.
"""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import click

from tests.crash.campaign import Campaign, Outcome, Plan
from tests.crash.desk import Desk
from tests.crash.fleet import Fleet, from_scratch
from tests.crash.newsroom import Newsroom
from tests.crash.platforms import World, open_world
from tests.crash.sky import Sky
from tests.fakes.network import Network
from tests.fakes.restarts import Server, server_in

SMALL = 2**30  # bytes: a disk that a test may fill
_CHUNK = b"\0" * 2**16


class Kind(StrEnum):
    REFUSED = "network cut: refused"
    SWALLOWED = "network cut: swallowed"
    DISK = "disk full"
    RESTART = "database restarted"


@dataclass
class Processes:
    """Starts the program and keeps the processes."""

    started: list[Process] = field(default_factory=list)

    async def __call__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
        process = await from_scratch(arguments, environment, log)
        self.started.append(process)
        return process


@dataclass
class Disk:
    """Under the database of the processes."""

    folder: Path
    processes: Processes

    def fill(self) -> None:
        if shutil.disk_usage(self.folder).total < SMALL:
            with (self.folder / "filling").open("wb", buffering=0) as filling:
                try:
                    while filling.write(_CHUNK):
                        pass
                except OSError:
                    return
        self._limit(0)

    def make_room(self) -> None:
        (self.folder / "filling").unlink(missing_ok=True)
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, most: int) -> None:
        for process in self.processes.started:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@dataclass(kw_only=True)
class Outages(Campaign):
    """Each "kill" is an outage. `longest` is of one, in seconds."""

    network: Network
    disk: Disk
    server: Server | None
    longest: float
    met: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._chance = random.Random(f"outages {self.plan.seed}")
        self._kinds = [Kind.REFUSED, Kind.SWALLOWED, Kind.RESTART if self.server else Kind.DISK]

    async def _kill(self) -> None:
        """Something goes away while stories go on, and comes back."""
        kind = self._kinds[sum(self.met.values()) % len(self._kinds)]
        await self._working(time.monotonic())
        await asyncio.sleep(self._chance.uniform(0, self.plan.busy_s))
        await self._take_away(kind)
        for _ in range(3):
            await asyncio.sleep(self._chance.uniform(0, self.longest / 3))
            self._publish()
        await self._give_back(kind)
        self.met[kind] += 1

    async def _take_away(self, kind: Kind) -> None:
        match kind:
            case Kind.REFUSED:
                await self.network.refuse()
            case Kind.SWALLOWED:
                await self.network.swallow()
            case Kind.DISK:
                self.disk.fill()
            case Kind.RESTART if self.server:
                await self.server.stop()

    async def _give_back(self, kind: Kind) -> None:
        match kind:
            case Kind.REFUSED | Kind.SWALLOWED:
                await self.network.mend()
            case Kind.DISK:
                self.disk.make_room()
            case Kind.RESTART if self.server:
                await self.server.start()


async def _over(network: Network, world: World) -> Mapping[str, str]:
    """The environment in which the program reaches everybody by `network`."""
    world.slack.base_url = await network.through(world.slack.base_url)
    world.discord.api_url = await network.through(world.discord.api_url)
    world.discord.gateway.url = await network.through(world.discord.gateway.url)
    return world.environment


async def run(plan: Plan, url: str, folder: Path, server: Server | None, longest: float) -> tuple[Outcome, Outages]:
    """`folder` must not exist; logs and configuration are left there."""
    desk, processes = Desk.furnished(), Processes()
    newsroom = Newsroom(plan.seed, desk.words)
    async with open_world(Sky(plan.seed), newsroom) as world, Network() as network:
        desk.configure(folder / "config", await network.through(world.feed_url))
        environment = {**await _over(network, world), "TRADEWIRE_DATABASE_URL": url}
        fleet = Fleet(processes, plan.workers, folder / "config", environment, folder)
        campaign = Outages(
            plan,
            world,
            desk,
            fleet,
            url,
            network=network,
            disk=Disk(folder, processes),
            server=server,
            longest=longest,
        )
        try:
            outcome = await campaign.run(lambda number: click.echo(f"{number} outages", err=True))
        finally:
            await fleet.stop()
    return outcome, campaign


@click.command()
@click.option("--times", type=click.IntRange(min=1), default=20, show_default=True)
@click.option("--database", type=click.Choice(["sqlite", "postgres"]), default="sqlite", show_default=True)
@click.option("--longest", type=float, default=20.0, show_default=True, help="Seconds of one outage.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="For the database and logs; a temporary one else.")
def outages(times: int, database: str, longest: float, seed: int, folder: Path | None) -> None:
    """Take things away over and over, and see whether everything is told once, in order."""
    folder = (folder or Path(tempfile.mkdtemp(prefix="outages-"))) / "run"
    folder.parent.mkdir(parents=True, exist_ok=True)
    workers = 2 if database == "postgres" else 1
    plan = Plan(kills=times, workers=workers, seed=seed, start=from_scratch)
    with ExitStack() as stack:
        server = stack.enter_context(server_in(folder.parent / "server")) if database == "postgres" else None
        url = server.url if server else f"sqlite:///{folder / 'outages.db'}"
        outcome, campaign = asyncio.run(run(plan, url, folder, server, longest))
    told, found = outcome.findings.told, outcome.findings.all
    click.echo(", ".join(f"{n} {what}" for what, n in campaign.met.items()), err=True)
    click.echo(
        f"{outcome.stories} stories; {dict(told)}; {outcome.starts} starts, {outcome.settling_s:.0f} s at the end"
    )
    for words in [*found, *campaign.fleet.ended][:40]:
        click.echo(f"  {words}", err=True)
    if found or campaign.fleet.ended:
        sys.exit(1)


if __name__ == "__main__":
    outages()
