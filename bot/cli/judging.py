"""`classify` and `preview`: what the program thinks of a text, and how it would show it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from bot.cli.base import COULD_NOT, Problem, complain, config_option
from bot.model import Item
from bot.settings import LEXICON_FILE, ConfigError, config_directory, default_directory

if TYPE_CHECKING:
    from bot.signals.classifier import Classifier

LONGEST_LINE = 8 * 2**20  # bytes of one JSON line


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@config_option
@click.option("--jsonl", is_flag=True, help="Read items as JSON lines from standard input.")
def classify(files: tuple[Path, ...], config: Path | None, jsonl: bool) -> None:
    """Print the verdict on article FILES, or on JSON lines, one JSON object a line, in order."""
    if jsonl == bool(files):
        raise click.UsageError("give article FILES, or --jsonl with items on standard input")
    from bot.codec import verdict_line

    classifier = classifier_for(config)
    items = items_of_lines(sys.stdin.buffer) if jsonl else items_of_files(files)
    failed = False
    for identity, item in items:
        if isinstance(item, Item):
            click.echo(json.dumps(verdict_line(identity, classifier.classify(item))))
        else:
            failed = True
            complain(item)
    if failed:
        sys.exit(COULD_NOT)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@config_option
@click.option("--json", "platform", type=click.Choice(["slack", "discord"]), help="Print this platform's payload.")
def preview(file: Path, config: Path | None, platform: str | None) -> None:
    """Show the card of an article FILE as Slack and as Discord would show it."""
    from rich.console import Console

    from bot.deliver.compose import preview_card
    from bot.deliver.discord import embeds
    from bot.deliver.preview import discord_preview, slack_preview
    from bot.deliver.slack import blocks

    _, item = next(items_of_files([file]))
    if not isinstance(item, Item):
        raise Problem(item)
    card = preview_card(item, classifier_for(config).classify(item))
    payloads = {"slack": blocks.card_payload(card), "discord": embeds.card_payload(card)}
    if platform:
        click.echo(json.dumps(payloads[platform], indent=2))
        return
    console = Console()
    console.rule("Slack", align="left")
    console.print(slack_preview(payloads["slack"]))
    console.rule("Discord", align="left")
    console.print(discord_preview(payloads["discord"]))


Read = tuple[Any, Item | str]  # an item under the id it came with, or what was wrong with it


def classifier_for(config: Path | None) -> Classifier:
    """The classifier with the word list of the configuration, or the shipped one where it has none of its own."""
    from bot.signals.classifier import Classifier, Model
    from bot.signals.lexicon import Lexicon

    own = config_directory(config) / LEXICON_FILE
    try:
        return Classifier(Lexicon.load(own if own.is_file() else default_directory() / LEXICON_FILE), Model.load())
    except ValueError as error:
        raise ConfigError(str(error)) from None


def items_of_lines(stream: BinaryIO) -> Iterator[Read]:
    """The items of JSON lines; a broken line is said and passed over."""
    from bot.intake.normalise import from_record

    now = datetime.now(UTC)
    for number, line in enumerate(_lines(stream), 1):
        if not line.strip():
            continue
        try:
            record = record_of(line)
            yield record.get("id", number), from_record(record, now)
        except (ValueError, RecursionError) as error:
            yield "", f"line {number}: {error}"


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of `stream`; of one that is too long only the beginning, which is enough to refuse it."""
    while line := stream.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST_LINE + 1)
        yield line


def record_of(line: bytes) -> dict[str, Any]:
    """The JSON object of one line. Raises ValueError that says what is wrong with it."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} bytes")
    try:
        record = json.loads(line)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None
    if isinstance(record, dict):
        return record
    raise ValueError("not a JSON object")


def items_of_files(files: Iterable[Path]) -> Iterator[Read]:
    """Every article of every file, under its key; what could not be read, under no key."""
    return iter(asyncio.run(_read_files(files)))


async def _read_files(files: Iterable[Path]) -> list[Read]:
    """Every article of every file; a file that cannot be read is said and passed over."""
    from bot.intake.faults import FetchFailed
    from bot.intake.folder import read_articles
    from bot.intake.normalise import RECORDS, normalise
    from bot.intake.workers import WorkerPool

    now, read = datetime.now(UTC), list[Read]()
    async with WorkerPool() as pool:
        for path in files:
            try:
                entries = await read_articles(path, pool)
            except FetchFailed as error:
                read.append(("", error.fault.message))
                continue
            items = [item for entry in entries if (item := normalise(entry, RECORDS, now))]
            read += [(item.key, item) for item in items] or [("", f"{path}: no article in it")]
    return read
