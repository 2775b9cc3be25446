from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.signals.classifier import Classifier, Model
from bot.signals.lexicon import Lexicon, LexiconError, Scan
from bot.signals.lexicon_file import LANGUAGES
from tests.unit.signals_samples import LEXICON_FILE, judge, news

SHIPPED = LEXICON_FILE.read_text(encoding="utf-8")


def load(tmp_path: Path, text: str) -> Lexicon:
    path = tmp_path / "lexicon.toml"
    path.write_text(text, encoding="utf-8")
    return Lexicon.load(path)


def complaint(tmp_path: Path, old: str, new: str) -> str:
    """What the loader says when `old` in the shipped file is replaced by `new`."""
    assert old in SHIPPED
    with pytest.raises(LexiconError) as caught:
        load(tmp_path, SHIPPED.replace(old, new, 1))
    return str(caught.value)


def scan(text: str) -> Scan:
    return Lexicon.load(LEXICON_FILE).scan(text, "en", 1_000)


def test_shipped_lexicon_loads_and_has_terms_for_every_language() -> None:
    lexicon = Lexicon.load(LEXICON_FILE)
    words = {"en": "tariffs", "zh": "关税", "es": "aranceles", "de": "Strafzölle", "ja": "関税"}
    assert all(lexicon.scan(words[language], language, 10).of("trade") for language in LANGUAGES)


def test_unknown_key_is_named_with_the_nearest_valid_one(tmp_path: Path) -> None:
    said = complaint(tmp_path, "weight =", "wieght =")
    assert "lexicon.toml: trade.terms[1].wieght is not a known key; did you mean 'weight'?" in said


def test_unknown_table_is_named_with_the_nearest_valid_one(tmp_path: Path) -> None:
    said = complaint(tmp_path, "[negation]", "[negations]")
    assert "negations is not a known key; did you mean 'negation'?" in said
    assert "negation is missing" in said


def test_unknown_key_of_a_country_is_named(tmp_path: Path) -> None:
    assert "countries.US.goverments is not a known key; did you mean 'governments'?" in complaint(
        tmp_path, "governments =", "goverments ="
    )


def test_unknown_language_lists_the_keys_that_may_stand_there(tmp_path: Path) -> None:
    said = complaint(tmp_path, "\n[[trade.terms]]", '\n[[trade.terms]]\nweight = 1\nklingon = ["x"]\n[[trade.terms]]')
    assert "trade.terms[1].klingon is not a known key; the keys here are any, en, zh" in said


def test_wrong_choice_is_answered_with_the_right_ones(tmp_path: Path) -> None:
    said = complaint(tmp_path, 'needs = "instrument"', 'needs = "weather"')
    assert "'weather'; write 'country', 'instrument', 'company', 'up' or 'down'" in said


def test_weight_that_is_no_number_is_named_with_its_place(tmp_path: Path) -> None:
    said = complaint(tmp_path, "threshold = 0.35", 'threshold = "half"')
    assert "lexicon.toml: trade.threshold is 'half'" in said


def test_unreadable_term_is_named_with_its_list_and_cure(tmp_path: Path) -> None:
    said = complaint(tmp_path, '"trade embargo"', '"trade embarg(o|os)"')
    assert "trade.terms[" in said
    assert "'trade embarg(o|os)' a bracket stands alone between spaces" in said


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^threshold = ", "treshold = ", SHIPPED).replace("[negation]", "[negatoin]")
    with pytest.raises(LexiconError) as caught:
        load(tmp_path, text)
    assert str(caught.value).count("treshold") == 3
    assert "negatoin" in str(caught.value)


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"lexicon\.toml: not valid TOML: .*line 1"):
        load(tmp_path, "name = lexicon")


def test_missing_file_is_told_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(LexiconError, match=r"no such file; restore it"):
        Lexicon.load(tmp_path / "nowhere.toml")


def test_file_that_is_not_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LexiconError, match="cannot be read as UTF-8"):
        Lexicon.load(path)


def test_edited_weight_changes_the_verdict(tmp_path: Path) -> None:
    item = news("Ministers weigh tariffs on steel")
    deaf = load(tmp_path, re.sub(r"\[trade\]\nbias = .*", "[trade]\nbias = -19", SHIPPED))
    assert Classifier(deaf, Model.load()).classify(item).trade < judge("Ministers weigh tariffs on steel").trade


def test_threshold_of_the_file_is_the_one_that_flags(tmp_path: Path) -> None:
    strict = load(
        tmp_path, re.sub(r"(?s)(\[trade\]\n.*?)threshold = [0-9.]+", r"\1threshold = 0.9999", SHIPPED, count=1)
    )
    assert "trade" in judge("Ministers weigh tariffs on steel").labels
    assert "trade" not in Classifier(strict, Model.load()).classify(news("Ministers weigh tariffs on steel")).labels


def test_longer_phrase_hides_a_term_inside_it() -> None:
    texts = [hit for hit in scan("a trade union strikes").of("trade") if hit.payload.weight > 0]
    assert texts == []


def test_term_with_a_gap_hides_nothing_inside_it() -> None:
    found = scan("cut some new tariffs")
    quotes = {found.text[slice(*found.quote(hit.first, hit.last))] for hit in found.of("market")}
    assert {"cut some new tariffs", "new tariffs"} <= quotes


def test_names_need_a_capital_where_the_text_has_capitals() -> None:
    assert not scan("We ate turkey in Ohio").of("country")
    assert scan("Turkey raises duties").of("country")
    assert scan("turkey raises duties").of("country")
