"""Every valid value of every option of every command through both platforms' own sockets, the same on both.

The commands, their options and their choices are those of the catalog; what else an option takes stands in
option_values.py, and an option that is missing there fails here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest
import sqlalchemy as sa

from bot.assembly import Bot
from bot.commands.naming import named
from bot.commands.spec import Catalog, Command, Option
from bot.commands.typed.preferring import Setting
from bot.deliver.card import Reply
from bot.model import Destination
from bot.routing.terms import FIELDS
from bot.store import news, reminders, subscriptions
from bot.store.schema import summaries
from bot.summary.figures import Figures
from bot.summary.picture import Variant, draw
from tests.fakes.discord_payloads import GUILD_CHANNEL_ID, GUILD_ID, PERSON_ID
from tests.fakes.web import rss
from tests.flow.both_platforms import (
    SLACK_PERSON,
    Seen,
    let_manage,
    neutral,
    on_discord,
    on_slack,
    text_of,
    words,
)
from tests.flow.desk import MARKET, SLACK_CHANNEL, TRADE, Desk
from tests.flow.option_values import QUERIES, VALUES, Given, Invocation
from tests.flow.test_chat import chatting

LINK = "https://wire.example/tariffs"
Platform = Literal["slack", "discord"]
PERSONS: Mapping[Platform, str] = {"slack": SLACK_PERSON, "discord": str(PERSON_ID)}
REFUSED = re.compile(r"those who manage it|administrators of Tradewire")


@dataclass(frozen=True)
class Trial:
    """One invocation, and what has to be done before it; `says` is what the reply shows, where that is known."""

    invocation: Invocation
    says: str = ""
    first: Invocation | None = None

    def __str__(self) -> str:
        return f"{self.invocation.command} {dict(self.invocation.arguments)}"


# --- from the catalog ---------------------------------------------------------------------------------------


def trials(catalog: Catalog) -> Iterator[Trial]:
    for command in catalog.commands:
        for option in command.options:
            for given in _values(catalog, command, option):
                yield _trial(command, {option.name: given.value, **given.beside}, given)
        for option, choice in _choices_left(command):
            yield _trial(command, {option.name: choice})


def _values(catalog: Catalog, command: Command, option: Option) -> Sequence[Given]:
    given = VALUES.get((command.name, option.name), ())
    if command.name == "help":
        return (*given, *(Given(each.name, f"/wire {each.name}") for each in catalog.commands))
    return given


def _choices_left(command: Command) -> Iterator[tuple[Option, str]]:
    """The choices that the table has no other options for."""
    table = [(option, given) for (name, option), values in VALUES.items() if name == command.name for given in values]
    tried = {pair for name, given in table for pair in ((name, given.value), *given.beside.items())}
    for option in command.options:
        yield from ((option, choice) for choice in option.choices if (option.name, choice) not in tried)


def _trial(command: Command, arguments: Mapping[str, str], given: Given | None = None) -> Trial:
    """With what the command cannot do without, in the order in which it takes them."""
    found = dict(arguments)
    for option in command.options:
        if option.required and option.name not in found:
            found[option.name] = _any_value(command, option, found)
    ordered = {option.name: found[option.name] for option in command.options if option.name in found}
    invocation = Invocation(command.name, ordered)
    return Trial(invocation, given.says, given.first) if given else Trial(invocation)


def _any_value(command: Command, option: Option, arguments: Mapping[str, str]) -> str:
    if option.choices:
        return option.choices[0]
    for given in VALUES.get((command.name, option.name), ()):
        if not given.first and given.beside.items() <= arguments.items():
            return given.value
    raise AssertionError(f"option_values.py has no {option.name} of /wire {command.name} that goes with {arguments}")


async def test_every_free_option_and_every_kind_of_value_is_in_the_table(desk: Desk) -> None:
    async with desk.bot() as bot:
        options = {
            (command.name, option.name): option for command in bot.catalog.commands for option in command.options
        }
    assert {name for name, option in options.items() if not option.choices} - set(VALUES) == set()
    assert set(VALUES) - set(options) == set()
    assert {given.beside["setting"] for given in VALUES["settings", "value"]} == set(Setting)
    assert [name for name in FIELDS if not any(re.search(rf"\b{name}[:<>]", query) for query in QUERIES)] == []


# --- on both platforms --------------------------------------------------------------------------------------


class Names:
    """What stands in braces in the table, as it is called on one platform when it is looked up."""

    def __init__(self, bot: Bot, desk: Desk, platform: Platform) -> None:
        self._desk = desk
        self._platform = platform
        read, person = bot.database.read_now, Destination(platform, PERSONS[platform], person=True)
        key = read(news.find_item, LINK)
        found = read(news.item, key) if key else None
        assert found
        item, _, story = found
        self._ways: Mapping[str, Callable[[], str]] = {
            "item": lambda: item.key[:8],
            "key": lambda: item.key,
            "suggested": lambda: named(item.key[:8], item.title),
            "link": lambda: LINK,
            "message": self._message,
            "story": lambda: story,
            "subscription": lambda: str(read(subscriptions.at, person)[-1].id),
            "reminder": lambda: str(read(reminders.at, person)[-1].id),
            "summary": lambda: str(read(_newest_summary, person)),
            "site": lambda: desk.web.url("/site"),
            "news": lambda: desk.web.url("/news"),
            "list": lambda: desk.web.url(f"/{platform}.opml"),
            "added": lambda: platform,
        }

    def __getitem__(self, name: str) -> str:
        return self._ways[name]()

    def _message(self) -> str:
        if self._platform == "slack":
            posted = self._desk.slack.messages(SLACK_CHANNEL)
            ts = next(message.ts for message in posted if LINK in str(message.blocks))
            return f"https://desk.slack.com/archives/{SLACK_CHANNEL}/p{ts.replace('.', '')}"
        sent = self._desk.discord.messages[GUILD_CHANNEL_ID]
        number = next(message["id"] for message in sent if LINK in str(message["embeds"]))
        return f"https://discord.com/channels/{GUILD_ID}/{GUILD_CHANNEL_ID}/{number}"


def _newest_summary(connection: sa.Connection, person: Destination) -> int:
    number = sa.select(sa.func.max(summaries.c.id)).where(summaries.c.person == str(person))
    return int(connection.execute(number).scalar_one())


class Side:
    """One platform, where somebody types what is wanted and sees the answer."""

    def __init__(self, bot: Bot, desk: Desk, seen: Seen, platform: Platform) -> None:
        self.names = Names(bot, desk, platform)
        self._bot = bot
        self._desk = desk
        self._seen = seen
        self._is_slack = platform == "slack"

    async def reply(self, invocation: Invocation) -> Reply:
        """The neutral reply. The platform carries each value as it was meant, and the person sees the answer."""
        meant = {name: value.format_map(self.names) for name, value in invocation.arguments.items()}
        command = self._bot.catalog.by_name[invocation.command]
        self._seen.clear()
        if self._is_slack:
            answer = await on_slack(self._desk, typed(command, meant))
        else:
            assert refused_by_discord(self._desk.discord.commands, command.name, meant) == []
            files = {
                option.name: meant[option.name] for option in command.options if option.file and option.name in meant
            }
            said = {option: value for option, value in meant.items() if option not in files}
            answer = await on_discord(self._desk, command.name, said, files)
        ((name, arguments, reply),) = self._seen
        assert (name, arguments) == (command.name, meant)
        assert words(reply.title) <= words(answer)
        return reply


def typed(command: Command, arguments: Mapping[str, str]) -> str:
    """As people write it: options by name, and phrases and what has quotes of its own by position."""
    said = [command.name]
    for option in command.options:
        if value := arguments.get(option.name):
            if option.phrase or '"' in value:
                said.append(value)
            else:
                said.append(f'{option.name}="{value}"' if " " in value else f"{option.name}={value}")
    return " ".join(said)


def refused_by_discord(shown: Sequence[Any], name: str, arguments: Mapping[str, str]) -> list[str]:
    """What Discord's client would not let somebody send, by the definition of the command that it has."""
    (wire,) = [command for command in shown if command["name"] == "wire"]
    (command,) = [each for each in wire["options"] if each["name"] == name]
    options = {option["name"]: option for option in command["options"]}
    wrong = [f"{each} is missing" for each, option in options.items() if option["required"] and each not in arguments]
    for each, value in arguments.items():
        choices = [choice["value"] for choice in options[each].get("choices", ())]
        if (choices and value not in choices) or not 0 < len(value) <= options[each].get("max_length", len(value)):
            wrong.append(f"{each} cannot be {value}")
    return wrong


@pytest.fixture
def site(desk: Desk) -> None:
    """A site with a feed that is no source yet, and for each platform a list with one more feed."""
    desk.web.serve("/site", '<html><head><link rel="alternate" type="application/rss+xml" href="/news"></html>')
    desk.web.serve("/news", rss(TRADE, MARKET, title="The Site"))
    for platform in PERSONS:
        outline = f'<outline text="{platform}" xmlUrl="https://{platform}.example/rss"/>'
        desk.web.serve(f"/{platform}.opml", f"<opml><body>{outline}</body></opml>")


@pytest.fixture
def one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the many summaries only the first for each platform is drawn; pictures have tests of their own."""
    drawn: dict[str, bytes] = {}

    def kept(counted: Figures, variant: Variant) -> bytes:
        if variant not in drawn:
            drawn[variant] = draw(counted, variant)
        return drawn[variant]

    monkeypatch.setattr("bot.summary.picture.draw", kept)


@pytest.mark.usefixtures("site", "one_picture")
@pytest.mark.parametrize("manages", [True, False])
async def test_every_valid_value_is_taken_and_gets_the_same_reply_on_both_platforms(
    desk: Desk, seen: Seen, mistakes: list[str], *, manages: bool
) -> None:
    wrong: dict[str, object] = {}
    let_manage(desk, manages=manages)
    async with chatting(desk) as bot:
        sides = [Side(bot, desk, seen, platform) for platform in PERSONS]
        desk.clock.advance(timedelta(minutes=10))
        for trial in trials(bot.catalog):
            tries = [await tried(trial, side, mistakes, manages=manages) for side in sides]
            said = [neutral(reply, bot.catalog) for reply, _ in tries]
            if said[0] != said[1] or any(problem for _, problem in tries):
                wrong[str(trial)] = [problem for _, problem in tries], said
    assert wrong == {}, "\n".join(map(str, wrong.items()))
    desk.assert_payloads_are_valid()


async def tried(trial: Trial, side: Side, mistakes: list[str], *, manages: bool) -> tuple[Reply, str]:
    """The reply, and what is wrong with it. Who may not is told who may."""
    before = text_of(await side.reply(trial.first)) if trial.first else ""
    mistakes.clear()
    reply = await side.reply(trial.invocation)
    if not manages and REFUSED.search(before + text_of(reply)):
        return reply, ""
    says = trial.says.format_map(side.names)
    return reply, " ".join(mistakes) or ("" if says in text_of(reply) else f"“{says}” is not said")
