"""`feeds`: the list of sources, as people handle it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.cli.base import Problem, complain, config_option
from bot.counts import how_many
from bot.intake.faults import without_secrets
from bot.model import Fault, FaultKind, Source
from bot.settings import SOURCES_FILE, config_directory, find_folder, load
from bot.sources.opml import MAX_OPML, read_opml, write_opml
from bot.sources.source_list import SourceList, SourceListError
from bot.sources.sourcing import Trial, make_id, plain_scheme, written

SHOWN = 3  # unusable addresses of a list


@click.group()
def feeds() -> None:
    """List, add, remove, import and export sources."""


@feeds.command("list")
@config_option
def list_sources(config: Path | None) -> None:
    """Every source: its id, how often it is asked, who speaks, where. Passwords in addresses are left out."""
    for source in load(config).sources:
        off = "" if source.enabled else "  (off)"
        place = without_secrets(source.url) if source.url else source.path
        click.echo(f"{source.id:24} {written(source.every):>6}  {source.authority:8}  {place}{off}")


@feeds.command()
@click.argument("place")
@click.option("--id", "source_id", default="", help="Its id; made from the address without it.")
@click.option("--name", default="", help="What people call it; the feed's own title without it.")
@click.option("--yes", is_flag=True, help="Add it without a question, whatever a test poll finds.")
@config_option
def add(place: str, source_id: str, name: str, yes: bool, config: Path | None) -> None:
    """Add a feed (its web address, or that of a page that has one) or a folder of article files (a path).

    A feed is polled once and shown before it is added. Without a terminal to ask on, it is added unless it cannot be
    read, or the address holds no feed, or more than one; --yes adds the address all the same.
    """
    with _editing(config) as sources:
        if "://" not in place:
            if not (yes or find_folder(place, config_directory(config)).is_dir()):
                raise Problem(
                    f"{place}: no such folder; web addresses begin with https://, and --yes adds it all the same"
                )
            new = sources.add(path=place, name=name, source_id=source_id)
        else:
            if sources.id_at(place) is None and plain_scheme(place).startswith("http"):
                place, name, source_id = _tried(place, name, source_id, sources, yes, config)
            new = sources.add(url=place, name=name, source_id=source_id)
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
    opml = read_opml(file.read_bytes())
    if not opml.feeds:
        raise Problem(f"{file}: no feed in it; an OPML file names each as <outline xmlUrl=…>")
    with _editing(config) as sources:
        imported = sources.add_all(opml.feeds)
    click.echo(f"added {len(imported.added)}, {imported.known} were in the list already")
    if opml.unusable:
        named = ", ".join(opml.unusable[:SHOWN])
        click.echo(f"passed over {len(opml.unusable)} that are no web address, such as {named}", err=True)


@feeds.command("export")
@config_option
def export(config: Path | None) -> None:
    """Print the feeds as OPML, their addresses in full."""
    sys.stdout.write(write_opml(load(config).sources))


def _tried(
    place: str, name: str, source_id: str, sources: SourceList, yes: bool, config: Path | None
) -> tuple[str, str, str]:
    """Address, name and id of the feed at `place`, after a test poll. Raises Problem where it is not to be added."""
    from bot.cli.trying import try_feeds  # the classifier: other commands start without it

    tried = try_feeds(load(config), place)
    if isinstance(tried, Fault):
        _bear(tried, yes)
        return place, name, source_id
    chosen, trial = tried[0] if len(tried) == 1 else _chosen(tried, place)
    url = chosen.url or place
    _show(chosen, trial)
    if not (yes or _agreed("Add it?", default=True)):
        raise Problem("nothing was added")
    return url, name or chosen.name, source_id or make_id(name, url, sources.ids)


def _bear(fault: Fault, yes: bool) -> None:
    """Raises Problem unless who asks insists.

    A feed that cannot be read now may be there later, so a person is asked; what is no feed will not become one.
    """
    if not yes and (fault.kind is FaultKind.NOT_A_FEED or not _is_terminal()):
        raise Problem(f"{fault.message}; nothing was added: --yes adds the address all the same")
    complain(fault.message)
    if not (yes or _agreed("Add it all the same?", default=False)):
        raise Problem("nothing was added")


def _chosen(tried: list[tuple[Source, Trial]], place: str) -> tuple[Source, Trial]:
    listed = [
        f"{number}. {source.name or '(no title)'}: {how_many(trial.entries, 'entry', 'entries')}, {source.url}"
        for number, (source, trial) in enumerate(tried, 1)
    ]
    if not _is_terminal():
        raise Problem("\n".join([f"{without_secrets(place)} has {len(tried)} feeds; name one of them:", *listed]))
    click.echo("\n".join(listed))
    number = click.prompt("Which one?", type=click.IntRange(1, len(tried)))
    return tried[int(number) - 1]


def _show(source: Source, trial: Trial) -> None:
    from bot.commands.views.sources import trial_lines
    from bot.deliver.card import plain

    click.echo(source.name or "(no title)")
    click.echo(plain(trial_lines(source, trial)))


def _agreed(question: str, *, default: bool) -> bool:
    """The answer on a terminal; who asks from a script has said what they want."""
    return click.confirm(question, default=default) if _is_terminal() else True


def _is_terminal() -> bool:
    return sys.stdin.isatty()


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
