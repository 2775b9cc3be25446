"""Names that lead to this machine: a host by its address is the owner's own there, and one by a name is anybody's."""

from __future__ import annotations

import socket
from typing import Any

import pytest


def lead(monkeypatch: pytest.MonkeyPatch, **hosts: str) -> None:
    """`one="127.0.0.1"`: from now on `one.example` is there."""
    real, known = socket.getaddrinfo, {f"{name}.example": address for name, address in hosts.items()}

    def look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        return real(known.get(host, host), *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
