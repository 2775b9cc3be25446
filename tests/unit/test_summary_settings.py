"""`[summary]` of tradewire.toml: what is asked to write, within what bounds, and what is said of a mistake there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.checks import over_the_network
from bot.commands.writing import endpoint_of
from bot.settings import ConfigError, Settings, load
from tests.fakes.model_service import ModelService

SERVICE = 'url = "http://127.0.0.1:11434/v1"\nmodel = "tiny"\n'


def settings(folder: Path, summary: str) -> Settings:
    (folder / "tradewire.toml").write_text(f"[summary]\n{summary}")
    (folder / "sources.toml").write_text("")
    (folder / "routes.toml").write_text('[[route]]\nname = "desk"\nto = ["console"]\nwhen = "topic:trade"\n')
    return load(folder)


def test_without_a_service_nothing_is_asked(tmp_path: Path) -> None:
    found = settings(tmp_path, "")
    assert endpoint_of(found) is None
    assert (found.summary.picture, found.summary.deadline) == ("auto", timedelta(seconds=15))


def test_the_service_is_the_owners_and_its_key_is_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADEWIRE_SUMMARY_KEY", "sk-secret")
    found = settings(tmp_path, SERVICE + 'deadline = "5s"\ntokens_per_day = 1000\nrequests_per_day = 10\n')
    endpoint = endpoint_of(found)
    assert endpoint is not None
    assert (endpoint.url, endpoint.model, endpoint.deadline) == ("http://127.0.0.1:11434/v1", "tiny", 5.0)
    assert endpoint.key is not None
    assert endpoint.key.get_secret_value() == "sk-secret"
    assert "sk-secret" not in repr(found)
    assert (found.summary.tokens_per_day, found.summary.requests_per_day) == (1000, 10)


@pytest.mark.parametrize(
    ("summary", "message"),
    [
        ('url = "http://127.0.0.1/v1"\n', r"summary: model is missing; a written summary needs url and model"),
        ('model = "tiny"\n', r"summary: url is missing"),
        (SERVICE.replace("http://127", "ftp://127"), r"summary.url: 'ftp://127.* is no web address: write one such"),
        (SERVICE.replace("//127", "//me:sk-1@127"), r"summary.url: a key is no part of the address: set TRADEWIRE"),
        (SERVICE.replace("/v1", "/v1?key=sk-1"), r"summary.url: a key is no part of the address"),
        (SERVICE + 'deadline = "1m"\n', r"summary.deadline"),
        (SERVICE + 'deadline = "soon"\n', r"summary.deadline: 'soon' is not a duration"),
        (SERVICE + "tokens_per_day = -1\n", r"summary.tokens_per_day"),
        (SERVICE + "token_per_day = 1\n", r"summary.token_per_day: unknown key; did you mean tokens_per_day"),
        ('picture = "pink"\n', r"summary.picture: .*'auto', 'light' or 'dark'"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_cure(tmp_path: Path, summary: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        settings(tmp_path, summary)
    assert "sk-1" not in str(raised.value)


async def test_check_online_asks_the_service(tmp_path: Path) -> None:
    async with ModelService() as service:
        found = settings(tmp_path, f'url = "{service.url}"\nmodel = "tiny"\n')
        service.say("ready")
        good = [check.line async for check in over_the_network(found) if check.what == "written summaries"]
        service.send(b"", status=401)
        bad = [check.line async for check in over_the_network(found) if check.what == "written summaries"]
    assert good == ["ok   written summaries: tiny answers"]
    cure = "see url and model in [summary] of tradewire.toml, and TRADEWIRE_SUMMARY_KEY"
    assert bad == [f"FAIL written summaries: the service answered HTTP 401; {cure}"]
    assert [asked["max_tokens"] for asked in service.asked] == [16, 16]
