"""Which addresses may be fetched from, and look-ups that hang."""

from __future__ import annotations

import asyncio
import socket
import threading
from ipaddress import ip_network

import pytest

from bot.intake.addresses import AddressGuard, RefusedAddress, Resolver
from bot.intake.threads import in_daemon_thread

REFUSED = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "100::1", "2001:db8::1",
    "2001:2::1", "2001:10::1", "3fff::1", "5f00::1", "4000::1", "64:ff9b:1::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "2002:7f00:1::",
    "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2a00:1450::5efe:7f00:1", "2a00:1450::200:5efe:10.0.0.1", "fe80::5efe:808:808",
]  # fmt: skip

ALLOWED = [
    "1.1.1.1", "8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1",
    "192.0.1.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888", "::ffff:8.8.8.8",
    "64:ff9b::808:808", "2002:808:808::1", "2a00:1450::5efe:808:808",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_special_addresses_are_refused(address: str) -> None:
    assert not AddressGuard().permits(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_allowed(address: str) -> None:
    assert AddressGuard().permits(address)


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "not an address", "1.2.3.4.5", "::g"])
def test_what_is_no_address_is_refused(address: str) -> None:
    assert not AddressGuard((ip_network("0.0.0.0/0"), ip_network("::/0"))).permits(address)


@pytest.mark.parametrize(
    ("network", "allowed", "refused"),
    [
        ("127.0.0.0/8", "127.0.0.1", "10.0.0.1"),
        ("10.1.0.0/16", "::ffff:10.1.2.3", "::ffff:10.2.2.3"),
        ("fd00::/8", "fd12::1", "fe80::1"),
        ("10.0.0.0/8", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1"),
    ],
)
def test_the_owners_networks_are_allowed_and_no_others(network: str, allowed: str, refused: str) -> None:
    guard = AddressGuard((ip_network(network),))
    assert guard.permits(allowed)
    assert not guard.permits(refused)
    assert guard.permits("8.8.8.8")


def test_an_owners_own_host_is_one_written_as_an_address() -> None:
    guard = AddressGuard((ip_network("10.1.0.0/16"),))
    assert guard.is_own("10.1.2.3")
    assert not any(guard.is_own(host) for host in ("10.2.2.3", "8.8.8.8", "intranet", ""))


def test_the_guard_gives_a_socket_only_for_what_it_permits() -> None:
    guard = AddressGuard()
    kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
    guard((*kind, ("8.8.8.8", 443))).close()
    with pytest.raises(RefusedAddress):
        guard((*kind, ("127.0.0.1", 443)))


async def test_a_name_is_looked_up() -> None:
    found = await Resolver().resolve("localhost", 80, socket.AF_INET)
    assert [(result["host"], result["port"]) for result in found] == [("127.0.0.1", 80)]


async def test_an_error_in_a_thread_reaches_whoever_waits() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(divmod, 1, 0)


def test_a_call_that_hangs_does_not_hold_up_the_end() -> None:
    """asyncio.run waits for the loop's shared threads; not for these."""
    release, waiting = threading.Event(), threading.Event()

    def hang() -> None:
        waiting.set()
        release.wait()

    async def give_up() -> None:
        call = asyncio.create_task(in_daemon_thread(hang))
        await asyncio.to_thread(waiting.wait)
        call.cancel()

    asyncio.run(give_up())
    release.set()
