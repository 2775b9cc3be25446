"""Who holds a lease: this process, recognisable by its successor on the same machine."""

from __future__ import annotations

import os
import secrets
import socket

_ours: set[str] = set()


def this_owner() -> str:
    """A new holder in this process."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    _ours.add(owner)
    return owner


def is_dead(owner: str) -> bool:
    """True where `owner` certainly runs no more: a process of this machine that is gone, or had our own number."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdigit():
        return False  # another machine's leases end by time
    pid = int(rest)
    if pid == os.getpid():
        return owner not in _ours
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
