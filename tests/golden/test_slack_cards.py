"""Cards and replies as Slack gets them: the exact JSON, and what holds whatever a feed writes.

After a change that is meant: `TRADEWIRE_UPDATE_GOLDEN=1 pytest tests/golden/test_slack_cards.py`, then read the diff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from bot.deliver.card import Action, Bulletin, Card, Field, Reply, Run
from bot.deliver.slack.blocks import (
    MAX_BLOCKS,
    MAX_CHARACTERS,
    MAX_FALLBACK,
    bulletin_payload,
    card_payload,
    reply_payload,
)
from bot.model import Tier
from tests.golden.hostile import hostile_bulletins, hostile_cards, hostile_replies, hostile_texts
from tests.judges.slack import judge

GOLDEN = Path(__file__).parent / "slack"
AT = datetime(2025, 5, 6, 18, 12, tzinfo=UTC)
BUTTONS = (
    Action(label="Follow story", command="follow:0f1e2d3c4b5a"),
    Action(label="Mute story", command="mute:0f1e2d3c4b5a"),
    Action(label="Why", command="why:00112233445566ff"),
    Action(label="Not relevant", command="irrelevant:00112233445566ff"),
)
TALKS = Card(
    title="Futures climb as Washington and Beijing agree to meet on tariffs",
    url="https://news.example/markets/talks?id=7&from=feed",
    outlet="Example Wire",
    at=AT,
    tier=Tier.ALERT,
    direction="de-escalation",
    why="Trade negotiation · Market-moving · alert",
    fields=(
        Field(label="Parties", value="US, China"),
        Field(label="Officials", value="Bessent (Treasury Secretary), Greer (Trade Representative), He Lifeng"),
        Field(label="Meeting", value="Geneva, 9 to 12 May 2025"),
        Field(label="Rates", value="145% tariff"),
        Field(label="Moves", value="Dow futures ▲ +270 points / +0.7%, S&P 500 futures ▲ +0.8%"),
    ),
    gist=(
        "Two envoys of the United States will meet their Chinese counterpart this week.",
        "It is the first meeting since the duties were raised in April.",
    ),
    actions=BUTTONS,
    reference="00112233445566ff",
)
TILDES = "~~not gone~~ \\~ ~"
MARKED: dict[str, Card] = {
    "corrected": replace(
        TALKS,
        mark="corrected",
        mark_note="the rate is 14.5%, not 145%",
        fields=(Field(label="Rates", value="14.5% tariff"),),
        also=("AP", "FT", "Reuters"),
    ),
    "updated": replace(
        TALKS, mark="updated", gist=(), also=("AP", "FT", "Kyodo", "ANSA", "dpa", "EFE", "PAP", "TASS", "Xinhua")
    ),
    "withdrawn": replace(TALKS, mark="withdrawn", mark_note="the agency took the report back", also=("AP",)),
    "withdrawn_hostile": replace(
        TALKS,
        tier=Tier.FLASH,
        title=f"Talks {TILDES}",
        mark="withdrawn",
        mark_note=TILDES,
        fields=(Field(label=TILDES, value=TILDES),),
        gist=(TILDES,),
        also=(TILDES, "@everyone <!channel>"),
    ),
    "escalated": replace(
        TALKS,
        tier=Tier.URGENT,
        change="Now urgent: alert became urgent",
        first_url="https://desk.slack.example/archives/C0123/p1746555120000001",
    ),
}
CASES: dict[str, dict[str, Any]] = {
    "card": card_payload(TALKS),
    **{name: card_payload(card) for name, card in MARKED.items()},
    "flash_correction": card_payload(
        Card(
            title="Duties on steel rise to 50%",
            url="https://news.example/steel",
            outlet="Example Wire",
            at=AT,
            tier=Tier.FLASH,
            direction="escalation",
            why="Trade negotiation · flash",
            change="CORRECTED: the rate is 50%, not 500%",
            fields=(Field(label="Rates", value="50% tariff"),),
        )
    ),
    "bare": card_payload(
        Card(title="", url=None, outlet="", at=AT, tier=Tier.DIGEST, direction=None, why="", reference="00ff")
    ),
    "hostile": card_payload(
        Card(
            title="<!channel> *free* _money_ `now` | <https://evil.example|click>\nat once \u202egnihsihp",
            url="https://news.example/a b|c>d<e\"f'?q=<!here>#x y",
            outlet="@here & <@U0123>",
            at=AT,
            tier=Tier.URGENT,
            direction="neutral",
            why="~no~ :tada: <!subteam^S1>",
            change="<!everyone>",
            fields=(Field(label="*Rates*", value="<#C0123|desk> > 145%"),),
            gist=("> not a quote", "```not code```"),
            actions=(Action(label="<!here> *Why*", command="why:1"),),
        )
    ),
    "reply": reply_payload(
        Reply(
            title="Latest on trade",
            lines=(
                (Run(text="2 stories since "), Run(text="this morning", when=AT), Run(text=", see ")),
                (),
                (Run(text="the board", url="https://board.example/", bold=True), Run(text=" or <!here>")),
            ),
            cards=(
                TALKS,
                Card(title="Quotas end", url=None, outlet="", at=AT, tier=Tier.ALERT, direction=None, why=""),
            ),
            actions=(Action(label="Status", command="status:"),),
        )
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_slack_gets_exactly_this(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    if os.environ.get("TRADEWIRE_UPDATE_GOLDEN"):
        path.write_text(json.dumps(CASES[name], ensure_ascii=False, indent=2) + "\n", "utf-8")

    assert CASES[name] == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_slack_would_take_it(name: str) -> None:
    assert judge(CASES[name]) == []


def test_the_fallback_tells_the_whole_alert() -> None:
    text = CASES["card"]["text"]

    for part in (TALKS.title, TALKS.outlet, "2025-05-06 18:12 UTC", "De-escalation", "US, China", *TALKS.gist):
        assert part in text
    assert "https://news.example/markets/talks?id=7&amp;from=feed" in text


@pytest.mark.parametrize("name", MARKED)
def test_the_fallback_tells_the_mark_first(name: str) -> None:
    mark = (MARKED[name].mark or "now urgent").upper()
    assert CASES[name]["text"].upper().startswith(mark)


def test_what_was_withdrawn_is_struck_by_style_whatever_it_says() -> None:
    headline, _, details, *_ = CASES["withdrawn_hostile"]["blocks"]
    struck = [part for part in parts([headline, details]) if part.get("style", {}).get("strike")]
    assert [part["text"] for part in struck] == [f"Talks {TILDES}", f"{TILDES}  ", TILDES, TILDES]


def test_others_that_report_it_are_named_up_to_six_and_counted() -> None:
    also = CASES["updated"]["blocks"][3]
    assert also["type"] == "context"
    assert also["elements"][0]["text"] == "also: AP, FT, Kyodo, ANSA, dpa, EFE +3"


def test_buttons_are_numbered_through_a_whole_message() -> None:
    ids = [part["action_id"] for part in parts(CASES["reply"]) if "action_id" in part]

    assert sorted(ids) == ["wire:0", "wire:1", "wire:2", "wire:3", "wire:4"]


def test_a_button_carries_its_command() -> None:
    values = [part["value"] for part in parts(CASES["card"]) if "value" in part]

    assert values == [action.command for action in BUTTONS]


@pytest.mark.parametrize("command", ["", "search:" + "x" * 500, "search:\ud800"])
def test_a_command_that_a_button_cannot_carry_gives_no_button_rather_than_another_command(command: str) -> None:
    card = Card(
        title="t", url=None, outlet="o", at=AT, tier=Tier.ALERT, direction=None, why="w",
        actions=(Action(label="Search", command=command),),
    )  # fmt: skip

    assert [block["type"] for block in card_payload(card)["blocks"]] == ["rich_text", "context"]


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://bank.example@evil.example/",
        "https://",
        "https://[::1",
        "//news.example/",
        "https://ex ample/",
        "https://news.example/" + "x" * 3_000,
        "https://news.example/\ud800",
    ],
)
def test_a_link_that_slack_or_a_reader_should_not_meet_leaves_the_headline(url: str) -> None:
    payload = card_payload(Card(title="t", url=url, outlet="", at=AT, tier=Tier.ALERT, direction=None, why=""))

    assert payload["blocks"][0]["elements"][0]["elements"] == [{"type": "text", "text": "t", "style": {"bold": True}}]
    assert "evil" not in payload["text"]


def test_cards_that_do_not_fit_are_counted() -> None:
    payload = reply_payload(Reply(title="All", cards=(TALKS,) * 40))

    shown = sum(block["type"] == "divider" for block in payload["blocks"])
    note = payload["blocks"][-1]["elements"][0]["text"]
    assert 0 < shown < 40
    assert note.startswith(f"{40 - shown} more not shown")
    assert judge(payload) == []


# --- whatever a feed writes -------------------------------------------------------------------------------

# Every character there is, lone surrogates too, and what breaks markup more often than chance would.
texts = hostile_texts(
    "<!channel>", "<@U1>", "*", "`", "|", ">", "&amp;", "\n", "\u202e", " ", "x" * 600, "&" * 900,
)  # fmt: skip
cards = hostile_cards(texts)
replies = hostile_replies(texts, cards=4)


@settings(max_examples=60, deadline=None)
@given(cards)
def test_any_card_is_one_that_slack_takes(card: Card) -> None:
    assert_taken(card_payload(card))


@settings(max_examples=20, deadline=None)
@given(replies)
def test_any_reply_is_one_that_slack_takes(reply: Reply) -> None:
    assert_taken(reply_payload(reply))
    assert_taken(reply_payload(reply, picture="F0123456789"))


@settings(max_examples=40, deadline=None)
@given(hostile_bulletins(texts))
def test_any_bulletin_is_one_that_slack_takes(bulletin: Bulletin) -> None:
    assert_taken(bulletin_payload(bulletin))


@pytest.mark.parametrize("character", ["x", "&", "🚨", " \n"])
@pytest.mark.parametrize("length", [1, 75, 400, 5_000])
def test_the_longest_card_stays_within_the_budget(length: int, character: str) -> None:
    long = character * length
    card = Card(
        title=long, url="https://news.example/" + "x" * 1_900, outlet=long, at=AT, tier=Tier.FLASH,
        direction="de-escalation", why=long, change=long, fields=(Field(label=long, value=long),) * 20,
        mark="withdrawn", mark_note=long, also=(long,) * 9, first_url="https://news.example/" + "x" * length,
        gist=(long,) * 20, actions=(Action(label=long, command="c" * 200),) * 20,
    )  # fmt: skip

    assert_taken(card_payload(card))
    assert_taken(reply_payload(Reply(title=long, lines=((Run(text=long),),) * 40, cards=(card,) * 3)))


def assert_taken(payload: dict[str, Any]) -> None:
    assert judge(payload) == []
    assert len(payload["blocks"]) <= MAX_BLOCKS
    assert len(payload["text"]) <= MAX_FALLBACK
    assert sum(len(text) for text in shown(payload["blocks"])) <= MAX_CHARACTERS
    json.dumps(payload, ensure_ascii=False).encode("utf-8")


def parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from parts(part)
    elif isinstance(value, list):
        for part in value:
            yield from parts(part)


def shown(value: object) -> Iterator[str]:
    for part in parts(value):
        for key in ("text", "url", "value", "fallback", "format"):
            if isinstance(part.get(key), str):
                yield part[key]
