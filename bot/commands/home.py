"""What a person has set up, on one page: each subject brings its panel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.commands.spec import Caller, Page
from bot.deliver.panel import Panel

PanelOf = Callable[[Caller], Awaitable[Panel]]


def page_of(panels: Sequence[PanelOf]) -> Page:
    """The panels one below the other."""

    async def page(caller: Caller) -> Sequence[Panel]:
        return [await panel(caller) for panel in panels]

    return page
