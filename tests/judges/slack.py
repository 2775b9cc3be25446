"""Is this message one that Slack would take? A judge that shares nothing with our renderers.

Three opinions: the JSON schema of `KnownBlock` (made from @slack/types 3.2.0, MIT) for shapes and unknown keys,
`slack_sdk.models` for the lengths it knows, and the documented limits that neither has, each beside its source.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block

from tests.judges.schemas import by_kind, in_place

SPEC_FILE = Path(__file__).parent / "specs" / "slack-knownblock.schema.json"

MAX_BLOCKS = 50  # https://docs.slack.dev/reference/block-kit/blocks
MAX_TEXT = 40_000  # https://docs.slack.dev/reference/methods/chat.postMessage#truncating
MAX_ALL = 12_000  # undocumented, "12,000 with a buffer": https://github.com/slackapi/bolt-js/issues/2509
MAX_TEXT_OBJECT = 3_000  # https://docs.slack.dev/reference/block-kit/composition-objects/text-object
MAX_FIELD = 2_000  # https://docs.slack.dev/reference/block-kit/blocks/section-block
MAX_VALUE = 2_000  # https://docs.slack.dev/reference/block-kit/block-elements/button-element
MAX_URL = 3_000  # as above

_ByKind = by_kind(Draft7Validator)
_MENTIONS = ("broadcast", "user", "usergroup", "channel", "team")  # rich text elements that call somebody
# Anything in <angle brackets> that calls somebody; a date does not.
_MENTION_MARKUP = re.compile(r"<(?:@|#|!(?!date\^))")
_NOT_TEXT = ("type", "action_id", "block_id", "style")

# A part of a message with its JSON pointer, and the key or index it hangs on.
_Part = tuple[str, Any]


def judge(payload: object) -> list[str]:
    """What Slack would refuse in a message with `text` and `blocks`, one line each; empty where it would take it."""
    if not isinstance(payload, dict):
        return ["a message is a JSON object"]
    blocks = payload.get("blocks", [])
    if not isinstance(blocks, list):
        return ["/blocks: is an array"]
    problems = [*_fallback(payload.get("text")), *_whole(blocks)]
    for index, block in enumerate(blocks):
        problems += judge_block(f"/blocks/{index}", block)
    return problems


def judge_block(pointer: str, block: object) -> list[str]:
    """One block of a message or of a view; `pointer` says where it stands."""
    return [f"{pointer}{problem}" for problem in _judged_alone(json.dumps(block))]


@lru_cache(maxsize=4_096)  # most blocks are shown again and again
def _judged_alone(written: str) -> tuple[str, ...]:
    """What is wrong in the block of that JSON, each with its place in it."""
    block = json.loads(written)
    rules = (problem for part in _parts("", block) for problem in _part_rules(*part))
    return (*_schema("", block), *_models("", block), *rules)


# --- the message ------------------------------------------------------------------------------------------


def _fallback(text: object) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield "/text: missing; notifications and screen readers have nothing to show"
        return
    if len(text) > MAX_TEXT:
        yield f"/text: {len(text)} characters, Slack cuts at {MAX_TEXT}"
    if _MENTION_MARKUP.search(text):
        yield "/text: mentions somebody"


def _whole(blocks: list[Any]) -> Iterator[str]:
    if len(blocks) > MAX_BLOCKS:
        yield f"/blocks: {len(blocks)} blocks, at most {MAX_BLOCKS}"
    total = sum(len(text) for block in blocks for text in _strings(block))
    if total > MAX_ALL:
        yield f"/blocks: {total} characters in all, at most about {MAX_ALL}"
    parts = [part for block in blocks for _, part in _parts("", block) if isinstance(part, dict)]
    for key in ("action_id", "block_id"):
        for name, times in Counter(part[key] for part in parts if key in part).items():
            if times > 1:
                yield f"/blocks: {key} {name!r} stands {times} times"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            if key not in _NOT_TEXT:
                yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


# --- one block --------------------------------------------------------------------------------------------


@cache
def _validators() -> dict[str, Draft7Validator]:
    """A validator for each block type: errors name the part, where `anyOf` over all blocks names nothing."""
    spec = json.loads(SPEC_FILE.read_text("utf-8"))
    definitions = spec["definitions"]
    validators = {}
    for option in definitions["KnownBlock"]["anyOf"]:
        name = option["$ref"].rpartition("/")[2]
        shape = definitions[name].get("anyOf", [definitions[name]])[0]  # an image block has two shapes, one type
        validators[shape["properties"]["type"]["const"]] = _ByKind(in_place(definitions[name], spec))
    return validators


def _schema(pointer: str, block: object) -> list[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    validator = _validators().get(kind) if isinstance(kind, str) else None
    if validator is None:
        return [f"{pointer}: {kind!r} is not a block type"]
    return [
        f"{error.json_path.replace('$', pointer)}: {error.message[:200]}" for error in validator.iter_errors(block)
    ]


def _models(pointer: str, block: object) -> Iterator[str]:
    """What the official SDK finds in the block and in every model inside it."""
    try:
        parsed = Block.parse(block) if isinstance(block, dict) else None
    except (TypeError, AttributeError, SlackObjectFormationError) as error:
        yield f"{pointer}: {error}"
        return
    for model in _models_in(parsed):
        try:
            model.validate_json()
        except SlackObjectFormationError as error:
            yield f"{pointer}: {error}"


def _models_in(value: object) -> Iterator[JsonObject]:
    if isinstance(value, JsonObject):
        yield value
        for part in vars(value).values():
            yield from _models_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _models_in(part)


# --- one part of a block ----------------------------------------------------------------------------------


def _parts(pointer: str, value: object) -> Iterator[_Part]:
    """`value` and everything inside it."""
    yield pointer, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _parts(f"{pointer}/{key}", part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _parts(f"{pointer}/{index}", part)


def _part_rules(pointer: str, part: Any) -> Iterator[str]:
    key = pointer.rpartition("/")[2]
    if key == "elements" and not part:
        yield f"{pointer}: empty; Slack wants at least one element"
    if key in {"text", "value", "url", "fallback", "action_id"} and isinstance(part, str):
        yield from _string_rules(pointer, key, part)
    if isinstance(part, dict):
        yield from _object_rules(pointer, part)


def _string_rules(pointer: str, key: str, text: str) -> Iterator[str]:
    if not text:
        yield f"{pointer}: must be more than 0 characters"
    limit = {"value": MAX_VALUE, "url": MAX_URL}.get(key)
    if limit is not None and len(text) > limit:
        yield f"{pointer}: {len(text)} characters, at most {limit}"
    if key == "url" and not re.fullmatch(r"https?://[!-;=?-\[\]^_a-z~]+", text, re.IGNORECASE):
        yield f"{pointer}: not a web address"


def _object_rules(pointer: str, part: dict[str, Any]) -> Iterator[str]:
    kind, text = part.get("type"), part.get("text")
    if kind in _MENTIONS:
        yield f"{pointer}: mentions somebody ({kind})"
    if kind in {"plain_text", "mrkdwn"} and isinstance(text, str):
        limit = MAX_FIELD if re.search(r"/fields/\d+$", pointer) else MAX_TEXT_OBJECT
        if len(text) > limit:
            yield f"{pointer}: {len(text)} characters, at most {limit}"
        if kind == "mrkdwn" and _MENTION_MARKUP.search(text):
            yield f"{pointer}: mentions somebody"
    if kind == "date" and not isinstance(part.get("timestamp"), int):
        yield f"{pointer}/timestamp: must provide an integer"
