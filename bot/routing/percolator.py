"""Many queries, one item: which of them match, without asking each.

Every query is posted under the rarest signs that an item must have to match it (`bot.routing.signs`). An item looks
up its own signs and verifies the few queries that it finds there, so the cost follows what an item finds, and not how
many queries there are. The answers are those of `Query.matches`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from itertools import chain
from typing import Generic, TypeVar

from bot.routing.query import Query, Subject
from bot.routing.signs import Condition, Share, Sign, condition_of, cover, signs_of, stem_length
from bot.routing.syntax import Or

Id = TypeVar("Id", bound=Hashable)
Conditions = tuple[Condition, ...]  # one of them must be met; where there is none, nothing is left to verify


class Percolator(Generic[Id]):
    """Queries under ids of the caller's choice. Not for several threads at once.

    `share` estimates in which share of texts a folded word stands; a wrong estimate costs time, never an answer.
    """

    def __init__(self, share: Share) -> None:
        self._share = share
        self._signs: dict[Id, tuple[Sign, ...]] = {}  # under which each query is posted
        self._posted: dict[Sign, dict[Id, Conditions]] = {}
        self._searched = set[Sign]()  # the signs of `_posted`: a set meets a set three times as fast
        self._stems: Counter[int] = Counter()  # beginnings of words that are asked for, by length

    def __len__(self) -> int:
        return len(self._signs)

    def add(self, id_: Id, query: Query) -> None:
        """Raises ValueError where there is a query under this id."""
        if id_ in self._signs:
            raise ValueError(f"there is a query under the id {id_!r}: remove it first")
        places = self._places_of(query)
        self._signs[id_] = tuple(places)
        self._stems.update(_stems_in(places))
        for sign, conditions in places.items():
            self._posted.setdefault(sign, {})[id_] = conditions
        self._searched.update(places)

    def remove(self, id_: Id) -> None:
        """Raises KeyError where there is no query under this id."""
        places = {sign: self._posted[sign].pop(id_) for sign in self._signs.pop(id_)}
        self._stems -= Counter(_stems_in(places))
        for sign in places:
            if not self._posted[sign]:
                del self._posted[sign]
                self._searched.remove(sign)

    def matching(self, subject: Subject) -> set[Id]:
        """The ids of the queries that match."""
        signs = signs_of(subject, self._stems)
        found = set[Id]()
        for sign in self._searched & signs:
            for id_, conditions in self._posted[sign].items():
                if not conditions:
                    found.add(id_)
                for condition in conditions:
                    if condition.met(signs, subject):
                        found.add(id_)
        return found

    def _places_of(self, query: Query) -> dict[Sign, Conditions]:
        """Under which signs to post a query, and what is left to verify of it where an item has that sign."""
        places: dict[Sign, Conditions] = {}
        for part in query.root.parts if isinstance(query.root, Or) else (query.root,):
            signs = cover(part, self._share).signs
            condition = condition_of(part, signs, self._share)
            for sign in signs:
                if condition.void:
                    places[sign] = ()
                elif places.get(sign) != ():
                    places[sign] = (*places.get(sign, ()), condition)
        return places


def _stems_in(places: Mapping[Sign, Conditions]) -> Iterator[int]:
    conditions = chain.from_iterable(places.values())
    return filter(None, map(stem_length, set(places).union(*(condition.signs for condition in conditions))))
