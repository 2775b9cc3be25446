"""Pages of an answer that is longer than one message. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.commands.spec import Mistake
from bot.deliver.card import Action, Reply, Run

MOST_PAGES = 50
PAGE_SAID = re.compile(r"[0-9]{1,3}")
# What a button says, longer than which no platform carries it: Discord takes 100 characters with our prefix, and one
# button is for both. https://docs.discord.com/developers/components/reference#button
MAX_COMMAND = 95


def page_of(arguments: Mapping[str, str]) -> int:
    """Raises Mistake for what is no page."""
    text = arguments.get("page", "1")
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST_PAGES:
        return int(text)
    raise Mistake(
        Reply(
            title=f"“{text[:40]}” is no page.",
            lines=((Run(text=f"A page is a number from 1 to {MOST_PAGES}, as in page 2."),),),
        ),
        option="page",
    )


def page_actions(command: str, page: int, *, more: bool) -> tuple[Action, ...]:
    """The buttons to the pages before and after this one of what `command` shows."""
    pages = [("Back", page - 1)] if page > 1 else []
    pages += [("More", page + 1)] if more and page < MOST_PAGES else []
    actions = (Action(label=label, command=f"{command} page={number}") for label, number in pages)
    return tuple(action for action in actions if len(action.command) <= MAX_COMMAND)
