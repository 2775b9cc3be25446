"""`feeds`: the list of sources, as people handle it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.cli.base import Problem, complain, config_option
from bot.cli.feed_check import check_sources, named
from bot.counts import how_many
from bot.intake.faults import without_secrets
from bot.intake.fetched import Fault, FaultKind
from bot.model import Source
from bot.settings import SOURCES_FILE, config_directory, find_folder, load
from bot.sources.opml import MAX_OPML, read_opml, write_opml
from bot.sources.source_list import SourceList, SourceListError
from bot.sources.sourcing import Trial, described, make_id, plain_scheme, written

SHOWN = 3  # unusable addresses of a list


@click.group()
def feeds() -> None:
    """List, show, check, add, remove, import and export sources."""


feeds.add_command(check_sources)


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a source, with every setting.")
@config_option
def list_sources(as_json: bool, config: Path | None) -> None:
    """Every source: its id, how often it is asked, who speaks, where. Passwords in addresses are left out."""
    for source in load(config).sources:
        if as_json:
            click.echo(json.dumps(described(source), ensure_ascii=False))
            continue
        off = "" if source.enabled else "  (off)"
        place = without_secrets(source.url) if source.url else source.path
        click.echo(f"{source.id:24} {written(source.every):>6}  {source.authority:8}  {place}{off}")


@feeds.command()
@click.argument("source_id")
@config_option
def show(source_id: str, config: Path | None) -> None:
    """Every setting of one source as it is in effect; docs/sources.md says what each does."""
    for name, value in described(named(load(config).sources, source_id)).items():
        text = (
            ", ".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else value
        )
        click.echo(f"{name:12} {'-' if text in (None, '') else text}")


@feeds.command()
@click.argument("place")
@click.option("--id", "source_id", default="", help="Its id; made from the address without it.")
@click.option("--name", default="", help="What people call it; the feed's own title without it.")
@click.option("--yes", "--force", "yes", is_flag=True, help="Add it without a question, whatever a test poll finds.")
@config_option
def add(place: str, source_id: str, name: str, yes: bool, config: Path | None) -> None:
    """Add a feed (its web address, or that of a page that has one) or a folder of article files (a path).

    A feed is polled once and shown before it is added. Of several, one is chosen; without a terminal to ask on that
    is the best, and the others are named. An address that cannot be read or holds no feed is not added without a
    terminal; --force adds it all the same.
    """
    with _editing(config) as sources:
        if "://" not in place:
            if not (yes or find_folder(place, config_directory(config)).is_dir()):
                raise Problem(
                    f"{place}: no such folder; web addresses begin with https://, and --force adds it all the same"
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
    chosen, trial = tried[0] if len(tried) == 1 else _chosen(tried, place, ask=not yes)
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
        raise Problem(f"{fault.message}; nothing was added: --force adds the address all the same")
    complain(fault.message)
    if not (yes or _agreed("Add it all the same?", default=False)):
        raise Problem("nothing was added")


def _chosen(tried: list[tuple[Source, Trial]], place: str, *, ask: bool) -> tuple[Source, Trial]:
    """The one that is meant of several, the best first: asked on a terminal, else the best."""
    ordered = sorted(tried, key=lambda each: (each[1].frozen, not each[1].entries))  # else as the page has them
    listed = [
        f"{number}. {source.name or '(no title)'}: {how_many(trial.entries, 'entry', 'entries')}, "
        f"{without_secrets(source.url or '')}"
        for number, (source, trial) in enumerate(ordered, 1)
    ]
    head = f"{without_secrets(place)} has {len(tried)} feeds:"
    if not (ask and _is_terminal()):
        click.echo("\n".join([f"{head} the first is taken", *listed]), err=True)
        return ordered[0]
    click.echo("\n".join([head, *listed]))
    number = click.prompt("Which one?", type=click.IntRange(1, len(ordered)), default=1)
    return ordered[int(number) - 1]


def _show(source: Source, trial: Trial) -> None:
    from bot.commands.views.source_trials import trial_lines
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
