"""The composition root: the only place that builds concrete parts and knows them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address, ip_network

import structlog
from rich.console import Console

from bot.board.app import build_board, serve
from bot.clock import Clock, SystemClock
from bot.commands.catalog import Desk, build_catalog
from bot.commands.spec import Catalog
from bot.deliver.card import Card
from bot.deliver.compose import Composer
from bot.deliver.console import ConsoleChannel
from bot.deliver.drain import Drain
from bot.deliver.ports import Channel
from bot.intake.fetch import Intake
from bot.intake.http import AddressGuard, GuardedClient
from bot.intake.workers import WorkerPool
from bot.model import Delivery, Receipt
from bot.observe import Metrics, Parts
from bot.owner import this_owner
from bot.pipeline import Pipeline
from bot.routing import query
from bot.routing.routes import Route
from bot.service import Part, Service, until_stopped
from bot.settings import ConfigError, RouteEntry, Settings
from bot.signals.classifier import Classifier
from bot.signals.lexicon import Lexicon
from bot.store.engine import Database
from bot.store.upgrade import upgrade
from bot.supervise import supervise

log = structlog.get_logger()


class Role(StrEnum):
    """What a process does. `all` is one process for everything; the others are for many processes."""

    ALL = "all"
    WORKER = "worker"
    CHAT = "chat"
    WEB = "web"

    def does(self, other: Role) -> bool:
        return self in {Role.ALL, other}
