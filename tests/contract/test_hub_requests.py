"""Forms are posted as safely as feeds are fetched: deadline, addresses, redirects; over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest
import pytest_asyncio

from bot.intake.addresses import AddressGuard
from bot.intake.faults import FetchFailed
from bot.intake.fetched import FaultKind
from bot.intake.http import Answer, GuardedClient
from tests.fakes.hub import FakeHub
from tests.fakes.web import Asked, FakeWeb, send

FORM = {"hub.mode": "subscribe", "hub.secret": "very & secret", "hub.topic": "https://wire.example/?a=1&b=ü"}


@pytest_asyncio.fixture
async def client() -> AsyncIterator[GuardedClient]:
    guard = AddressGuard((ip_network("127.0.0.0/8"),))
    async with GuardedClient(guard=guard, deadline=0.5) as opened:
        yield opened


async def fault_of(client: GuardedClient, url: str) -> FaultKind:
    with pytest.raises(FetchFailed) as caught:
        await client.post(url, FORM)
    assert "secret" not in str(caught.value)
    return caught.value.fault.kind


async def test_a_form_arrives_as_it_is_and_also_where_a_redirect_keeps_it(client: GuardedClient) -> None:
    async with FakeHub(verifies=False) as hub:
        assert (await client.post(hub.url, FORM)).status == 202
        async with FakeHub(status=308, location=hub.url, verifies=False) as old:
            assert (await client.post(old.url, FORM)).status == 202
    assert hub.asked == [FORM, FORM]


@pytest.mark.parametrize("status", [301, 302, 303, 404, 410, 500])
async def test_other_answers_are_answers(client: GuardedClient, status: int) -> None:
    async with FakeHub(status=status, location="/moved", verifies=False) as hub:
        assert (await client.post(hub.url, FORM)).status == status
    assert len(hub.asked) == 1


async def test_a_hub_that_is_silent_inside_our_network_or_not_there_is_a_fault(client: GuardedClient) -> None:
    async with FakeWeb() as web:
        web.silent("/")
        assert await fault_of(client, web.url("/")) is FaultKind.TIMEOUT
        gone = web.url("/")
    assert await fault_of(client, gone) is FaultKind.UNREACHABLE
    assert await fault_of(client, "http://169.254.169.254/latest") is FaultKind.REFUSED_ADDRESS
    async with FakeHub(status=307, location="http://10.0.0.1/", verifies=False) as hub:
        assert await fault_of(client, hub.url) is FaultKind.REFUSED_ADDRESS
    async with FakeHub(status=307, location="/moved", verifies=False) as hub:
        assert await fault_of(client, hub.url) is FaultKind.HTTP_STATUS, "it redirects for ever"


async def test_an_endless_answer_is_not_read(client: GuardedClient) -> None:
    async def endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await send(writer, 202, {"Content-Length": str(2**40)})

    async with FakeWeb() as web:
        web.on("/", endless)
        answer = await client.post(web.url("/"), FORM)
    assert (answer.status, answer.body) == (202, b"")


async def test_a_secret_does_not_follow_from_https_to_http(
    client: GuardedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def redirects(self: GuardedClient, target: Any, *rest: object) -> Answer:
        asked.append(str(target))
        return Answer(status=307, headers={"Location": "http://hub.example/"}, body=b"", url=str(target))

    monkeypatch.setattr(GuardedClient, "_one", redirects)
    assert await fault_of(client, "https://hub.example/") is FaultKind.REFUSED_ADDRESS
    assert asked == ["https://hub.example/"]
