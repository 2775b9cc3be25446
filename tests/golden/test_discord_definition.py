"""What Discord is asked to show as `/wire`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.on_discord.offer import wire_command
from bot.commands.spec import Caller, Catalog, Command, Option
from bot.deliver.card import Reply
from tests.judges.discord import judge


async def _run(caller: Caller, arguments: Mapping[str, str]) -> Reply:
    return Reply(title="ran")


def definition(*options: Option, help_text: str = "Latest stories.") -> dict[str, object]:
    """The definition of the one subcommand, which Discord takes."""
    whole = wire_command(Catalog((Command(name="latest", help=help_text, run=_run, options=options),)))
    assert judge("/applications/{application_id}/commands", "PUT", [whole]) == []
    (subcommand,) = whole["options"]
    assert isinstance(subcommand, dict)
    return subcommand


def test_choices_are_offered() -> None:
    shown = definition(Option(name="topic", help="Which topic.", choices=("trade", "market")))
    assert shown["options"] == [
        {
            "type": 3,
            "name": "topic",
            "description": "Which topic.",
            "required": False,
            "max_length": 1_000,
            "choices": [{"name": "trade", "value": "trade"}, {"name": "market", "value": "market"}],
        }
    ]


def test_more_choices_than_discord_shows_are_typed() -> None:
    option = Option(name="topic", help="x", choices=tuple(str(number) for number in range(26)))
    assert "choices" not in str(definition(option))


def test_required_options_come_first() -> None:
    shown = definition(Option(name="since", help="x"), Option(name="item", help="x", required=True))["options"]
    assert isinstance(shown, list)
    assert [option["name"] for option in shown] == ["item", "since"]


def test_a_long_help_is_shortened() -> None:
    assert definition(help_text="word " * 40)["description"] == ("word " * 40)[:99].rstrip() + "…"


def test_a_file_is_attached_and_has_no_length() -> None:
    shown = definition(Option(name="file", help="a list", file=True))
    assert shown["options"] == [{"type": 11, "name": "file", "description": "a list", "required": False}]
