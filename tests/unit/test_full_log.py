"""A log that cannot be written costs its lines: a disk that is full stops nobody."""

from __future__ import annotations

import errno

import pytest
import structlog

from tests.unit.test_redaction import own_logs


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "exception", "critical"])
def test_a_line_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    def no_room(text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with own_logs("json") as stream:
        getattr(structlog.get_logger(), level)("before")
        monkeypatch.setattr(stream, "write", no_room)
        getattr(structlog.get_logger(), level)("meanwhile")
        monkeypatch.undo()
        getattr(structlog.get_logger(), level)("since")
        lines = stream.getvalue().splitlines()
    assert ["meanwhile" in line for line in lines] == [False] * (0 if level == "debug" else 2)
