"""A desk with a form and a page of one's own, whose store can be slow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.commands.spec import Caller, Catalog, Command, Mistake, Option
from bot.deliver.card import Action, Reply, Run
from bot.deliver.panel import Panel, Row


class Setups:
    """`/wire subscribe` with a check, `/wire unsubscribe`, and the page that shows what is there."""

    def __init__(self) -> None:
        self.made: list[tuple[dict[str, str], Caller]] = []
        self.names: list[str] = []
        self.store = asyncio.Event()  # cleared: it hangs
        self.store.set()
        self.broken = False
        options = (
            Option(name="query", help="what to look for", required=True),
            Option(name="where", help="here, or by direct message", choices=("here", "dm")),
        )
        commands = (
            Command(name="subscribe", help="Hear of a query.", run=self._run, check=self._check, options=options),
            Command(
                name="unsubscribe", help="End one.", run=self._end, options=(Option(name="which", help="which"),)
            ),
            Command(name="list", help="Those there are.", run=self._list),
        )
        self.catalog = Catalog(commands, page=self._page)

    async def _run(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        await self.store.wait()
        self._refuse(arguments)
        self.made.append((dict(arguments), caller))
        self.names.append(arguments["query"])
        return Reply(
            title=f"You are subscribed: {arguments['query']}",
            actions=(Action(label="End it", command="unsubscribe:0"), Action(label="Another", command="subscribe:")),
        )

    async def _check(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        await self.store.wait()
        self._refuse(arguments)
        return Reply(title="It would have matched 214 of 1,930 items.")

    def _refuse(self, arguments: Mapping[str, str]) -> None:
        if self.broken:
            raise RuntimeError("the store is on fire")
        if arguments["query"].endswith("("):
            raise Mistake(Reply(title="The bracket is not closed.", lines=((Run(text="tariff* (◀"),),)), "query")
        if arguments.get("where") == "here":
            raise Mistake(Reply(title="Only who manages the channel may."), "where")

    async def _end(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return Reply(title=f"Ended: {self.names.pop(int(arguments['which']))}")

    async def _list(self, caller: Caller, arguments: Mapping[str, str]) -> Reply:
        return Reply(title=f"{len(self.names)} there")

    async def _page(self, caller: Caller) -> Sequence[Panel]:
        if self.broken:
            raise RuntimeError("the store is on fire")
        rows = tuple(
            Row(
                line=(Run(text=name, bold=True),),
                actions=(
                    Action(label=f"End {number}", command=f"unsubscribe:{number}"),
                    Action(label=f"Edit {number}", command=f"subscribe:{name}"),
                ),
            )
            for number, name in enumerate(self.names)
        )
        new = Action(label="Subscribe", command="subscribe:")
        return (
            Panel(title="Subscriptions", lines=((Run(text=f"Of {caller.user}"),),), rows=rows, actions=(new,)),
            Panel(title="Mutes", rows=(Row(line=(Run(text="topic market"),)),)),
        )
