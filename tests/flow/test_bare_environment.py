"""The program as a service manager starts it: no variables, no home, an odd locale, and a stop by signal."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from tests.flow.test_command_line import ROUTES, SEED


async def test_it_runs_and_stops_in_an_environment_with_nothing_in_it(tmp_path: Path) -> None:
    config, home = tmp_path / "config", tmp_path / "home"
    config.mkdir()
    (config / "tradewire.toml").write_text('[web]\nport = 0\nprobes = "off"\n')
    (config / "sources.toml").write_text(f'[[source]]\nid = "seeds"\npath = "{SEED.parent.resolve()}"\n')
    (config / "routes.toml").write_text(ROUTES)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env={
            "TRADEWIRE_CONFIG": str(config),
            "HOME": str(home),  # which is not there
            "TZ": "Mars/Olympus",
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
        },
    )  # fmt: skip
    assert process.stdout is not None
    seen = b""
    async with asyncio.timeout(30):
        while b"Nasdaq futures" not in seen:  # the alert, as far as ASCII goes
            line = await process.stdout.readline()
            assert line, seen
            seen += line
        process.send_signal(signal.SIGTERM)
        _, errors = await process.communicate()
    assert process.returncode == 0
    assert b'"event": "stopped"' in errors
    assert b'"level": "error"' not in errors
    assert (tmp_path / "tradewire.db").is_file()
    assert not home.exists()  # no library keeps anything there, nor reports home
