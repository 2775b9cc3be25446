"""Cleaning: nothing invisible, no markup, and nothing that was fine is changed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.text import MOST_MARKS, clean_characters, clean_line, clean_lines, cut, html_to_text

TEXTS = st.text(st.characters(), max_size=300)  # surrogates and noncharacters too
NASTY = st.text("ab \n\t\r\x00\x85\x92\u00a0\u200b\u202e\u2028\u3000\ufeff\ud800é\u0301中🙂<&>;", max_size=60)


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("nul\0 and bell\a", "nul and bell"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("bidi \u202eevil\u202c \u2066x\u2069 mark\u200f", "bidi evil x mark"),
        ("half \ud83d a smile", "half  a smile"),
        ("tag\U000e0041s and \ufdd0 non\uffffcharacters", "tags and  noncharacters"),
        ("it\x92s \x93quoted\x94 \x85", "it’s “quoted” …"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("cafe\u0301", "café"),
        ("flag 🇨🇭, thumbs 👍🏽", "flag 🇨🇭, thumbs 👍🏽"),
        ("“Just” 5 % — 中国商务部 ¿Qué?", "“Just” 5 % — 中国商务部 ¿Qué?"),
    ],
)
def test_characters_are_cleaned(dirty: str, clean: str) -> None:
    assert clean_characters(dirty) == clean


def marks(text: str) -> int:
    """The most of them in a row."""
    return max(len(run) for run in "".join("m" if combining(char) else " " for char in text).split(" "))


def combining(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


@pytest.mark.parametrize("mark", ["\u0336", "\u0e49", "\u0489", "\u20dd", "\u0651", "\ufe0f"])
def test_a_character_carries_no_tower_of_marks(mark: str) -> None:
    clean = clean_line("Steel" + 3_000 * mark + " duties" + "\u0301\u0317" * 50, 500)
    assert clean.startswith("Steel")
    assert " dutie" in clean
    assert 1 <= marks(clean) <= MOST_MARKS
    assert clean_line(clean, 500) == clean


@pytest.mark.parametrize(
    "text",
    [
        "บทวิเคราะห์: ผู้นำที่น้ำตื้นซึ่งสู้กัน",  # a vowel sign and a tone on one consonant
        "בְּרֵאשִׁ֖ית בָּרָ֣א אֱלֹהִ֑ים אֵ֥ת הַשָּׁמַ֖יִם",  # points and accents
        "प्रधानमन्त्री ने कहा: क़ानूनों में ढील, हूँ",
        "ஸ்ரீ க்ஷௌ", "ကြော်ငြာချက်", "བསྒྲུབས", "العَرَبِيَّةُ", "Việt Nam: thuế quan", "👩🏽‍🚒❤️❤️❤️❤️ 1️⃣2️⃣",
    ],
)  # fmt: skip
def test_no_script_loses_a_mark(text: str) -> None:
    joined = text.replace("\u200d", "")
    assert clean_line(text, 500) == unicodedata.normalize("NFC", joined)


def test_a_line_is_one_line() -> None:
    assert clean_line("  two\n\n lines\u00a0and\u3000spaces ", 100) == "two lines and spaces"


def test_lines_keep_paragraphs() -> None:
    assert clean_lines(" a  b \n c\n\n\n \n d\t e \n") == "a b\nc\n\nd e"


@pytest.mark.parametrize(
    ("text", "limit", "kept"), [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abcde…"), ("ab cd", 4, "ab…")]
)
def test_cut_marks_what_is_missing(text: str, limit: int, kept: str) -> None:
    assert cut(text, limit) == kept


@given(TEXTS | NASTY)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_characters(clean_characters(text)) == clean_characters(text)
    assert clean_lines(clean_lines(text)) == clean_lines(text)
    assert clean_line(clean_line(text, 50), 50) == clean_line(text, 50)


@given(TEXTS | NASTY)
def test_clean_text_has_nothing_invisible_and_can_be_stored(text: str) -> None:
    clean = clean_lines(text)
    clean.encode()
    assert unicodedata.is_normalized("NFC", clean)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in clean.replace("\n", ""))
    assert len(clean_line(text, 50)) <= 50


@given(
    st.text(
        st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u1160\u115f\u3164\uffa0"), max_size=80
    )
)
def test_text_that_needs_no_cleaning_is_not_touched(text: str) -> None:
    normal = unicodedata.normalize("NFC", text)
    assert clean_lines(normal) == clean_line(normal, 1_000) == normal


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain text", "plain text"),
        ("AT&amp;T &lt;b&gt; &#8217; &eacute; &nosuch; R&D", "AT&T <b> ’ é &nosuch; R&D"),
        ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
        ("<b>AT&amp;amp;T</b>", "AT&amp;T"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/><br/>Three", "One\nTwo\n\nThree"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("in\nline <b>bo</b>ld\n<i>text</i>", "in line bold text"),
        ("<script>x()</script><style>p{}</style>seen<!-- no --><noscript>no</noscript>", "seen"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<p onclick='x'>unclosed <a href=x>link", "unclosed link"),
        ("<p>half &#xD800; and nul &#0;</p>", "half \ufffd and nul \ufffd"),
        ("<img src=x>", ""),
        ("<!-- only a comment -->", ""),
        ("", ""),
    ],
)
def test_markup_becomes_the_text_that_is_seen(markup: str, text: str) -> None:
    assert clean_lines(html_to_text(markup)) == text


@pytest.mark.parametrize(
    "markup", ["<div>" * 50_000, "<!--" * 100_000, "<a b=c" * 50_000, "&" * 400_000, "<p" * 200_000]
)
def test_hostile_markup_ends(markup: str) -> None:
    assert len(html_to_text(markup)) <= len(markup)


@given(st.text("<>/!-&;#abp \"'=x\n", max_size=200))
def test_any_markup_gives_some_text(markup: str) -> None:
    html_to_text(markup).encode()
