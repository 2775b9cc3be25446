"""Is this a modal or an App Home that Slack would take? https://docs.slack.dev/reference/views"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.judges.slack import judge_block

MAX_BLOCKS = 100  # https://docs.slack.dev/reference/block-kit/blocks
MAX_TITLE = 24  # https://docs.slack.dev/reference/views/modal-views
MAX_METADATA = 3_000  # as above
MAX_BYTES = 250 * 1024  # https://docs.slack.dev/reference/methods/views.open#errors: view_too_large

_MODAL = {"type", "title", "blocks", "close", "submit", "private_metadata", "callback_id", "clear_on_close",
          "notify_on_close", "external_id", "submit_disabled"}  # fmt: skip
_HOME = {"type", "blocks", "private_metadata", "callback_id", "external_id"}


def judge_view(view: object) -> list[str]:
    """What Slack would refuse, one line each; empty where it would take it."""
    if not isinstance(view, dict) or view.get("type") not in {"modal", "home"}:
        return ["a view is an object of type modal or home"]
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        return ["/blocks: is an array"]
    problems = list(_whole(view, blocks))
    for index, block in enumerate(blocks):
        problems += judge_block(f"/blocks/{index}", block)
    return problems


def _whole(view: dict[str, Any], blocks: list[Any]) -> Iterator[str]:
    known = _MODAL if view["type"] == "modal" else _HOME
    yield from (f"/{key}: not a field of a {view['type']}" for key in view if key not in known)
    if len(blocks) > MAX_BLOCKS:
        yield f"/blocks: {len(blocks)} blocks, at most {MAX_BLOCKS}"
    if len(str(view.get("private_metadata") or "")) > MAX_METADATA:
        yield f"/private_metadata: more than {MAX_METADATA} characters"
    if len(json.dumps(view).encode()) > MAX_BYTES:
        yield f"more than {MAX_BYTES} bytes"
    if view["type"] == "modal":
        yield from _modal(view, blocks)
    yield from _doubles(blocks)


def _modal(view: dict[str, Any], blocks: list[Any]) -> Iterator[str]:
    if "title" not in view:
        yield "/title: missing"
    for key in ("title", "submit", "close"):
        text = view.get(key)
        if text is not None and (text.get("type") != "plain_text" or not 0 < len(text.get("text", "")) <= MAX_TITLE):
            yield f"/{key}: plain text of 1 to {MAX_TITLE} characters"
    if any(block.get("type") == "input" for block in blocks) and "submit" not in view:
        yield "/submit: missing, though there are inputs"


def _doubles(blocks: list[Any]) -> Iterator[str]:
    ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (f"/blocks: block_id {name!r} stands {times} times" for name, times in ids.items() if times > 1)
    actions = [element.get("action_id") for block in blocks for element in _elements(block)]
    counted = Counter(action for action in actions if action)
    yield from (f"/blocks: action_id {name!r} stands {times} times" for name, times in counted.items() if times > 1)


def _elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    single = [block[key] for key in ("element", "accessory") if isinstance(block.get(key), dict)]
    return single + [element for element in block.get("elements") or [] if isinstance(element, dict)]
