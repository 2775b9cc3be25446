"""The judge of Discord requests finds what Discord would refuse."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import FormatError

from tests.judges.discord import judge

Json = dict[str, Any]
SEND = ("/channels/{channel_id}/messages", "POST")
CALLBACK = ("/interactions/{interaction_id}/{interaction_token}/callback", "POST")
COMMANDS = ("/applications/{application_id}/commands", "PUT")


def button(**more: Any) -> Json:
    return {"type": 2, "style": 2, "label": "Why", "custom_id": "wire:why:1", **more}


def rows(*buttons: Json) -> list[Json]:
    return [{"type": 1, "components": list(buttons)}]


def embed(**more: Any) -> Json:
    return {"embeds": [{"title": "Talks", **more}]}


def command(**more: Any) -> list[Json]:
    return [{"name": "wire", "description": "Alerts.", "options": [], **more}]


GOOD: list[tuple[tuple[str, str], object]] = [
    (SEND, {"content": "x" * 2_000, "nonce": "0" * 24, "enforce_nonce": True, "allowed_mentions": {"parse": []}}),
    (SEND, embed(url="https://news.example/", timestamp="2025-05-06T18:12:00+00:00", color=0xFFFFFF)),
    (SEND, embed(fields=[{"name": "a", "value": "b", "inline": True}] * 25) | {"components": rows(button())}),
    (SEND, {"content": "x", "message_reference": {"message_id": 12, "fail_if_not_exists": False}}),
    (CALLBACK, {"type": 5, "data": {"flags": 64}}),
    (("/users/@me/channels", "POST"), {"recipient_id": 77}),
    (COMMANDS, command()),
]
BAD: dict[str, tuple[tuple[str, str], object]] = {
    "content 2001": (SEND, {"content": "x" * 2_001}),
    "empty message": (SEND, {"content": "", "embeds": []}),
    "no message": (SEND, []),
    "misspelt key": (SEND, {"content": "x", "allow_mentions": {"parse": []}}),
    "nonce 26": (SEND, {"content": "x", "nonce": "0" * 26}),
    "11 embeds": (SEND, {"embeds": [{"title": str(n)} for n in range(11)]}),
    "embed title 257": (SEND, embed(title="x" * 257)),
    "embed description 4097": (SEND, embed(description="x" * 4_097)),
    "26 fields": (SEND, embed(fields=[{"name": "a", "value": "b"}] * 26)),
    "field name 257": (SEND, embed(fields=[{"name": "x" * 257, "value": "b"}])),
    "field value 1025": (SEND, embed(fields=[{"name": "a", "value": "x" * 1_025}])),
    "field without value": (SEND, embed(fields=[{"name": "a"}])),
    "field value blank": (SEND, embed(fields=[{"name": "a", "value": " "}])),
    "footer 2049": (SEND, embed(footer={"text": "x" * 2_049})),
    "author 257": (SEND, embed(author={"name": "x" * 257})),
    "embeds 6001": (SEND, {"embeds": [{"description": "x" * 3_000}, {"description": "x" * 3_001}]}),
    "empty embed": (SEND, {"embeds": [{"color": 1}]}),
    "url with a space": (SEND, embed(url="https://news.example/a b")),
    "url of another kind": (SEND, embed(url="ftp://news.example/")),
    "the same url twice": (SEND, {"embeds": [{"title": t, "url": "https://news.example/"} for t in "ab"]}),
    "timestamp without date": (SEND, embed(timestamp="18:12")),
    "colour beyond white": (SEND, embed(color=0x1000000)),
    "label 81": (SEND, {"content": "x", "components": rows(button(label="x" * 81))}),
    "blank label": (SEND, {"content": "x", "components": rows(button(label=" "))}),
    "custom_id 101": (SEND, {"content": "x", "components": rows(button(custom_id="x" * 101))}),
    "no custom_id": (SEND, {"content": "x", "components": rows(button(custom_id=None))}),
    "the same custom_id twice": (SEND, {"content": "x", "components": rows(button(), button())}),
    "style 9": (SEND, {"content": "x", "components": rows(button(style=9))}),
    "6 buttons in a row": (SEND, {"content": "x", "components": rows(*(button(custom_id=str(n)) for n in range(6)))}),
    "6 rows": (SEND, {"content": "x", "components": [rows(button(custom_id=str(n)))[0] for n in range(6)]}),
    "a row without buttons": (SEND, {"content": "x", "components": rows()}),
    "unknown callback": (CALLBACK, {"type": 99}),
    "callback content 2001": (CALLBACK, {"type": 4, "data": {"content": "x" * 2_001}}),
    "command name 33": (COMMANDS, command(name="x" * 33)),
    "command description 101": (COMMANDS, command(description="x" * 101)),
    "26 choices": (
        COMMANDS,
        command(
            options=[
                {
                    "type": 3,
                    "name": "topic",
                    "description": "x",
                    "choices": [{"name": str(n), "value": str(n)} for n in range(26)],
                }
            ]
        ),
    ),
    "unknown request": (("/channels/{channel_id}/nothing", "POST"), {}),
}


@pytest.mark.parametrize(("request_kind", "payload"), GOOD)
def test_what_discord_takes_passes(request_kind: tuple[str, str], payload: object) -> None:
    assert judge(*request_kind, payload) == []


@pytest.mark.parametrize("name", BAD)
def test_what_discord_refuses_is_found(name: str) -> None:
    request_kind, payload = BAD[name]
    assert judge(*request_kind, payload)


@pytest.mark.parametrize(("name", "wrong"), [("date-time", "2025-05-06 18.12"), ("uri", "https://news.example/a b")])
def test_the_formats_that_the_schema_names_are_checked(name: str, wrong: str) -> None:
    """Each needs a package of its own; without it jsonschema takes everything."""
    with pytest.raises(FormatError, match=name):
        Draft202012Validator.FORMAT_CHECKER.check(wrong, name)
