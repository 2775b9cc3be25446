"""Takes the waiting out of discord.py, or other modules: retries and reconnects are tested without their seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import discord.client
import discord.http
import discord.webhook.async_
import pytest


class _AsyncioWithoutWaiting:
    """`asyncio` for one module, with a sleep that only lets others run. `slept` has the seconds asked for."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


_SDK = (discord.client, discord.http, discord.webhook.async_)


def stop_waiting(monkeypatch: pytest.MonkeyPatch, modules: Sequence[ModuleType] = _SDK) -> list[float]:
    """Returns the list of the waits, in seconds, which grows as they happen."""
    shim = _AsyncioWithoutWaiting()
    for module in modules:
        monkeypatch.setattr(module, "asyncio", shim)
    return shim.slept
