"""`feeds`: the list of sources, as people handle it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.cli.base import Problem, config_option
from bot.opml import MAX_OPML, read_opml, write_opml
from bot.settings import SOURCES_FILE, config_directory, load
from bot.source_list import SourceList, SourceListError


@click.group()
def feeds() -> None:
    """List, add, remove, import and export sources."""


@feeds.command("list")
@config_option
def list_sources(config: Path | None) -> None:
    """Every source: its id, how often it is asked, who speaks, where."""
    for source in load(config).sources:
        off = "" if source.enabled else "  (off)"
        minutes = f"{source.every.total_seconds() / 60:g} min"
        click.echo(f"{source.id:24} {minutes:>8}  {source.authority:8}  {source.url or source.path}{off}")


@feeds.command()
@click.argument("place")
@click.option("--id", "source_id", default="", help="Its id; made from the address without it.")
@click.option("--name", default="", help="What people call it.")
@config_option
def add(place: str, source_id: str, name: str, config: Path | None) -> None:
    """Add a feed (a web address) or a folder of article files (a path)."""
    with _editing(config) as sources:
        if "://" in place:
            new = sources.add(url=place, name=name, source_id=source_id)
        else:
            new = sources.add(path=place, name=name, source_id=source_id)
    click.echo(f"added {new}")


@feeds.command()
@click.argument("source_id")
@config_option
def remove(source_id: str, config: Path | None) -> None:
    """Take a source out of the list. What it brought stays stored."""
    with _editing(config) as sources:
        sources.remove(source_id)
    click.echo(f"removed {source_id}")


@feeds.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@config_option
def import_file(file: Path, config: Path | None) -> None:
    """Add the feeds of an OPML file that are not in the list yet; broken files are read as far as possible."""
    if file.stat().st_size > MAX_OPML:
        raise Problem(f"{file}: larger than {MAX_OPML // 2**20} MiB; is it an OPML file?")
    outlines = read_opml(file.read_bytes())
    if not outlines:
        raise Problem(f"{file}: no feed in it; an OPML file names each as <outline xmlUrl=…>")
    with _editing(config) as sources:
        imported = sources.add_all(outlines)
    click.echo(f"added {len(imported.added)}, {imported.known} were in the list already")


@feeds.command("export")
@config_option
def export(config: Path | None) -> None:
    """Print the feeds as OPML."""
    sys.stdout.write(write_opml(load(config).sources))


@contextmanager
def _editing(config: Path | None) -> Iterator[SourceList]:
    """The list, saved when the block ends well and the result is a valid configuration."""
    path = config_directory(config) / SOURCES_FILE
    before = path.read_bytes() if path.is_file() else None
    try:
        sources = SourceList.load(path)
        yield sources
        sources.save()
    except SourceListError as error:
        raise Problem(str(error)) from None
    try:
        load(config)
    except Exception:
        if before is not None:
            path.write_bytes(before)
        raise
