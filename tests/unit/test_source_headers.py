"""`headers` of a source: what may stand there, and where its secrets come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.observe import redaction
from bot.settings import ConfigError, default_directory, load


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    taken: list[str] = []
    monkeypatch.setattr(redaction, "hide", taken.extend)
    return taken


@pytest.fixture
def folder(tmp_path: Path, hidden: list[str]) -> Path:
    for name in ("routes.toml", "lexicon.toml"):
        (tmp_path / name).write_text((default_directory() / name).read_text())
    return tmp_path


def headers_of(folder: Path, headers: str, url: str = "https://wire.example/feed") -> tuple[tuple[str, str], ...]:
    (folder / "sources.toml").write_text(f'[[source]]\nid = "wire"\nurl = "{url}"\nheaders = {headers}\n')
    (source,) = load(folder).sources
    assert "headers" not in repr(source)
    return source.headers


def problem_with(folder: Path, headers: str, url: str = "https://wire.example/feed") -> str:
    with pytest.raises(ConfigError) as caught:
        headers_of(folder, headers, url)
    return str(caught.value)


def test_headers_are_sent_as_they_are_written(folder: Path) -> None:
    assert headers_of(folder, '{ Accept = "application/xml", X-Desk = "$5" }') == (
        ("Accept", "application/xml"),
        ("X-Desk", "$5"),
    )


def test_a_secret_comes_from_the_environment_and_is_hidden(
    folder: Path, monkeypatch: pytest.MonkeyPatch, hidden: list[str]
) -> None:
    monkeypatch.setenv("WIRE_TOKEN", "hunter2-hunter2")
    assert headers_of(folder, '{ Authorization = "Bearer ${WIRE_TOKEN}" }') == (
        ("Authorization", "Bearer hunter2-hunter2"),
    )
    assert "hunter2-hunter2" in hidden


def test_a_secret_comes_from_a_file_that_the_environment_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch, hidden: list[str]
) -> None:
    secret = folder / "token"
    secret.write_text("hunter3-hunter3\n")
    secret.chmod(0o600)
    monkeypatch.setenv("WIRE_TOKEN_FILE", str(secret))
    assert headers_of(folder, '{ X-Api-Key = "${WIRE_TOKEN}" }') == (("X-Api-Key", "hunter3-hunter3"),)
    assert "hunter3-hunter3" in hidden


def test_a_secret_that_is_not_given_is_named_with_both_ways(folder: Path) -> None:
    problem = problem_with(folder, '{ X-Api-Key = "${WIRE_TOKEN}" }')
    assert "source 'wire': headers: X-Api-Key: WIRE_TOKEN is not given" in problem
    assert "WIRE_TOKEN_FILE" in problem


def test_the_bots_own_secrets_are_sent_to_no_publisher(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-2-3")
    assert "SLACK_BOT_TOKEN is a secret of this program" in problem_with(folder, '{ X = "${SLACK_BOT_TOKEN}" }')


def test_a_secret_with_a_line_break_or_odd_letters_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for secret in ("a\r\nHost: inside", "clé"):
        monkeypatch.setenv("WIRE_TOKEN", secret)
        problem = problem_with(folder, '{ X-Api-Key = "${WIRE_TOKEN}" }')
        assert "printable ASCII" in problem
        assert secret not in problem


@pytest.mark.parametrize(
    "name", ["Host", "cookie", "Content-Length", "Transfer-Encoding", "Accept-Encoding", "If-None-Match", "Range"]
)
def test_what_the_program_says_itself_is_refused(folder: Path, name: str) -> None:
    assert f"the program itself sets {name}" in problem_with(folder, f'{{ {name} = "x" }}')


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ('{ "X Y" = "x" }', "no name of a header"),
        ('{ "X\\r\\nHost" = "x" }', "no name of a header"),
        ('{ X = "a\\r\\nHost: inside" }', "printable ASCII"),
        ('{ X = "" }', "printable ASCII"),
        ('{ X-A = "1", x-a = "2" }', "twice"),
        ("{ " + ", ".join(f'X-{number} = "1"' for number in range(21)) + " }", "too many"),
    ],
)
def test_what_is_no_header_is_refused(folder: Path, headers: str, said: str) -> None:
    assert said in problem_with(folder, headers)


def test_one_way_to_log_in_is_enough(folder: Path) -> None:
    problem = problem_with(folder, '{ Authorization = "Basic eDp5" }', url="https://me:word@wire.example/feed")
    assert "not both" in problem


def test_a_folder_has_no_headers(folder: Path) -> None:
    (folder / "sources.toml").write_text('[[source]]\nid = "a"\npath = "seeds"\nheaders = { X = "1" }\n')
    with pytest.raises(ConfigError, match="headers are for feeds"):
        load(folder)
