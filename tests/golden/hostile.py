"""Cards and replies made of whatever a feed may hold, for the renderers of both platforms."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.deliver.card import Action, Bulletin, Card, Field, File, Menu, Reply, Run
from bot.model import Tier

_ANY = st.characters()  # surrogates too: a feed's bytes may have been read wrong

Texts = st.SearchStrategy[str]


def hostile_texts(*markup: str) -> Texts:
    """Any characters with a platform's own `markup` among them."""
    return st.lists(st.sampled_from(markup) | st.text(_ANY, max_size=20), max_size=8).map("".join)


def hostile_cards(texts: Texts) -> st.SearchStrategy[Card]:
    return st.builds(
        Card,
        title=texts,
        url=_urls(texts),
        outlet=texts,
        at=_TIMES,
        tier=st.sampled_from(Tier),
        direction=st.sampled_from([None, "escalation", "de-escalation", "neutral"]),
        why=texts,
        mark=st.sampled_from([None, "corrected", "updated", "withdrawn"]),
        mark_note=texts,
        change=st.none() | texts,
        fields=st.lists(st.builds(Field, label=texts, value=texts), max_size=30).map(tuple),
        gist=st.lists(texts, max_size=6).map(tuple),
        also=st.lists(texts, max_size=9).map(tuple),
        first_url=_urls(texts),
        actions=_buttons(texts),
        reference=texts,
    )


def hostile_replies(texts: Texts, *, cards: int) -> st.SearchStrategy[Reply]:
    """`cards`: how many at most."""
    return st.builds(
        Reply,
        title=texts,
        lines=_lines(texts),
        cards=st.lists(hostile_cards(texts), max_size=cards).map(tuple),
        actions=_buttons(texts),
        menu=st.none() | _menus(texts),
        picture=st.none() | _files(texts),
        file=st.none() | _files(texts),
    )


def hostile_bulletins(texts: Texts) -> st.SearchStrategy[Bulletin]:
    return st.builds(Bulletin, title=texts, lines=_lines(texts), actions=_buttons(texts))


def _lines(texts: Texts) -> st.SearchStrategy[tuple[tuple[Run, ...], ...]]:
    runs = st.builds(
        Run, text=texts, bold=st.booleans(), url=_urls(texts), when=st.none() | _TIMES, strike=st.booleans()
    )
    return st.lists(st.lists(runs, max_size=4).map(tuple), max_size=12).map(tuple)


def _menus(texts: Texts) -> st.SearchStrategy[Menu]:
    commands = st.sampled_from(["unsubscribe:1", "unsubscribe:2", "summary:" + "x" * 92])
    return st.builds(
        Menu, label=texts, choices=st.lists(st.tuples(texts, commands), min_size=1, max_size=4).map(tuple)
    )


def _files(texts: Texts) -> st.SearchStrategy[File]:
    return st.builds(File, name=texts, content=st.just(b"x"), alt=texts)


_TIMES = st.integers(0, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def _urls(texts: Texts) -> st.SearchStrategy[str | None]:
    return st.none() | texts | texts.map("https://news.example/{}".format)


def _buttons(texts: Texts) -> st.SearchStrategy[tuple[Action, ...]]:
    return st.lists(st.builds(Action, label=texts, command=texts), max_size=7).map(tuple)
