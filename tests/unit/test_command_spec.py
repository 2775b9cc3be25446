from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.spec import MAX_INPUT, Caller, Catalog, Command, Mistake, Option, one_line, usage
from bot.deliver.card import Reply, plain
from bot.model import Destination

CALLER = Caller(user=Destination("slack", "U1", person=True), place=Destination("slack", "C1"))


async def echo(caller: Caller, arguments: Mapping[str, str]) -> Reply:
    return Reply(title=repr(dict(arguments)))


async def object_to_everything(caller: Caller, arguments: Mapping[str, str]) -> Reply:
    raise Mistake(Reply(title="no such item"))


LATEST = Command(
    name="latest",
    help="The newest stories.",
    run=echo,
    options=(
        Option(name="topic", help="only this topic", choices=("trade", "market")),
        Option(name="since", help="how far back"),
    ),
    examples=("/wire latest trade 7d",),
)
CATALOG = Catalog(
    (
        LATEST,
        Command(name="search", help="Find.", run=echo, options=(Option(name="query", help="what", required=True),)),
        Command(
            name="mute",
            help="Silence.",
            run=echo,
            options=(
                Option(name="what", help="what to mute", choices=("story", "source"), required=True),
                Option(name="name", help="which one"),
                Option(name="for", help="how long", choices=("day", "Week")),
            ),
        ),
        Command(
            name="hush",
            help="Silence for a time.",
            run=echo,
            options=(
                Option(name="kind", help="of what kind", choices=("word", "name")),
                Option(name="what", help="what", required=True, phrase=True),
                Option(name="for", help="how long", said=re.compile(r"\d\S*")),
                Option(name="reason", help="why"),
            ),
        ),
        Command(
            name="find",
            help="Find a page.",
            run=echo,
            options=(
                Option(name="what", help="what", required=True, phrase=True),
                Option(name="since", help="how far back", said=re.compile(r"\d+[hd]")),
                Option(name="page", help="which", said=re.compile(r"\d+"), named=True),
            ),
        ),
        Command(
            name="sum",
            help="Add up.",
            run=echo,
            options=(
                Option(name="period", help="which time", choices=("week",)),
                Option(name="page", help="which", said=re.compile(r"\d+"), named=True),
                Option(name="every", help="how often", said=re.compile(r"\d+")),
                Option(name="about", help="what"),
            ),
        ),
        Command(name="status", help="How things are.", run=echo),
        Command(name="why", help="Why.", run=object_to_everything, options=(Option(name="item", help="which"),)),
        Command(
            name="help", help="Help.", run=echo, options=(Option(name="command", help="which", choices=("why",)),)
        ),
    )
)


async def answer(text: str) -> str:
    return (await CATALOG.run_text(text, CALLER)).title


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("latest", {}),
        ("LATEST trade 24h", {"topic": "trade", "since": "24h"}),
        ("latest TRADE", {"topic": "trade"}),
        ("latest 24h", {"since": "24h"}),
        ("latest since=24h trade", {"topic": "trade", "since": "24h"}),
        ('latest since="3 days" topic=market', {"topic": "market", "since": "3 days"}),
        ("latest since=", {}),
        ("  status  ", {}),
        ("", {}),  # help
        ('help "why"', {"command": "why"}),
        ("hush tin", {"what": "tin"}),
        ("hush tin for 3d", {"what": "tin", "for": "3d"}),
        ("hush rare earths", {"what": "rare earths"}),
        ("hush word rare earths for 3d", {"kind": "word", "what": "rare earths", "for": "3d"}),
        (
            "hush rare earths FOR 3d too much for us",
            {"what": "rare earths", "for": "3d", "reason": "too much for us"},
        ),
        ("hush higher for longer for 3d", {"what": "higher for longer", "for": "3d"}),
        ("hush higher for longer", {"what": "higher for longer"}),
        ('hush "rare earths" for 3d', {"what": '"rare earths"', "for": "3d"}),
        ('hush "for 3d" too much', {"what": '"for 3d" too much'}),
        ("hush rare earths for=3d too much", {"what": "rare earths", "for": "3d", "reason": "too much"}),
        ("hush for=3d rare earths for 5d", {"what": "rare earths for 5d", "for": "3d"}),
        ("hush for 3d", {"what": "for 3d"}),
        ("hush tin for", {"what": "tin for"}),
        ("find tin page 9", {"what": "tin", "page": "9"}),
        ("find tin since 7d page 9", {"what": "tin", "since": "7d", "page": "9"}),
        ("find tin page=9", {"what": "tin", "page": "9"}),
        ("find page 9", {"what": "page 9"}),
        ("find front page 9 news", {"what": "front page 9 news"}),
        ("find tin page nine", {"what": "tin page nine"}),
        ('find "tin page 9"', {"what": '"tin page 9"'}),
        ("sum page 9", {"page": "9"}),
        ("sum page 9 week tin", {"period": "week", "page": "9", "about": "tin"}),
        ("sum week tin PAGE 9", {"period": "week", "page": "9", "about": "tin"}),
        ("sum page of tin", {"about": "page of tin"}),
        ("sum every 9", {"about": "every 9"}),
        ("mute source ft day", {"what": "source", "name": "ft", "for": "day"}),
        ('mute source "Financial Times" day', {"what": "source", "name": "Financial Times", "for": "day"}),
        ("mute source “Financial Times” day", {"what": "source", "name": "Financial Times", "for": "day"}),
    ],
)
async def test_words_go_to_the_options_they_fit(text: str, arguments: dict[str, str]) -> None:
    assert await answer(text) == repr(arguments)


@pytest.mark.parametrize(
    "query",
    [
        'title:"trade war" OR (tarif* -crypto)',
        "China's answer to Japan's tariffs",
        'an unclosed " quote',
        "back\\slash rate>=10 topic=trade",
        "“typographic quotes” 关税",
    ],
)
async def test_the_last_option_takes_the_rest_as_it_was_written(query: str) -> None:
    assert await answer(f"search {query}") == repr({"query": query})


async def test_a_choice_may_be_written_in_any_case_however_it_is_declared() -> None:
    assert await answer("mute story x week") == repr({"what": "story", "name": "x", "for": "Week"})


@pytest.mark.parametrize(
    ("text", "title", "hint"),
    [
        ("lates", "There is no command “lates”.", "Did you mean /wire latest?"),
        (
            "qqqq",
            "There is no command “qqqq”.",
            "Commands: latest, search, mute, hush, find, sum, status, why, help.",
        ),
        ("search", "“query” is missing: what.", "/wire search <query>"),
        ("mute stroy x", "what is one of story, source, not “stroy”. Did you mean story?", "/wire mute <what>"),
        ("latest topic=trad", "topic is one of trade, market, not “trad”. Did you mean trade?", "[topic] [since]"),
        ("help qqq", "command is one of why, not “qqq”.", "/wire help [command]"),
        ("status now please", "“now please” is more than this command takes.", "/wire status"),
        ("latest 7d since=24h", "“7d” is more than this command takes.", "/wire latest"),
        ("hush rare reason=why earths", "“earths” is more than this command takes.", "/wire hush [kind] <what>"),
        ("why x", "no such item", ""),
    ],
)
async def test_wrong_input_is_answered_with_help_and_the_nearest_word(text: str, title: str, hint: str) -> None:
    reply = await CATALOG.run_text(text, CALLER)
    assert reply.title == title
    assert hint in plain(reply.lines)


async def test_too_long_input_is_refused_whatever_way_it_came() -> None:
    refusal = f"That is {MAX_INPUT + 1:,} characters; a command has at most 1,000."
    assert await answer("search " + "x" * (MAX_INPUT - 6)) == refusal
    assert (await CATALOG.run("search", {"query": "x" * (MAX_INPUT + 1)}, CALLER)).title == refusal
    assert (await CATALOG.press("search:" + "x" * (MAX_INPUT + 1), CALLER)).title == refusal


async def test_a_button_is_the_command_typed_with_its_arguments() -> None:
    assert (await CATALOG.press("search:https://news.example/a:b", CALLER)).title == repr(
        {"query": "https://news.example/a:b"}
    )
    assert (await CATALOG.press("mute:story steel week", CALLER)).title == repr(
        {"what": "story", "name": "steel", "for": "Week"}
    )
    assert (await CATALOG.press("status:ignored", CALLER)).title == repr({})
    assert (await CATALOG.press("latest", CALLER)).title == repr({})
    assert (await CATALOG.press("gone:x", CALLER)).title == "There is no command “gone”."
    too_many = await CATALOG.press("latest:trade 7d since=1h", CALLER)
    assert too_many.title == "“7d” is more than this command takes."


async def test_typed_options_are_checked_like_written_ones() -> None:
    assert (await CATALOG.run("latest", {"topic": " Trade ", "unknown": "x"}, CALLER)).title == repr(
        {"topic": "trade"}
    )
    assert (await CATALOG.run("latest", {"topic": "sport"}, CALLER)).title.startswith("topic is one of trade, market")
    assert (await CATALOG.run("gone", {}, CALLER)).title == "There is no command “gone”."


@pytest.mark.parametrize(
    ("arguments", "heard"),
    [
        ({"what": "rare earths"}, {"what": "rare earths"}),
        ({"what": '"rare earths"'}, {"what": '"rare earths"'}),
        ({"what": "rare earths for 3d"}, {"what": "rare earths", "for": "3d"}),
        (
            {"what": "rare earths for 3d too much", "reason": "of it"},
            {"what": "rare earths", "for": "3d", "reason": "too much of it"},
        ),
        ({"what": "a week for 3d", "for": "1w"}, {"what": "a week for 3d", "for": "1w"}),
    ],
)
async def test_what_is_said_within_a_typed_phrase_is_heard(arguments: dict[str, str], heard: dict[str, str]) -> None:
    assert (await CATALOG.run("hush", arguments, CALLER)).title == repr(heard)


async def test_a_thread_that_is_a_destination_is_the_place_itself() -> None:
    async def where(caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return Reply(title=str(caller.place))

    thread = Destination("discord", "777")
    within = replace(CALLER, thread=thread)
    commands = (Command(name="where", help="Where.", run=where),)
    assert (await Catalog(commands).run("where", {}, within)).title == "slack:C1"
    assert (await Catalog(commands, frozenset({thread})).run("where", {}, within)).title == "discord:777"
    assert (await Catalog(commands, frozenset({thread})).run("where", {}, CALLER)).title == "slack:C1"


async def test_the_caller_reaches_the_command() -> None:
    async def who(caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return Reply(title=f"{caller.user} in {caller.place}")

    catalog = Catalog((Command(name="who", help="Who asks.", run=who),))
    assert (await catalog.run_text("who", CALLER)).title == "slack:@U1 in slack:C1"


def test_help_for_one_command_shows_use_options_and_examples() -> None:
    reply = usage(LATEST)
    assert reply.title == "/wire latest"
    assert plain(reply.lines).splitlines() == [
        "The newest stories.",
        "Usage: /wire latest [topic] [since]",
        "topic: only this topic (trade, market)",
        "since: how far back",
        "Example: /wire latest trade 7d",
    ]


def test_an_option_that_is_said_is_shown_as_it_is_typed() -> None:
    assert CATALOG.by_name["hush"].usage == "/wire hush [kind] <what> [for …] [reason]"


@given(st.text())
async def test_what_is_kept_is_printable_on_one_line_and_in_bounds(text: str) -> None:
    line = one_line(text, 20)
    assert len(line) <= 20
    assert line.isprintable()
    assert one_line(line, 20) == line


@given(st.text())
async def test_any_text_gets_an_answer(text: str) -> None:
    assert await answer(text)
