"""Which network addresses may be fetched from: the public internet, and what the owner allows by name.

The check sits in the connector's socket factory, so it sees the very address that is about to be connected:
redirects, decimal and octal spellings and a name server that changes its answer all end here.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType

from bot.intake.threads import in_daemon_thread

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# https://www.iana.org/assignments/iana-ipv4-special-registry (not globally reachable) and multicast.
_NOT_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip

# Only 2000::/3 is handed out as global unicast (https://www.iana.org/assignments/ipv6-unicast-address-assignments);
# within it https://www.iana.org/assignments/iana-ipv6-special-registry takes these out, Teredo (2001::/32) with them.
_PUBLIC_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20"))

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address that is reached
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214 6.1: what stands before it where a router unwraps it


class RefusedAddress(OSError):
    """The guard's answer to a connection that must not be made. The same text each time: a host with several
    refused addresses then gives one plain error instead of a list."""

    def __init__(self) -> None:
        super().__init__("refused: not a public address")


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Use as aiohttp's `TCPConnector(socket_factory=guard)`.

    https://docs.aiohttp.org/en/stable/client_advanced.html#custom-socket-creation
    """

    allow_networks: tuple[Network, ...] = ()

    def __call__(self, address_info: AddrInfoType) -> socket.socket:
        """A socket for the address, or RefusedAddress."""
        family, kind, protocol, _, address = address_info
        if not self.permits(str(address[0])):
            raise RefusedAddress
        return socket.socket(family=family, type=kind, proto=protocol)

    def permits(self, address: str) -> bool:
        """Whether a connection to this IP address may be made; False for anything that is not an IP address."""
        try:
            return self._permits(ip_address(address.partition("%")[0]))
        except ValueError:
            return False

    def is_own(self, host: str) -> bool:
        """Whether `host` is written as an address of the owner's own networks, or is this machine's name."""
        try:
            return self._allows(ip_address("127.0.0.1" if host == "localhost" else host))
        except ValueError:
            return False

    def _allows(self, address: Address) -> bool:
        return any(address in network for network in self.allow_networks)

    def _permits(self, address: Address) -> bool:
        if self._allows(address):
            return True
        if isinstance(address, IPv4Address):
            return not any(address in network for network in _NOT_PUBLIC_V4)
        carried = _carried(address)
        if carried is not None:
            return self._permits(carried)
        if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP and not self._permits(_last_four(address)):
            return False
        return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def _carried(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a transition address (mapped, NAT64, 6to4) leads to."""
    if address in _NAT64:
        return _last_four(address)
    return address.ipv4_mapped or address.sixtofour


def _last_four(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)


class Resolver(AbstractResolver):
    """Name look-ups on daemon threads.

    aiohttp's own resolver uses the event loop's shared threads: a dead name server then starves everything else
    that runs there, and holds up the end of the program until the last look-up gives up.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await in_daemon_thread(
            socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=found_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found_family, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""
