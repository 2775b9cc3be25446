"""Stages told by a phrase: "whacks Peru with tariffs", "spares salmon from duties", "tariffs set to hit"."""

from __future__ import annotations

from bot.model import Stage
from bot.signals.document import Sentence
from bot.signals.english import CLAUSE_VERBS, FINITE, MODALS, PREPOSITIONS, PRESENTS
from bot.signals.facts.clauses import clause_breaks, negated, word, word_after
from bot.signals.facts.names import titled
from bot.signals.facts.verbs import Mood, mood_of
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

WITH_REACH = 4  # tokens between "with" and the measure: "with extra 30% tariffs"
VERB_REACH = 8  # tokens between a verb and its "with" or "from"
STAGES: dict[Mood, Stage] = {Mood.DONE: "in-force", Mood.TO_COME: "announced", Mood.POSSIBLE: "threatened"}

_STATES: tuple[Table, ...] = ("country", "government", "adjective")
_LANDS = word_set("hit target")  # "tariffs set to hit"
_ONLY_MAY = word_set("threaten threatens likely unlikely expected seen feared")
_LEADS = word_set("will to")
_HOLDS = ("hold", "root")  # "as tariffs take hold"
_TAKES = word_set("take takes took taking")
_EXEMPTS = word_set(
    "exempt exempts exempted exempting spare spares spared exclude excludes excluded shield shields shielded"
)
# Who copes, helps or talks "with" tariffs imposes none.
_NO_BLOW = word_set(
    "deals is are was were has have had says said faces face meets met helps wants needs compares joins agrees sees "
    "struggles copes reaches signs strikes talks holds leaves keeps starts ends continues resumes makes finds gets "
    "gives goes comes takes turns works plays shows begins reckons grows falls rises struck reached signed left kept "
    "backs supports praises woos courts lures tempts angers upsets worries risks"
)


def struck_with(sentence: Sentence, hit: TermHit) -> tuple[Stage, int] | None:
    """The stage of a measure with which a government is struck, and the verb: "whacks Peru with 30% tariffs"."""
    scan = sentence.scan
    leads = _last(sentence, hit.first, {"with"}, WITH_REACH)
    if leads is None or negated(sentence, hit.first):
        return None
    for at in range(leads - 1, max(sentence.first, leads - VERB_REACH) - 1, -1):
        if clause_breaks(scan, at + 1):
            return None
        here = word(scan, at)
        struck = any(other.first == at + 1 for table in _STATES for other in sentence.hits(table))
        unlisted = struck and here.endswith("s") and here not in PREPOSITIONS and not scan.tokens[at].possessive
        if here in CLAUSE_VERBS or here in FINITE or unlisted:
            blow = (here in PRESENTS or unlisted) and here not in _NO_BLOW and at > sentence.first
            stage = STAGES.get(mood_of(sentence, at)) if blow and struck else None
            return (stage, at) if stage else None
    return None


def exempted(sentence: Sentence, hit: TermHit) -> tuple[Stage, int] | None:
    """The stage of an exemption from the tariff at `hit`, and its verb: "spares salmon, cod from new duties"."""
    scan = sentence.scan
    leads = _last(sentence, hit.first, {"from"}, WITH_REACH)
    if leads is None:
        return None
    for at in range(leads - 1, max(sentence.first, leads - VERB_REACH) - 1, -1):
        if word(scan, at) in _EXEMPTS:
            stage = STAGES.get(mood_of(sentence, at))
            return (stage, at) if stage and not negated(sentence, at) else None
        if word(scan, at) in CLAUSE_VERBS or word(scan, at) in PREPOSITIONS:
            return None
    return None


def lands(sentence: Sentence, hit: TermHit) -> tuple[Stage, int] | None:
    """The stage that says where tariffs fall, and its last token: "duties set to hit Peru", "tariffs take hold"."""
    scan = sentence.scan
    for at in range(hit.last + 1, min(hit.last + 1 + VERB_REACH, sentence.stop - 1)):
        here = word(scan, at)
        if clause_breaks(scan, at) or here in MODALS or sentence.text.endswith("?"):
            return None
        if here in _TAKES and word(scan, at + 1) in _HOLDS:
            return "in-force", at + 1
        if here in _LEADS and word(scan, at + 1) in _LANDS:
            return None if word(scan, at - 1) in _ONLY_MAY else ("announced", at + 1)
        if here in CLAUSE_VERBS - _LEADS - {"set", "is", "are"}:
            return None
    return None


def sanctions_somebody(sentence: Sentence, hit: TermHit) -> bool:
    """Whether "sanctions" is a government's verb: "US sanctions Peruvian banks", "EU sanctions 12 shipowners"."""
    scan, at = sentence.scan, hit.last + 1
    actor = any(other.last == hit.first - 1 for table in _STATES for other in sentence.hits(table))
    if word(scan, hit.first) != "sanctions" or not actor or clause_breaks(scan, hit.first):
        return False
    if not word_after(sentence, hit.last) or word(scan, at) in PREPOSITIONS | FINITE | MODALS:
        return False
    if any(other.first == at for table in _STATES for other in sentence.hits(table)):
        return True
    token = scan.tokens[at]
    named = token.number or (token.capital and not titled(sentence))
    return named and not _verb_follows(sentence, at)


def _verb_follows(sentence: Sentence, at: int) -> bool:
    """Whether the clause has another verb, whose subject "sanctions" then is."""
    for place in range(at + 1, sentence.stop):
        if clause_breaks(sentence.scan, place) or word(sentence.scan, place) in PREPOSITIONS:
            return False
        if word(sentence.scan, place) in FINITE | MODALS:
            return True
    return False


def _last(sentence: Sentence, before: int, words: set[str], reach: int) -> int | None:
    """The nearest of `words` within `reach` tokens before token `before`, in the same clause."""
    for at in range(before - 1, max(sentence.first, before - reach) - 1, -1):
        if clause_breaks(sentence.scan, at + 1):
            return None
        if word(sentence.scan, at) in words:
            return at
        if word(sentence.scan, at) in PREPOSITIONS:
            return None
    return None
