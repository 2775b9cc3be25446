"""Intake as the pipeline sees it: a source and its cursor in, entries and the next cursor out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.intake.feed import fetch_feed
from bot.intake.fetched import Fetched, FetchState
from bot.intake.folder import fetch_folder
from bot.intake.http import GuardedClient
from bot.intake.pages import Pages
from bot.intake.workers import WorkerPool
from bot.model import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Fetches any source. A folder's relative path is taken from `root`, the working directory unless given."""

    client: GuardedClient
    pool: WorkerPool
    root: Path = Path()
    pages: Pages | None = None  # of articles; None: none is read

    async def fetch(self, source: Source, state: FetchState, now: datetime) -> Fetched:
        """One poll. What the outside does wrong is the `fault` of the result, never an exception."""
        if source.url is not None:
            return await fetch_feed(source.url, state, self.client, self.pool, now, own=dict(source.headers))
        return await fetch_folder(self.root / (source.path or ""), state, self.pool)
