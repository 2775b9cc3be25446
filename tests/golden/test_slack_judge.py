"""The judge of Slack messages finds what Slack would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.judges.slack import judge

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def section(text: Json) -> Json:
    return {"type": "section", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Why"), "action_id": "wire:0", "value": "why:1", **more}


def actions(*buttons: Json) -> Json:
    return {"type": "actions", "elements": list(buttons)}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


DIVIDER: Json = {"type": "divider"}
IMAGE: Json = {"type": "image", "image_url": "https://news.example/i.png", "alt_text": "a chart"}
GOOD: list[Json] = [
    {"type": "header", "text": plain("Talks")},
    section(mrkdwn("*Talks* <https://news.example|here> <!date^1746555120^{date}|6 May>")),
    {"type": "section", "fields": [plain("a"), mrkdwn("b")]},
    {"type": "context", "elements": [plain("Wire"), IMAGE]},
    rich({"type": "text", "text": "a"}, {"type": "link", "url": "https://news.example/?a=1&b=2", "text": "b"}),
    rich({"type": "date", "timestamp": 1746555120, "format": "{date}", "fallback": "6 May"}),
    actions(button(), button(action_id="wire:1")),
    DIVIDER,
]

BAD: dict[str, list[Json]] = {
    "no such block": [{"type": "banner", "text": plain("x")}],
    "unknown key": [section(plain("x")) | {"colour": "red"}],
    "51 blocks": [DIVIDER] * 51,
    "header 151": [{"type": "header", "text": plain("x" * 151)}],
    "header as mrkdwn": [{"type": "header", "text": mrkdwn("x")}],
    "section 3001": [section(plain("x" * 3_001))],
    "context 3001": [{"type": "context", "elements": [plain("x" * 3_001)]}],
    "context 11": [{"type": "context", "elements": [plain("x")] * 11}],
    "11 fields": [{"type": "section", "fields": [plain("x")] * 11}],
    "field 2001": [{"type": "section", "fields": [plain("x" * 2_001)]}],
    "empty text": [section(plain(""))],
    "empty rich text": [rich({"type": "text", "text": ""})],
    "empty section": [rich()],
    "26 buttons": [actions(*(button(action_id=f"wire:{number}") for number in range(26)))],
    "button label 76": [actions(button(text=plain("x" * 76)))],
    "button as mrkdwn": [actions(button(text=mrkdwn("x")))],
    "button value 2001": [actions(button(value="x" * 2_001))],
    "button style": [actions(button(style="blue"))],
    "action id twice": [actions(button()), actions(button())],
    "action id 256": [actions(button(action_id="x" * 256))],
    "block id twice": [DIVIDER | {"block_id": "b"}, DIVIDER | {"block_id": "b"}],
    "12,001 characters": [section(plain("x" * 3_000))] * 4 + [section(plain("x"))],
    "link that is none": [rich({"type": "link", "url": "javascript:alert(1)", "text": "x"})],
    "link with a space": [rich({"type": "link", "url": "https://news.example/a b", "text": "x"})],
    "link 3001": [rich({"type": "link", "url": "https://news.example/" + "x" * 3_000, "text": "x"})],
    "date as text": [rich({"type": "date", "timestamp": "1746555120", "format": "{date}"})],
    "everybody called": [rich({"type": "broadcast", "range": "channel"})],
    "somebody called": [rich({"type": "user", "user_id": "U0123"})],
    "everybody called in markup": [section(mrkdwn("<!channel> look"))],
    "somebody called in markup": [section(mrkdwn("<@U0123> look"))],
}


def test_good_blocks_pass() -> None:
    assert judge({"text": "Talks", "blocks": GOOD}) == []


@pytest.mark.parametrize("name", BAD)
def test_bad_blocks_are_found(name: str) -> None:
    assert judge({"text": "Talks", "blocks": BAD[name]}) != []


@pytest.mark.parametrize("text", [None, "", " ", "x" * 40_001, "<!here> look", 7])
def test_a_bad_fallback_is_found(text: object) -> None:
    assert judge({"text": text, "blocks": [DIVIDER]}) != []


@pytest.mark.parametrize(
    "payload", [None, [], "text", {"text": "x", "blocks": "[]"}, {"text": "x", "blocks": [None]}]
)
def test_what_is_no_message_is_found(payload: object) -> None:
    assert judge(payload) != []


def test_a_problem_names_its_place() -> None:
    problems = judge({"text": "Talks", "blocks": [DIVIDER, section(plain(""))]})

    assert "/blocks/1/text/text: must be more than 0 characters" in problems
