"""Is this request one that Discord would take? A judge that shares nothing with our renderers.

The schemas in `specs/discord-openapi.json` are Discord's own (https://github.com/discord/discord-api-spec, MIT,
2026-07-18), trimmed to the requests that a test can meet. What they do not say is added here by hand, each rule
beside its source.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from tests.judges.schemas import by_kind, in_place

SPEC_FILE = Path(__file__).parent / "specs" / "discord-openapi.json"

# https://docs.discord.com/developers/resources/message#create-message: the schema allows 4000, bots get 2000.
MAX_CONTENT = 2_000
# https://docs.discord.com/developers/resources/message#embed-object-embed-limits: over all embeds of a message.
MAX_EMBED_TEXT = 6_000

_ByKind = by_kind(Draft202012Validator)
_ACTION_ROW, _BUTTON, _LINK_STYLE = 1, 2, 5
_MESSAGES = ("/messages", "{message_id}", "token}", "@original", "callback")  # how their paths end
_SHOWN = ("content", "embeds", "components", "sticker_ids", "attachments", "poll")


def judge(path_template: str, method: str, payload: object) -> list[str]:
    """What Discord would refuse in `payload`, one line each; empty where it would take it."""
    found = _judged(path_template, method.lower(), json.dumps(payload))
    return [f"{method} {path_template}: {problem}" for problem in found]


@lru_cache(maxsize=1_024)  # the commands are put anew by each bot that starts
def _judged(path_template: str, method: str, written: str) -> tuple[str, ...]:
    validator, payload = _validator(path_template, method), json.loads(written)
    if validator is None:
        return (f"no such request in {SPEC_FILE.name}",)
    found = (_line(error) for error in validator.iter_errors(payload))
    return (*found, *_own_rules(path_template, method, payload))


@cache
def _spec() -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(SPEC_FILE.read_text("utf-8"))
    # Discord reads ids as integers too, and discord.py sends them so.
    spec["components"]["schemas"]["SnowflakeType"]["type"] = ["string", "integer"]
    return spec


@cache
def _validator(path_template: str, method: str) -> Draft202012Validator | None:
    if method not in _spec()["paths"].get(path_template, {}):
        return None
    request = _spec()["paths"][path_template][method]["requestBody"]["content"]["application/json"]["schema"]
    return _ByKind(in_place(request, _spec()), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _line(error: Any) -> str:
    """The branch of a union that came nearest says more than "is not valid under any of the given schemas"."""
    nearest = best_match([error]) or error
    message = nearest.message
    return f"{nearest.json_path}: {message if len(message) <= 200 else message[:199] + '…'}"


def _own_rules(path_template: str, method: str, payload: object) -> Iterator[str]:
    if "callback" in path_template:
        payload = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(payload, dict) or not path_template.endswith(_MESSAGES):
        return
    if "callback" not in path_template:
        yield from _unknown_keys(path_template, method, payload)
        if method == "post" and not any(payload.get(part) for part in _SHOWN):
            yield "an empty message (50006)"
    content = payload.get("content")
    if isinstance(content, str) and len(content) > MAX_CONTENT:
        yield f"content has {len(content)} characters, bots may send {MAX_CONTENT}"
    yield from _embed_rules([embed for embed in payload.get("embeds") or [] if isinstance(embed, dict)])
    yield from _component_rules(payload.get("components") or [])


def _unknown_keys(path_template: str, method: str, payload: Mapping[str, Any]) -> Iterator[str]:
    """Discord ignores a key it does not know: a misspelt `allowed_mentions` would mention everyone."""
    known = _known_keys(path_template, method) | {"tts"}  # discord.py adds it to edits, where it means nothing
    yield from (f"unknown key {key!r}, which Discord would ignore" for key in payload if key not in known)


@cache
def _known_keys(path_template: str, method: str) -> frozenset[str]:
    schema = _spec()["paths"][path_template][method]["requestBody"]["content"]["application/json"]["schema"]
    keys: set[str] = set()
    for branch in schema.get("anyOf", [schema]):
        name = branch["$ref"].rsplit("/", 1)[1]
        keys.update(_spec()["components"]["schemas"][name]["properties"])
    return frozenset(keys)


def _embed_rules(embeds: list[dict[str, Any]]) -> Iterator[str]:
    total = sum(len(text) for embed in embeds for text in _embed_texts(embed))
    if total > MAX_EMBED_TEXT:
        yield f"the embeds have {total} characters, all together may have {MAX_EMBED_TEXT}"
    for number, embed in enumerate(embeds):
        for place, field in enumerate(embed.get("fields") or []):
            for part in ("name", "value"):
                if isinstance(field, dict) and not str(field.get(part, "")).strip():
                    yield f"embeds[{number}].fields[{place}].{part} is empty (BASE_TYPE_REQUIRED)"
        if not any(text.strip() for text in _embed_texts(embed)):
            yield f"embeds[{number}] has nothing to show"
        if embed.get("url") and not str(embed["url"]).startswith(("http://", "https://")):
            yield f"embeds[{number}].url is not a http or https address"
    urls = [embed["url"] for embed in embeds if embed.get("url")]
    if len(urls) != len(set(urls)):
        yield "two embeds share a url: Discord merges them and shows only the first"


def _embed_texts(embed: Mapping[str, Any]) -> Iterator[str]:
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get(key) or {}).get(part) for key, part in (("author", "name"), ("footer", "text"))]
    for field in embed.get("fields") or []:
        parts += [field.get("name"), field.get("value")]
    return (part for part in parts if isinstance(part, str))


def _component_rules(rows: list[Any]) -> Iterator[str]:
    if len(rows) > 5:
        yield f"{len(rows)} action rows, a message has at most 5"
    buttons = [
        button
        for row in rows
        if isinstance(row, dict) and row.get("type") == _ACTION_ROW
        for button in row.get("components") or []
        if isinstance(button, dict) and button.get("type") == _BUTTON
    ]
    ids = [button.get("custom_id") for button in buttons if button.get("style") != _LINK_STYLE]
    if None in ids:
        yield "a button has no custom_id"
    if len(ids) != len(set(ids)):
        yield "two components share a custom_id (COMPONENT_CUSTOM_ID_DUPLICATED)"
    if any(not str(button.get("label") or "").strip() and not button.get("emoji") for button in buttons):
        yield "a button has neither label nor emoji"


def judge_files(payload: object, files: Mapping[str, bytes]) -> list[str]:
    """What Discord would not find of what a message names, and what it would not show.

    https://docs.discord.com/developers/reference#uploading-files
    """
    if not isinstance(payload, dict):
        return []
    data = payload.get("data")
    body: dict[str, Any] = data if isinstance(data, dict) else payload
    named = [part["filename"] for part in body.get("attachments") or [] if "filename" in part]
    images = [str((embed.get("image") or {}).get("url", "")) for embed in body.get("embeds") or []]
    shown = [url.removeprefix("attachment://") for url in images if url.startswith("attachment://")]
    return [
        *(f"the attachment {name!r} has no file" for name in named if name not in files),
        *(f"the file {name!r} is not among the attachments" for name in files if name not in named),
        *(f"an embed shows {name!r}, which is not attached" for name in shown if name not in files),
        *(f"Discord would change the name {name!r}" for name in files if not re.fullmatch(r"[A-Za-z0-9._-]+", name)),
    ]
