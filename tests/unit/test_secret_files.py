"""Secrets that the environment, a file that it names, or systemd hands over."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.observe import redaction
from bot.settings import ConfigError, default_directory, load
from bot.settings.environment import SECRET_NAMES, Secrets, read_secrets
from bot.settings.secret_files import LONGEST


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRET_NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(redaction, "hide", lambda secrets: None)


def _file(folder: Path, content: bytes | str, name: str = "token", mode: int = 0o600) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    file.chmod(mode)
    return file


def _slack_token(problems: list[str] | None = None) -> str | None:
    found = [] if problems is None else problems
    secrets = read_secrets(found)
    if problems is None:
        assert found == []
    return secrets.slack_bot_token.get_secret_value() if secrets.slack_bot_token else None


@pytest.mark.parametrize(
    "content", ["xoxb-1", "xoxb-1\n", "xoxb-1\r\n", "\ufeffxoxb-1\n", "  xoxb-1  \n\n"], ids=repr
)
def test_a_file_gives_its_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(_file(tmp_path, content)))
    assert _slack_token() == "xoxb-1"


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_every_secret_may_come_from_a_file_or_from_systemd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"{name}_FILE", str(_file(tmp_path, "one")))
    assert getattr(read_secrets([]), name.lower()).get_secret_value() == "one"
    monkeypatch.delenv(f"{name}_FILE")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    _file(tmp_path, "two", name)
    assert getattr(read_secrets([]), name.lower()).get_secret_value() == "two"


def test_a_database_in_a_file_comes_before_that_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEWIRE_DATABASE_URL_FILE", str(_file(tmp_path, "postgresql://desk:pw@db/news\n")))
    assert load(default_directory()).database_url.get_secret_value() == "postgresql://desk:pw@db/news"


def test_two_ways_at_once_are_an_error_that_names_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-very-secret")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(_file(tmp_path, "xoxb-other-secret")))
    with pytest.raises(ConfigError, match="SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both given") as raised:
        load(default_directory())
    assert "secret" not in str(raised.value).replace(str(tmp_path), "")
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    _file(tmp_path, "third", "SLACK_BOT_TOKEN")
    problems: list[str] = []
    assert _slack_token(problems) is None
    (problem,) = problems
    assert "SLACK_BOT_TOKEN_FILE and $CREDENTIALS_DIRECTORY/SLACK_BOT_TOKEN are both given" in problem


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", "")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "")
    assert _slack_token() is None
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(_file(tmp_path, "xoxb-1")))
    assert _slack_token() == "xoxb-1"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"xoxb-1\nxoxb-2\n", "holds more than one line"),
        (b"xoxb-\x00", "holds more than one line, or characters"),
        (b"\xff\xfe", "is no text in UTF-8"),
        (b"x" * (LONGEST + 1), "is larger than 16 KiB"),
    ],
)
def test_what_is_no_secret_is_refused_without_showing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, why: str
) -> None:
    file = _file(tmp_path, content)
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(file))
    problems: list[str] = []
    assert _slack_token(problems) is None
    (problem,) = problems
    assert problem.startswith(f"environment: SLACK_BOT_TOKEN_FILE: {file}: {why}")
    assert "xoxb" not in problem


def test_what_cannot_be_read_is_named_and_nothing_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path, why in ((tmp_path / "none", "No such file"), (tmp_path, "s a directory"), (pipe, "is no file")):
        monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(path))
        problems: list[str] = []
        assert _slack_token(problems) is None
        assert why in problems[0]


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, False), (0o604, True), (0o644, True)])
def test_a_file_that_everybody_may_read_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, mode: int, warned: bool
) -> None:
    with tempfile.TemporaryDirectory() as name, capture_logs() as logs:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(_file(folder, "xoxb-very-secret", mode=mode)))
        assert _slack_token() == "xoxb-very-secret"
        assert [line["event"] for line in logs] == ["secret_readable_by_all"] * warned
        assert "very-secret" not in str(logs)
        folder.chmod(0o700)
        logs.clear()
        _slack_token()
        assert logs == []  # nobody else can enter its folder


def test_every_secret_of_the_settings_is_hidden_from_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden: set[str] = set()
    monkeypatch.setattr(redaction, "hide", hidden.update)
    for name in SECRET_NAMES:
        monkeypatch.setenv(name, f"value of {name}")
    monkeypatch.setenv("TRADEWIRE_DATABASE_URL", "postgresql://desk:p%40ss-word@db/news?sslpassword=other")
    load(default_directory())
    expected = {f"value of {name}" for name in SECRET_NAMES if name != "TRADEWIRE_DATABASE_URL"}
    assert hidden == expected | {"p%40ss-word", "p@ss-word", "other"}
    assert {name.lower() for name in SECRET_NAMES} <= set(Secrets.model_fields)
