"""The same through both platforms' own sockets: every example of every command, and wrong input of each kind.

What Slack's text is bound to is given to Discord as typed options; the neutral replies must be the same, and each
person must see their own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping

import pytest

from bot.commands.spec import MAX_INPUT, Caller, Catalog, Command
from bot.deliver.card import Reply
from tests.fakes.discord_service import Interaction
from tests.flow.desk import SLACK_CHANNEL, Desk
from tests.flow.test_chat import chatting, shown

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PERSON = "U0123"  # who types at Slack
Seen = list[tuple[str, dict[str, str], Reply]]

# What names the platform, the place, the person or who manages there, and numbers that grow with every invocation.
_OWN = re.compile(
    r"Here that is [^.]*\.|(?:slack|discord)(?::@?\w+)?|[0-9a-f]{6,}|\d+|<[@#][^>]*>|\b(?:somebody|ann)\b",
    re.IGNORECASE,
)


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


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What the catalog was asked with which options, and its neutral reply."""
    asked: Seen = []
    run = Catalog.run

    async def noting(self: Catalog, name: str, arguments: Mapping[str, str], caller: Caller) -> Reply:
        reply = await run(self, name, arguments, caller)
        asked.append((name, dict(arguments), reply))
        return reply

    monkeypatch.setattr(Catalog, "run", noting)
    return asked


@pytest.mark.parametrize("manages", [True, False])
async def test_every_invocation_gets_the_same_reply_on_both_platforms(
    desk: Desk, seen: Seen, *, manages: bool
) -> None:
    differing: dict[str, tuple[str, str]] = {}
    if manages:
        desk.slack.admins.add(PERSON)
    else:
        desk.discord.rights = 0
    async with chatting(desk) as bot:
        texts = [text for command in bot.catalog.commands for text in invocations(command)]
        for text in texts:
            replies = await both(desk, text, seen)
            if replies and neutral(replies[0]) != neutral(replies[1]):
                differing[text[:80]] = neutral(replies[0]), neutral(replies[1])
    assert differing == {}


async def both(desk: Desk, text: str, seen: Seen) -> tuple[Reply, Reply] | None:
    """The neutral replies on Slack and on Discord; each is what the platform's person sees.

    None where the text itself is refused: options that somebody typed one by one cannot be wrong in that way.
    """
    for site in ("https://www.example.org/news", "example.org/feed"):
        text = text.replace(site, desk.web.url("/feed"))
    seen.clear()
    asked = await desk.slack.people.command(text, channel=SLACK_CHANNEL)
    answer = shown(await desk.slack.people.answer(asked))
    if not seen:
        assert {"characters", "most"} <= words(answer) or "more than this command takes" in answer, answer[:300]
        return None
    ((name, arguments, on_slack),) = seen
    assert words(on_slack.title) <= words(answer)
    seen.clear()
    interaction = await desk.discord.slash(name, arguments)
    answered = await original(interaction)
    ((_, _, on_discord),) = seen
    assert words(on_discord.title) <= words(answered)
    return on_slack, on_discord


async def original(interaction: Interaction) -> str:
    await asyncio.wait_for(interaction.answered.wait(), 10)
    return shown(interaction.original)


def neutral(reply: Reply) -> str:
    parts = (reply.title, *(run.text for line in reply.lines for run in line))
    return _OWN.sub("…", " ".join(parts))


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{3,}", text.lower()))
