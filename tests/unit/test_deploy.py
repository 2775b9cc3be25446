"""The files in docs/deploy and the Procfile name what is there: commands, options, files, secrets."""

from __future__ import annotations

import configparser
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.app import Role
from bot.cli import main
from bot.cli.base import CONFIG_WRONG
from bot.settings.environment import SECRET_NAMES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = ("tradewire@.service", "tradewire-backup.service", "tradewire-backup.timer")
INSTALLED = "/opt/tradewire/bin/tradewire"


class Unit(configparser.RawConfigParser):
    """A unit file; of a key that stands there several times all values, a line each."""

    def __init__(self, name: str) -> None:
        super().__init__(strict=False, delimiters=("=",))
        self.optionxform = str  # type: ignore[assignment,method-assign]
        seen: dict[str, list[str]] = {}
        lines = []
        for line in (DEPLOY / name).read_text().splitlines():
            key, sign, value = line.partition("=")
            if sign and not line.startswith("#"):
                seen.setdefault(key, []).append(value)
                line = f"{key}=" + "\n ".join(seen[key])
            lines.append(line)
        self.read_string("\n".join(lines))


def starts(command: str) -> None:
    """Fails where the command line does not know the command or its options."""
    program, *arguments = shlex.split(command)
    assert program in {"tradewire", INSTALLED}
    result = CliRunner().invoke(main, [*arguments, "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("line", (ROOT / "Procfile").read_text().splitlines())
def test_every_process_of_the_procfile_is_a_role(line: str) -> None:
    name, _, command = line.partition(":")
    starts(command.strip())
    assert command.split()[-1] == name
    assert name in set(Role)


@pytest.mark.parametrize("role", list(Role))
def test_the_unit_starts_each_role(role: Role) -> None:
    starts(Unit("tradewire@.service")["Service"]["ExecStart"].replace("%i", role))


def test_the_unit_hands_over_every_secret_and_nothing_else() -> None:
    given = [line.partition(":") for line in Unit("tradewire@.service")["Service"]["LoadCredential"].splitlines()]
    assert sorted(name for name, _, _ in given) == sorted(SECRET_NAMES)
    assert all(stored == f"tradewire.{name}" for name, _, stored in given)


def test_the_unit_lets_a_stop_be_orderly_and_does_not_repeat_a_wrong_configuration() -> None:
    service = Unit("tradewire@.service")["Service"]
    assert service["KillMode"] == "mixed"  # SIGTERM to us alone; our parsers end with us
    assert int(service["TimeoutStopSec"]) >= 30
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", str(CONFIG_WRONG))


def test_the_backup_of_the_night_is_of_the_same_user_and_place() -> None:
    backup, service = Unit("tradewire-backup.service")["Service"], Unit("tradewire@.service")["Service"]
    starts(backup["ExecStart"])
    for key in ("User", "DynamicUser", "WorkingDirectory", "Environment"):
        assert backup[key] == service[key]
    assert service["StateDirectory"] in backup["StateDirectory"].split()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        text = (DEPLOY / name).read_text().replace(INSTALLED, sys.executable)
        (tmp_path / name).write_text(text)
    names = [str(tmp_path / name).replace("@.", "@all.") for name in UNITS]
    shutil.copy(tmp_path / "tradewire@.service", tmp_path / "tradewire@all.service")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


# --- the container --------------------------------------------------------------------------------------------------


def _instructions(word: str) -> list[str]:
    return re.findall(rf"^{word} (.+)$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)


def test_what_the_container_copies_is_there_and_not_ignored() -> None:
    allowed = [line[1:] for line in (DEPLOY / "Containerfile.dockerignore").read_text().split() if line[0] == "!"]
    copied = [source for line in _instructions("COPY") if "--from" not in line for source in line.split()[:-1]]
    assert len(copied) >= 7
    for source in copied:
        assert (ROOT / source).exists()
        assert source in allowed
    for name in allowed:
        assert (ROOT / name).exists()


def test_the_container_holds_all_that_the_package_is_built_from() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    copied = " ".join(_instructions("COPY"))
    for name in re.findall(r'^(?:readme = |license-files = \[)"(.+?)"', project, re.MULTILINE):
        assert name in copied
    assert "config" in copied  # packed as the configuration that ships


def test_the_container_installs_only_what_is_locked_and_runs_as_nobody() -> None:
    locked, own = (line for line in _instructions("RUN") if "pip install" in line)
    assert "--require-hashes" in locked
    assert "--no-index" in own  # nothing beside it is fetched
    (user,) = _instructions("USER")
    assert all(int(number) > 0 for number in user.split(":"))
    assert _instructions("ENTRYPOINT") == ['["tradewire"]']
    starts("tradewire run")


def test_what_compose_hands_over_are_secrets_that_the_program_reads() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    named = re.findall(r"^      (\w+)_FILE: /run/secrets/(\w+)$", text, re.MULTILINE)
    assert named
    for variable, secret in named:
        assert variable == secret
        assert variable in SECRET_NAMES
        assert f"file: secrets/{secret}" in text


@pytest.fixture
def answering() -> Iterator[tuple[HTTPServer, list[int]]]:
    """A server on /healthz, and the status that it answers."""
    status = [200]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status[0] if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server, status
        server.shutdown()
        thread.join()


def test_the_health_check_of_the_container_asks_the_process(
    answering: tuple[HTTPServer, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, status = answering
    monkeypatch.setenv("PORT", str(server.server_port))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    is_alive = runpy.run_path(str(DEPLOY / "health.py"))["is_alive"]
    assert is_alive(str(server.server_port))
    assert not is_alive("1")
    status[0] = 500
    assert not is_alive(str(server.server_port))
