"""Where sentences begin and end, in news text: abbreviations, initials, decimals and quotes do not end one."""

from __future__ import annotations

import re

from bot.signals.tokens import word_set

# Possessive, and only at the head of a run of marks: a page of dots must not be tried again from every dot.
_END = re.compile(r"""[.!?…](?<![.!?…].)[.!?…]*+["'”’»)\]]*+(?=\s)|[。！？]+[」』”）]*|\n+""")
_ABBREVIATIONS = word_set(
    "mr mrs ms dr prof gov sen rep gen col lt sgt capt rev hon st jr sr jan feb mar apr jun jul aug sep sept oct "
    "nov dec mon tue tues wed thu thur thurs fri sat sun no nos vs v etc al inc co corp ltd llc plc bros est "
    "approx ca cf fig dept univ assn ave blvd mt ft pres vp bzw z.b u.a d.h nr mio mrd sra ee.uu ud uds"
)
_STARTERS = word_set(
    "a an the in on at it its he she they we i but and this that these those there here however while when as "
    "after before if for from with what who why how both some many no one"
)
_LAST_WORD = re.compile(r"[\w.&'’-]*$")
_NEXT_WORD = re.compile(r"""\s*["'“‘«(\[]*([\w'’-]+)""")
_CLOSING = "\"'”’»)]"
_WINDOW = 30  # characters looked at on either side of a full stop


def split_sentences(text: str) -> list[tuple[int, int]]:
    """The character ranges of the sentences of `text`, without the white space around them; linear."""
    ranges = []
    start = 0
    for match in _END.finditer(text):
        mark = match.group()
        if mark[0] in ".!?…" and not _ends_sentence(text, match.start(), match.end(), mark.rstrip(_CLOSING)):
            continue
        ranges.append((start, match.end()))
        start = match.end()
    ranges.append((start, len(text)))
    return [trimmed for first, last in ranges if (trimmed := _trim(text, first, last))]


def _ends_sentence(text: str, at: int, after: int, mark: str) -> bool:
    """Whether the `mark` at `at` ends a sentence; what follows it begins at `after`."""
    following = _NEXT_WORD.match(text, after, after + _WINDOW)
    if following is None:
        return True
    word = following.group(1)
    if word[0].islower():  # "Why now?" he asked
        return False
    if mark != ".":
        return True
    found = _LAST_WORD.search(text, max(0, at - _WINDOW), at)
    last = found.group().casefold() if found else ""
    if last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha()):  # Mr. Powell, J. Powell
        return False
    if "." in last and all(len(letter) == 1 and letter.isalpha() for letter in last.split(".")):  # U.S.
        return word.casefold() in _STARTERS
    return True


def _trim(text: str, first: int, last: int) -> tuple[int, int] | None:
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    return (first, last) if last > first else None
