"""Is the process in this container alive? Exit 0 where its /healthz answers, on the board's port or the probes'."""  # noqa: INP001 - it runs by itself

from __future__ import annotations

import os
import sys
import urllib.request

# Of the board, and of a worker or chat process.
PORTS = (os.environ.get("PORT") or "8460", (os.environ.get("TRADEWIRE_PROBES") or "8461").rpartition(":")[2])
PATIENCE_S = 2


def is_alive(port: str) -> bool:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if any(is_alive(port) for port in PORTS) else 1)
