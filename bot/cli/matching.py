"""`match`: which of many queries each item matches."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from bot.cli.base import COULD_NOT, Problem, complain, config_option
from bot.cli.judging import classifier_for, items_of_lines, record_of
from bot.counts import how_many
from bot.model import Item, Verdict
from bot.routing.percolator import Percolator
from bot.routing.query import Query, QueryError, parse, subject
from bot.routing.tiers import tier_of
from bot.stories.rarity import share_of_news

Queries = dict[str | int, Query]
MOST_COMPLAINTS = 20  # lines of a file that are said to be wrong, before only their number is


@click.command()
@click.option(
    "--queries",
    "path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON lines of {"id", "query"}, in the language of routes.',
)
@config_option
@click.option("--jsonl", is_flag=True, required=True, help="Read items as JSON lines from standard input.")
def match(path: Path, config: Path | None, jsonl: bool) -> None:
    """Find the queries that each item matches: prints {"id", "matches"} for each line of standard input, in order.

    The ids of the queries come in the order of their file. Items are judged only if some query asks for what a
    verdict knows, such as topic:, country: or tier>=.
    """
    queries = _read_queries(path)
    judging = any(query.needs_verdict for query in queries.values())
    classifier = classifier_for(config) if judging else None
    percolator = Percolator[str | int](share_of_news)
    for id_, query in queries.items():
        percolator.add(id_, query)
    places = {id_: place for place, id_ in enumerate(queries)}
    failed = False
    for identity, item in items_of_lines(sys.stdin.buffer):
        if isinstance(item, Item):
            verdict = classifier.classify(item) if classifier else Verdict()
            found = percolator.matching(subject(item, verdict, tier_of(verdict)))
            click.echo(json.dumps({"id": identity, "matches": sorted(found, key=places.__getitem__)}))
        else:
            failed = True
            complain(item)
    if failed:
        sys.exit(COULD_NOT)


def _read_queries(path: Path) -> Queries:
    """The queries of a file by their ids, in its order. Raises Problem that names every wrong line."""
    queries, wrong = Queries(), list[str]()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    _add(queries, record_of(line))
                except (ValueError, RecursionError) as error:
                    wrong.append(f"{path}, line {number}: {_said(error)}")
    if len(wrong) > MOST_COMPLAINTS:
        more = how_many(len(wrong) - MOST_COMPLAINTS, "more line is", "more lines are")
        wrong[MOST_COMPLAINTS:] = [f"{path}: {more} wrong"]
    if wrong:
        raise Problem("\n".join(wrong))
    return queries


def _add(queries: Queries, record: dict[str, Any]) -> None:
    match record:
        case {"id": str() | int() as id_, "query": str(text)} if not isinstance(id_, bool):
            if id_ in queries:
                raise ValueError(f"id: there is a query {json.dumps(id_, ensure_ascii=False)} before it")
            queries[id_] = parse(text)
        case {"query": str()}:
            raise ValueError("id: a text or a whole number is needed")
        case _:
            raise ValueError("query: a text is needed")


def _said(error: Exception) -> str:
    correction = error.correction if isinstance(error, QueryError) else None
    return f"{error}\nwrite: {correction}" if correction else str(error)
