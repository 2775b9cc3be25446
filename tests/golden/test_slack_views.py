"""Forms and App Home as Slack gets them.

After a change that is meant: `TRADEWIRE_UPDATE_GOLDEN=1 pytest tests/golden/test_slack_views.py`; read the diff.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.deliver.card import Action, Reply, Run
from bot.deliver.panel import Panel, Row
from bot.deliver.slack.views import (
    LEAST_OF_A_PANEL,
    Form,
    FormInput,
    filled_in,
    form_errors,
    form_view,
    home_view,
    reply_view,
)
from tests.golden.hostile import hostile_replies, hostile_texts
from tests.judges.slack_views import judge_view

GOLDEN = Path(__file__).parent / "slack"
AT = datetime(2025, 5, 6, 18, 12, tzinfo=UTC)
FORM = Form(
    title="/wire subscribe",
    help="Be told of what matches a query.",
    inputs=(
        FormInput(name="query", help="words and fields", required=True, checked=True, longest=1_000),
        FormInput(name="where", help="here or dm", choices=("here", "dm"), longest=1_000),
    ),
    submit="Subscribe",
    metadata='{"channel": "C0123", "command": "subscribe"}',
)
PANELS = (
    Panel(
        title="Subscriptions",
        lines=((Run(text="Two of them, "), Run(text="one paused", bold=True)),),
        rows=(
            Row(
                line=(Run(text="1. tariff* <!channel> *quota*", bold=True), Run(text=" · 3 hits in a week")),
                actions=(
                    Action(label="Tell me everything", command="subscribe:tariff* tier=digest"),
                    Action(label="Unsubscribe", command="unsubscribe:1"),
                ),
            ),
            Row(line=(Run(text="2. talks"),), actions=(Action(label="Unsubscribe", command="unsubscribe:2"),)),
        ),
        actions=(Action(label="Subscribe", command="subscribe:"),),
    ),
    Panel(title="Mutes", rows=(Row(line=(Run(text="Topic market · until "), Run(text="2025-05-06", when=AT))),)),
)
CASES: dict[str, dict[str, Any]] = {
    "form": form_view(FORM),
    "form_checked": form_view(FORM, Reply(title="It would have matched 214 of 1,930 items.")),
    "home": home_view(PANELS),
    "home_unwell": home_view((), "Your settings cannot be shown now."),
    "answer_in_a_modal": reply_view(Reply(title="You are subscribed."), FORM.metadata, known_as="0a1b"),
}


@pytest.mark.parametrize("name", CASES)
def test_slack_gets_exactly_this_and_takes_it(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    if os.environ.get("TRADEWIRE_UPDATE_GOLDEN"):
        path.write_text(json.dumps(CASES[name], ensure_ascii=False, indent=2) + "\n", "utf-8")
    assert CASES[name] == json.loads(path.read_text("utf-8"))
    assert judge_view(CASES[name]) == []


def test_a_time_on_the_page_is_in_the_readers_own_zone() -> None:
    fields = [block["fields"] for block in CASES["home"]["blocks"] if "fields" in block]
    assert fields == [
        [{"type": "mrkdwn", "text": "<!date^1746555120^{date_short_pretty} at {time}|2025-05-06 18:12 UTC>"}]
    ]


def test_every_panel_keeps_its_place_however_long_the_first_is() -> None:
    rows = tuple(Row(line=(Run(text=f"row {n}"),)) for n in range(300))
    view = home_view((Panel(title="A", rows=rows), Panel(title="B", rows=rows), Panel(title="C", rows=rows)), "note")
    assert judge_view(view) == []
    shown = [block["text"]["text"] for block in view["blocks"] if block["type"] == "section"]
    assert len(shown) > 100 - 3 * LEAST_OF_A_PANEL
    assert shown.count("row 0") == 3
    assert str(view).count("more are not listed here") == 3


def test_a_command_that_no_button_can_carry_is_left_out() -> None:
    actions = (Action(label="Long", command="subscribe:" + "x" * 150), Action(label="End", command="unsubscribe:1"))
    view = home_view((Panel(title="A", rows=(Row(line=(Run(text="one"),), actions=actions),)),))
    (section,) = [block for block in view["blocks"] if block["type"] == "section"]
    assert (section["accessory"]["type"], section["accessory"]["value"]) == ("button", "unsubscribe:1")


def test_what_is_filled_in_is_read_by_name_and_nothing_else_is() -> None:
    state = {
        "option:query": {"wire-check:query": {"type": "plain_text_input", "value": "tariff*"}},
        "option:where": {"value:where": {"type": "static_select", "selected_option": {"value": "dm"}}},
        "option:tier": {"value:tier": {"type": "static_select", "selected_option": None}},
        "wire-check": {"wire-check:button": {"value": "check"}},
    }
    assert filled_in({"state": {"values": state}}) == {"query": "tariff*", "where": "dm"}
    assert filled_in({}) == {}


@pytest.mark.parametrize(
    ("option", "place"), [("where", "option:where"), ("tier", "option:query"), ("", "option:query")]
)
def test_a_problem_stands_at_its_input_or_at_the_first(option: str, place: str) -> None:
    errors = form_errors(FORM, option, Reply(title="Wrong.", lines=((Run(text="▸here◂"),),)))
    assert errors == {place: "Wrong.\n▸here◂"}


# --- whatever people write ----------------------------------------------------------------------------------

texts = hostile_texts("<!channel>", "<@U1>", "*", "`", "|", ">", "&amp;", "\n", "\u202e", " ", "x" * 700)
actions = st.lists(st.builds(Action, label=texts, command=texts), max_size=7).map(tuple)
times = st.none() | st.just(AT)
lines = st.lists(st.builds(Run, text=texts, bold=st.booleans(), when=times), max_size=3).map(tuple)
rows = st.lists(st.builds(Row, line=lines, actions=actions), max_size=5).map(tuple)
panels = st.builds(Panel, title=texts, lines=st.lists(lines, max_size=2).map(tuple), rows=rows, actions=actions)


@settings(max_examples=12, deadline=None)
@given(st.lists(panels, max_size=3))
def test_any_page_is_one_that_slack_takes(page: list[Panel]) -> None:
    assert judge_view(home_view(page, "note")) == []


@settings(max_examples=12, deadline=None)
@given(hostile_replies(texts, cards=2))
def test_any_answer_in_a_modal_is_one_that_slack_takes(reply: Reply) -> None:
    assert judge_view(reply_view(reply, "{}")) == []
    assert judge_view(form_view(FORM, reply)) == []
