"""What is done, and how far it has come: a measure from its noun, its stage from the verbs around it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.model import Measure, MeasureKind, Stage
from bot.signals.document import Document, Part, Sentence
from bot.signals.facts.clauses import clause_breaks, negated, word
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

MAX_BODY = 1_500  # characters: what an article says of measures beyond it is mostly history
BEFORE = 7  # tokens before a measure in which its verb may stand
AFTER = 5  # tokens after it: "tariffs on cars take effect"
CHARACTERS = 2  # in Chinese and Japanese a token is a character

# The stages that say more come first: "threatens to impose" is threatened, "signs order imposing" is announced.
_ON_BARRIERS = ("struck-down", "paused", "threatened", "announced", "lifted", "in-force")
_STAGES: dict[MeasureKind, tuple[str, ...]] = {
    "tariff": _ON_BARRIERS,
    "quota": _ON_BARRIERS,
    "export-control": _ON_BARRIERS,
    "import-ban": _ON_BARRIERS,
    "sanction": _ON_BARRIERS,
    "retaliation": ("paused", "threatened", "announced", "in-force"),
    "exemption": ("threatened", "announced", "in-force"),
    "deal": ("collapsed", "agreed", "announced"),
    "talks": ("collapsed", "paused", "announced", "talks"),
}
_ALWAYS: dict[MeasureKind, Stage] = {"ruling": "announced", "rate-decision": "announced", "talks": "talks"}
_BARRIERS = word_set("despite amid over as after because due ahead while if unless that which without before")
_ONLY_AFTER = frozenset({"with", "for", "and", "to", "will", "are", "is"})  # ends the reach of a measure's own verb
# Words that say a measure's stage from behind it, beside verbs in -ed and phrases.
_STATES = word_set(
    "illegal unlawful unconstitutional threat threats pause delay reprieve hike hikes increase increases talks "
    "begin resume collapse collapses end continue underway ongoing start fail stall"
)
_HEDGES = word_set("hope hopes hopeful fears fear optimism bets hoping possible potential")
_NEEDS_STAGE: frozenset[MeasureKind] = frozenset({"deal"})  # "hopes of a deal" is nothing


def find_measures(document: Document) -> Iterator[Measure]:
    """The measures; one whose stage is not said only from the title."""
    scale = CHARACTERS if document.language in ("zh", "ja") else 1
    for part, sentence in document.sentences():
        if part.field == "body" and sentence.start > MAX_BODY:
            break
        for hit in sentence.hits("measure"):
            measure = _measure(part, sentence, hit, scale)
            if measure is not None:
                yield measure


def _measure(part: Part, sentence: Sentence, hit: TermHit, scale: int) -> Measure | None:
    kind: MeasureKind = hit.payload.value  # type: ignore[assignment]
    if negated(sentence, hit.first) or _hedged(part, sentence, hit, kind):
        return None
    verb = _verb_of(sentence, hit, kind, scale)
    span = part.span(
        min(hit.first, verb.first) if verb else hit.first, max(hit.last, verb.last) if verb else hit.last
    )
    if verb is not None:
        said = verb.payload.value
        stage: Stage | None = None if said == "lifted" else said  # type: ignore[assignment]
        return Measure(value=kind, stage=stage, span=span)
    if kind in _ALWAYS:
        return Measure(value=kind, stage=_ALWAYS[kind], span=span)
    if kind in _NEEDS_STAGE or part.field != "title":
        return None
    return Measure(value=kind, stage=None, span=span)


def _hedged(part: Part, sentence: Sentence, hit: TermHit, kind: MeasureKind) -> bool:
    """Whether talks or a deal are only hoped for, or are nobody's whom we know: a merger, a strike."""
    if kind not in ("deal", "talks"):
        return False
    if any(word(part.scan, at) in _HEDGES for at in range(max(sentence.first, hit.first - 3), hit.first)):
        return True
    states: tuple[Table, ...] = ("country", "government", "adjective", "trade")
    return not any(sentence.hits(table) for table in states)


def _verb_of(sentence: Sentence, hit: TermHit, kind: MeasureKind, scale: int) -> TermHit | None:
    """The stage word that counts for the measure: the most telling one within reach, in the same clause."""
    allowed = _STAGES.get(kind, ())
    near = [
        verb
        for verb in sentence.hits("stage")
        if verb.payload.value in allowed and _in_reach(sentence, hit, verb, scale)
    ]
    return min(near, key=lambda verb: (allowed.index(verb.payload.value), abs(verb.first - hit.first)), default=None)


def _in_reach(sentence: Sentence, hit: TermHit, verb: TermHit, scale: int) -> bool:
    """Whether a stage word belongs to the measure: before it as its verb, behind it as its state, or part of it."""
    scan = sentence.scan
    if hit.first - BEFORE * scale <= verb.first and verb.last < hit.first:
        return _open(sentence, verb.last + 1, hit.first, _BARRIERS)
    if hit.last < verb.first <= hit.last + AFTER * scale:
        said = word(scan, verb.last)
        states = scale > 1 or verb.last > verb.first or said in _STATES or said.endswith("ed")
        return states and _open(sentence, hit.last + 1, verb.first, _BARRIERS | _ONLY_AFTER)
    return verb.first <= hit.last and verb.last >= hit.first


def _open(sentence: Sentence, first: int, last: int, barriers: frozenset[str]) -> bool:
    """Whether nothing between tokens `first` and `last` starts another clause."""
    scan = sentence.scan
    return not any(clause_breaks(scan, at) for at in range(first, last + 1)) and not any(
        word(scan, at) in barriers for at in range(first, last)
    )
