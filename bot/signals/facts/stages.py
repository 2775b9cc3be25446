"""How far a measure has come, by the English words around it.

The verb that governs the measure is looked for to its left ("imposes 25% tariffs on", "hits Canada with tariffs"),
else to its right ("tariffs on cars take effect"), or in a noun that it forms ("tariff threat", "tariff pause"). The
verb's class comes from the lexicon, how certain it is from `verbs.py`: "imposes" is in force, "to impose" is
announced, "may impose" is threatened, "urges Canada to impose" is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.model import MeasureKind, Stage
from bot.signals.document import Sentence
from bot.signals.english import BASES, CLAUSE_VERBS, PASTS, PREPOSITIONS, PRESENTS, PROGRESSIVES, VERBS
from bot.signals.facts.clauses import between, clause_breaks, negated, word, word_after
from bot.signals.facts.verbs import Mood, mood_of
from bot.signals.lexicon import TermHit
from bot.signals.tokens import word_set

StageClass = Literal[
    "threatened", "announced", "in-force", "paused", "struck-down", "agreed", "collapsed", "talks", "lifted"
]  # fmt: skip

BEFORE = 12  # tokens before a measure in which its verb may stand
AFTER = 9  # tokens after it: "tariffs on cars from Japan take effect"

_BARRIERS: tuple[MeasureKind, ...] = ("tariff", "quota", "export-control", "import-ban", "sanction", "retaliation")
_BARRIER_CLASSES = frozenset({"threatened", "announced", "in-force", "paused", "struck-down", "lifted"})
_CLASSES: dict[MeasureKind, frozenset[str]] = {
    **dict.fromkeys(_BARRIERS, _BARRIER_CLASSES),
    "exemption": frozenset({"threatened", "announced", "in-force", "paused", "lifted"}),
    "deal": frozenset({"agreed", "collapsed", "in-force", "announced"}),
    "talks": frozenset({"talks", "collapsed", "paused", "announced", "agreed"}),
}
_BY_MOOD: dict[tuple[StageClass, Mood], Stage | None] = {
    ("in-force", Mood.DONE): "in-force",
    ("in-force", Mood.TO_COME): "announced",
    ("in-force", Mood.POSSIBLE): "threatened",
    ("announced", Mood.DONE): "announced",
    ("announced", Mood.TO_COME): "announced",
    ("announced", Mood.POSSIBLE): "threatened",
    ("threatened", Mood.DONE): "threatened",
    ("threatened", Mood.TO_COME): "threatened",
    ("threatened", Mood.POSSIBLE): "threatened",
    ("paused", Mood.DONE): "paused",
    ("paused", Mood.TO_COME): "paused",
    ("struck-down", Mood.DONE): "struck-down",
    ("lifted", Mood.DONE): None,
    ("lifted", Mood.TO_COME): None,
    ("agreed", Mood.DONE): "agreed",
    ("collapsed", Mood.DONE): "collapsed",
    ("talks", Mood.DONE): "talks",
    ("talks", Mood.TO_COME): "talks",
}

_ENDS_CLAUSE = word_set(
    "despite amid over as after because due ahead while if unless that which who without before when since until "
    "than but says say said how why following citing versus vs against"
)
# Nouns that are the object instead of the measure: "raises concerns over tariffs", "signs deal with tariffs".
_OTHER_OBJECTS = word_set(
    "concern concerns fear fears doubt doubts question questions price prices cost costs outlook forecast "
    "forecasts guidance stakes hopes pressure deal deals agreement pact accord challenge lawsuit suit suits "
    "appeal case cases probe probes study studies review fight battle complaint petition war wars dispute row "
    "chances odds uncertainty impact risk risks report bill plants jobs revenue money blame alarm criticism "
    "opposition hurdle hurdles snag rally rout losses gains record hit blow exemption exemptions relief refund "
    "refunds talks investigation"
)
_DOING = PROGRESSIVES - word_set("looming escalating punishing sweeping remaining rising matching testing")
_QUANTITIES = word_set(
    "round rounds series set wave raft list lot package billions kind number level levels sort form imposition "
    "contours outline outlines framework bn billion million worth flurry batch tranche"
)
_OF_NOUNS = word_set("of in on off for to")  # "threat of", "pause on", "plan for"
_OF_VERBS = frozenset({"of", "in"})  # "imposition of", "increase in"
_DETERMINERS = word_set("the a an any more new some all its his their these those and or no")
_BEFORE_ADJECTIVES = (PREPOSITIONS | _DETERMINERS | VERBS) - word_set(
    "has have had having is are was were be been being will to get gets got"
)
_NOUN_FORMS = word_set("imposition increase increases doubling expansion")
_TELLING_ADJECTIVES = frozenset({"threatened", "announced", "paused"})
_HEDGES = word_set(
    "hope hopes hopeful fears fear optimism bets hoping possible potential likely prospect prospects chance "
    "chances risk expected worries worry concerns concern near nears nearing close speculation odds doubts if "
    "ahead without no expects predicts predict forecasts sees"
)
_WANTS = word_set("demand demands seeks seek want wants urges need needs asks requests request")
_CALLS = word_set("calls call called push pushes plea bid")
# Nouns after a measure that are spoken of instead: "tariffs relief", "sanctions bill", "truce talks".
_OTHER_HEADS = word_set(
    "bill bills list lists case cases ruling policy policies deadline critic critics chaos news uncertainty "
    "impact revenue revenues refund refunds dividend dividends relief rollback rollbacks war wars row dispute "
    "deal deals truce talks talk worries fears hopes hope optimism extension expiry risk risks concerns cut cuts "
    "reduction reductions exemption exemptions waiver waivers tensions turmoil jitters angst costs toll blow "
    "shock bets signing mediation negotiations negotiator plan plans offer proposal proposals letter letters "
    "regime crisis fallout removal signals expectations breakers watchdog evasion committee text terms panel "
    "progress breakthrough language vote"
)
_WITH_VERB: frozenset[MeasureKind] = frozenset({"retaliation", "exemption", "talks"})
_CONSIDERED = word_set(
    "explored explores exploring considers considered considering weighs weighing mulls mulling studies"
)
_CONDITIONS = frozenset({"if", "unless"})
_RESUMES = word_set("resume restart reopen start begin launch open continue enter meet will to")
_PREPARES = ("prepar", "read")  # with a place, talks for which somebody prepares are fixed
_TELLS = ("announc", "unveil", "reveal", "confirm", "declare")
_GRANTING = ("grant", "exempt", "waiv", "give", "issue", "renew", "extend")
_THREAT_NOUNS = frozenset({"threat", "threats", "ultimatum"})
_PAUSE_NOUNS = frozenset(
    {"pause", "delay", "reprieve", "suspension", "suspensions", "freeze", "postponement", "delays"}
)
_PLANS = frozenset({"plan", "plans", "threat", "proposal"})
_PUTS = frozenset({"put", "puts", "putting", "keep", "keeps", "places"})  # "put tariffs on hold"
REACH_OF_PLAN = 4  # tokens between "plans for" and the measure
_SAME_THING = word_set("hike hikes increase increases rate rates barrage blitz salvo package packages measures order")
_AFTER_HEAD = PREPOSITIONS | word_set(
    "and or is are was were will as after amid if unless until while when because that which who but says"
)  # "tariff on", not "tariff case"
_EFFECTS = word_set("limited targeted started failed")
_OVER = word_set("end ends ended ending")
_BEFORE_BASE = word_set("to will talks negotiations tariffs duties sanctions levies not soon now")
_END_NOUNS = word_set("end expiry lifting removal suspension collapse")
_AFTER = word_set("after following since despite")
_AGREEING = word_set("finalizing finalising concluding reaching striking signing approving ratifying")
_STATIVE = word_set(
    "restart restarts reopen reopens begin begins start starts resume resumes end ends ended expire expires "
    "collapse collapses fail fails"
)


@dataclass(frozen=True, slots=True)
class Staged:
    """A stage and the tokens that say it."""

    stage: Stage | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words around a measure say of it: `staged` is None where they say that nothing has come of it."""

    staged: Staged | None


def stage_of(sentence: Sentence, hit: TermHit, kind: MeasureKind) -> Reading | None:
    """What is said of the measure at `hit`; None where nothing is."""
    noun = _noun_stage(sentence, hit, kind)
    if noun is not None:
        return noun
    own = _own_verb(sentence, hit) if kind in _WITH_VERB else None
    verb = (
        own or _undone(sentence, hit, kind) or _verb_before(sentence, hit, kind) or _verb_after(sentence, hit, kind)
    )
    if verb is None and kind == "tariff" and _strikes(sentence, hit):
        return Reading(Staged("in-force", hit.first, hit.last + 1))
    return Reading(_read(sentence, hit, verb, kind)) if verb is not None else None


def _noun_stage(sentence: Sentence, hit: TermHit, kind: MeasureKind) -> Reading | None:
    """What a noun after the measure makes of it: "tariff threat", "tariff pause"; nothing of "tariff worries"."""
    scan, last = sentence.scan, hit.last
    after = word_after(sentence, last)
    if after in _SAME_THING and word_after(sentence, last + 1) in _THREAT_NOUNS:  # "tariff hike threat"
        last, after = last + 1, word_after(sentence, last + 1)
    if not after or word(scan, hit.last) in PREPOSITIONS or scan.tokens[hit.last].possessive or after in _SAME_THING:
        return None
    if kind != "talks" and after in _OTHER_HEADS and not (after in PRESENTS and word(scan, hit.last).endswith("s")):
        return Reading(None)
    if kind not in _BARRIERS:
        return None
    if after in _THREAT_NOUNS or after in _PAUSE_NOUNS:
        stage: Stage = "threatened" if after in _THREAT_NOUNS else "paused"
        return Reading(None if _gives_up(sentence, hit) else Staged(stage, hit.first, last + 1))
    singular = not word(scan, hit.last).endswith("s")
    if singular and after not in _AFTER_HEAD and not _is_verb_here(sentence, hit.last + 1):
        return Reading(None)
    return None


def _undone(sentence: Sentence, hit: TermHit, kind: MeasureKind) -> TermHit | None:
    """What right behind a measure ends it or its plan: "plan for export curbs paused", "puts tariffs on hold"."""
    scan = sentence.scan
    near = {word(scan, at) for at in range(max(sentence.first, hit.first - REACH_OF_PLAN), hit.first)}
    planned = bool(near & (_PLANS | _PUTS))
    verb = _verb_after(sentence, hit, kind) if planned else None
    ended = verb is not None and verb.first == hit.last + 1 and verb.payload.value in ("paused", "struck-down")
    return verb if ended else None


def _strikes(sentence: Sentence, hit: TermHit) -> bool:
    """Whether tariffs hit where they are sent, or have come: "the tariffs hitting Norway", "after tariffs hit"."""
    scan, after = sentence.scan, word_after(sentence, hit.last)
    if not word(scan, hit.last).endswith("s"):
        return False
    if after == "hitting":
        return hit.last + 2 < sentence.stop and scan.tokens[hit.last + 2].capital
    ends = hit.last + 2 >= sentence.stop or clause_breaks(scan, hit.last + 2)
    before = {word(scan, at) for at in range(max(sentence.first, hit.first - 3), hit.first)}
    return after in {"hit", "bite"} and ends and bool(before & {"after", "as", "since", "once", "when"})


def _is_verb_here(sentence: Sentence, at: int) -> bool:
    here = word(sentence.scan, at)
    return here in CLAUSE_VERBS or here in PASTS or here in {"to", "may", "could", "would", "will", "can"}


def _gives_up(sentence: Sentence, hit: TermHit) -> bool:
    """Whether a threat or a pause is itself ended, ruled out or only wished for."""
    verb = _verb_before(sentence, hit, "tariff")
    if verb is not None:
        ended = verb.payload.value in ("lifted", "paused", "struck-down")
        return ended or mood_of(sentence, verb.first) is Mood.UNREAL
    owned = hit.first > sentence.first and sentence.scan.tokens[hit.first - 1].possessive  # "hopes Trump's threat"
    return (is_wished(sentence, hit.first) and not owned) or negated(sentence, hit.first)


def _own_verb(sentence: Sentence, hit: TermHit) -> TermHit | None:
    """The verb with which the measure itself begins: "exempts cars from tariffs", "retaliates", "to meet with"."""
    starts = {hit.first, hit.first + 1} if word(sentence.scan, hit.first) in {"will", "to"} else {hit.first}
    return next((verb for verb in sentence.hits("stage") if verb.first in starts and verb.last <= hit.last), None)


def _verb_before(sentence: Sentence, hit: TermHit, kind: MeasureKind) -> TermHit | None:
    scan, allowed = sentence.scan, _CLASSES[kind]
    verbs = {verb.last: verb for verb in sentence.hits("stage") if verb.payload.value in allowed}
    if not verbs:
        return None
    passed: list[str] = []
    adjective = None  # "planned" in "removes cars from planned tariffs": it counts where no verb stands before it
    at = hit.first - 1
    lowest = max(sentence.first, hit.first - BEFORE)
    while at >= lowest:
        if clause_breaks(scan, at + 1):
            listed = _measure_ending(sentence, at)
            if listed is None or "," not in between(scan, at + 1):
                break
            at, lowest = listed.first - 1, max(sentence.first, listed.first - BEFORE)
            continue
        here = word(scan, at)
        verb = verbs.get(at)
        if verb is not None and not _reaches(passed, verb):
            return None
        if verb is not None:
            if not _is_adjective(sentence, verb):
                return verb
            adjective = verb if verb.payload.value in _TELLING_ADJECTIVES else adjective
        elif here in _ENDS_CLAUSE or here in CLAUSE_VERBS or here in _OTHER_OBJECTS or here in _DOING:
            break
        if not _is_measured(sentence, at):
            passed.append(here)
        at -= 1
    return adjective


def _is_measured(sentence: Sentence, at: int) -> bool:
    """Whether a word only says how much or how far: "a round of tariffs", "$9bn of", "up to 50%", "in principle"."""
    scan = sentence.scan
    here, before = word(scan, at), word(scan, at - 1)
    if here == "of":
        return before in _QUANTITIES or (
            at > sentence.first and (scan.tokens[at - 1].number or before.endswith("bn"))
        )
    return (before, here) in {("up", "to"), ("in", "principle")} or (here, word(scan, at + 1)) == ("in", "principle")


def _is_adjective(sentence: Sentence, verb: TermHit) -> bool:
    """Whether a participle or noun only describes the measure: "planned tariffs", "imposition of tariffs"."""
    scan, said = sentence.scan, word(sentence.scan, verb.last)
    if said in _NOUN_FORMS and word(scan, verb.last + 1) in {"of", "in"}:
        return True
    if verb.last > verb.first or not said.endswith("ed"):
        return False
    if verb.first == sentence.first or clause_breaks(scan, verb.first) or scan.tokens[verb.first - 1].possessive:
        return True
    return word(scan, verb.first - 1) in _BEFORE_ADJECTIVES


def _reaches(passed: list[str], verb: TermHit) -> bool:
    """Whether a verb reaches the measure over the words between, which are given from right to left."""
    if passed and passed[-1] in {"and", "or"}:  # "tax cuts and tariffs"
        return False
    leads = _OF_VERBS if verb.payload.value == "in-force" else _OF_NOUNS
    far = passed[:-1] if passed and passed[-1] in leads else passed
    nearest = next((here for here in far if here in PREPOSITIONS), "with")
    return nearest == "with"  # "hits Canada with tariffs", not "raises prices on tariffs"


def _measure_ending(sentence: Sentence, at: int) -> TermHit | None:
    """The measure that ends at or right before token `at`: the item before in a list of measures."""
    return next((hit for hit in sentence.hits("measure") if hit.first <= at <= hit.last + 1), None)


def _verb_after(sentence: Sentence, hit: TermHit, kind: MeasureKind) -> TermHit | None:
    scan, allowed = sentence.scan, _CLASSES[kind]
    verbs = {verb.first: verb for verb in sentence.hits("stage") if verb.payload.value in allowed}
    for at in range(hit.last + 1, min(hit.last + 1 + AFTER, sentence.stop)):
        if clause_breaks(scan, at):
            return None
        verb = verbs.get(at)
        if verb is not None and _is_state(sentence, verb, kind):
            return verb
        here = word(scan, at)
        due = here == "due" and word(scan, at + 1) == "to" and word(scan, at + 2) in BASES  # "talks due to start"
        if (here in _ENDS_CLAUSE and not due) or (here in CLAUSE_VERBS and not _leads_on(sentence, at)):
            return None
    return None


def _leads_on(sentence: Sentence, at: int) -> bool:
    """Whether a verb only carries another one: "are delayed", "will start", "set to take effect"."""
    return word(sentence.scan, at) in {"is", "are", "was", "were", "be", "been", "has", "have", "had", "will", "set"}


def _is_state(sentence: Sentence, verb: TermHit, kind: MeasureKind) -> bool:
    """Whether a stage word behind a measure says what becomes of it, not what it does: "imposed", "take effect"."""
    said = word(sentence.scan, verb.last)
    if said in _EFFECTS or (kind == "talks" and said in _OVER) or word(sentence.scan, verb.last + 1) in {"to", "up"}:
        return False
    if said in {"start", "end"} and word(sentence.scan, verb.first - 1) not in _BEFORE_BASE:  # "a good start"
        return False
    return verb.last > verb.first or said in _STATIVE or said.endswith("ed") or said in {"struck", "reached", "met"}


def _read(sentence: Sentence, hit: TermHit, verb: TermHit, kind: MeasureKind) -> Staged | None:
    if negated(sentence, verb.first, window=3) or is_wished(sentence, min(verb.first, hit.first)):
        return None
    if verb.first > hit.last and is_wished(sentence, verb.first):
        return None
    mood = _mood(sentence, verb)
    said: StageClass = verb.payload.value  # type: ignore[assignment]
    if (mood is Mood.TO_COME or said == "announced") and _is_contingent(sentence, verb):
        mood = Mood.POSSIBLE
    if kind == "exemption" and said == "in-force" and not word(sentence.scan, verb.first).startswith(_GRANTING):
        return None
    if kind == "deal" and said == "announced" and word(sentence.scan, verb.first).startswith(_TELLS):
        said = "agreed"  # a deal is announced when it is made
    if mood is not Mood.DONE and (sentence.text.endswith("?") or kind == "deal"):
        agreed_to = kind == "deal" and said == "agreed" and word(sentence.scan, verb.first - 2).startswith("agree")
        mood = Mood.DONE if agreed_to else Mood.UNREAL
    if kind == "talks" and word(sentence.scan, verb.first).startswith(_PREPARES) and sentence.hits("place"):
        said = "talks"
    if kind == "talks" and (
        said == "agreed" or (mood is Mood.TO_COME and word(sentence.scan, verb.first) in _RESUMES)
    ):
        said = "announced"
    if (said, mood) not in _BY_MOOD:
        return None
    return Staged(_BY_MOOD[said, mood], min(hit.first, verb.first), max(hit.last, verb.last))


def _mood(sentence: Sentence, verb: TermHit) -> Mood:
    """The mood of a stage word, which may be a noun: "after the end of the exemption"."""
    scan = sentence.scan
    if word(scan, verb.last + 1) == "of" and word(scan, verb.first) in _END_NOUNS:
        before = {word(scan, at) for at in range(max(sentence.first, verb.first - 2), verb.first)}
        return Mood.DONE if before & _AFTER else mood_of(sentence, verb.first)
    if word(scan, verb.last) == "open" and word(scan, verb.last + 1) == "to":  # "open to talks"
        return Mood.UNREAL
    if word(scan, verb.first) in _AGREEING and word(scan, verb.first - 1) in {"is", "are", "was", "were", "be"}:
        return Mood.UNREAL  # "is finalizing a deal"
    return mood_of(sentence, verb.first)


def _is_contingent(sentence: Sentence, verb: TermHit) -> bool:
    """Whether what is to come is only considered, or hangs on a condition: "to raise tariffs if talks fail"."""
    scan = sentence.scan
    near = {word(scan, at) for at in range(max(sentence.first, verb.first - 4), verb.first)}
    later = {word(scan, at) for at in range(verb.last + 1, sentence.stop)}
    return bool(near & _CONSIDERED or later & _CONDITIONS)


def done_by(sentence: Sentence, hit: TermHit) -> Staged | None:
    """The stage of a measure that is a verb and its object: "bans exports of", "to suspend imports"."""
    mood = mood_of(sentence, hit.first)
    if ("in-force", mood) not in _BY_MOOD or negated(sentence, hit.first, window=3) or is_wished(sentence, hit.first):
        return None
    return Staged(_BY_MOOD["in-force", mood], hit.first, hit.last)


def is_wished(sentence: Sentence, at: int) -> bool:
    """Whether what begins at `at` is only hoped, asked or feared: "calls for a pause", "possible delay"."""
    scan = sentence.scan
    near = [word(scan, place) for place in range(max(sentence.first, at - 3), at)]
    if any((here in _HEDGES and here != "chance") or here in _WANTS for here in near):
        return True
    if "chance" in near and "last" not in near:  # "last chance talks" are held
        return True
    return "for" in near and any(here in _CALLS for here in near)
