"""`audit`: what was decided, held against what was sent."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.base import COULD_NOT, Problem, config_option
from bot.settings import load, parse_duration

if TYPE_CHECKING:
    from bot.store.audit import Finding

USUAL = "7d"


def _since(context: click.Context, parameter: click.Parameter, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise Problem(f"--since: {error}") from None


@click.command()
@config_option
@click.option("--since", default=USUAL, show_default=True, callback=_since, help="How far back: 24h, 7d, 4w.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def audit(config: Path | None, since: timedelta, as_json: bool) -> None:
    """Hold every decision against its deliveries and receipts, and print each gap and each repeat.

    \b
    Gaps:    a decision to tell without a delivery, a correction that changed nothing,
             something held that was told nowhere, a message sent without a receipt or
             taken back for nothing, an outcome that stays unknown, a delivery that
             nobody would send, facts that count as told and never were.
    Repeats: one decision, one version or one "first" in two messages at one place,
             two deliveries with one receipt.

    What was given up, with its reason, is listed too: people did not hear of it, but nothing is missing from the
    books. Exit status 1 where there is any gap or repeat. It only reads, and may run beside the bot.
    """
    from bot.store import audit as checks
    from bot.store.engine import Database
    from bot.store.upgrade import upgrade

    now = datetime.now(UTC)
    scope = checks.Scope(since=now - since, now=now)
    database = Database(load(config).database_url.get_secret_value())
    try:
        upgrade(database)
        decided, sent = database.read_now(checks.counted, scope)
        found = database.read_now(lambda connection: _told(checks.walk(connection, scope), as_json=as_json))
    finally:
        database.close()
    explained = sum(count for kind, count in found.items() if kind.is_explained)
    wrong = found.total() - explained
    books = "The books are right" if not wrong else f"{wrong:,} wrong"
    click.echo(
        f"{books}: {decided:,} decisions to tell and {sent:,} deliveries since {scope.since:%Y-%m-%d %H:%M} UTC; "
        f"{explained:,} given up with their reason",
        err=True,
    )
    if wrong:
        sys.exit(COULD_NOT)


def _told(findings: Iterable[Finding], *, as_json: bool) -> Counter[Any]:
    """Print each as it is found; returns how many there are of each kind."""
    kinds: Counter[Any] = Counter()
    for finding in findings:
        kinds[finding.kind] += 1
        click.echo(json.dumps(_line(finding)) if as_json else _plain(finding))
    return kinds


def _line(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "explained": finding.kind.is_explained,
        "destination": finding.destination,
        "at": None if finding.at is None else finding.at.isoformat(),
        "story": finding.story_id,
        "decision": finding.decision,
        "delivery": finding.delivery,
        "detail": finding.detail,
    }


def _plain(finding: Finding) -> str:
    from bot.deliver.console import one_line

    at = f"{finding.at:%Y-%m-%d %H:%M}" if finding.at else ""
    ids = {"story": finding.story_id, "decision": finding.decision, "delivery": finding.delivery}
    named = " ".join(f"{name}={number}" for name, number in ids.items() if number is not None)
    return f"{at}  {finding.kind:22} {finding.destination:24} {one_line(finding.detail)}  {named}".rstrip()
