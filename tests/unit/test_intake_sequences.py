"""The table of sequences that tells languages apart, beside the model that it was made from."""

from __future__ import annotations

import shutil
from array import array
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from bot.assembly import intake_of
from bot.intake import language
from bot.intake.sequence_table import LIKELY, sequences
from bot.intake.sequences import WEIGHTS, Sequences
from bot.settings import ConfigError, default_directory, load


@pytest.fixture(scope="module")
def model() -> Any:
    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages(list(LIKELY))
    return found


@pytest.mark.parametrize(
    "text",
    [
        "Ministers agree to suspend the duties on steel",
        "MINISTERS AGREE TO SUSPEND THE DUTIES ON STEEL",
        "Die Minister setzen die Zölle auf Stahl aus",
        "Trump impõe tarifas à China",
        "Министри суспендују царине на челик",  # Serbian has a column for each of its scripts
        "Canada, Mexico retaliate",
        "اتفق الوزراء على تعليق الرسوم الجمركية على الصلب",
        "the the the the tariff tariff tariff",
        "x" * 400,
    ],
)
def test_it_answers_as_its_source(text: str, model: Any) -> None:
    assert Sequences.load().shares(text) == pytest.approx(dict(model.rank(text)), abs=1e-5)


@pytest.mark.parametrize("text", ["", "5", "to"])
def test_a_text_without_a_known_sequence_speaks_for_no_language(text: str) -> None:
    assert Sequences.load().shares(text) == {}


def _automaton(*output: int) -> Any:
    """Over "a", "ab" and "b": what it knows at its start and after each of them."""
    goes = {0: {"a": 1, "b": 3}, 1: {"a": 1, "b": 2}, 2: {"a": 1, "b": 3}, 3: {"a": 1, "b": 3}}
    moves = array("H", [goes[state].get(chr(code), 0) for state in goes for code in range(256)])
    return SimpleNamespace(tk_nextmove=moves, tk_row=array("H", goes), tk_output=list(output))


def test_an_automaton_is_written_down_as_its_sequences() -> None:
    assert sequences(_automaton(-1, -1, 7, 8)) == {b"ab": 7, b"b": 8}
    assert sequences(_automaton(-1, -1, 8, 8)) == {b"b": 8}  # at "ab" it knows what that ends in


@pytest.mark.parametrize("output", [(-1, -1, -1, 8), (-1, 7, 7, 8)])
def test_an_automaton_of_another_kind_is_refused(output: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="of another kind; keep the files"):
        sequences(_automaton(*output))


def test_a_damaged_file_is_named_with_the_cure(tmp_path: Path) -> None:
    folder = shutil.copytree(WEIGHTS, tmp_path / "weights")
    (folder / "weights.npy").write_bytes(b"half")
    with pytest.raises(ValueError, match=r"weights\.npy is not what SHA256SUMS says; install Tradewire again"):
        Sequences.load(folder)


async def test_a_damaged_file_is_said_at_the_start_and_not_for_every_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> Sequences:
        raise ValueError("weights.npy is not what SHA256SUMS says")

    monkeypatch.setattr(language, "_sequences", damaged)
    with pytest.raises(ConfigError, match=r"weights\.npy"):
        async with intake_of(load(default_directory())):
            pass
