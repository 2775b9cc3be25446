"""References to characters that XML forbids: a parser lets them through, and then refuses to take them back."""

from __future__ import annotations

import pytest

from bot.intake.text import html_to_text


@pytest.mark.parametrize("reference", ["&#1;", "&#11;", "&#12;", "&#xfffe;", "&#xffff;", "&#xD800;", "&#0;"])
def test_a_forbidden_character_costs_itself_only(reference: str) -> None:
    text = html_to_text(f"<p>{reference}one</p>{reference}two<br>{reference}three")
    assert [word.strip("\ufffd \x01\x0b\x0c\ufffe\uffff") for word in text.split()] == ["one", "two", "three"]
