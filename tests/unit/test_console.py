from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from bot.deliver.card import Card, Field
from bot.deliver.console import WIDTH, ConsoleChannel, printable, render_card, web_address
from bot.deliver.ports import Channel, Closed, Message, UnknownOutcome
from bot.model import DeliveryId, Destination, Receipt, Tier

NOW = datetime(2025, 5, 6, 22, 0, tzinfo=UTC)
LINK = "\x1b]8;"


class StoppedClock:
    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("the console never waits")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def card(**changes: Any) -> Card:
    values: dict[str, Any] = {
        "title": "Finance ministers of Norland and Sudland to meet in Oslo",
        "url": "https://news.example/oslo?id=1",
        "outlet": "Example Wire",
        "at": NOW,
        "tier": Tier.URGENT,
        "direction": "de-escalation",
        "why": "Trade negotiation · urgent",
        "reference": "0123456789abcdef",
    }
    return Card(**(values | changes))


def message(card: Card, *, maybe_sent: bool = False) -> Message:
    return Message(
        delivery_id=DeliveryId("d" * 24), destination=Destination("console"), card=card, maybe_sent=maybe_sent
    )


async def printed(card: Card, *, maybe_sent: bool = False) -> str:
    file = io.StringIO()
    await ConsoleChannel(file, StoppedClock()).send(message(card, maybe_sent=maybe_sent))
    return file.getvalue()


async def shown_on_terminal(card: Card, width: int = 80, colours: Literal["256"] | None = "256") -> str:
    file = io.StringIO()
    terminal = Console(file=file, force_terminal=True, color_system=colours, width=width)
    await ConsoleChannel(terminal, StoppedClock()).send(message(card))
    return file.getvalue()


async def test_a_card_shows_everything_a_person_asks_first() -> None:
    text = await printed(
        card(
            change="New: rates 20% tariff",
            fields=(Field(label="Parties", value="Norland, Sudland"), Field(label="Moves", value="Oil ▲ +2%")),
            gist=("The ministers meet on Friday.", "Both sides named a date."),
        )
    )
    lines = [line.strip("│ ") for line in text.splitlines()]
    assert "URGENT · De-escalation" in lines[0]
    assert lines[1:] == [
        "New: rates 20% tariff",
        "Finance ministers of Norland and Sudland to meet in Oslo",
        "https://news.example/oslo?id=1",
        "Example Wire · Wed 7 May 2025, 00:00 CEST",
        "Trade negotiation · urgent",
        "",
        "Parties  Norland, Sudland",
        "Moves    Oil ▲ +2%",
        "",
        "The ministers meet on Friday.",
        "",
        "Both sides named a date.",
        lines[-1],
    ]
    assert "0123456789abcdef" in lines[-1]


async def test_output_that_is_no_terminal_is_plain_and_of_one_width() -> None:
    text = await printed(card(title="Long headline " * 30, gist=("Ein Satz. " * 30, "关税 " * 80)))
    assert "\x1b" not in text
    assert {cell_len(line) for line in text.splitlines()} == {WIDTH}


async def test_a_terminal_gets_a_link_and_colours_and_no_address_line() -> None:
    text = await shown_on_terminal(card())
    assert re.search(r"\x1b]8;id=\d+;https://news\.example/oslo\?id=1\x1b\\\x1b\[1mFinance ministers", text)
    assert text.count("https://") == 1
    assert "\x1b[1;33mURGENT" in text


@pytest.mark.parametrize(
    ("direction", "sign"),
    [
        ("escalation", "\x1b[1;31mEscalation"),
        ("de-escalation", "\x1b[1;32mDe-escalation"),
        ("neutral", "\x1b[2;36mNeutral"),
    ],
)
async def test_direction_has_its_own_sign_and_colour(direction: str, sign: str) -> None:
    assert sign in await shown_on_terminal(card(direction=direction, tier=Tier.ALERT))


async def test_a_card_without_direction_shows_its_tier_alone() -> None:
    assert "╭─ URGENT ──" in await printed(card(direction=None))


@pytest.mark.parametrize("by_environment", [True, False])
async def test_a_terminal_without_colours_keeps_the_link(
    monkeypatch: pytest.MonkeyPatch, by_environment: bool
) -> None:
    file = io.StringIO()
    if by_environment:
        monkeypatch.setenv("NO_COLOR", "1")
    terminal = Console(file=file, force_terminal=True, color_system="256", no_color=None if by_environment else True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    await ConsoleChannel(terminal, StoppedClock()).send(message(card()))
    text = file.getvalue()
    assert LINK in text
    assert not re.search(r"\x1b\[[\d;]*3\d", text)


async def test_a_dumb_terminal_gets_the_address_as_text() -> None:
    text = await shown_on_terminal(card(), colours=None)
    assert "\x1b" not in text
    assert "https://news.example/oslo?id=1" in text


async def test_a_wide_terminal_does_not_stretch_the_panel() -> None:
    text = await shown_on_terminal(card(), width=250, colours=None)
    assert {cell_len(line) for line in text.splitlines()} == {WIDTH}


HOSTILE = (
    "\x1b]0;owned\x07 \x1b[2J\x9b31m [bold red]big[/] [link=https://evil.example]x[/link] \u202egnp :warning: \ud800"
)


async def test_hostile_text_arrives_as_text_without_its_control_characters() -> None:
    text = await printed(
        card(
            title=HOSTILE,
            outlet=HOSTILE,
            why=HOSTILE,
            change=HOSTILE,
            fields=(Field(label=HOSTILE, value=HOSTILE),),
            gist=(HOSTILE,),
            reference=HOSTILE,
        )
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", text)
    assert "[bold red]big[/] [link=https://evil.example]x[/link] gnp :warning:" in text


@pytest.mark.parametrize(
    "url",
    [None, "", "javascript:alert(1)", "file:///etc/passwd", "https:///nohost", "https://[bad", "news.example", "https://\ud800"],
)  # fmt: skip
async def test_what_is_no_web_address_is_no_link(url: str | None) -> None:
    assert web_address(url) is None
    assert LINK not in await shown_on_terminal(card(url=url))


async def test_a_link_cannot_end_its_escape_sequence() -> None:
    text = await shown_on_terminal(card(url="https://news.example/\x1b\\\x1b[2J新闻 x"))
    assert "https://news.example/%1B%5C%1B[2J%E6%96%B0%E9%97%BB%20x\x1b\\" in text


@given(st.text())
def test_printable_text_holds_nothing_that_a_terminal_acts_on(text: str) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", printable(text))
    assert printable(printable(text)) == printable(text)


@given(
    st.builds(
        card,
        title=st.text(),
        url=st.none() | st.text(),
        outlet=st.text(),
        why=st.text(),
        change=st.none() | st.text(),
        fields=st.lists(st.builds(Field, label=st.text(), value=st.text()), max_size=2).map(tuple),
        gist=st.lists(st.text(), max_size=2).map(tuple),
        mark=st.sampled_from([None, "corrected", "withdrawn"]),
        mark_note=st.text(),
        also=st.lists(st.text(), max_size=2).map(tuple),
    ),
    st.integers(20, 120),
)
def test_any_card_can_be_shown(card: Card, width: int) -> None:
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=True, color_system="truecolor").print(render_card(card))
    assert file.getvalue().encode()


async def test_a_card_without_a_headline_or_an_outlet_says_so() -> None:
    text = await printed(card(title=" \n ", outlet="", url=None, reference=""))
    assert "(no headline)" in text
    assert "│ Wed 7 May 2025, 00:00 CEST" in text


async def test_the_receipt_is_enough_to_know_the_message_again() -> None:
    channel: Channel = ConsoleChannel(io.StringIO(), StoppedClock())
    receipt = await channel.send(message(card()))
    assert (receipt.channel, receipt.message_id, receipt.sent_at) == ("console", "d" * 24, NOW)


async def test_a_marked_card_is_printed_again_with_its_mark() -> None:
    file = io.StringIO()
    channel: Channel = ConsoleChannel(file, StoppedClock())
    receipt = await channel.send(message(card()))
    file.truncate(0)
    await channel.edit(message(card(mark="corrected", mark_note="in Bergen, not Oslo", also=("AP",))), receipt)
    text = file.getvalue()
    assert "CORRECTED: in Bergen, not Oslo" in text
    assert "Finance ministers of Norland" in text
    assert "also: AP" in text


async def test_who_else_reports_it_is_one_line() -> None:
    file = io.StringIO()
    channel = ConsoleChannel(file, StoppedClock())
    receipt = Receipt(channel="console", message_id="d" * 24, sent_at=NOW)
    await channel.edit(message(card(title="Short", also=("AP", "FT"), url=HOSTILE)), receipt)
    assert file.getvalue() == "updated · Short · also: AP, FT · 0123456789abcdef\n"


async def test_what_was_withdrawn_is_struck_through_on_a_terminal_and_said_everywhere() -> None:
    gone = card(mark="withdrawn", fields=(Field(label="Rates", value="20%"),), gist=("They meet.",), url=None)
    text = await shown_on_terminal(gone)
    for struck in ("Finance ministers", "20%", "They meet."):
        assert re.search(rf"\x1b\[(\d+;)*9m{struck}", text), struck
    assert "WITHDRAWN" in await printed(gone)


async def test_a_reply_on_the_console_knows_what_it_answers() -> None:
    channel = ConsoleChannel(io.StringIO(), StoppedClock())
    first = await channel.send(message(card()))
    reply = await channel.send(replace(message(card()), delivery_id=DeliveryId("e" * 24), reply_to=first))
    assert (first.thread_id, reply.thread_id) == (None, first.message_id)


async def test_a_card_that_may_have_been_shown_says_so() -> None:
    assert "may have been shown before" in await printed(card(), maybe_sent=True)
    assert "may have been shown before" not in await printed(card())


async def test_an_old_encoding_gets_question_marks_and_no_error() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    await ConsoleChannel(file, StoppedClock()).send(message(card()))
    assert b"De-escalation" in raw.getvalue()


async def test_a_pipe_whose_reader_has_gone_closes_the_channel_and_not_the_program() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    file = os.fdopen(writing, "w")
    channel = ConsoleChannel(file, StoppedClock())
    for _ in range(2):
        with pytest.raises(Closed, match="its reader has gone: start again"):
            await channel.send(message(card()))
    with pytest.raises(BrokenPipeError):
        file.close()


async def test_a_closed_file_closes_the_channel(tmp_path: Path) -> None:
    file = (tmp_path / "out").open("w")
    channel = ConsoleChannel(file, StoppedClock())
    file.close()
    with pytest.raises(Closed):
        await channel.send(message(card()))


async def test_a_full_disk_leaves_the_outcome_unknown() -> None:
    class FullDisk(io.StringIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(UnknownOutcome, match="No space left on device"):
        await ConsoleChannel(FullDisk(), StoppedClock()).send(message(card()))
