from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.signals.classifier import WEIGHTS, Model
from bot.signals.integrity import FILES, check, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Small stand-ins for the files, with their sums."""
    for name in FILES:
        (tmp_path / name).write_bytes(name.encode())
    write(tmp_path)
    return tmp_path


def test_the_shipped_files_are_the_ones_that_were_written() -> None:
    check(WEIGHTS)


def test_a_damaged_file_is_named_with_the_cure(folder: Path) -> None:
    (folder / "encoder.onnx").write_bytes(b"half")
    with pytest.raises(ValueError, match=r"encoder\.onnx is not what SHA256SUMS says; install Tradewire again"):
        check(folder)


@pytest.mark.parametrize("name", [*FILES, "SHA256SUMS"])
def test_a_missing_file_is_named_with_the_cure(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ValueError, match=rf"{name}.*install Tradewire again"):
        check(folder)


def test_a_model_with_an_empty_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    shutil.copytree(WEIGHTS, tmp_path / "weights")
    (tmp_path / "weights" / "gate.npy").write_bytes(b"")
    with pytest.raises(ValueError, match=r"gate\.npy"):
        Model.load(tmp_path / "weights")
