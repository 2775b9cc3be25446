"""How certain a verb is: whether what it says is done, will be done, may be done, or is only wished for or denied.

"Imposes tariffs" is done, "to impose" and "will impose" are to come, "may impose" and "threatens to impose" are
possible; "urges Canada to impose", "if Canada imposes" and "did not impose" say nothing of an act.
"""

from __future__ import annotations

from enum import Enum

from bot.signals.document import Sentence
from bot.signals.english import ADVERBS, BASES, CLAUSE_VERBS, FINITE, MODALS, PREPOSITIONS, PRESENTS, SPEECH
from bot.signals.facts.clauses import between, clause_breaks, word
from bot.signals.tokens import word_set


class Mood(Enum):
    """How certain a verb is."""

    DONE = "done"
    TO_COME = "to come"
    POSSIBLE = "possible"
    UNREAL = "unreal"  # wished for, asked for, denied, conditional


MAX_ADVERBS = 3
REACH_OF_TO = 5  # tokens before "to" in which what leads to it is looked for: "urges the EU to lift"
REACH_OF_IF = 12
REACH_OF_LET = 3

_BE = word_set("is are was were be been being get gets got getting 's")
_HAVE = word_set("has have had having 've")
_WILL = word_set("will shall 'll")
_WILL_ENDINGS = ("'ll", "’ll", "'d", "’d")  # "said he'd raise"
_WOULD = word_set("would could might may")
_MAY = word_set("may might could can")
_UNREAL = word_set(
    "would should must ought not never no won't wouldn't shouldn't couldn't can't cannot don't doesn't didn't "
    "isn't wasn't aren't weren't hasn't haven't let's please let lets help helps why"
)
_ASPECTS = word_set("keep keeps kept start starts started begin begins began continue continues continued")
_LETS = word_set("let lets letting make makes making help helps helping watch")
_IF = word_set("if unless whether until once wherever")
# What stands before "to": who threatens to, considers to; who asks, wants, fails, hopes to.
_THREATENS = word_set("threatens threaten threatened threatening vows vowed vow vowing threat threats")
_WISHES = word_set(
    "ask asks asked asking urge urges urged urging want wants wanted press presses pressed pressing calls call "
    "called push pushes pushed need needs needed try tries tried trying seek seeks sought seeking hope hopes "
    "hoped hoping expect expects expected likely unlikely refuse refuses refused fail fails failed failure "
    "reluctant effort efforts decline declines declined offer offers offered bid attempt attempts pressure "
    "pressures pressured willing ready open hesitate unable able chance ability invite invites invited demand "
    "demands demanded tell tells told warns warn aimed wish wishes struggle struggles how whether allow "
    "allows allowed reason lobby lobbies scramble scrambles rush rushes plea beg begs forces failing request "
    "requests requested allowing letting lets authorizing permitting reluctance petition petitions right proposal "
    "idea dare dares would impossible hard easy difficult enough too power powers inclined authority potential "
    "struggling encouraged encourages option options"
)
_CONSIDERS = word_set(
    "considers consider considering considered weighs weigh weighing mulls mulling mull floats float eyes eyeing "
    "studies ponders contemplates discusses discussing explores exploring"
)
_PROPOSES = word_set("order orders plan plans propose proposes proposed announces announced unveils backs")
_NOT_DOING = word_set(
    "of about without before against avoid avoids avoiding avoided rather than instead from stop stops fears fear "
    "fearing opposes oppose risks risk favors supports support toward towards despite suggests suggested like "
    "versus on"
)


def mood_of(sentence: Sentence, at: int) -> Mood:
    """The mood of the verb at token `at`."""
    if conditional(sentence, at):
        return Mood.UNREAL
    return _by_words_before(sentence, at)


def _by_words_before(sentence: Sentence, at: int) -> Mood:
    scan = sentence.scan
    before = _over_adverbs(sentence, at)
    if any(word(scan, place) in _UNREAL for place in range(before + 1, at)):
        return Mood.UNREAL
    said = word(scan, before) if before >= sentence.first and not _parted(sentence, before, at) else ""
    if said == "to":
        return _before_to(sentence, before)
    progressive = word(scan, at).endswith("ing")
    if said in _BE or said in _HAVE or (progressive and said in _ASPECTS):
        return _by_words_before(sentence, before)
    if progressive:
        if at == sentence.first and _is_headless(sentence):
            return Mood.DONE
        supposed = said in SPEECH and _supposes(sentence, at)
        return Mood.UNREAL if supposed else _of_progressive(said)
    return Mood.UNREAL if _is_no_verb(sentence, at, said) else _of_auxiliary(said)


def _is_no_verb(sentence: Sentence, at: int, before: str) -> bool:
    """Whether a plain form is a noun, an adjective or what one lets another do: "after a cut", "let Canada cut"."""
    scan = sentence.scan
    if word(scan, at) == "lower" and before in PRESENTS:  # "promises lower tariffs"
        return True
    if word(scan, at) not in BASES:
        return False
    lets = any(word(scan, place) in _LETS for place in range(max(sentence.first, at - REACH_OF_LET), at))
    return lets or before in PREPOSITIONS


def _of_auxiliary(said: str) -> Mood:
    if said in _WILL or said.endswith(_WILL_ENDINGS):
        return Mood.TO_COME
    if said in _MAY:
        return Mood.POSSIBLE
    return Mood.UNREAL if said in _UNREAL else Mood.DONE


def _of_progressive(said: str) -> Mood:
    if not said:  # it opens its clause: "Scrapping tariffs would help"
        return Mood.UNREAL
    if said in _CONSIDERS or said in _THREATENS:
        return Mood.POSSIBLE
    if said in _PROPOSES:
        return Mood.TO_COME
    return Mood.UNREAL if said in _NOT_DOING else Mood.DONE


def _supposes(sentence: Sentence, at: int) -> bool:
    """Whether a progressive is the subject of a "would": "says lifting tariffs would help"."""
    return any(word(sentence.scan, place) in _WOULD for place in range(at + 1, sentence.stop))


def _is_headless(sentence: Sentence) -> bool:
    """Whether a sentence has no verb but a progressive: the title of a decree, "Imposing Duties on Steel"."""
    measured = {at for hit in sentence.hits("measure") for at in range(hit.first, hit.last + 1)}
    words = {word(sentence.scan, at) for at in range(sentence.first, sentence.stop) if at not in measured} - {"to"}
    return not sentence.text.endswith("?") and not words & (FINITE | MODALS)


def _before_to(sentence: Sentence, at: int) -> Mood:
    """The mood of an infinitive whose "to" is token `at`, by what leads to it."""
    scan = sentence.scan
    if word(scan, at - 1) in _UNREAL:
        return Mood.UNREAL
    for place in range(at - 1, max(sentence.first, at - REACH_OF_TO) - 1, -1):
        if place + 1 != at and any(mark in between(scan, place + 1) for mark in ";:—–|"):
            break
        here = word(scan, place)
        if here in _THREATENS or here in _CONSIDERS:
            return Mood.POSSIBLE
        if here in _WISHES:
            return Mood.UNREAL
        if here in _MAY:
            return Mood.POSSIBLE
        if here in CLAUSE_VERBS and here not in _BE:
            break
    return Mood.TO_COME


def _over_adverbs(sentence: Sentence, at: int) -> int:
    """The place of the first word before `at` that is no adverb or negation."""
    place = at - 1
    while place >= sentence.first and at - place <= MAX_ADVERBS:
        here = word(sentence.scan, place)
        if between(sentence.scan, place + 1) == "-" and here in {"jump", "kick", "re"}:  # "to jump-start"
            place -= 1
            continue
        if not (here.endswith("ly") or here in ADVERBS or here in {"not", "never"}):
            break
        place -= 1
    return place


def _parted(sentence: Sentence, before: int, at: int) -> bool:
    return any(clause_breaks(sentence.scan, place) for place in range(before + 1, at + 1))


def conditional(sentence: Sentence, at: int) -> bool:
    """Whether "if" or its like opens the clause of the verb."""
    scan = sentence.scan
    for place in range(at - 1, max(sentence.first, at - REACH_OF_IF) - 1, -1):
        if word(scan, place) in _IF:
            return True
        if clause_breaks(scan, place + 1):
            return False
    return False
