"""The language of an item: declared, unless the script says otherwise."""

from __future__ import annotations

import pytest

from bot.intake.language import declared_code, language_of


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("Ministers agree to suspend the duties on steel", "en-GB", "en"),
        ("Die Minister setzen die Zölle auf Stahl aus", None, "de"),
        ("Los ministros acuerdan suspender los aranceles al acero durante noventa días", None, "es"),
        ("商务部宣布暂停加征关税九十天", "en", "zh"),
        ("商务部宣布暂停加征关税", None, "zh"),
        ("閣僚が鉄鋼への関税を九十日間停止することで合意", "en-us", "ja"),
        ("日米関税交渉再開", "ja", "ja"),
        ("장관들이 철강 관세를 90일 동안 유예하기로 합의했다", "en", "ko"),
        ("Министры договорились приостановить пошлины на сталь", "en", "ru"),
        ("Міністри домовилися призупинити мита на сталь", "uk", "uk"),
        ("اتفق الوزراء على تعليق الرسوم الجمركية على الصلب", "en", "ar"),
        ("وزیران توافق کردند تعرفه های فولاد را تعلیق کنند", "fa", "fa"),
        ("Ministers agree to suspend the duties on steel for ninety days", "zh-CN", "en"),
        ("Shares of BYD 比亚迪 rose 3 % in Hong Kong trading after the announcement", "en", "en"),
        ("5 %", "fr", "fr"),
        ("5 %", None, None),
        ("Οι υπουργοί συμφώνησαν να αναστείλουν τους δασμούς", "el", "el"),
        ("", None, None),
    ],
)
def test_the_script_overrules_a_wrong_declaration(text: str, declared: str | None, language: str | None) -> None:
    assert language_of(text, declared) == language


@pytest.mark.parametrize(
    ("declared", "code"),
    [("en-US", "en"), ("EN_us", "en"), (" de ", "de"), ("english", None), ("", None), (None, None), ("e", None)],
)
def test_a_tag_is_cut_to_its_language(declared: str | None, code: str | None) -> None:
    assert declared_code(declared) == code


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Trump impõe tarifas à China", "pt"),
        ("Lula critica tarifas de Trump", "pt"),
        ("Ο πρωθυπουργός αυξάνει τους δασμούς", "el"),
        ("भारत ने इस्पात पर शुल्क बढ़ाया", "hi"),
        ("สหรัฐขึ้นภาษีนำเข้าเหล็กจากจีน", "th"),
    ],
)
def test_a_foreign_headline_is_not_left_open(text: str, language: str) -> None:
    assert language_of(text, None) == language


def test_a_script_of_one_language_overrules_a_declared_english() -> None:
    assert language_of("Ο πρωθυπουργός αυξάνει τους δασμούς", "en") == "el"


@pytest.mark.parametrize(
    "text", ["Canada, Mexico retaliate", "Gold rallies, Nikkei slumps", "Fed minutes: inflation persists"]
)
def test_a_short_english_headline_is_not_taken_for_a_neighbours(text: str) -> None:
    assert language_of(text, None) in (None, "en")
