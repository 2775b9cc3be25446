"""Cards and replies as Discord gets them: the exact JSON, and what holds whatever a feed writes.

After a change that is meant: `TRADEWIRE_UPDATE_GOLDEN=1 pytest tests/golden/test_discord_cards.py`; read the diff.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.deliver.card import Action, Bulletin, Card, Field, Reply, Run
from bot.deliver.discord.embeds import attached, bulletin_payload, card_payload, reply_payload, text_payload
from bot.deliver.discord.markup import clean, escape, safe_url, shorten, strike
from bot.deliver.preview.discord import markdown
from bot.model import Tier
from tests.golden.hostile import hostile_bulletins, hostile_cards, hostile_replies, hostile_texts
from tests.judges.discord import judge, judge_files

GOLDEN = Path(__file__).parent / "discord"
AT = datetime(2025, 5, 6, 18, 12, tzinfo=UTC)
SEND = ("/channels/{channel_id}/messages", "POST")
EDIT = ("/channels/{channel_id}/messages/{message_id}", "PATCH")
ANSWER = ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", "PATCH")

TALKS = Card(
    title="Two capitals agree to sit down over tariffs",
    url="https://news.example/talks?id=7",
    outlet="Example Wire",
    at=AT,
    tier=Tier.ALERT,
    direction="de-escalation",
    why="Trade negotiation · Market-moving · alert",
    fields=(
        Field(label="Parties", value="US, China"),
        Field(label="Meeting", value="Geneva, 9 to 12 May 2025"),
        Field(label="Rates", value="145% tariff"),
        Field(label="Moves", value="Dow futures ▲ +270 points / +0.7%, S&P 500 futures ▲ +0.8%"),
    ),
    gist=("Envoys of both sides meet on neutral ground.", "It is their first meeting this year."),
    actions=(
        Action(label="Follow story", command="follow:0f1e2d3c4b5a"),
        Action(label="Why", command="why:00112233445566ff"),
    ),
    reference="00112233445566ff",
)
PLAIN = Card(title="Quotas end", url=None, outlet="", at=AT, tier=Tier.ALERT, direction=None, why="")

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
        first_url="https://discord.com/channels/700/4242/1369000000000000000",
    ),
}
CASES: dict[str, tuple[tuple[str, str], dict[str, Any]]] = {
    "card": (SEND, card_payload(TALKS, marker="0a1b2c3d4e")),
    **{name: (EDIT, card_payload(card, marker="0a1b2c3d4e")) for name, card in MARKED.items()},
    "flash_correction": (
        SEND,
        card_payload(
            replace(
                TALKS,
                tier=Tier.FLASH,
                direction="escalation",
                title="Duties on steel rise to 50%",
                change="CORRECTED: the rate is 50%, not 500%",
                fields=(Field(label="Rates", value="50% tariff"),),
                gist=(),
            )
        ),
    ),
    "bare": (SEND, card_payload(replace(PLAIN, title="", tier=Tier.DIGEST))),
    "hostile": (
        SEND,
        card_payload(
            Card(
                title="@everyone **free** [money](https://evil.example) <@1> <#2> <t:0:R>\nat once \u202egnihsihp",
                url="https://news.example/a b|c>d<e\"f'?q=[x](y)#z",
                outlet="<@3> `wire`",
                at=AT,
                tier=Tier.URGENT,
                direction="neutral",
                why="||hidden|| ~~gone~~ discord.gg/trap",
                change="# Heading",
                fields=(Field(label="*Rates*", value="> 145% https://evil.example"),),
                gist=("- not a list", "1. nor this", "```not code```", "-# not small"),
                actions=(Action(label="@here *Why*", command="why:1"),),
            )
        ),
    ),
    "reply": (
        ANSWER,
        reply_payload(
            Reply(
                title="Latest on trade",
                lines=(
                    (Run(text="2 stories since "), Run(text="this morning", when=AT), Run(text=", see ")),
                    (),
                    (Run(text="the board", url="https://board.example/", bold=True), Run(text=" or @here")),
                ),
                cards=(TALKS, PLAIN),
                actions=(Action(label="Status", command="status:"),),
            )
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_discord_gets_exactly_this(name: str) -> None:
    path, payload = GOLDEN / f"{name}.json", CASES[name][1]
    if os.environ.get("TRADEWIRE_UPDATE_GOLDEN"):
        path.write_text(json.dumps(payload, ensure_ascii=False, indent=2) + "\n", "utf-8")
    assert payload == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("name", CASES)
def test_discord_would_take_it(name: str) -> None:
    request, payload = CASES[name]
    assert judge(*request, payload) == []


def test_a_lock_screen_shows_the_change_before_the_headline() -> None:
    content = CASES["flash_correction"][1]["content"]
    assert content.startswith("FLASH · CORRECTED: the rate is 50%")
    assert content.endswith("Duties on steel rise to 50% · Example Wire")


@pytest.mark.parametrize("name", ["corrected", "updated", "withdrawn", "withdrawn_hostile"])
def test_the_mark_stands_before_the_headline(name: str) -> None:
    mark, (embed,) = str(MARKED[name].mark).upper(), CASES[name][1]["embeds"]
    assert embed["title"].startswith(f"{mark} · ")


def test_what_was_withdrawn_is_struck_through_whatever_it_says() -> None:
    payload = CASES["withdrawn_hostile"][1]
    shown = markdown(payload["embeds"][0]["title"])
    assert shown.plain == f"WITHDRAWN · Talks {TILDES}"
    assert [(span.start, span.end) for span in shown.spans] == [(12, len(shown.plain))]
    lines = payload["embeds"][0]["description"].splitlines()
    struck = [line for line in lines if line.endswith("~~") and not line.endswith("\\~~")]
    assert len(struck) == 2, "the fact and the sentence"
    assert "WITHDRAWN: " in payload["content"]


def test_a_struck_headline_that_is_cut_is_closed() -> None:
    card = replace(TALKS, mark="withdrawn", tier=Tier.FLASH, title="~" * 3_000, gist=("*" * 3_000,))
    payload = card_payload(card)
    assert judge(*EDIT, payload) == []
    title = payload["embeds"][0]["title"]
    assert len(title) <= 256
    assert title.endswith("…~~")
    assert payload["content"].endswith("…~~ · Example Wire")


def test_others_that_report_it_are_named_up_to_six_and_counted() -> None:
    description = CASES["updated"][1]["embeds"][0]["description"]
    assert description.endswith("\n-# also: AP, FT, Kyodo, ANSA, dpa, EFE +3")


def test_the_marker_ends_the_footer() -> None:
    footer = CASES["card"][1]["embeds"][0]["footer"]["text"]
    assert footer == "Trade negotiation · Market-moving · alert · 0a1b2c3d4e"
    without_a_button = card_payload(replace(TALKS, actions=()), marker="0a1b2c3d4e")
    assert without_a_button["embeds"][0]["footer"]["text"].endswith("· /wire why 00112233445566ff · 0a1b2c3d4e")


def test_a_command_too_long_for_a_button_gives_no_button_rather_than_another_command() -> None:
    card = replace(PLAIN, actions=(Action(label="Search", command="search:" + "x" * 100),))
    assert card_payload(card)["components"] == []


def test_the_same_button_twice_is_one_button() -> None:
    payload = reply_payload(Reply(title="One", cards=(TALKS,), actions=TALKS.actions))
    assert len(payload["components"][0]["components"]) == len(TALKS.actions)


def test_only_a_single_card_brings_its_buttons_into_a_reply() -> None:
    assert reply_payload(Reply(title="One", cards=(TALKS,)))["components"]
    assert reply_payload(Reply(title="Two", cards=(TALKS, PLAIN)))["components"] == []


def test_two_cards_with_one_link_are_both_shown() -> None:
    embeds = reply_payload(Reply(title="Two", cards=(TALKS, TALKS)))["embeds"][1:]
    assert [embed["title"] for embed in embeds] == [TALKS.title, TALKS.title]
    assert ["url" in embed for embed in embeds] == [True, False]


def test_cards_that_do_not_fit_are_counted() -> None:
    payload = reply_payload(Reply(title="All", cards=(TALKS,) * 40))
    assert len(payload["embeds"]) == 10
    assert payload["embeds"][0]["footer"]["text"].startswith("31 more not shown")


def test_facts_give_way_before_the_headline_and_the_reason() -> None:
    long = replace(TALKS, fields=tuple(Field(label=f"Fact {n}", value="x" * 1_000) for n in range(20)))
    embed = card_payload(long)["embeds"][0]
    assert embed["title"] == TALKS.title
    assert embed["footer"]["text"] == TALKS.why
    assert embed["description"].startswith("**De-escalation**\n**Fact 0**")
    assert embed["description"].endswith("…")
    assert judge(*SEND, card_payload(long)) == []


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://news.example/ä?q=[1]|#x#y", "https://news.example/%C3%A4?q=%5B1%5D%7C#x%23y"),
        ("http://münze.example:8080/100%", "http://xn--mnze-0ra.example:8080/100%25"),
        (" https://news.example/a%20b ", "https://news.example/a%20b"),
        ("javascript:alert(1)", None),
        ("https://bank.example@evil.example/", None),
        ("https://[::1]/", None),
        ("https://news.example:99999/", None),
        ("https://ex ample/", None),
        ("//news.example/", None),
        ("https://", None),
        ("https://news.example/\ud800", None),
        ("https://news.example/" + "x" * 2_048, None),
        ("", None),
        (None, None),
    ],
)
def test_a_link_is_http_with_a_host_and_encoded_or_left_out(url: str | None, safe: str | None) -> None:
    assert safe_url(url) == safe
    assert card_payload(replace(PLAIN, url=url))["embeds"][0].get("url") == safe


# --- whatever a feed writes -------------------------------------------------------------------------------

# Every character there is, lone surrogates too, and what breaks markup more often than chance would.
texts = hostile_texts(
    "@everyone", "<@1>", "[a](https://b.example)", "https://c.example", "discord.gg/x", "```", "||", "*", "\\",
        "\n# ", "1. ", "\u202e", " ", "x" * 600, "*" * 900,
)  # fmt: skip
cards = hostile_cards(texts)
replies = hostile_replies(texts, cards=11)


@settings(max_examples=80, deadline=None)
@given(cards)
def test_any_card_is_one_that_discord_takes(card: Card) -> None:
    assert_taken(SEND, card_payload(card, marker="0a1b2c3d4e"))


@settings(max_examples=40, deadline=None)
@given(st.one_of(cards, hostile_bulletins(texts)))
def test_anything_as_text_alone_is_one_that_discord_takes_and_finds_again(content: Card | Bulletin) -> None:
    payload = text_payload(content, marker="0a1b2c3d4e")
    assert_taken(SEND, payload)
    assert_taken(EDIT, {"embeds": [], "components": [], **payload})
    assert payload["content"].split(" ")[-1] == "0a1b2c3d4e"


@settings(max_examples=20, deadline=None)
@given(replies)
def test_any_reply_is_one_that_discord_takes(reply: Reply) -> None:
    payload = reply_payload(reply)
    assert_taken(ANSWER, payload)
    assert judge_files(payload, {file.name: file.content for file in attached(reply)}) == []


@settings(max_examples=30, deadline=None)
@given(hostile_bulletins(texts))
def test_any_bulletin_is_one_that_discord_takes(bulletin: Bulletin) -> None:
    assert_taken(SEND, bulletin_payload(bulletin, marker="0a1b2c3d4e"))


@pytest.mark.parametrize("character", ["x", "*", "\\", "🚨", "@", " \n"])
@pytest.mark.parametrize("length", [1, 80, 255, 400, 5_000])
def test_the_longest_card_stays_within_the_limits(length: int, character: str) -> None:
    long = character * length
    card = Card(
        title=long, url="https://news.example/" + "x" * 1_900, outlet=long, at=AT, tier=Tier.FLASH,
        direction="de-escalation", why=long, change=long, fields=(Field(label=long, value=long),) * 30,
        mark="withdrawn", mark_note=long, also=(long,) * 9, first_url="https://news.example/" + "x" * 1_900,
        gist=(long,) * 20, actions=tuple(Action(label=long, command=f"c:{n}") for n in range(40)), reference=long,
    )  # fmt: skip
    assert_taken(SEND, card_payload(card, marker="0a1b2c3d4e"))
    assert_taken(SEND, text_payload(card, marker="0a1b2c3d4e"))
    assert_taken(ANSWER, reply_payload(Reply(title=long, lines=((Run(text=long),),) * 40, cards=(card,) * 12)))


def assert_taken(request: tuple[str, str], payload: dict[str, Any]) -> None:
    assert judge(*request, payload) == []
    assert payload["allowed_mentions"] == {"parse": []}
    json.dumps(payload, ensure_ascii=False).encode("utf-8")


@given(texts)
def test_an_escaped_text_still_reads_the_same(text: str) -> None:
    shown = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escape(text)).replace("\u200b", "")
    assert shown == clean(text)


@given(texts)
def test_an_escaped_text_holds_no_markup(text: str) -> None:
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "x", escape(text))
    assert not re.search(r"[*_~|`<>\[\]\\]|://|@(?!\u200b)|discord\.gg/|\n", bare)
    assert not re.match(r"\s*([#+-]|\d+[.)])", bare)


@given(texts, st.integers(0, 700))
def test_a_shortened_text_fits_and_leaves_no_backslash_to_eat_what_follows(text: str, limit: int) -> None:
    short = shorten(escape(text), limit)
    assert len(short) <= limit
    assert (len(short) - len(short.removesuffix("…").rstrip("\\")) - short.endswith("…")) % 2 == 0


@given(texts, st.integers(0, 700))
def test_a_struck_text_is_struck_to_its_end(text: str, limit: int) -> None:
    struck = strike(escape(text), limit)
    assert len(struck) <= limit or not struck
    assert not struck or re.fullmatch(r"~~([\s\S]+?)~~", struck), "Discord's own rule"
    assert "~~" not in struck[2:-2]
