"""`replay`: what a configuration would have sent, had these items come in as they were published."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from bot.cli.base import COULD_NOT, Problem, WrongConfig, complain, config_option
from bot.cli.judging import record_of
from bot.cli.progress import counting
from bot.counts import how_many
from bot.settings import load

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.model import Item
    from bot.replay.archive import Archive, Contents, Identity
    from bot.replay.decisions import Decided
    from bot.replay.figures import Trial
    from bot.routing.routes import Route
    from bot.signals.classifier import Classifier
    from bot.store.engine import Database

CHUNK = 500  # items in memory, and in one transaction
THRESHOLDS = "0.5,0.6,0.7,0.8,0.9"
STDIN = Path("-")
WIDTH = 100  # columns of the summary where standard output is no terminal
_BLOCK = 2**20  # bytes
_GZIP = b"\x1f\x8b"  # the first two bytes of such a file: https://www.rfc-editor.org/rfc/rfc1952#page-6
_DAY = click.DateTime(["%Y-%m-%d"])


def _probabilities(_context: click.Context, option: click.Parameter, text: str) -> tuple[float, ...]:
    try:
        found = {float(part) for part in text.split(",")}
    except ValueError:
        found = {-1.0}
    if not all(0 <= each <= 1 for each in found):
        raise click.BadParameter(f"{text!r}: write numbers from 0 to 1, as in {THRESHOLDS}", param=option)
    return tuple(sorted(found))


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@config_option
@click.option("--routes", "routes_file", type=click.Path(path_type=Path), help="Try this file as routes.toml.")
@click.option("--since", type=_DAY, help="Only items of this day or later. Days are UTC.")
@click.option("--until", type=_DAY, help="Only items of this day or earlier.")
@click.option("--route", "asked", multiple=True, metavar="NAME", help="Show only this route; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="List also what would not have been sent, with the reason.")
@click.option("--summary", is_flag=True, help="Leave the list out.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON, one object a line, and no summary.")
@click.option(
    "--thresholds",
    default=THRESHOLDS,
    show_default=True,
    callback=_probabilities,
    help="For the table of what each route would send at other thresholds.",
)
def replay(
    files: tuple[Path, ...],
    config: Path | None,
    routes_file: Path | None,
    since: datetime | None,
    until: datetime | None,
    asked: tuple[str, ...],
    everything: bool,
    summary: bool,
    as_json: bool,
    thresholds: tuple[float, ...],
) -> None:
    """Show what would have been sent, when and why, had the items of FILES (- for standard input) come in.

    A line is an item as `classify --jsonl` takes it. Items go in the order of their dates through the very steps of
    `run`: stories, routes, tiers, quiet hours. Each is decided on as if it came in when it was published; nothing is
    sent, and the desk's own database is neither read nor changed.

    \b
    - An item without a date that `run` would believe (before 1995, or to come)
      takes the time of the item before it in the files; it is said how many.
    - Of several items with one id the earliest stands, as in `run`.
    - The replay begins with nothing told, also with --since.
    - "Relevant" and "Not relevant" marks are not replayed: the thresholds are
      those of the files. Terms with source: find nothing, an archive has none.

    A broken line is said and left out; then the exit code is 1.
    """
    if as_json and summary:
        raise click.UsageError("--json prints the list, --summary leaves it out: give one of them")
    _check_files(files)
    from sqlalchemy.exc import OperationalError

    from bot.assembly import classifier_of, routes_of
    from bot.replay.archive import Archive, private_database

    settings = load(config, routes=routes_file)
    routes = routes_of(settings)
    chosen = _chosen(routes, asked, settings.routes_path)
    classifier = classifier_of(settings.lexicon_path)
    try:
        with private_database() as database:
            archive = Archive(database)
            broken = _read(files, archive)
            contents = archive.settle(_midnight(since), _midnight(until, days=1))
            if contents.first is None:
                raise Problem(_nothing_left(files, contents))
            _replay(archive, contents, classifier, routes)
            remarks = list(_remarks(contents, broken))
            if as_json:
                _show_json(database, chosen, remarks, everything=everything)
            else:
                trials = _try_thresholds(database, classifier, chosen, thresholds)
                _show(database, chosen, contents, trials, remarks, summary=summary, everything=everything)
    except OperationalError as error:
        raise Problem(
            f"the replay's own database in {gettempdir()} failed ({error.orig}): make room there, "
            "or set TMPDIR to a folder that has room"
        ) from None
    if broken:
        sys.exit(COULD_NOT)


# --- what goes in -----------------------------------------------------------------------------------------


def _check_files(files: Collection[Path]) -> None:
    missing = [path for path in files if path != STDIN and not path.is_file()]
    if missing:
        raise Problem(
            "\n".join(f"{path}: no such file; name files of JSON lines, or - for standard input" for path in missing)
        )


def _chosen(routes: Sequence[Route], asked: Sequence[str], path: Path) -> list[Route]:
    """The routes asked for; all of them where none is named."""
    if not routes:
        raise WrongConfig(f"{path}: no [[route]] in it, so nothing would be sent to anybody; add one")
    names = [route.name for route in routes]
    for name in asked:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"its routes are: {', '.join(names)}"
            raise Problem(f"{path}: no route {name!r}; {hint}")
    return [route for route in routes if not asked or route.name in asked]


def _read(files: Sequence[Path], archive: Archive) -> int:
    """The items of every file into `archive`; returns how many lines were broken: each is said and passed over."""
    broken = 0
    with counting("Reading", _lines_in(files)) as done:
        for path in files:
            with _opened(path) as lines:
                found = _items(lines)
                while chunk := list(islice(found, CHUNK)):
                    archive.add([each for each in chunk if not isinstance(each, str)])
                    wrong = [each for each in chunk if isinstance(each, str)]
                    complain("\n".join(f"{path}: {each}" for each in wrong))
                    broken += len(wrong)
                    done(len(chunk))
    return broken


def _items(lines: Iterable[bytes]) -> Iterator[tuple[Identity, Item] | str]:
    """Each item with the id it came with, or what is wrong with its line."""
    from bot.intake.normalise import from_record

    now = datetime.now(UTC)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = record_of(line)
            item = from_record(record, now)
        except (ValueError, RecursionError) as error:
            yield f"line {number}: {error}"
        else:
            yield record["id"], item


def _opened(path: Path) -> AbstractContextManager[BinaryIO]:
    if path == STDIN:
        return nullcontext(sys.stdin.buffer)
    try:
        return path.open("rb")
    except OSError as error:
        raise Problem(f"{path}: cannot be read: {error.strerror}") from None


def _lines_in(files: Sequence[Path]) -> int | None:
    """How many lines there will be; None where standard input is among them."""
    if STDIN in files:
        return None
    total = 0
    for path in files:
        with _opened(path) as file:
            block = file.read(_BLOCK)
            if block.startswith(_GZIP):
                raise Problem(f"{path}: is compressed; unpack it on the way: gunzip -c {path} | tradewire replay -")
            while block:
                total += block.count(b"\n")
                block = file.read(_BLOCK)
    return total


def _midnight(day: datetime | None, *, days: int = 0) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC) + timedelta(days=days)


def _nothing_left(files: Sequence[Path], contents: Contents) -> str:
    names = ", ".join(str(path) for path in files)
    if not contents.read:
        return f'{names}: no item in it; a line is {{"id": "a1", "title": "…", "date": "2025-05-06T18:00:00Z"}}'
    if contents.undated == contents.read:
        return (
            f"{names}: {how_many(contents.read, 'item')}, none with a date, so nobody knows when they came in; "
            'give them one, as "date": "2025-05-06T18:00:00Z"'
        )
    return f"{names}: {how_many(contents.read, 'item')}, none of the days asked for; widen --since and --until"


# --- what is done with it ---------------------------------------------------------------------------------


def _replay(archive: Archive, contents: Contents, classifier: Classifier, routes: Sequence[Route]) -> None:
    from bot.assembly import sense_of
    from bot.pipeline import judge
    from bot.replay.replay import Replay

    sense = sense_of()
    replayed = Replay(archive.database, classifier, routes)
    with counting("Replaying", contents.items) as done:
        for items in archive.chunks(CHUNK):
            replayed.admit(judge(classifier, sense, items))
            done(len(items))


def _try_thresholds(
    database: Database, classifier: Classifier, routes: Sequence[Route], thresholds: Sequence[float]
) -> list[Trial]:
    """What the routes would have sent at other thresholds, on a replay that is done."""
    from bot.replay.archive import private_database
    from bot.replay.replay import Replay
    from bot.replay.trials import count_loud, loud, outcomes, what_ifs

    trials = what_ifs(routes, thresholds)
    if not trials:
        return []

    def replay_loud(connection: Connection) -> None:
        with counting("Trying thresholds", count_loud(connection, trials)) as done:
            for judged in loud(connection, trials, CHUNK):
                replayed.admit(judged)
                done(len(judged))

    with private_database() as aside:
        replayed = Replay(aside, classifier, [each.trial for each in trials])
        database.read_now(replay_loud)
        return aside.read_now(outcomes, trials)


# --- what comes out ---------------------------------------------------------------------------------------


def _show(
    database: Database,
    routes: Sequence[Route],
    contents: Contents,
    trials: Sequence[Trial],
    remarks: Sequence[str],
    *,
    summary: bool,
    everything: bool,
) -> None:
    from rich.console import Console

    from bot.cli.replay_tables import show_list, show_summary
    from bot.replay.decisions import decided, figures

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    if not summary:
        database.read_now(lambda connection: show_list(decided(connection, routes, silent=everything), console))
    show_summary(database.read_now(figures, routes, contents, trials), remarks, console)


def _show_json(database: Database, routes: Sequence[Route], remarks: Sequence[str], *, everything: bool) -> None:
    from bot.replay.decisions import decided

    complain("\n".join(remarks))
    database.read_now(lambda connection: _print_lines(decided(connection, routes, silent=everything)))


def _print_lines(found: Iterator[Decided]) -> None:
    for each in found:
        click.echo(json.dumps(_line(each)))


def _line(each: Decided) -> dict[str, Any]:
    notice = each.notice
    return {
        "id": each.identity,
        "at": notice.decided_at.isoformat(),
        "destination": str(notice.destination),
        "route": notice.route,
        "reason": notice.reason,
        "detail": notice.detail,
        "tier": notice.tier,
        "labels": list(each.labels),
        "title": each.title,
        "outlet": each.outlet,
        "url": each.url,
        "story": notice.story_id,
        "thread": each.in_thread,
        "held_until": notice.until.isoformat() if notice.until else None,
        "sent_at": each.sent_at.isoformat() if each.sent_at else None,
    }


def _remarks(contents: Contents, broken: int) -> Iterator[str]:
    """What was not as it should be, or was left out."""
    if broken:
        yield f"{how_many(broken, 'broken line is', 'broken lines are')} left out"
    if contents.undated:
        undated = how_many(contents.undated, "item has", "items have")
        yield f"{undated} no date that can be right: each took the time of the item before it"
    if contents.outside:
        yield f"{how_many(contents.outside, 'item is', 'items are')} left out: of other days"
    if contents.repeated:
        yield f"{how_many(contents.repeated, 'item is', 'items are')} left out: an earlier one has the same id"
