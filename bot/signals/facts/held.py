"""Whether a word for a meeting says that one is held or set: not "if they meet", "cancels summit", "summit hopes"."""

from __future__ import annotations

from bot.signals.document import Sentence
from bot.signals.english import ADVERBS, PREPOSITIONS
from bot.signals.facts.clauses import between, clause_breaks, negated, word, word_after
from bot.signals.facts.verbs import Mood, conditional, mood_of
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

MEETS = word_set("meet meets met")

NEGATION_REACH = 8  # tokens before the meeting in which a negation denies it
UNDONE_BEFORE = 6  # tokens before it in which a verb calls it off or only asks for it: "cancels his summit with"
UNDONE_BEHIND = 8  # tokens behind it: "summit in Oslo postponed"
COMPANY_REACH = 4  # tokens behind "meet" in which its object ends: "meet all of the targets"

_AFTER_MEET = word_set(
    "as and chinese monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight next this last "
    "here again face behind top senior his her their leaders counterparts counterpart oil business tech"
)
# Who is met without a name: "to meet oil executives".
_PEOPLE = word_set(
    "leaders leader officials executives ministers minister ceos ceo negotiators counterparts counterpart investors "
    "bankers lawmakers governors envoy envoys delegation farmers unions union generals families president premier "
    "king queen pope chief chiefs bosses boss chancellor senators republicans democrats advisers voters protesters"
)
MAX_MODIFIERS = 3  # words before such a noun: "meets top US oil executives"
_NOT_COMPANY = word_set(
    "goals goal target targets demand demands expectations standards rules commitments commitment challenge needs "
    "need requirements requirement obligations criteria conditions quota quotas endpoint endpoints deadline "
    "deadlines"
)
# What people feel or do is no company: "met with anger".
_RECEPTION = word_set(
    "disappointment skepticism scepticism anger outrage resistance criticism opposition silence fury mixed relief "
    "shock backlash derision cheers applause boos protests protest disdain alarm suspicion indifference praise "
    "caution fear fears defiance confusion ridicule hostility approval contempt enthusiasm dismay tear concern "
    "concerns doubt doubts little widespread fierce swift strong violence force disbelief laughter uproar"
)
# A noun behind "summit" or "meeting" that is spoken of instead.
_OTHER_NOUNS = word_set(
    "breakdown hopes hope fears plan plans offer invitation invite minutes agenda preparations prospects "
    "speculation room rooms collapse proposal request bid venue series police opera"
)
_NOT_HELD = word_set(
    "cancels canceled cancelled cancel canceling cancelling scraps scrapped postpones postponed delay delays delayed "
    "snubs snub skip skips misses boycott boycotts rules refuses refused rejects rejected declines possible without "
    "potential no proposes offers seeks seek seeking sought wants want wanted hopes eyes eye bid salvage revive "
    "invites invited demands demand suggests urges floats jump kickstart "
    "requests requested request"
)
_ONLY_ASKED = word_set("calls call called push pushes pushing urges urge pleads plea appeals")  # "calls for talks"
# Behind these the meeting is only when something else happened: "refuses to answer after summit".
_EVENT = word_set("at after before during following since ahead")
_ONLY_MAYBE = frozenset({"may", "could"})
_JOINS = word_set("attend join chair")  # who could join a meeting does not call it in doubt
_CALLED_OFF = word_set(
    "shelved postponed proposed delayed dead cancelled canceled scrapped nixed unlikely unclear doubtful "
    "abandoned averted"
)
_OFF = word_set("is are was were called again")
# "Talks" is a verb behind one who speaks: "Merz talks to farmers", "Modi talks up trade".
_SPEAKING = word_set("to about up tough down like trash")


def takes_place(sentence: Sentence, hit: TermHit, *, title: bool) -> bool:
    """Whether the meeting at `hit` is held or set."""
    scan = sentence.scan
    if word_after(sentence, hit.last) in _OTHER_NOUNS or negated(sentence, hit.first, window=NEGATION_REACH):
        return False
    if scan.within("negation", hit.first, hit.last + 1):  # "visits Peru, won't meet its leaders"
        return False
    if conditional(sentence, hit.first) or _is_gerund(sentence, hit):
        return False
    if _is_wished_away(sentence, hit) or _is_called_off(sentence, hit) or _is_speech(sentence, hit):
        return False
    if word(scan, hit.first) not in MEETS:
        return title or "at" not in {word(scan, at) for at in range(max(sentence.first, hit.first - 4), hit.first)}
    return has_company(sentence, hit) and mood_of(sentence, hit.first) in (Mood.DONE, Mood.TO_COME)


def _is_gerund(sentence: Sentence, hit: TermHit) -> bool:
    """Whether "meeting" is what is done to targets: "close to meeting its climate targets"."""
    scan = sentence.scan
    if word(scan, hit.last) != "meeting":
        return False
    for at in range(hit.last + 1, min(hit.last + 1 + COMPANY_REACH, sentence.stop)):
        if clause_breaks(scan, at) or word(scan, at) in PREPOSITIONS:
            return False
        if word(scan, at) in _NOT_COMPANY:
            return True
    return False


def _is_wished_away(sentence: Sentence, hit: TermHit) -> bool:
    """Whether what leads to the meeting calls it off, doubts it or only asks for it."""
    scan = sentence.scan
    for at in range(hit.first - 1, max(sentence.first, hit.first - UNDONE_BEFORE) - 1, -1):
        here = word(scan, at)
        if here in _EVENT:
            return False
        if here in _NOT_HELD:
            return True
        if here in _ONLY_MAYBE and not _JOINS & {word(scan, place) for place in range(at + 1, hit.first)}:
            return True
        if here == "for" and word(scan, at - 1) in _ONLY_ASKED:
            return True
    return False


def _is_called_off(sentence: Sentence, hit: TermHit) -> bool:
    """Whether what stands behind the meeting undoes it: "summit in Oslo postponed", "his talks with Modi are off"."""
    scan = sentence.scan
    for at in range(hit.last + 1, min(hit.last + 1 + UNDONE_BEHIND, sentence.stop)):
        here = word(scan, at)
        if clause_breaks(scan, at) or here in {"as", "while", "amid"}:
            return False
        if here in _CALLED_OFF:
            return True
        if (here == "off" and word(scan, at - 1) in _OFF) or (here == "hold" and word(scan, at - 1) == "on"):
            return True
    return False


def _is_speech(sentence: Sentence, hit: TermHit) -> bool:
    """Whether "talks" is what one person does: "Merz talks to farmers", "Modi talks trade with Carney"."""
    scan, following = sentence.scan, word_after(sentence, hit.last)
    if hit.first != hit.last or word(scan, hit.first) != "talks":
        return False
    speaker = next((other for other in sentence.hits("person") if other.last == hit.first - 1), None)
    if speaker is None:
        return following in {"about", "up"}
    opens = speaker.first == sentence.first and between(scan, hit.first) == " "
    return following in _SPEAKING or (opens and following not in PREPOSITIONS)


def has_company(sentence: Sentence, hit: TermHit) -> bool:
    """Whether "meet" is about people, not targets or demand: "meets Xi", "to meet in London"."""
    scan, following = sentence.scan, word_after(sentence, hit.last)
    opens = hit.first == sentence.first or clause_breaks(scan, hit.first)
    if opens and word(scan, hit.first) == "meet":  # "Meet the people behind"
        return False
    if following == "with" and word(scan, hit.last + 2) in _RECEPTION:
        return False
    if not following or following in PREPOSITIONS or following in ADVERBS or following in _AFTER_MEET:
        return following != "by"
    return _is_somebody(sentence, hit.last + 1)


def _is_somebody(sentence: Sentence, at: int) -> bool:
    """Whether people or governments stand at token `at`, and not what they demand."""
    tables: tuple[Table, ...] = ("person", "role", "country", "adjective", "government")
    named = any(
        other.first == at and not _owns(sentence, other) for table in tables for other in sentence.hits(table)
    )
    ahead = range(at, min(at + COMPANY_REACH, sentence.stop))
    for place in ahead:
        here = word(sentence.scan, place)
        if place > at and (here in PREPOSITIONS or clause_breaks(sentence.scan, place)):
            break
        if here in _NOT_COMPANY:
            return False
        named = named or here in _PEOPLE
    return named or _is_name(sentence, at)


def _is_name(sentence: Sentence, at: int) -> bool:
    """Whether a capital shows a name at token `at`, behind a small "meet"; initials show a rule or a body."""
    name = sentence.scan.tokens[at]
    return (
        name.capital
        and not name.possessive
        and not sentence.scan.tokens[at - 1].capital
        and name.text.upper() != name.text
    )


def _owns(sentence: Sentence, name: TermHit) -> bool:
    """Whether a name only owns what is met: "meets Trump's push", not "meets China's Xi"."""
    tables: tuple[Table, ...] = ("person", "role")
    return sentence.scan.tokens[name.last].possessive and not any(
        name.last < other.first <= name.last + COMPANY_REACH for table in tables for other in sentence.hits(table)
    )


def meets_unnamed(sentence: Sentence, hit: TermHit) -> bool:
    """Whether people without a name are met: "to meet oil executives", "met with union bosses"."""
    at = hit.last + 1 + (word(sentence.scan, hit.last + 1) == "with")
    return any(
        word(sentence.scan, place) in _PEOPLE
        for place in range(at, min(at + 1 + MAX_MODIFIERS, sentence.stop))
        if not any(clause_breaks(sentence.scan, gap) for gap in range(at, place + 1))
    )
