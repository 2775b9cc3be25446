"""Whatever is stored, changed, emptied and deleted: a search finds exactly the items that its query is true of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import Label, Rate, Tier
from bot.routing.query import Query, QueryError, parse
from bot.routing.syntax import Node, all_of, any_of, negated
from bot.store.engine import Database
from bot.store.schema import stories
from tests import samples
from tests.contract.archive import amend, by_index, by_reading, delete, fade, store
from tests.samples import NOW

Change = Callable[[sa.Connection], object]

# As publishers write it: accents, full-width forms, typographic signs, scripts with and without spaces, and what
# means something to a database.
PIECES = (
    "tariff", "tariffs", "Tarifário", "TARIF", "ＴＡＲＩＦＦ", "trade war", "U.S.", "us", "0.7", "10,000", "Zölle",
    "día", "dia", "関税", "关税", "关 税", "税", "中国gdp", "成長率", "ﾃﾞｰﾀ", "데이터", "тариф", "\u0e20\u0e32",
    "a" * 70, '"', "'", "\\", "*", ":", "NEAR", "AND", "or", "-", "(", "%", "™", "x\u0301", "a_b", "<b>",
)  # fmt: skip
TERMS = (
    "tariff", "tarif*", "t*", "a*", "a" * 70, "a" * 66 + "*", '"trade war"', '"war trade"', "US", "0.7", "10,000",
    "zolle", "dia", "关税", "税", "関", "中国gdp", "国g", "成長", "データ", "이터", "тариф*", "ภา", "near",
    '"and"', "or_",
    "title:tariff", "title:关税", "outlet:wire", "outlet:日本*", "person:xi", "source:wire", "source:other",
    'source:"a b"', "topic:trade", "rate>10", "tier>=urgent", "lang:en", "x", "b",
)  # fmt: skip

texts = st.lists(st.sampled_from(PIECES), max_size=4).map(" ".join) | st.text(max_size=12).map(
    lambda text: text.replace("\0", "").encode("utf-8", "ignore").decode()
)
changes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"title": texts, "summary": texts, "body": texts},
    optional={"outlet": st.sampled_from(("The Wire", "日本経済新聞", "Daily"))},
)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """What happens to at most five items."""
    done: list[Change] = []
    labels: tuple[Label, ...]
    for number in range(draw(st.integers(1, 5))):
        labels = draw(st.sampled_from((("trade",), ("market",), ())))
        rate = Rate(value=draw(st.sampled_from((5.0, 25.0))), of="tariff", span=samples.span())
        made = {
            "verdict": samples.verdict(labels=labels, facts=(rate,)),
            "tier": draw(st.sampled_from(Tier)),
            "source_id": draw(st.sampled_from(("wire", "other"))),
            "seen_at": NOW + timedelta(hours=number),
            "published_at": NOW + timedelta(hours=number),
        }
        done.append(partial(store, number=number, **made, **draw(changes)))
        match draw(st.integers(0, 5)):
            case 0:
                done.append(partial(amend, number=number, **draw(changes)))
            case 1:
                done.append(partial(delete, number=number))
            case 2:
                done.append(partial(fade, before=NOW + timedelta(hours=number, minutes=1)))
            case _:
                pass
    return done


def readable(text: str) -> Query | None:
    try:
        return parse(text)
    except QueryError:
        return None


def queries() -> st.SearchStrategy[Query]:
    nodes: st.SearchStrategy[Node] = st.sampled_from([parse(term).root for term in TERMS])

    def grown(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(parts, min_size=2, max_size=3)
        return st.one_of(several.map(all_of), several.map(any_of), parts.map(negated))

    trees = st.recursive(nodes, grown, max_leaves=6).map(lambda node: Query(str(node), node))
    typed = st.text(max_size=12).map(readable).filter(lambda query: query is not None)
    return st.one_of(trees, typed)


@given(histories(), st.lists(queries(), min_size=1, max_size=6), st.none() | st.integers(-1, 5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_search_finds_what_reading_everything_finds(
    database: Database, history: list[Change], asked: list[Query], hours: int | None
) -> None:
    since = None if hours is None else NOW + timedelta(hours=hours)

    def run(connection: sa.Connection) -> None:
        for change in history:
            change(connection)
        for query in asked:
            assert by_index(connection, query, since) == by_reading(connection, query, since), query.text
        connection.execute(sa.delete(stories))

    database.write_now(run)
