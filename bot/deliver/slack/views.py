"""Modals and App Home as Block Kit. Pure: no SDK, no network. https://docs.slack.dev/surfaces"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from bot.deliver.card import Action, Reply, plain
from bot.deliver.panel import Panel, Row
from bot.deliver.slack.blocks import (
    ACTION_PREFIX,
    COMMAND,
    MAX_BUTTON_LABEL,
    MAX_OPTION_TEXT,
    MAX_OPTIONS,
    MAX_PLACEHOLDER,
    Payload,
    buttons_block,
    lines_block,
    moment,
    plain_text,
    reply_payload,
    title_line,
)
from bot.deliver.slack.text import clip, one_line, tidy

MAX_VIEW_BLOCKS = 100  # https://docs.slack.dev/reference/block-kit/blocks
MAX_VIEW_TITLE = 24  # also of its buttons: https://docs.slack.dev/reference/views/modal-views
MAX_OVERFLOW = 5  # options: https://docs.slack.dev/reference/block-kit/block-elements/overflow-menu-element
MAX_OPTION_VALUE = 150  # https://docs.slack.dev/reference/block-kit/composition-objects/option-object
MAX_HINT = 300  # our own, as is the next
LEAST_OF_A_PANEL = 15  # blocks that the panels before it leave to each
ROW_TEXT = 600  # characters of a row
PANEL_LINES = 1_500  # characters of the lines of a panel

FORM = "wire-form"  # callback_id of a form
CHECKS = "wire-check"  # how the action_ids begin of what asks for a check
_VALUE = "value:"  # how the others begin
_INPUT = "option:"  # how the block_ids of inputs begin


@dataclass(frozen=True, slots=True, kw_only=True)
class FormInput:
    """One input of a form. `checked`: leaving it with Enter asks what the command would do."""

    name: str
    help: str
    choices: tuple[str, ...] = ()
    required: bool = False
    checked: bool = False
    longest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A command with inputs. `metadata` comes back with what is filled in."""

    title: str
    help: str
    inputs: tuple[FormInput, ...]
    submit: str
    metadata: str


def form_view(form: Form, note: Reply | None = None) -> Payload:
    """The form; `note` is what a check said, and stands below the inputs. What was typed stays: Slack keeps it."""
    blocks = [*lines_block((title_line(form.help),), MAX_HINT), *map(_input, form.inputs), _check_button()]
    if note is not None:
        blocks += reply_payload(Reply(title=note.title, lines=note.lines))["blocks"]
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": form.metadata,
        "title": plain_text(clip(form.title, MAX_VIEW_TITLE)),
        "submit": plain_text(clip(form.submit, MAX_VIEW_TITLE)),
        "close": plain_text("Cancel"),
        "blocks": blocks,
    }


def reply_view(reply: Reply, metadata: str, *, known_as: str | None = None) -> Payload:
    """An answer in a modal; its buttons work there. `known_as` is a name that nothing else in the workspace has."""
    return {
        "type": "modal",
        "private_metadata": metadata,
        **({"external_id": known_as} if known_as else {}),
        "title": plain_text("Tradewire"),
        "close": plain_text("Close"),
        "blocks": reply_payload(reply)["blocks"],
    }


def home_view(panels: Sequence[Panel], note: str = "") -> Payload:
    """App Home. Rows that no longer fit are counted in their panel, which names the command that lists them all."""
    numbers = count()
    below: list[Payload] = [{"type": "context", "elements": [plain_text(tidy(note, MAX_HINT))]}] if note else []
    blocks: list[Payload] = []
    for at, panel in enumerate(panels, start=1):
        kept_free = (len(panels) - at) * LEAST_OF_A_PANEL + len(below)
        blocks += _panel(panel, MAX_VIEW_BLOCKS - len(blocks) - kept_free, numbers)
    return {"type": "home", "blocks": [*blocks, *below]}


# --- forms ------------------------------------------------------------------------------------------------


def _input(each: FormInput) -> Payload:
    block: Payload = {
        "type": "input",
        "block_id": f"{_INPUT}{each.name}",
        "label": plain_text(each.name.capitalize()),
        "hint": plain_text(tidy(each.help, MAX_HINT)),
        "element": _choice(each) if 0 < len(each.choices) <= MAX_OPTIONS else _text(each),
        "optional": not each.required,
    }
    return {**block, "dispatch_action": True} if each.checked else block


def _choice(each: FormInput) -> Payload:
    options = [{"text": plain_text(clip(choice, MAX_OPTION_TEXT)), "value": choice} for choice in each.choices]
    return {
        "type": "static_select",
        "action_id": f"{_VALUE}{each.name}",
        "placeholder": plain_text(clip(each.help, MAX_PLACEHOLDER)),
        "options": options,
    }


def _text(each: FormInput) -> Payload:
    text: Payload = {"type": "plain_text_input", "max_length": each.longest}
    if not each.checked:
        return {**text, "action_id": f"{_VALUE}{each.name}"}
    enter = {"trigger_actions_on": ["on_enter_pressed"]}
    return {**text, "action_id": f"{CHECKS}:{each.name}", "dispatch_action_config": enter, "focus_on_load": True}


def _check_button() -> Payload:
    button = {"type": "button", "text": plain_text("Check"), "action_id": f"{CHECKS}:button", "value": "check"}
    return {"type": "actions", "block_id": CHECKS, "elements": [button]}


def filled_in(view: Payload) -> dict[str, str]:
    """What stands in the inputs of a form, by name; empty ones are left out.

    https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
    """
    values: dict[str, str] = {}
    for block_id, inputs in ((view.get("state") or {}).get("values") or {}).items():
        for state in inputs.values():
            value = state.get("value") or (state.get("selected_option") or {}).get("value")
            if value and block_id.startswith(_INPUT):
                values[block_id.removeprefix(_INPUT)] = str(value)
    return values


def form_errors(form: Form, option: str, problem: Reply) -> dict[str, str]:
    """What is wrong, beside the input it is wrong in: the first, where it is in none of them."""
    names = [each.name for each in form.inputs]
    place = option if option in names else names[0]
    said = "\n".join([one_line(problem.title), *map(one_line, plain(problem.lines).split("\n"))])
    return {f"{_INPUT}{place}": clip(said, MAX_HINT * 3)}


# --- App Home ---------------------------------------------------------------------------------------------


def _panel(panel: Panel, most: int, numbers: Iterator[int]) -> list[Payload]:
    """At most `most` blocks."""
    head: list[Payload] = [{"type": "header", "text": plain_text(tidy(panel.title, MAX_BUTTON_LABEL) or "…")}]
    head += lines_block(panel.lines, PANEL_LINES)
    below = buttons_block(panel.actions, numbers)
    room = most - len(head) - len(below) - 2  # the count of those left out, and the divider
    shown = [_row(row, numbers) for row in panel.rows[:room]]
    left_out = len(panel.rows) - len(shown)
    more = (
        [{"type": "context", "elements": [plain_text(f"{left_out} more are not listed here.")]}] if left_out else []
    )
    return [*head, *shown, *more, *below, {"type": "divider"}]


def _row(row: Row, numbers: Iterator[int]) -> Payload:
    """The text as it is, and below it the times in the reader's own zone, for plain text knows none."""
    text = clip("".join(one_line(run.text) for run in row.line if run.when is None), ROW_TEXT).strip() or "…"
    times = [moment(run.when) for run in row.line if run.when is not None]
    accessory = _accessory(row.actions, numbers)
    return {
        "type": "section",
        "text": plain_text(text),
        **({"fields": times} if times else {}),
        **({"accessory": accessory} if accessory else {}),
    }


def _accessory(actions: tuple[Action, ...], numbers: Iterator[int]) -> Payload | None:
    """One command is a button, several are a menu of dots."""
    carried = [
        (label, action.command)
        for action in actions
        if (label := tidy(action.label, MAX_OPTION_TEXT)) and _can_carry(action.command)
    ][:MAX_OVERFLOW]
    if not carried:
        return None
    action_id = f"{ACTION_PREFIX}{next(numbers)}"
    if len(carried) == 1:
        ((label, command),) = carried
        return {"type": "button", "text": plain_text(label), "action_id": action_id, "value": command}
    options = [{"text": plain_text(label), "value": command} for label, command in carried]
    return {"type": "overflow", "action_id": action_id, "options": options}


def _can_carry(command: str) -> bool:
    return 0 < len(command) <= min(COMMAND, MAX_OPTION_VALUE) and command.isprintable()
