"""A crash run: start the program, let it work, kill it, start it again, as often as wished; then let it finish."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.crash import people
from tests.crash.checker import Checker, Findings, rows
from tests.crash.desk import Desk
from tests.crash.expectation import is_seen, missing
from tests.crash.fleet import Fleet, Starter
from tests.crash.newsroom import Kind, Newsroom, Story
from tests.crash.platforms import World, open_world
from tests.crash.reading import Reading
from tests.crash.sky import Moment, Sky, Trap

ALIVE_S = 60.0  # within which a process shows itself
JUDGED_S = 0.4  # a feed that was read is judged and decided on within
MOST_UNSEEN = 12  # reports that the program may not have read; more at once would pass for a flood
SETTLED_S = 180.0  # within which all is told once nothing is killed any more


class Aim(StrEnum):
    """When a kill falls."""

    STARTING = "while it starts"
    ANY = "at any moment"
    RECEIVED = "as a platform has received a message"
    DONE = "as a platform has taken a message"
    ANSWERED = "as a platform has answered"
    READ = "soon after a feed was read"


_WEIGHTS = {Aim.STARTING: 1, Aim.ANY: 4, Aim.RECEIVED: 3, Aim.DONE: 2, Aim.ANSWERED: 2, Aim.READ: 1}
_MOMENTS = {Aim.RECEIVED: Moment.RECEIVED, Aim.DONE: Moment.DONE, Aim.ANSWERED: Moment.ANSWERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`first_s` is how long the first message of a process is waited for (where all that waits is in doubt none
    comes), `busy_s` how long it may work from then on before it is killed at any moment. `stories` is how many begin
    with each kill, `waiting` how much may wait to be told before no more begin, `both` the share of kills that take
    all processes."""

    kills: int
    workers: int = 1
    seed: int = 1
    start: Starter
    first_s: float = 3.0
    busy_s: float = 1.5
    stories: int = 3
    waiting: int = 150
    both: float = 0.2
    mild: bool = False  # see Sky


@dataclass(slots=True, kw_only=True)
class Outcome:
    findings: Findings
    kills: Counter[Aim]
    under_way: int  # kills while a request that posts or edits had not been answered
    trouble: Counter[str]
    starts: int
    stories: int
    killing_s: float
    settling_s: float


@dataclass
class Campaign:
    plan: Plan
    world: World
    desk: Desk
    fleet: Fleet
    database_url: str
    reading: Reading = field(init=False)
    kills: Counter[Aim] = field(default_factory=Counter)
    under_way: int = 0

    def __post_init__(self) -> None:
        self.reading = Reading(self.world.slack, self.world.discord)
        self._chance = random.Random(f"kills {self.plan.seed}")
        self._going: list[Story] = []  # not all of it has been told
        self._following: set[asyncio.Task[None]] = set()
        self._started = dict.fromkeys(self.fleet.numbers, 0.0)
        self._start_s = 1.0  # from a start to the first message, as it was the last time

    async def run(self, on_kill: Callable[[int], None]) -> Outcome:
        await self._start(list(self.fleet.numbers))
        await self._alive(0.0)
        for word, person in self.desk.subscriptions.items():
            await people.subscribe(self.world, person, word)
        began = time.monotonic()
        for number in range(self.plan.kills):
            self._publish()
            await self._kill()
            on_kill(number + 1)
        killed = time.monotonic()
        self.world.sky.weather = 0.0
        await self._settle()
        found, stories = await asyncio.to_thread(rows, self.database_url)
        checker = Checker(
            desk=self.desk,
            newsroom=self.world.newsroom,
            reading=self.reading,
            rows=found,
            stories=stories,
            others=[*self.world.slack.violations, *self.world.discord.violations, *self.fleet.ended],
        )
        return Outcome(
            findings=checker.findings(),
            kills=self.kills,
            under_way=self.under_way,
            trouble=Counter({str(trouble): n for trouble, n in self.world.sky.met.items()}),
            starts=self.fleet.starts,
            stories=len(self.world.newsroom.stories),
            killing_s=killed - began,
            settling_s=time.monotonic() - killed,
        )

    # --- news -----------------------------------------------------------------------------------------------

    def _publish(self) -> None:
        """Stories whose last step has been seen go on, and new ones begin where not too much waits."""
        seen = self._on_the_way()
        room = MOST_UNSEEN - (len(self._going) - len(seen))
        for story in seen:
            if room > 0 and not story.is_over and not story.paused and self._chance.random() < 0.6:
                self._go_on(story)
                room -= 1
        if sum(len(missing(self.desk, self.reading, story)) for story in self._going) < self.plan.waiting:
            self._going += [self.world.newsroom.open_story() for _ in range(min(self.plan.stories, max(room, 0)))]

    def _on_the_way(self) -> list[Story]:
        """Those whose last step has been seen somewhere; what is over and told everywhere is dropped."""
        self.reading.read_on()
        self._going = [
            story
            for story in self._going
            if not story.is_over or story.paused or missing(self.desk, self.reading, story)
        ]
        return [story for story in self._going if is_seen(self.desk, self.reading, story)]

    def _go_on(self, story: Story) -> None:
        if not story.followers and self._chance.random() < 0.3:
            story.paused = True
            task = asyncio.create_task(self._follow(story))
            self._following.add(task)
            task.add_done_callback(self._following.discard)
            return
        if story.steps[story.published].kind is Kind.WITHDRAWN:
            story.seen_at = frozenset(message.place for message in self.reading.about[story.number])
        self.world.newsroom.publish_next(story)

    async def _follow(self, story: Story) -> None:
        """Somebody who has not heard of it follows it; nothing comes of it before they know that they do."""
        strangers = [person for person in self.desk.people if person not in self.desk.places(story)]
        person = self._chance.choice(strangers)
        await people.follow(self.world, person, self.reading.about[story.number][0].story_id)
        story.followers[person] = story.published
        story.paused = False

    # --- kills ----------------------------------------------------------------------------------------------

    async def _kill(self) -> None:
        """One kill, and what was killed started again."""
        aim = self._chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        numbers = self._victims(aim)
        await self._strike_at(aim, numbers)
        await self.fleet.bury(numbers)
        await self._start(numbers)
        self.kills[aim] += 1

    def _victims(self, aim: Aim) -> Sequence[int]:
        """All, or one: mostly the one that runs the longest, for the other has hardly begun."""
        numbers = sorted(self.fleet.numbers, key=lambda number: self._started[number])
        if self._chance.random() < self.plan.both:
            return numbers
        newest = aim is Aim.STARTING or self._chance.random() < 0.25
        return [numbers[-1 if newest else 0]]

    async def _strike_at(self, aim: Aim, numbers: Sequence[int]) -> None:
        since = max(self._started[number] for number in numbers)
        match aim:
            case Aim.STARTING:
                await asyncio.sleep(self._chance.uniform(0, self._start_s))
                self._strike(numbers)
            case Aim.ANY:
                await self._working(since)
                await asyncio.sleep(self._chance.uniform(0, self.plan.busy_s))
                self._strike(numbers)
            case Aim.READ:  # it reads before it tells
                await self._trapped(Moment.READ, numbers, patience=self._start_s + self.plan.busy_s)
            case _:
                await self._working(since)
                await self._trapped(_MOMENTS[aim], numbers, patience=2 * self.plan.busy_s)

    async def _trapped(self, moment: Moment, numbers: Sequence[int], *, patience: float) -> None:
        """Kill at such a moment, or after `patience` seconds if none comes."""
        sprung = asyncio.Event()
        delay = self._chance.uniform(0, JUDGED_S) if moment is Moment.READ else 0.0

        def spring() -> None:
            if not delay:
                self._strike(numbers)
            sprung.set()

        left = 1 if moment is Moment.READ else self._chance.randint(1, 12)
        self.world.sky.set_trap(Trap(moment, left, spring))
        try:
            async with asyncio.timeout(patience):
                await sprung.wait()
        except TimeoutError:
            self.world.sky.set_trap(None)
            self._strike(numbers)
        else:
            if delay:
                await asyncio.sleep(delay)
                self._strike(numbers)

    def _strike(self, numbers: Sequence[int]) -> None:
        self.fleet.kill(numbers)
        self.under_way += bool(self.world.sky.under_way)

    async def _start(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            await self.fleet.start(number)
            self._started[number] = time.monotonic()

    async def _working(self, since: float) -> None:
        """Until what was started then reaches a platform, and with a message if it has any."""
        await self._alive(since)
        sky = self.world.sky
        if await sky.until(lambda: sky.last_told > since, self.plan.first_s):
            self._start_s = max(sky.last_told - since, 0.1)

    async def _alive(self, since: float) -> None:
        """Until something started since then reaches a platform. Raises TimeoutError."""
        if not await self.world.sky.until(lambda: self.world.sky.last_arrival > since, ALIVE_S):
            raise TimeoutError(f"no process reached a platform within {ALIVE_S:g} s: the logs say why")

    # --- the end --------------------------------------------------------------------------------------------

    async def _settle(self) -> None:
        """Until all is told and nothing waits in the outbox, or for `SETTLED_S`: what is open then is found."""
        try:
            async with asyncio.timeout(SETTLED_S):
                while True:
                    if not (self._following or self._is_waiting() or await asyncio.to_thread(self._is_unfinished)):
                        break
                    await asyncio.sleep(0.2)
        except TimeoutError:
            for task in self._following:
                task.cancel()
        await self.fleet.stop()
        self.reading.read_on()

    def _is_waiting(self) -> bool:
        self._on_the_way()
        return any(missing(self.desk, self.reading, story) for story in self._going)

    def _is_unfinished(self) -> bool:
        found, _ = rows(self.database_url)
        return any(not row.is_over for row in found)


async def run(
    plan: Plan, database_url: str, folder: Path, on_kill: Callable[[int], None] = lambda number: None
) -> Outcome:
    """`folder` must not exist; logs and configuration are left there. `on_kill` hears how many there were."""
    desk = Desk.furnished()
    newsroom = Newsroom(plan.seed, desk.words)
    sky = Sky(plan.seed, mild=plan.mild)
    async with open_world(sky, newsroom) as world:
        desk.configure(folder / "config", world.feed_url)
        environment = {**world.environment, "TRADEWIRE_DATABASE_URL": database_url}
        fleet = Fleet(plan.start, plan.workers, folder / "config", environment, folder)
        try:
            return await Campaign(plan, world, desk, fleet, database_url).run(on_kill)
        finally:
            await fleet.stop()
