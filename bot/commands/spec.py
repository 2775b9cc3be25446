"""What a command is, independent of any platform: options in, a neutral reply out.

A `Catalog` holds every command once. Both platforms feed it: Slack with text, Discord with typed options, and
buttons on either with `name:argument`. Unknown input is answered with help and the nearest valid word.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.deliver.card import Line, Reply, Run
from bot.deliver.panel import Panel
from bot.model import Destination

PREFIX = "/wire "  # what a command begins with, where it is shown
MAX_INPUT = 1_000  # characters of one invocation; a longer one is refused, not parsed

_WORD = re.compile(r'(?:["“”][^"“”]*["“”]|\S)+')  # what stands in quotes is one word; a lone quote is a character
_QUOTES = re.compile(r'["“”]([^"“”]*)["“”]')


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One argument. `choices` become Discord choices; the last option of a command takes the rest of the text.

    A `phrase` takes every word, its quotes included, up to where an option that is `said` is typed after its own
    name: in "rare earths for 3d too noisy" the pattern `said` knows "3d", and the last option takes what follows.
    One that is `named` is typed so in other commands too: "page 9" as well as "page=9".

    `suggest` gives values that begin like what somebody has typed so far, while they type. A `file` is attached where
    the platform lets people do that; its value is the address that the file is fetched from, which can be typed too.
    """

    name: str
    help: str
    choices: tuple[str, ...] = ()
    required: bool = False
    phrase: bool = False
    said: re.Pattern[str] | None = None
    named: bool = False
    suggest: Suggest | None = None
    file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """Whether somebody may decide for a place; `why` says who may, or what is missing to tell."""

    granted: bool
    why: str = ""


PermissionCheck = Callable[[], Awaitable[Permission]]


async def _nobody_tells() -> Permission:
    return Permission(granted=False, why="This connection does not say who may.")


ZoneOf = Callable[[], Awaitable[str | None]]


async def _nowhere() -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, and where: the destination the command was typed in (a channel, or the person's own messages).

    Typed in a thread, `place` is the channel that it belongs to. `name` is how the platform shows them, where it
    says so. `may_manage` asks the platform whether they manage the channel, `zone` in which IANA time zone they set
    their clock (None: it does not say, or not in time), `may_administer` whether they administer the whole workspace
    or server; all may need the network, so only commands that have to know ask. `locale` is the language that they
    set there, such as `en-GB`, where it is known without asking.
    """

    user: Destination
    place: Destination
    thread: Destination | None = None
    name: str = field(default="", compare=False)
    locale: str | None = field(default=None, compare=False)
    may_manage: PermissionCheck = field(default=_nobody_tells, compare=False, repr=False)
    may_administer: PermissionCheck = field(default=_nobody_tells, compare=False, repr=False)
    zone: ZoneOf = field(default=_nowhere, compare=False, repr=False)


Handler = Callable[[Caller, Mapping[str, str]], Awaitable[Reply]]
Page = Callable[[Caller], Awaitable[Sequence[Panel]]]
Suggest = Callable[[Caller, str], Awaitable[Sequence[str]]]  # what was typed so far in; values out, the best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`check` says what `run` would do and does nothing; it raises Mistake as `run` does. A command that has it is
    offered as a form where it is called without what it needs and the platform has forms.
    """

    name: str
    help: str
    run: Handler
    check: Handler | None = None
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
    """Input that is not a command; carries the reply that helps, and which option is wrong where it is one."""

    def __init__(self, reply: Reply, option: str = "") -> None:
        super().__init__(reply.title)
        self.reply = reply
        self.option = option


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every command by name. The one entry for both platforms.

    `destinations` are those that routes name: a thread among them is a place of its own. `page` gives what a person
    has set up, for platforms that have a page of one's own.
    """

    commands: tuple[Command, ...]
    destinations: frozenset[Destination] = frozenset()
    page: Page | None = None
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

    async def check(self, name: str, arguments: Mapping[str, str], caller: Caller) -> Reply:
        """What a form's command would do with these options. Raises Mistake, with the option that is wrong."""
        command = self.by_name[name]
        if command.check is None:
            raise ValueError(f"/wire {name} cannot be checked beforehand")
        return await command.check(self._at_home(caller), self._checked(command, _spoken(command, arguments)))

    async def suggest(self, name: str, option: str, typed: str, caller: Caller) -> Sequence[str]:
        """Values for one option while somebody types it; none where the command or the option is not known."""
        command = self.by_name.get(name)
        for known in command.options if command else ():
            if known.name == option:
                if known.suggest:
                    return await known.suggest(self._at_home(caller), typed)
                return [choice for choice in known.choices if typed.lower() in choice.lower()]
        return ()

    def form(self, text: str) -> Command | None:
        """The command whose form is meant by "subscribe", typed or pressed without what it needs."""
        command = self.by_name.get(text.strip().removesuffix(":").lower())
        wanting = command and command.check and any(option.required for option in command.options)
        return command if wanting else None

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
                    raise Mistake(usage(command, f"“{option.name}” is missing: {option.help}."), option.name)
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


def arguments_of(command: Command, text: str) -> Mapping[str, str]:
    """The options by name of what is typed after a command's name. Raises Mistake where it takes less than that."""
    return _spoken(command, _bind(command, split_words(text)))


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
    problem = f"{option.name} is one of {', '.join(option.choices)}, not “{value[:40]}”.{hint}"
    raise Mistake(usage(command, problem), option.name)


def _bind(command: Command, words: list[str]) -> dict[str, str]:
    """Words to options: `name=value` wherever it stands, or "page 9" (see `_named`), the others by position.

    A word that is no choice of an option that can be left out goes to the next option. A phrase ends before a
    `name=value`, and before the choices of the options after it. The last option takes what remains, its quotes
    included, because they are part of a query.
    """
    names = {option.name for option in command.options}
    bound: dict[str, str] = {}
    rest: list[str] = []
    ends: list[int] = []  # how many words of `rest` stand before each `name=value`
    for word in _named(command, words):
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
            if option.phrase:
                until = _before_choices(command, option, rest[:until], at, bound)
            if until > at:
                as_written = option.phrase or (option is command.options[-1] and not option.choices)
                text = " ".join(rest[at:until])
                bound[option.name] = text if as_written else _unquoted(text)
                at = until
    if at < len(rest):
        raise Mistake(usage(command, f"“{' '.join(rest[at:])[:40]}” is more than this command takes."))
    return bound


def _named(command: Command, words: list[str]) -> list[str]:
    """`words` with an option that is `named` as `name=value`: "page 9" as "page=9".

    Beside a phrase only behind it, at the end: "page 9" may be words to look for.
    """
    said = {option.name: option.said for option in command.options if option.named and option.said}
    phrase = any(option.phrase for option in command.options)
    written: list[str] = []
    at = 0
    while at < len(words):
        name, value = words[at].lower(), words[at + 1] if at + 1 < len(words) else ""
        pattern = said.get(name) if not phrase or 0 < at == len(words) - 2 else None
        is_said = pattern is not None and pattern.fullmatch(value) is not None
        written.append(f"{name}={value}" if is_said else words[at])
        at += 1 + is_said
    return written


def _end(command: Command, option: Option, rest: list[str], at: int, ends: list[int]) -> int:
    """Up to where in `rest` the words from `at` on are the option's."""
    if option is command.options[-1]:
        return len(rest)
    if option.phrase:
        return min((end for end in ends if end > at), default=len(rest))
    if option.said:
        return at
    return at + int(option.required or not option.choices or _is_choice(option, _unquoted(rest[at])))


def _before_choices(command: Command, phrase: Option, words: list[str], at: int, bound: Mapping[str, str]) -> int:
    """Where the phrase ends that begins at `at`, if choices of later options follow it: "rare earths" in
    "rare earths dm urgent". A choice in quotes is part of the phrase.
    """
    end = len(words)
    for option in reversed(command.options[command.options.index(phrase) + 1 :]):
        if end > at + 1 and option.name not in bound and _is_choice(option, words[end - 1]):
            end -= 1
    return end


def _spoken(command: Command, arguments: Mapping[str, str]) -> Mapping[str, str]:
    """`arguments` with the options that are said within a phrase in their own places."""
    phrase = next((option for option in command.options if option.phrase), None)
    if phrase is None:
        return arguments
    words = split_words(arguments.get(phrase.name, ""))
    last = command.options[-1].name
    for option in command.options[:-1]:
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
