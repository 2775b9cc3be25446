"""How loud the log is, and where probes are answered: read from the environment and tradewire.toml."""

from __future__ import annotations

import io
import json
import logging
import sys
from pathlib import Path

import pytest
import structlog

from bot.observe import logs
from bot.settings import ConfigError, load
from bot.settings.addresses import read_address
from bot.settings.logs import read_log_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TRADEWIRE_PROBES", "TRADEWIRE_LOG_LEVEL", "TRADEWIRE_LOG_FORMAT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("sources.toml", "routes.toml", "tradewire.toml"):
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:8461", ("127.0.0.1", 8461)),
        ("0.0.0.0:0", ("0.0.0.0", 0)),
        ("[::1]:9", ("::1", 9)),
        ("worker-1.internal:80", ("worker-1.internal", 80)),
        ("off", None),
    ],
)
def test_an_address_is_host_and_port(text: str, found: tuple[str, int] | None) -> None:
    assert read_address(text) == found


@pytest.mark.parametrize(
    "text", ["", "8461", ":8461", "127.0.0.1:", "127.0.0.1:65536", "http://x:1", "a b:1", "::1:9"]
)
def test_anything_else_is_answered_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"write HOST:PORT, such as 127\.0\.0\.1:8461, or off"):
        read_address(text)


def test_the_environment_comes_before_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(folder).probes == ("127.0.0.1", 8461)
    (folder / "tradewire.toml").write_text('[web]\nprobes = "10.0.0.1:9000"\n')
    assert load(folder).probes == ("10.0.0.1", 9000)
    monkeypatch.setenv("TRADEWIRE_PROBES", "127.0.0.1:8462")
    assert load(folder).probes == ("127.0.0.1", 8462)
    monkeypatch.setenv("TRADEWIRE_PROBES", "off")
    assert load(folder).probes is None
    monkeypatch.setenv("TRADEWIRE_PROBES", "8462")
    with pytest.raises(ConfigError, match=r"TRADEWIRE_PROBES.*write HOST:PORT"):
        load(folder)


def test_the_log_is_as_the_environment_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (read_log_settings().level, read_log_settings().form) == ("INFO", "auto")
    monkeypatch.setenv("TRADEWIRE_LOG_LEVEL", "debug")
    monkeypatch.setenv("TRADEWIRE_LOG_FORMAT", "JSON")
    assert (read_log_settings().level, read_log_settings().form) == ("DEBUG", "json")
    monkeypatch.setenv("TRADEWIRE_LOG_LEVEL", "loud")
    with pytest.raises(
        ConfigError, match=r"environment: TRADEWIRE_LOG_LEVEL: .*'DEBUG', 'INFO', 'WARNING' or 'ERROR'"
    ):
        read_log_settings()


def test_as_json_the_lines_of_the_libraries_are_json_too(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    handler = logs._of_libraries([structlog.processors.add_log_level], plain=False)
    handler.emit(logging.LogRecord("discord.http", logging.WARNING, "", 1, "We are %s", ("limited",), None))
    assert json.loads(written.getvalue()) == {"event": "We are limited", "level": "warning"}
