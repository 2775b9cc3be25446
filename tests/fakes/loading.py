"""What takes a program long when it starts, done once for hundreds of tests that start it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.model import Item
from bot.signals.classifier import Model
from bot.signals.encoder import Encoder, Reading
from bot.signals.lexicon import Lexicon
from bot.stories.sense import Sense
from bot.stories.signature import Vector
from tests.fakes.engines import shared_statements, upgrade_by_copy
from tests.fakes.workers import shared_workers


class RecallingEncoder(Encoder):
    """Reads each text once. That one text always gives one reading is tested with the real one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._known: dict[str, Reading] = {}

    def read(self, text: str) -> Reading:
        if text not in self._known:
            self._known[text] = reading = super().read(text)
            for shared in (reading.outputs, reading.places, reading.shares):
                shared.setflags(write=False)
        return self._known[text]


class RecallingSense(Sense):
    """Reads each headline once, as `RecallingEncoder` each text."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Vector] = {}

    def of(self, item: Item) -> Vector:
        if item.title not in self._known:
            self._known[item.title] = vector = super().of(item)
            vector.setflags(write=False)
        return self._known[item.title]


@contextmanager
def loaded_once(migrated: Callable[[], Path]) -> Iterator[None]:
    """Word list, models and what they read, parsers, compiled statements and the schema of a new database are there
    already.

    `migrated` gives an empty SQLite file of the newest schema.
    """
    load_lexicon, load_model = Lexicon.load, functools.cache(Model.load)

    @functools.cache
    def lexicon(path: Path, _content: bytes) -> Lexicon:
        return load_lexicon(path)

    def load(path: Path) -> Lexicon:
        return lexicon(path, path.read_bytes()) if path.is_file() else load_lexicon(path)

    with pytest.MonkeyPatch.context() as patch, shared_workers() as workers, shared_statements():
        patch.setattr(Lexicon, "load", load)
        patch.setattr(Model, "load", load_model)
        patch.setattr("bot.signals.classifier.Encoder", RecallingEncoder)
        patch.setattr("bot.assembly.Sense", functools.cache(RecallingSense))
        patch.setattr("bot.assembly.WorkerPool", workers)
        for place in ("bot.assembly.upgrade", "bot.replay.archive.upgrade"):
            patch.setattr(place, upgrade_by_copy(migrated))
        yield
