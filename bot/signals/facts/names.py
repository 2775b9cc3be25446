"""Names of people as they stand in a text: where one ends, which part is the family name, who is only half named."""

from __future__ import annotations

from bot.signals.document import Sentence
from bot.signals.english import FAMILY_FIRST, FINITE, NAME_PARTICLES, PREPOSITIONS, SPEECH, VERBS
from bot.signals.facts.clauses import between, clause_breaks, word
from bot.signals.lexicon import Scan, TermHit
from bot.signals.tokens import word_set

MAX_NAME = 4  # tokens of a name

_HONORIFICS = word_set(
    "president mr ms mrs secretary minister chair chairman premier chancellor sir pm leader boss chief"
)
_BEFORE_NAMES = word_set(
    "as after and but if how why what when where that while the or than since because until before us did is are "
    "was will not a an 'how live exclusive opinion analysis once so"
)
# Families too common to stand alone, which are clear behind their country: "South Korea's Lee".
OF_COUNTRIES = {
    "KR": word_set("lee moon yoon park"),
    "KP": word_set("kim"),
    "CN": word_set("he li wang liu"),
    "JP": word_set("abe suga aso kato"),
    "GB": word_set("may johnson cameron reeves hunt brown"),
    "EU": word_set("costa michel tusk rutte"),
    "SG": word_set("wong lee"),
    "TW": word_set("lai tsai"),
    "VN": word_set("lam chinh"),
    "US": word_set("bush clinton harris ross tai lew"),
    "CA": word_set("harper ford"),
}
_FAMILY_FIRST_COUNTRIES = frozenset({"CN", "KR", "KP", "VN", "TW", "HK"})
_TITLED = 0.75  # share of capitalised words from which a sentence is written in title case


def name_end(sentence: Sentence, at: int) -> int | None:
    """The last token of the name that begins at `at`; None where there is none, or its end is not clear."""
    scan, headline = sentence.scan, titled(sentence)
    last = None
    for place in range(at, min(at + MAX_NAME, sentence.stop)):
        token = scan.tokens[place]
        if place > at and (clause_breaks(scan, place) or any(mark in between(scan, place) for mark in "'‘’\"“”")):
            break
        if token.word in FINITE or (headline and token.word in SPEECH):
            return last
        if token.number or not (token.capital or token.word in NAME_PARTICLES):
            break
        last = place
        if token.possessive:
            return last
    else:
        return None if headline else last
    if headline and last is not None and last + 1 < sentence.stop and not clause_breaks(scan, last + 1):
        return None
    return last if last is not None and scan.tokens[last].word not in NAME_PARTICLES else None


def family_name(scan: Scan, first: int, last: int, country: str | None) -> str:
    """The family name of the name at `first` to `last`."""
    words = [token.word for token in scan.tokens[first : last + 1]]
    if _eastern(country) and len(words) > 1 and words[0] in FAMILY_FIRST:
        return scan.tokens[first].text
    start = next((place for place in range(first + 1, last) if word(scan, place) in NAME_PARTICLES), last)
    while start > first and between(scan, start) == "-":
        start -= 1
    return scan.text[slice(*scan.quote(start, last))]


def display_name(scan: Scan, first: int, last: int, family: str, country: str | None) -> str:
    """The name as readers know it: in full where the family name stands first, else the family name."""
    full = scan.text[slice(*scan.quote(first, last))]
    return full if _eastern(country) and last > first and full.startswith(family) else family


def _eastern(country: str | None) -> bool:
    return country is None or country in _FAMILY_FIRST_COUNTRIES


def inside_name(sentence: Sentence, hit: TermHit) -> bool:
    """Whether a bare family name is the end of somebody else's full name: "Eric Trump"."""
    scan = sentence.scan
    if hit.payload.full_name or hit.first == sentence.first or clause_breaks(scan, hit.first):
        return False
    before = scan.tokens[hit.first - 1]
    if not before.capital or before.possessive or before.word in _HONORIFICS:
        return False
    if any(other.last == hit.first - 1 for other in sentence.hits("person")):  # "Trump-Xi summit"
        return False
    return not (before.word in VERBS or before.word in PREPOSITIONS or before.word in _BEFORE_NAMES)


def titled(sentence: Sentence) -> bool:
    """Whether a sentence is written In Title Case, where capitals say nothing about names."""
    words = [token for token in sentence.tokens if len(token.word) > 3 and not token.number]
    return len(words) > 3 and sum(token.capital for token in words) / len(words) >= _TITLED
