"""What a command is, independent of any platform: options in, a neutral reply out.

A `Catalog` holds every command once. Both platforms feed it: Slack with text, Discord with typed options, and
buttons on either with `name:argument`. Unknown input is answered with help and the nearest valid word.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

from bot.deliver.card import Line, Reply, Run
from bot.model import Destination

MAX_INPUT = 1_000  # characters of one invocation; a longer one is refused, not parsed

_WORD = re.compile(r'(?:["“”][^"“”]*["“”]|\S)+')  # what stands in quotes is one word; a lone quote is a character
_QUOTES = re.compile(r'["“”]([^"“”]*)["“”]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One argument. `choices` become Discord choices; the last option of a command takes the rest of the text.

    A `phrase` takes every word, its quotes included, up to where an option that is `said` is typed after its own
    name: in "rare earths for 3d too noisy" the pattern `said` knows "3d", and the last option takes what follows.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    required: bool = False
    phrase: bool = False
    said: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether somebody may decide for a place; `why` says who may, or what is missing to tell."""

    granted: bool
    why: str = ""


PermissionCheck = Callable[[], Awaitable[Permission]]


async def _nobody_tells() -> Permission:
    return Permission(granted=False, why="This connection does not say who may.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and where: the destination the command was typed in (a channel, or the person's own messages).

    Typed in a thread, `place` is the channel that it belongs to. `name` is how the platform shows them, where it
    says so. `may_manage` asks the platform whether they manage the channel; it may need the network, so only
    commands that have to know ask.
    """

    user: Destination
    place: Destination
    thread: Destination | None = None
    name: str = field(default="", compare=False)
    may_manage: PermissionCheck = field(default=_nobody_tells, compare=False, repr=False)


Handler = Callable[[Caller, Mapping[str, str]], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    name: str
    help: str
    run: Handler
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        return " ".join(["/wire", self.name, *map(_placeholder, self.options)])


def _placeholder(option: Option) -> str:
    if option.required:
        return f"<{option.name}>"
    return f"[{option.name} …]" if option.said else f"[{option.name}]"


class Mistake(Exception):
    """Input that is not a command; carries the reply that helps."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.title)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every command by name. The one entry for both platforms.

    `destinations` are those that routes name: a thread among them is a place of its own.
    """

    commands: tuple[Command, ...]
    destinations: frozenset[Destination] = frozenset()
    by_name: Mapping[str, Command] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {command.name: command for command in self.commands})

    async def run_text(self, text: str, caller: Caller) -> Reply:
        """Run what was typed after `/wire`: "latest trade 24h", "why since=…"."""
        try:
            command, arguments = self._parse(text)
        except Mistake as mistake:
            return mistake.reply
        return await self.run(command.name, arguments, caller)

    async def press(self, action: str, caller: Caller) -> Reply:
        """Run a button's `name:arguments`, the same command as when the arguments are typed after the name."""
        name, _, text = action.partition(":")
        command = self.by_name.get(name)
        if command is None:
            return self._unknown(name)
        try:
            _refuse_overlong(len(text))
            arguments = _bind(command, split_words(text)) if command.options else {}
        except Mistake as mistake:
            return mistake.reply
        return await self.run(name, arguments, caller)

    async def run(self, name: str, arguments: Mapping[str, str], caller: Caller) -> Reply:
        """Run one command with its options by name, after checking them."""
        command = self.by_name.get(name)
        if command is None:
            return self._unknown(name)
        try:
            return await command.run(self._at_home(caller), self._checked(command, _spoken(command, arguments)))
        except Mistake as mistake:
            return mistake.reply

    def _parse(self, text: str) -> tuple[Command, dict[str, str]]:
        _refuse_overlong(len(text))
        words = split_words(text)
        name = words[0].lower() if words else "help"
        command = self.by_name.get(name)
        if command is None:
            raise Mistake(self._unknown(name))
        return command, _bind(command, words[1:])

    def _at_home(self, caller: Caller) -> Caller:
        return replace(caller, place=caller.thread) if caller.thread in self.destinations else caller

    def _checked(self, command: Command, arguments: Mapping[str, str]) -> dict[str, str]:
        _refuse_overlong(sum(map(len, arguments.values())))
        checked: dict[str, str] = {}
        for option in command.options:
            value = arguments.get(option.name, "").strip()
            if not value:
                if option.required:
                    raise Mistake(usage(command, f"“{option.name}” is missing: {option.help}."))
                continue
            if option.choices:
                value = _choice(command, option, value)
            checked[option.name] = value
        return checked

    def _unknown(self, name: str) -> Reply:
        near = difflib.get_close_matches(name, list(self.by_name), n=1, cutoff=0.5)
        hint = f"Did you mean /wire {near[0]}? " if near else ""
        names = ", ".join(self.by_name)
        return Reply(title=f"There is no command “{name[:40]}”.", lines=((Run(text=f"{hint}Commands: {names}."),),))


def usage(command: Command, problem: str | None = None) -> Reply:
    """The help of one command, led by what was wrong."""
    lines: list[Line] = [(Run(text=command.help),), (Run(text="Usage: "), Run(text=command.usage, bold=True))]
    for option in command.options:
        choices = f" ({', '.join(option.choices)})" if option.choices else ""
        lines.append((Run(text=option.name, bold=True), Run(text=f": {option.help}{choices}")))
    lines.extend((Run(text=f"Example: {example}"),) for example in command.examples)
    return Reply(title=problem or f"/wire {command.name}", lines=tuple(lines))


def one_line(text: str, longest: int = MAX_INPUT) -> str:
    """What somebody wrote, fit to be kept: its printable characters on one line, cut with "…" where it is longer."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    line = " ".join(printable.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _refuse_overlong(length: int) -> None:
    if length > MAX_INPUT:
        raise Mistake(Reply(title=f"That is {length:,} characters; a command has at most {MAX_INPUT:,}."))


def _choice(command: Command, option: Option, value: str) -> str:
    by_word = {choice.lower(): choice for choice in option.choices}
    if choice := by_word.get(value.lower()):
        return choice
    near = difflib.get_close_matches(value.lower(), list(by_word), n=1, cutoff=0.5)
    hint = f" Did you mean {by_word[near[0]]}?" if near else ""
    raise Mistake(usage(command, f"{option.name} is one of {', '.join(option.choices)}, not “{value[:40]}”.{hint}"))


def _bind(command: Command, words: list[str]) -> dict[str, str]:
    """Words to options: `name=value` wherever it stands, the others by position.

    A word that is no choice of an option that can be left out goes to the next option. A phrase ends before a
    `name=value`. The last option takes what remains, its quotes included, because they are part of a query.
    """
    names = {option.name for option in command.options}
    bound: dict[str, str] = {}
    rest: list[str] = []
    ends: list[int] = []  # how many words of `rest` stand before each `name=value`
    for word in words:
        name, equals, value = word.partition("=")
        if equals and name in names:
            bound[name] = _unquoted(value)
            ends.append(len(rest))
        else:
            rest.append(word)
    at = 0
    for option in command.options:
        if option.name not in bound and at < len(rest):
            until = _end(command, option, rest, at, ends)
            if until > at:
                as_written = option.phrase or (option is command.options[-1] and not option.choices)
                text = " ".join(rest[at:until])
                bound[option.name] = text if as_written else _unquoted(text)
                at = until
    if at < len(rest):
        raise Mistake(usage(command, f"“{' '.join(rest[at:])[:40]}” is more than this command takes."))
    return bound


def _end(command: Command, option: Option, rest: list[str], at: int, ends: list[int]) -> int:
    """Up to where in `rest` the words from `at` on are the option's."""
    if option is command.options[-1]:
        return len(rest)
    if option.phrase:
        return min((end for end in ends if end > at), default=len(rest))
    if option.said:
        return at
    return at + int(option.required or not option.choices or _is_choice(option, _unquoted(rest[at])))


def _spoken(command: Command, arguments: Mapping[str, str]) -> Mapping[str, str]:
    """`arguments` with the options that are said within a phrase in their own places."""
    phrase = next((option for option in command.options if option.phrase), None)
    if phrase is None:
        return arguments
    words = split_words(arguments.get(phrase.name, ""))
    last = command.options[-1].name
    for option in command.options:
        at = _said_at(option, words)
        if at and option.name not in arguments:
            follows = [*words[at + 2 :], arguments.get(last, "")]
            said = {phrase.name: " ".join(words[:at]), option.name: words[at + 1], last: " ".join(follows).strip()}
            return {**arguments, **said}
    return arguments


def _said_at(option: Option, words: list[str]) -> int | None:
    """Where in a phrase the option's name stands before what can be its value; never at its beginning."""
    if option.said is None:
        return None
    name, said = option.name, option.said
    places = range(1, len(words) - 1)
    return next((at for at in places if words[at].lower() == name and said.fullmatch(words[at + 1])), None)


def _is_choice(option: Option, word: str) -> bool:
    return word.lower() in {choice.lower() for choice in option.choices}


def split_words(text: str) -> list[str]:
    """The words of a command; what stands in quotes is one word, its quotes included."""
    return _WORD.findall(text)


def unquoted_whole(text: str) -> str | None:
    """What stands between the quotes where `text` is one quotation as a whole, else None."""
    quoted = _QUOTES.fullmatch(text)
    return quoted[1] if quoted else None


def _unquoted(word: str) -> str:
    return _QUOTES.sub(r"\1", word)
