"""Everything that a web server can do to a feed reader, against the real client, workers and parsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import pytest
import pytest_asyncio

from bot.intake.addresses import AddressGuard
from bot.intake.fetch import Intake
from bot.intake.fetched import FetchState
from bot.intake.http import GuardedClient
from bot.intake.normalise import normalise
from bot.intake.workers import WorkerPool
from bot.model import Item, Source, SourceId
from tests.fakes.hostile import CASES, NOW, Brings, Case, Fails, HostileWeb
from tests.fakes.hostile.server import NETWORK, fake_names

MIB = 2**20
PATIENT, IMPATIENT = 15.0, 0.4  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    web: HostileWeb
    intake: Intake
    impatient: Intake  # for what would never end
    hurried: Intake  # for what would take minutes to parse

    def intake_for(self, case: Case) -> Intake:
        return self.impatient if case.slow else self.hurried if case.heavy else self.intake


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def room() -> AsyncIterator[Room]:
    guard = AddressGuard((ip_network(NETWORK),))
    async with (
        HostileWeb(CASES) as web,
        GuardedClient(guard=guard, deadline=PATIENT, max_body=2 * MIB) as client,
        GuardedClient(guard=guard, deadline=IMPATIENT, max_body=2 * MIB) as impatient,
        WorkerPool(workers=1, limit=PATIENT) as pool,
        WorkerPool(workers=1, limit=IMPATIENT) as hurried,
    ):
        with fake_names(web.hosts[CASES[0].name]):
            yield Room(
                web=web,
                intake=Intake(client=client, pool=pool, root=Path()),
                impatient=Intake(client=impatient, pool=pool, root=Path()),
                hurried=Intake(client=client, pool=hurried, root=Path()),
            )


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_hostile_answer_does_what_is_expected_and_no_more(room: Room, case: Case) -> None:
    source = Source(id=SourceId("hostile"), name="Hostile", url=room.web.url(case))
    fetched = await room.intake_for(case).fetch(source, FetchState(failures=3), NOW)
    if isinstance(case.expected, Fails):
        assert fetched.fault is not None, [entry.title for entry in fetched.entries]
        assert (fetched.fault.kind, fetched.fault.retry_after) == (case.expected.kind, case.expected.retry_after)
        assert case.expected.says in fetched.fault.message
        assert fetched.fault.message.isprintable()
        assert (fetched.entries, fetched.state.failures) == ((), 4)
    else:
        assert fetched.fault is None
        items = [item for entry in fetched.entries if (item := normalise(entry, source, NOW))]
        assert_brings(case.expected, items)
    assert room.web.inside == []


def assert_brings(expected: Brings, items: list[Item]) -> None:
    if expected.titles is not None:
        assert tuple(item.title for item in items) == expected.titles
    expected.look(items)


def test_there_are_cases_of_every_kind_and_each_has_its_own_name() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names) >= 350
