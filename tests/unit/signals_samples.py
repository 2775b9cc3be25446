"""What the tests of the signals room share: the shipped lexicon, and verdicts on a title or an article."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

from bot.model import Fact, Item, Verdict
from bot.signals.classifier import Classifier, Model
from bot.signals.document import read
from bot.signals.facts import extract
from bot.signals.lexicon import Lexicon
from tests import samples

LEXICON_FILE = Path(__file__).parents[2] / "config" / "lexicon.toml"
TUESDAY = datetime(2025, 5, 6, 12, 0, tzinfo=UTC)

F = TypeVar("F", bound=Fact)


@cache
def lexicon() -> Lexicon:
    return Lexicon.load(LEXICON_FILE)


@cache
def classifier() -> Classifier:
    return Classifier(lexicon(), Model.load())


def news(title: str, body: str = "", *, summary: str = "", lang: str | None = "en", at: datetime = TUESDAY) -> Item:
    return samples.item(title=title, summary=summary, body=body, lang=lang, published_at=at)


def judge(title: str, body: str = "", *, summary: str = "", lang: str | None = "en") -> Verdict:
    return classifier().classify(news(title, body, summary=summary, lang=lang))


def facts_of(kind: type[F], title: str, body: str = "", *, at: datetime = TUESDAY, lang: str = "en") -> list[F]:
    document = read(news(title, body, at=at, lang=lang), lexicon())
    assert document is not None
    return [fact for fact in extract(document, lexicon()) if isinstance(fact, kind)]
