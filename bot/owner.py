"""Who holds a lease: this process, recognisable by its successor on the same machine."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from functools import cache
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_NAMESPACE = Path("/proc/self/ns/pid")

_ours: set[str] = set()


def this_process() -> str:
    """`machine:pid:random`, a new one at every call. Leases are held under this and a further part for each claim."""
    process = f"{_machine()}:{os.getpid()}:{secrets.token_hex(4)}"
    _ours.add(process)
    return process


def is_dead(holder: str) -> bool:
    """True where the process of `holder` certainly runs no more: on this machine, and gone or before our time."""
    machine, pid, *rest = [*holder.split(":"), "", ""][:3]
    if machine != _machine() or not pid.isdigit():
        return False  # another machine's leases end by time
    if int(pid) == os.getpid():
        return ":".join((machine, pid, *rest)) not in _ours
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@cache
def _machine() -> str:
    """One boot of one machine, seen from one process namespace: host names and process numbers repeat."""
    try:
        seen = f"{_BOOT_ID.read_text()}{os.readlink(_PID_NAMESPACE)}"  # noqa: PTH115 - it is no path that can be walked
    except OSError:
        seen = socket.gethostname()
    return hashlib.sha256(seen.encode()).hexdigest()[:12]
