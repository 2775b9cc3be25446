"""The same through both platforms' own sockets: every example of every command, and wrong input of each kind.

What Slack's text is bound to is given to Discord as typed options; the neutral replies must be the same, and each
person must see their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.commands.spec import MAX_INPUT, Command
from bot.deliver.card import Reply
from tests.flow.both_platforms import Seen, let_manage, neutral, on_discord, on_slack, words
from tests.flow.desk import Desk
from tests.flow.test_chat import chatting


def invocations(command: Command) -> Iterator[str]:
    """Every example, and for each option a value that it does not take."""
    yield from (example.removeprefix("/wire ") for example in command.examples)
    for option in command.options:
        if option.choices:
            yield f"{command.name} {option.name}={option.choices[0]}x"
        if not option.phrase:
            yield f"{command.name} {option.name}=%%"
    if any(option.required for option in command.options) and command.check is None:
        yield command.name
    yield f"{command.name} {'long ' * (MAX_INPUT // 6)}"
    yield f"{command.name} {'long ' * MAX_INPUT}"


@pytest.mark.parametrize("manages", [True, False])
async def test_every_invocation_gets_the_same_reply_on_both_platforms(
    desk: Desk, seen: Seen, *, manages: bool
) -> None:
    differing: dict[str, list[str]] = {}
    let_manage(desk, manages=manages)
    async with chatting(desk) as bot:
        texts = [text for command in bot.catalog.commands for text in invocations(command)]
        for text in texts:
            replies = await both(desk, text, seen)
            said = [neutral(reply, bot.catalog) for reply in replies]
            if said and said[0] != said[1]:
                differing[text[:80]] = said
    assert differing == {}
    desk.assert_payloads_are_valid()


async def both(desk: Desk, text: str, seen: Seen) -> tuple[Reply, ...]:
    """The neutral replies on Slack and on Discord; each is what the platform's person sees.

    Neither where the text itself is refused: options that somebody typed one by one cannot be wrong in that way.
    """
    for site in ("https://www.example.org/news", "example.org/feed"):
        text = text.replace(site, desk.web.url("/feed"))
    seen.clear()
    answer = await on_slack(desk, text)
    if not seen:
        assert {"characters", "most"} <= words(answer) or "more than this command takes" in answer, answer[:300]
        return ()
    ((name, arguments, reply_on_slack),) = seen
    assert words(reply_on_slack.title) <= words(answer)
    seen.clear()
    answered = await on_discord(desk, name, arguments)
    ((_, _, reply_on_discord),) = seen
    assert words(reply_on_discord.title) <= words(answered)
    return reply_on_slack, reply_on_discord
