from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.signals.blend import LIMIT, Blend, BlendFile, clipped, logistic
from bot.signals.encoder import ANSWERS, KINDS, Reading
from bot.signals.wordlist import WordReading

FILE: dict[str, Any] = {
    "name": "test",
    "gate": -3.0,
    "topics": {
        topic: {"bias": -1.0, "encoder": [0.5, 0.0, 0.0], "lexicon": 0.25} for topic in ("trade", "market", "urgent")
    },
    "direction": {"bias": [0.0, 0.0, 0.0], "encoder": 1.0, "lexicon": 1.0},
    "kind": {"bias": [0.0] * len(KINDS), "encoder": 1.0, "lexicon": 0.0},
}


def _blend() -> Blend:
    return Blend(BlendFile.model_validate(FILE))


def _reading(**outputs: float) -> Reading:
    values = np.zeros(ANSWERS, np.float32)
    for place, value in outputs.items():
        values[int(place[1:])] = value
    shares = np.asarray(np.stack([values, values]) / 3, np.float32)
    return Reading(values, np.array([0, 3, 5], np.int32), shares)


def _words(score: float = 0.0, escalation: float = 0.0) -> WordReading:
    return WordReading(
        votes={"trade": [], "market": [], "urgent": []},
        scores={"trade": score, "market": score, "urgent": score},
        direction_votes=[],
        directions={"escalation": escalation, "de-escalation": 0.0, "neutral": 0.0},
        kinds=dict.fromkeys(KINDS, 0.0),
    )


def test_log_odds_add_up_what_both_say() -> None:
    assert _blend().log_odds("trade", _reading(_0=4.0), _words(2.0)) == pytest.approx(-1 + 2 + 0.5)


def test_the_lexicon_says_no_more_than_its_limit() -> None:
    blend = _blend()
    assert blend.log_odds("trade", _reading(), _words(100)) == blend.log_odds("trade", _reading(), _words(LIMIT))
    assert clipped(-100) == -LIMIT


def test_the_shares_are_the_encoders_part_of_the_log_odds() -> None:
    reading = _reading(_0=3.0)
    assert _blend().shares("trade", reading) == pytest.approx([0.5, 0.5])


def test_either_half_can_turn_the_direction() -> None:
    assert _blend().direction(_reading(_4=1.0), _words()) == "de-escalation"
    assert _blend().direction(_reading(_4=1.0), _words(escalation=2.0)) == "escalation"


def test_the_kind_is_the_one_with_the_best_score() -> None:
    assert _blend().kind(_reading(_7=1.0), _words()) == KINDS[1]


@pytest.mark.parametrize(("log_odds", "probability"), [(0.0, 0.5), (1e9, 1.0), (-1e9, 0.0), (1.0, 0.731)])
def test_log_odds_become_probabilities(log_odds: float, probability: float) -> None:
    assert logistic(log_odds) == probability


def test_a_damaged_file_is_refused_with_its_name_and_key(tmp_path: Path) -> None:
    path = tmp_path / "blend.json"
    path.write_text(json.dumps({**FILE, "gate": "open"}))
    with pytest.raises(ValueError, match=r"(?s)blend\.json.*gate"):
        Blend.load(path)
