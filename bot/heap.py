"""The memory of a process: how the C library hands it out, and what Python's search for garbage goes through."""

from __future__ import annotations

import ctypes
import gc

# New objects until Python looks for garbage. What a start makes is there to stay: with Python's own 700 to look
# through it, time and again, takes a quarter of the start.
GARBAGE_THRESHOLD = 50_000

# https://man7.org/linux/man-pages/man3/mallopt.3.html
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
LARGE = 128 * 1024  # bytes: from here on a piece of memory goes back to the system as soon as it is free
ARENAS = 2  # heaps in all; as it is, each of our twenty threads would get one and keep what it once needed


def use_memory_sparingly() -> None:
    """Ask the C library to keep little that is free. For the start of a process, before it has other threads.

    The library's own threshold for a large piece grows with what is freed, up to 32 MiB: the file of a network, read
    and let go, would then be a hole in the heap for as long as the process lives. Elsewhere than on glibc nothing
    is done.
    """
    gc.set_threshold(GARBAGE_THRESHOLD)
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, LARGE)
        libc.mallopt(_M_ARENA_MAX, ARENAS)


def keep_what_is_loaded() -> None:
    """Leave the models and everybody's queries out of Python's search for garbage; give back what the start used.

    They stay as long as the process does, and with 100,000 queries a full search stops everything for half a second.
    """
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):  # https://man7.org/linux/man-pages/man3/malloc_trim.3.html
        libc.malloc_trim(0)
