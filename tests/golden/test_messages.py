"""Digests, pictures, files and menus as Slack and Discord get them.

After a change that is meant: `TRADEWIRE_UPDATE_GOLDEN=1 pytest tests/golden/test_messages.py`; read the diff.
"""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.deliver.card import Action, Bulletin, File, Menu, Reply, Run
from bot.deliver.discord import embeds
from bot.deliver.preview import discord_preview, slack_preview
from bot.deliver.slack import blocks
from tests.judges import discord as discord_judge
from tests.judges import slack as slack_judge

HERE = Path(__file__).parent
AT = datetime(2025, 5, 6, 18, 12, tzinfo=UTC)
SEND = ("/channels/{channel_id}/messages", "POST")
ANSWER = ("/webhooks/{webhook_id}/{webhook_token}/messages/@original", "PATCH")
FILE_ID = "F0123456789"

DIGEST = Bulletin(
    title="Digest: 3 stories since yesterday",
    lines=(
        (Run(text="US and China", bold=True), Run(text=" · de-escalation")),
        (
            Run(text="Two capitals sit down", url="https://news.example/talks"),
            Run(text=" 3 outlets, "),
            Run(text="", when=AT),
        ),
        (Run(text="taken back", strike=True), Run(text=" @everyone <!channel> *not bold*")),
    ),
    actions=(Action(label="Quieter", command="settings:digest weekly"),),
)
PICTURE = File(
    name="Alerts & direction (today).png", content=b"\x89PNG", alt="12 alerts today, 8 of them escalations."
)
SUMMARY = Reply(
    title="Today: 12 stories",
    lines=((Run(text="Duties on steel rise", bold=True), Run(text=" 4 outlets")), ()),
    actions=(Action(label="Next", command="summary:today page=2"),),
    menu=Menu(label="Another time", choices=(("Today", "summary:today"), ("The week", "summary:week"))),
    picture=PICTURE,
)
EXPORT = Reply(title="Your sources", file=File(name="sources.opml", content=b"<opml/>"))

SLACK: dict[str, dict[str, Any]] = {
    "digest": blocks.message_payload(DIGEST),
    "summary": blocks.reply_payload(SUMMARY, picture=FILE_ID),
    "summary_in_words": blocks.reply_payload(SUMMARY),
}
DISCORD: dict[str, tuple[tuple[str, str], dict[str, Any]]] = {
    "digest": (SEND, embeds.message_payload(DIGEST, marker="0a1b2c3d4e")),
    "summary": (ANSWER, embeds.reply_payload(SUMMARY)),
    "export": (ANSWER, embeds.reply_payload(EXPORT)),
}


def expected(path: Path, payload: dict[str, Any]) -> object:
    if os.environ.get("TRADEWIRE_UPDATE_GOLDEN"):
        path.write_text(json.dumps(payload, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("name", SLACK)
def test_slack_gets_exactly_this_and_takes_it(name: str) -> None:
    assert SLACK[name] == expected(HERE / "slack" / f"{name}.json", SLACK[name])
    assert slack_judge.judge(SLACK[name]) == []


@pytest.mark.parametrize("name", DISCORD)
def test_discord_gets_exactly_this_and_takes_it(name: str) -> None:
    request, payload = DISCORD[name]
    assert payload == expected(HERE / "discord" / f"{name}.json", payload)
    assert discord_judge.judge(*request, payload) == []


def test_the_picture_stands_between_the_title_and_the_lines() -> None:
    title, image, lines, *_ = SLACK["summary"]["blocks"]
    assert (image["slack_file"], image["alt_text"]) == ({"id": FILE_ID}, PICTURE.alt)
    assert "Today" in str(title)
    assert "Duties" in str(lines)
    first, second = DISCORD["summary"][1]["embeds"]
    assert (first["title"], "Duties" in second["description"]) == ("Today: 12 stories", True)


def test_discord_finds_the_picture_under_the_name_that_it_keeps() -> None:
    payload = DISCORD["summary"][1]
    files = {file.name: file.content for file in embeds.attached(SUMMARY)}
    assert list(files) == ["1-Alerts-direction-today-.png"]
    assert discord_judge.judge_files(payload, files) == []
    assert payload["attachments"][0]["description"] == PICTURE.alt


def test_a_picture_and_a_file_of_one_name_stay_two() -> None:
    both = replace(SUMMARY, file=replace(PICTURE, content=b"other"))
    names = [file.name for file in embeds.attached(both)]
    assert len(set(names)) == 2


@pytest.mark.parametrize("alt", ["", " \u202e ", "x" * 3_000])
def test_whatever_the_alt_text_is_both_take_the_picture(alt: str) -> None:
    reply = replace(SUMMARY, picture=replace(PICTURE, alt=alt))
    assert slack_judge.judge(blocks.reply_payload(reply, picture=FILE_ID)) == []
    assert discord_judge.judge(*ANSWER, embeds.reply_payload(reply)) == []


# --- menus ------------------------------------------------------------------------------------------------


def select_of(payload: dict[str, Any]) -> dict[str, Any]:
    parts = [part for block in payload.get("blocks", []) for part in block.get("elements", [])]
    parts += [part for row in payload.get("components", []) for part in row["components"]]
    (select,) = [part for part in parts if "options" in part]
    return dict(select)


def test_a_menu_longer_than_the_platform_lists_counts_the_rest() -> None:
    menu = Menu(label="End", choices=tuple((f"Query {n}", f"unsubscribe:{n}") for n in range(120)))
    slack, discord = (
        select_of(payload)
        for payload in (
            blocks.reply_payload(replace(EXPORT, menu=menu)),
            embeds.reply_payload(replace(EXPORT, menu=menu)),
        )
    )
    assert (len(discord["options"]), discord["placeholder"]) == (25, "End (95 more not listed)")
    assert len(slack["options"]) <= 100
    assert slack["placeholder"]["text"] == f"End ({120 - len(slack['options'])} more not listed)"


def test_one_command_is_offered_once() -> None:
    menu = Menu(label="Pick", choices=(("a", "why:1"), ("b", "why:1"), ("  ", "why:2")))
    for payload in (
        blocks.reply_payload(replace(EXPORT, menu=menu)),
        embeds.reply_payload(replace(EXPORT, menu=menu)),
    ):
        assert [option["value"] for option in select_of(payload)["options"]] == ["why:1"]


def test_a_menu_of_choices_without_a_name_is_no_menu() -> None:
    reply = replace(EXPORT, menu=Menu(label="Pick", choices=(("\u202e", "why:1"),)))
    assert embeds.reply_payload(reply)["components"] == []
    assert [block["type"] for block in blocks.reply_payload(reply)["blocks"]] == ["rich_text"]


@pytest.mark.parametrize("command", ["", "search:" + "x" * 94, "why:\n1"])
def test_a_command_that_no_menu_can_carry_is_refused_where_it_is_made(command: str) -> None:
    with pytest.raises(ValueError, match="name what it means by an id"):
        Menu(label="Pick", choices=(("a", command),))


def test_a_menu_without_choices_is_refused() -> None:
    with pytest.raises(ValueError, match="no choices"):
        Menu(label="Pick", choices=())


# --- more than fits -----------------------------------------------------------------------------------------


def test_lines_that_do_not_fit_are_counted_on_both_platforms() -> None:
    lines = tuple((Run(text=f"{n:03} " + "x" * 96),) for n in range(200))
    for payload in (
        blocks.message_payload(replace(DIGEST, lines=lines)),
        embeds.message_payload(replace(DIGEST, lines=lines)),
    ):
        text = json.dumps(payload.get("blocks") or payload["embeds"], ensure_ascii=False)
        shown = [n for n in range(200) if f"{n:03} x" in text]
        assert shown == list(range(len(shown)))
        assert f"… and {200 - len(shown)} more lines" in text
        assert len(shown) > 40
    assert slack_judge.judge(blocks.message_payload(replace(DIGEST, lines=lines))) == []
    assert discord_judge.judge(*SEND, embeds.message_payload(replace(DIGEST, lines=lines), marker="0a1b2c3d4e")) == []


def test_the_marker_of_a_digest_ends_its_last_footer() -> None:
    lines = tuple((Run(text="y" * 900),) for _ in range(9))
    shown = embeds.message_payload(replace(DIGEST, lines=lines), marker="0a1b2c3d4e")["embeds"]
    assert len(shown) > 1
    assert [embed.get("footer") for embed in shown] == [None] * (len(shown) - 1) + [{"text": "0a1b2c3d4e"}]


# --- on a terminal ------------------------------------------------------------------------------------------


def test_the_preview_shows_the_menu_and_what_the_picture_shows() -> None:
    for shown in (slack_preview(SLACK["summary"]), discord_preview(DISCORD["summary"][1])):
        page = io.StringIO()
        Console(file=page, width=80).print(shown)
        assert PICTURE.alt in page.getvalue()
        assert "Another time ▾ 2" in page.getvalue()


def test_the_preview_names_a_file() -> None:
    page = io.StringIO()
    Console(file=page, width=80).print(discord_preview(DISCORD["export"][1]))
    assert "[1-sources.opml]" in page.getvalue()
