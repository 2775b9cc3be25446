"""What is doubtful about a list of sources and the routes beside it, though nothing in it is wrong. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.model import Source, SourceId
from bot.routing.routes import Route
from bot.routing.syntax import Tag, leaves
from bot.routing.words import fold
from bot.sources.sourcing import nearest, place_of


def doubts(sources: Collection[Source], routes: Collection[Route]) -> Iterator[tuple[str, str]]:
    """What each is about, and what is to be done."""
    yield from _twice(sources)
    yield from _unknown(routes, [source.id for source in sources])


def _twice(sources: Collection[Source]) -> Iterator[tuple[str, str]]:
    first: dict[object, SourceId] = {}
    for source in sources:
        asked = place_of(source), source.headers  # one address may answer each of several keys with a feed of its own
        if source.enabled and (known := first.setdefault(asked, source.id)) != source.id:
            yield f"source {source.id}", f"is {known!r} once more, and both are polled; take one of them out"


def _unknown(routes: Collection[Route], ids: Collection[SourceId]) -> Iterator[tuple[str, str]]:
    known = {fold(each).strip(): each for each in ids}
    for route in routes:
        asked = {leaf.value for leaf in leaves(route.when.root) if isinstance(leaf, Tag) and leaf.field == "source"}
        for name in sorted(asked - known.keys()):
            yield f"route {route.name}", f"there is no source {name!r}, which it asks for{nearest(name, known)}"
