"""Verbs that no list holds, told by their form and place: "Carney readies", "Modi and Putin display unity"."""

from __future__ import annotations

from bot.signals.document import Sentence
from bot.signals.english import FINITE, MODALS, PREPOSITIONS
from bot.signals.facts.clauses import clause_breaks, word
from bot.signals.tokens import word_set

# Behind these a clause begins with its subject.
OPENERS = word_set("as while after before when because and but since until how why what if that where")

_NOUN_ENDINGS = (
    "ers", "ors", "ists", "ians", "ions", "ments", "ities", "ants", "ings", "ss", "us", "ics", "ness", "ites",
    "isms", "ed", "crats", "women",
)  # fmt: skip
# Plural nouns that stand behind a name: "Trump tariffs".
_NOUNS = word_set(
    "tariffs officials allies accounts aides fans critics news deals talks taxes bonds stocks trials courts judges "
    "rallies rights policies cuts raids bans picks threats ties memos videos moments properties pardons staff s his "
    "this days hours weeks months years brothers sons lies pacs cronies jitters fears woes bets hopes shares posts "
    "headlines levies duties sanctions times loyalists rules memes records funds files emails texts papers polls "
    "ballots parties aims speeches visits trips vaccines thanks jobs gains losses risks goods quotes trades plans "
    "floods states gas airways cinemas wildfires fires quakes earthquakes protests elections airstrikes clashes "
    "riots clubs hospitals schools homes museums universities troops storms rains crops drones missiles tourists "
    "hotels islands provinces cities rivers stores airports mines ports roads films games rates gdp crisis bases "
    "wars nominees employees deportees refugees trustees"
)

_SMALL = word_set("the a an and or his her their its our my your no not both all also who which that other others")


def may_be_verb(sentence: Sentence, at: int, *, plural: bool) -> bool:
    """Whether the unlisted word at token `at`, right behind who acts, is the verb.

    It must look like one ("readies"; "display" behind a list), and the clause must have no other.
    """
    token = sentence.scan.tokens[at]
    here = token.word
    if token.number or here in _NOUNS or here in PREPOSITIONS or here in MODALS or here in _SMALL:
        return False
    if not here.isalpha() or here.endswith("s") == plural or here.endswith(_NOUN_ENDINGS):
        return False
    following = at + 1
    if following >= sentence.stop or clause_breaks(sentence.scan, following):
        return here.endswith("s")
    if plural and (token.capital or word(sentence.scan, following) in PREPOSITIONS | {"and", "to"}):
        return False  # "Xi and Putin ties with", "Trump and Xi Call"
    return not _has_verb(sentence, following)


def _has_verb(sentence: Sentence, at: int) -> bool:
    """Whether a verb stands in the rest of the clause: then what stands before was its subject."""
    while at < sentence.stop and not clause_breaks(sentence.scan, at):
        here = word(sentence.scan, at)
        if here in OPENERS or here == "to":
            return False
        if here in FINITE or here in MODALS:
            return True
        at += 1
    return False
