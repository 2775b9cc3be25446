from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType
from rich.style import Style
from rich.text import Text

from bot.deliver.preview import discord_preview, slack_preview
from bot.deliver.preview.discord import markdown
from bot.deliver.preview.slack import mrkdwn

SECONDS = 1_746_566_400  # 6 May 2025, 21:20 UTC


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def lines(shown: RenderableType, width: int = 76) -> list[str]:
    """What a person sees, with one wide gap between columns."""
    file = io.StringIO()
    Console(file=file, width=width).print(shown)
    return [re.sub(r" {3,}", "   ", line.rstrip()) for line in file.getvalue().splitlines()]


def looks(text: Text) -> list[tuple[str, str]]:
    """Every styled stretch of `text` with its style, links as `link URL`."""

    def name(style: str | Style) -> str:
        return f"link {style.link}" if isinstance(style, Style) and style.link else str(style)

    return sorted((text.plain[span.start : span.end], name(span.style)) for span in text.spans)


# --- Slack ------------------------------------------------------------------------------------------------


def test_slack_blocks_are_shown_as_slack_lays_them_out() -> None:
    shown = slack_preview(
        {
            "text": "fallback that nobody sees",
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "Talks in *Oslo* & more"}},
                {
                    "type": "section",
                    "text": {"type": "mrkdwn", "text": "*<https://news.example/a?b=1&amp;c=2|Ministers meet>*"},
                    "fields": [
                        {"type": "mrkdwn", "text": "*Parties*\nNorland"},
                        {"type": "mrkdwn", "text": "*Rates*\n20 %"},
                        {"type": "plain_text", "text": "third"},
                    ],
                },
                {"type": "divider"},
                {
                    "type": "context",
                    "elements": [
                        {"type": "plain_text", "text": "Example Wire"},
                        {"type": "mrkdwn", "text": f"<!date^{SECONDS}^{{date_short_pretty}} at {{time}}|6 May>"},
                        {"type": "image", "image_url": "https://news.example/i.png", "alt_text": "flag"},
                    ],
                },
                {
                    "type": "actions",
                    "elements": [
                        {"type": "button", "text": {"type": "plain_text", "text": "Follow"}},
                        {"type": "button", "text": {"type": "plain_text", "text": "Mute"}, "style": "danger"},
                    ],
                },
                {"type": "video"},
            ],
        }
    )
    assert lines(shown) == [
        "Talks in *Oslo* & more",
        "Ministers meet",
        "Parties   Rates",
        "Norland   20 %",
        "third",
        "─" * 76,
        "Example Wire  May 6, 2025 at 23:20  [image]",
        "╭────────╮ ╭──────╮",
        "│ Follow │ │ Mute │",
        "╰────────╯ ╰──────╯",
        "[video]",
    ]


def test_slack_rich_text_is_shown_without_reading_markup_in_it() -> None:
    shown = slack_preview(
        {
            "blocks": [
                {
                    "type": "rich_text",
                    "elements": [
                        section(
                            {"type": "text", "text": "*not bold* &amp; ", "style": {"bold": True}},
                            {"type": "link", "url": "https://news.example/", "text": "the story"},
                            {"type": "text", "text": "\n"},
                            {
                                "type": "date",
                                "timestamp": SECONDS,
                                "format": "{date_num} {time_secs}",
                                "fallback": "x",
                            },
                            {"type": "text", "text": " "},
                            {"type": "emoji", "name": "wave"},
                            {"type": "broadcast", "range": "here"},
                            {"type": "user", "user_id": "U1"},
                            {"type": "color", "value": "#fff"},
                        ),
                        {
                            "type": "rich_text_list",
                            "style": "ordered",
                            "indent": 1,
                            "elements": [
                                section({"type": "text", "text": "one"}),
                                section({"type": "text", "text": "two"}),
                            ],
                        },
                        {
                            "type": "rich_text_list",
                            "style": "bullet",
                            "elements": [section({"type": "text", "text": "point"})],
                        },
                        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
                        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}]},
                    ],
                }
            ]
        }
    )
    assert lines(shown, width=44) == [
        "*not bold* &amp; the story",
        "2025-05-06 23:20:00 :wave:@hereU1[color]",
        "  1. one",
        "  2. two",
        "• point",
        "▌ quoted",
        "╭" + "─" * 42 + "╮",
        "│ code   │",
        "╰" + "─" * 42 + "╯",
    ]


def section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def test_a_slack_message_without_blocks_shows_its_text() -> None:
    assert lines(slack_preview({"text": "Norland &amp; *Sudland*"})) == ["Norland & Sudland"]


@pytest.mark.parametrize(
    ("source", "plain", "styles"),
    [
        ("a *b* c", "a b c", [("b", "bold")]),
        ("_a_ ~b~ `c`", "a b c", [("a", "italic"), ("b", "strike"), ("c", "red")]),
        ("*<https://x.example/|y>*", "y", [("y", "bold"), ("y", "link https://x.example/")]),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2", None),
        ("&lt;!here&gt; &amp;lt;", "<!here> &lt;", []),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name", []),
        ("* a * b", "* a * b", []),
        ("```*x*```", "*x*", [("*x*", "red")]),
        ("<!here> <@U1> <#C1|desk>", "@here @U1 desk", None),
        ("<javascript:alert(1)|x>", "x", []),
    ],
)
def test_slack_markup_is_read_back(source: str, plain: str, styles: list[tuple[str, str]] | None) -> None:
    shown = mrkdwn(source)
    assert shown.plain == plain
    if styles is not None:
        assert looks(shown) == styles


def test_a_mention_stands_out_on_both_platforms() -> None:
    assert looks(mrkdwn("<!channel>")) == [("@channel", "bold black on yellow")]
    assert looks(markdown("@everyone <@&5>")) == [
        ("@&5", "bold black on yellow"),
        ("@everyone", "bold black on yellow"),
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"<!date^{SECONDS}^{{date}} {{time}}|x>", "May 6, 2025 23:20"),
        (f"<!date^{SECONDS}^{{date_long}}|x>", "Tuesday, May 6, 2025"),
        (f"<!date^{SECONDS}^{{date_num}}^https://x.example/|x>", "2025-05-06"),
        (f"<!date^{SECONDS}^{{weekday}}|6 May &amp; on>", "6 May & on"),
        ("<!date^99999999999999^{date}|far>", "far"),
        ("<!date^soon^{date}|soon>", "soon"),
    ],
)
def test_slack_dates_are_local_or_their_fallback(source: str, expected: str) -> None:
    assert mrkdwn(source).plain == expected


# --- Discord ----------------------------------------------------------------------------------------------


def test_a_discord_message_is_shown_as_discord_lays_it_out() -> None:
    field = {"name": "Parties", "value": "Norland", "inline": True}
    shown = discord_preview(
        {
            "content": "URGENT · talks",
            "embeds": [
                {
                    "author": {"name": "Example *Wire*"},
                    "title": "Talks \\*in\\* Oslo",
                    "url": "https://news.example/oslo",
                    "description": "**New: 20 %**\nThe ministers meet.",
                    "color": 0x2E9E5B,
                    "fields": [
                        field,
                        field,
                        field,
                        field,
                        {"name": "Why", "value": "Trade", "inline": False},
                        {"name": "Rates", "value": "20 %", "inline": True},
                    ],
                    "footer": {"text": "/wire why 0123 *x*"},
                    "timestamp": "2025-05-06T21:20:00Z",
                },
                {"description": "second"},
            ],
            "components": [
                {
                    "type": 1,
                    "components": [
                        {"type": 2, "style": 2, "label": "Follow", "custom_id": "a"},
                        {"type": 2, "style": 4, "label": "Mute", "custom_id": "b"},
                        {
                            "type": 3,
                            "custom_id": "c",
                            "placeholder": "End",
                            "options": [{"label": "a", "value": "b"}],
                        },
                    ],
                },
                {"type": 17, "components": []},
            ],
        }
    )
    assert lines(shown, width=60) == [
        "URGENT · talks",
        "▌ Example *Wire*",
        "▌ Talks *in* Oslo",
        "▌ New: 20 %",
        "▌ The ministers meet.",
        "▌ Parties   Parties   Parties",
        "▌ Norland   Norland   Norland",
        "▌ Parties",
        "▌ Norland",
        "▌ Why",
        "▌ Trade",
        "▌ Rates",
        "▌ 20 %",
        "▌ /wire why 0123 *x* • Tue 6 May 2025, 23:20 CEST",
        "▌ second",
        "╭────────╮ ╭──────╮ ╭─────────╮",
        "│ Follow │ │ Mute │ │ End ▾ 1 │",
        "╰────────╯ ╰──────╯ ╰─────────╯",
        "[component 17]",
    ]


def test_the_bar_of_an_embed_has_its_colour_and_the_title_its_link() -> None:
    file = io.StringIO()
    embed = {"title": "T", "url": "https://news.example/oslo", "color": 0x2E9E5B}
    terminal = Console(file=file, width=40, force_terminal=True, color_system="truecolor", no_color=False)
    terminal.print(discord_preview({"embeds": [embed]}))
    assert "\x1b[38;2;46;158;91m▌ " in file.getvalue()
    assert re.search(r"\x1b]8;id=\d+;https://news\.example/oslo\x1b\\\x1b\[1;94mT", file.getvalue())


@pytest.mark.parametrize(
    ("source", "plain", "styles"),
    [
        ("a **b** c", "a b c", [("b", "bold")]),
        ("*a* _b_ __c__", "a b c", [("a", "italic"), ("b", "italic"), ("c", "underline")]),
        ("~~a~~ ||b|| `*c*`", "a b *c*", [("*c*", "red"), ("a", "strike"), ("b", "reverse")]),
        ("\\*a\\* \\_b\\_ \\[c\\](x) \\\\", "*a* _b_ [c](x) \\", []),
        ("**a \\*\\* b**", "a ** b", [("a ** b", "bold")]),
        ("snake_case_name 2 * 3 * 4", "snake_case_name 2 * 3 * 4", []),
        ("[a \\] *b*](https://x.example/)", "a ] b", [("a ] b", "link https://x.example/"), ("b", "italic")]),
        ("[x](javascript:1)", "x", []),
        ("https\\://x.example", "https://x.example", []),
        ("<https://x.example/>", "https://x.example/", [("https://x.example/", "link https://x.example/")]),
        ("@\u200beveryone", "@everyone", []),
        ("# big\n-# small\n> said", "big\nsmall\n▌ said", None),
        ("\\# big", "# big", []),
        ("1\\. first", "1. first", []),
    ],
)
def test_discord_markup_is_read_back(source: str, plain: str, styles: list[tuple[str, str]] | None) -> None:
    shown = markdown(source)
    assert shown.plain == plain
    if styles is not None:
        assert looks(shown) == styles


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"<t:{SECONDS}:f>", "Tue 6 May 2025, 23:20 CEST"),
        (f"<t:{SECONDS}>", "Tue 6 May 2025, 23:20 CEST"),
        (f"<t:{SECONDS}:R>", "Tue 6 May 2025, 23:20 CEST"),
        (f"<t:{SECONDS}:t>", "23:20"),
        (f"<t:{SECONDS}:T>", "23:20:00"),
        (f"<t:{SECONDS}:d>", "2025-05-06"),
        (f"<t:{SECONDS}:D>", "6 May 2025"),
        ("<t:99999999999999999999:f>", "<t:99999999999999999999:f>"),
        ("<t:soon:f>", "<t:soon:f>"),
    ],
)
def test_discord_times_are_local(source: str, expected: str) -> None:
    assert markdown(source).plain == expected


# --- properties -------------------------------------------------------------------------------------------

TEXTS = st.text() | st.text(alphabet="*_~`|<>[]()\\!@#&;:^-. \n\x1bax1https://date", max_size=60)


@given(TEXTS)
def test_any_text_can_be_previewed_and_nothing_reaches_the_terminal_raw(text: str) -> None:
    slack = slack_preview({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]})
    discord = discord_preview({"content": text, "embeds": [{"title": text, "description": text}]})
    for shown in (slack, discord):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", "\n".join(lines(shown)))


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]) | st.just(" ")))
def test_text_escaped_for_slack_reads_back_as_written(text: str) -> None:
    # Slack reads * _ ~ ` in mrkdwn and has no escape for them: only the entities are its own.
    plain = re.sub(r"[*_~`]", "", text)
    escaped = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert mrkdwn(escaped).plain == plain


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]) | st.just(" ")))
def test_text_escaped_for_discord_reads_back_as_written(text: str) -> None:
    assert markdown(re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)).plain == text
