"""The commands against simcord, a second model of Discord that is not ours: permissions, limits, restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import discord
import simcord

from bot.commands.on_discord.chat import DiscordChat
from bot.commands.on_discord.connection import Connection
from bot.commands.on_discord.offer import WHY
from bot.commands.spec import Caller, Catalog, Command, Option
from bot.deliver.card import Action, Menu, Reply, Run
from bot.observe.health import unheard

TOKEN = "simcord.has.none"


async def _latest(caller: Caller, arguments: Mapping[str, str]) -> Reply:
    return Reply(
        title=f"Latest {arguments.get('topic', 'stories')}",
        lines=((Run(text="*Steel* quota "), Run(text="extended", bold=True)),),
        actions=(Action(label="Why", command="why:0123456789abcdef"),),
        menu=Menu(label="Another", choices=(("The second", "why:2222"), ("The third", "why:3333"))),
    )


async def _suggest(caller: Caller, typed: str) -> Sequence[str]:
    return [f"{typed}1", f"{typed}2"]


async def _why(caller: Caller, arguments: Mapping[str, str]) -> Reply:
    return Reply(title=f"Why {arguments['item']}", lines=((Run(text=f"asked in {caller.place}"),),))


async def _break(caller: Caller, arguments: Mapping[str, str]) -> Reply:
    raise RuntimeError("planned by the test")


CATALOG = Catalog(
    (
        Command(
            name="latest",
            help="The latest stories.",
            run=_latest,
            options=(Option(name="topic", help="Which topic.", choices=("trade", "market")),),
        ),
        Command(
            name="why",
            help="Why an item was flagged.",
            run=_why,
            options=(Option(name="item", help="The reference under a card.", required=True, suggest=_suggest),),
        ),
        Command(name="break", help="Always fails.", run=_break),
    )
)


def new_client() -> discord.Client:
    return DiscordChat(TOKEN, CATALOG).client(Connection(unheard))


def answer(result: simcord.InteractionResult) -> discord.Embed:
    """The one embed of the answer, which only the caller sees."""
    assert result.acknowledged
    assert result.response is not None
    assert result.response.ephemeral
    (embed,) = result.response.embeds
    return embed


async def test_offers_a_subcommand_for_each_command() -> None:
    async with simcord.run(new_client()) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("desk")
        ann = guild.add_member(env.create_user("ann"))
        assert ann.available_commands(channel) == ("wire latest", "wire why", "wire break")


async def test_answers_in_private_with_what_was_chosen() -> None:
    async with simcord.run(new_client()) as env:
        guild = env.create_guild()
        ann = guild.add_member(env.create_user("ann"))
        result = await ann.slash(guild.create_text_channel("desk"), "wire latest", topic="trade")
        embed = answer(result)
        assert embed.title == "Latest trade"
        assert embed.description == r"\*Steel\* quota **extended**"


async def test_a_button_works_after_the_bot_was_restarted() -> None:
    async with simcord.run(new_client()) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("desk")
        ann = guild.add_member(env.create_user("ann"))
        result = await ann.slash(channel, "wire latest")
        assert result.response is not None
        await env.restart_bot(new_client())
        embed = answer(await ann.click(result.response.message, label="Why"))
        assert embed.title == "Why 0123456789abcdef"
        assert embed.description == f"asked in discord:{channel.id}"


async def test_a_failing_command_is_answered_with_an_apology() -> None:
    async with simcord.run(new_client()) as env:
        guild = env.create_guild()
        ann = guild.add_member(env.create_user("ann"))
        embed = answer(await ann.slash(guild.create_text_channel("desk"), "wire break"))
        assert embed.title == "Sorry"
        assert "planned" not in str(embed.description)


async def test_a_menu_works_after_the_bot_was_restarted() -> None:
    async with simcord.run(new_client()) as env:
        guild = env.create_guild()
        ann = guild.add_member(env.create_user("ann"))
        result = await ann.slash(guild.create_text_channel("desk"), "wire latest")
        assert result.response is not None
        await env.restart_bot(new_client())
        embed = answer(await ann.select(result.response.message, ["why:3333"]))
        assert embed.title == "Why 3333"


async def test_values_are_suggested() -> None:
    async with simcord.run(new_client()) as env:
        guild = env.create_guild()
        ann = guild.add_member(env.create_user("ann"))
        choices = await ann.autocomplete(guild.create_text_channel("desk"), "wire why", "item", "3f")
        assert [choice["value"] for choice in choices] == ["3f1", "3f2"]


async def test_why_is_asked_of_a_message() -> None:
    async with simcord.run(new_client()) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("desk")
        ann = guild.add_member(env.create_user("ann"))
        result = await ann.slash(channel, "wire latest")
        assert result.response is not None
        embed = answer(await ann.context_menu(channel, WHY, result.response.message))
        assert embed.title == "Why 0123456789abcdef"
