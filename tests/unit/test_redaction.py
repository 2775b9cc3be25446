"""No secret of the process appears in anything it shows, whatever is logged, raised or typed."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, quote_plus

import click
import pytest
import structlog
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.base import Problem, main
from bot.observe import redaction
from bot.observe.health import Parts
from bot.observe.logs import LogFormat, configure_logs
from bot.observe.redaction import MARK, SHORTEST, redacted

DISCORD_TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"

# What people choose, and what breaks naive escaping: quotes, backslashes, percent signs, letters beyond ASCII.
_secrets = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S"), include_characters=" "), min_size=8, max_size=40
).filter(lambda text: text.strip() == text and MARK not in text and len(set(text)) > 4)


class Thing:
    """An object of a library whose repr shows what it holds."""

    def __init__(self, held: str) -> None:
        self.held = held

    def __repr__(self) -> str:
        return f"<Thing held={self.held!r}>"


_WAYS: tuple[Callable[[str], Any], ...] = (
    str,
    lambda secret: f"before{secret}after",
    lambda secret: {"headers": {"Authorization": secret}},
    lambda secret: {f"key of {secret}": 1},
    lambda secret: [1, ("two", {secret})],
    lambda secret: f"{secret!r} in quotes",
    lambda secret: json.dumps({"token": secret}),
    lambda secret: f"https://host.example/{quote(secret, safe='')}?q={quote_plus(secret)}",
    lambda secret: f"postgresql://desk:{quote(secret)}@db.example/news",
    str.encode,
    Thing,
    lambda secret: ValueError(f"refused: {secret}"),
)


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    redaction.hide(())


@contextmanager
def own_logs(form: LogFormat) -> Iterator[io.StringIO]:
    """The program's own logs, in one of their forms, on a stream that can be read."""
    kept, root, stream = structlog.get_config(), logging.getLogger(), io.StringIO()
    handlers, hooks = root.handlers[:], (sys.excepthook, threading.excepthook)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", stream)
        root.handlers[:] = []
        try:
            configure_logs(form=form)
            yield stream
        finally:
            structlog.configure(**kept)
            root.handlers[:] = handlers
            sys.excepthook, threading.excepthook = hooks


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from (key, *_strings(each))
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _fails(secret: str) -> None:
    raise RuntimeError(f"{secret} was not accepted") from ConnectionError(f"no answer to {secret}")


@pytest.mark.parametrize("form", ["json", "text"])
@given(secret=_secrets, way=st.sampled_from(_WAYS))
def test_no_secret_is_in_any_line_whatever_is_logged(form: LogFormat, secret: str, way: Callable[[str], Any]) -> None:
    redaction.hide([secret])
    with own_logs(form) as stream:
        ours, theirs = structlog.get_logger(), logging.getLogger("library")
        ours.warning(f"event {secret}", value=way(secret))
        theirs.warning("%s and %s", secret, way(secret))
        try:
            _fails(secret)
        except RuntimeError:
            ours.exception("failed", value=way(secret))
            theirs.exception("failed %r", secret)
    shown = stream.getvalue()
    assert secret not in shown
    assert "was not accepted" in shown
    if form == "json":
        for line in shown.splitlines():
            assert not [text for text in _strings(json.loads(line)) if secret in text]


@given(secret=_secrets, left=st.text(max_size=20), right=st.text(max_size=20))
def test_what_is_left_of_a_secret_is_never_another(secret: str, left: str, right: str) -> None:
    redaction.hide([secret, secret[2:] + "-more", "long-" + secret])
    clean = redacted(f"{left}{secret}{right} long-{secret} {secret}-more")
    assert secret not in clean
    assert redacted(clean) == clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://desk:hunter2@db/news", "postgresql://desk:***@db/news"),
        ("https://:only-a-password@feed.example/", "https://:***@feed.example/"),
        ("token xoxb-123456789-abcdef!", "token ***!"),
        ("xoxe.xoxp-1-Mi0yLTM and xapp-1-A0-99-abc", "*** and ***"),
        (f"{{'Authorization': 'Bot {DISCORD_TOKEN}'}}", "{'Authorization': 'Bot ***'}"),
        (f"login with {DISCORD_TOKEN}", "login with ***"),
        ("wss://wss.example/link/?ticket=ab-cd&app_id=7", "wss://wss.example/link/?ticket=***&app_id=7"),
        ("https://feed.example/rss?api_key=abc", "https://feed.example/rss?api_key=***"),
    ],
)
def test_what_looks_like_a_secret_is_hidden_though_nobody_named_it(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "US and China agree on tariffs: 145% becomes 30%",
        "Bot internationalisation of the desk",
        "https://news.example:8443/@writer/story?page=2",
        "bot.commands.on_slack.socket and tests/unit/test_redaction.py",
        "set SLACK_BOT_TOKEN=xoxb-…",
        "discord:123456789012345678",
        "12:30:59 lease_until=2025-05-06T12:30:59.123456+00:00",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert redacted(text) == text


def test_a_password_too_short_to_hide_by_its_value_does_not_spoil_every_line() -> None:
    redaction.hide(["a" * (SHORTEST - 1)])
    assert redacted("aaaaaaaa") == "aaaaaaaa"
    assert redacted("postgresql://desk:aaaaa@db/news") == "postgresql://desk:***@db/news"


def test_an_error_that_nobody_caught_is_written_without_secrets() -> None:
    redaction.hide(["very-secret-value"])
    with own_logs("text") as stream:
        try:
            _fails("very-secret-value")
        except RuntimeError as error:
            sys.excepthook(type(error), error, error.__traceback__)
        thread = threading.Thread(target=_fails, args=("very-secret-value",))
        thread.start()
        thread.join()
    assert stream.getvalue().count("RuntimeError: *** was not accepted") == 2
    assert "very-secret-value" not in stream.getvalue()


def test_errors_on_the_command_line_hold_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    redaction.hide(["very-secret-value"])
    Problem("database postgresql://desk:hunter2@db cannot be reached: very-secret-value").show()
    assert "postgresql://desk:***@db cannot be reached: ***" in capsys.readouterr().err
    result = CliRunner().invoke(main, ["run", "--role", "very-secret-value"])
    assert result.exit_code == 2
    assert "'***' is not one of" in result.stderr
    assert isinstance(result.exception, SystemExit | click.UsageError)


def test_the_state_of_a_part_is_shown_to_people_without_secrets() -> None:
    parts = Parts()
    parts.set("slack", ok=False, detail="ConnectionError: xoxb-12345678-abcdef was not accepted; starting again")
    (part,) = parts
    assert part.detail == "ConnectionError: *** was not accepted; starting again"
