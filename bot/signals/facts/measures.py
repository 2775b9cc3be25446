"""What is done, and how far it has come.

A measure is a fact where the text says what becomes of it. "Tariffs" in passing, hopes of a deal, and what somebody
asks of somebody else are none. English is read by its grammar (`stages.py`), other languages by the words near.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from bot.model import Measure, MeasureKind, Stage
from bot.signals.document import Document, Sentence
from bot.signals.english import CLAUSE_VERBS, MODALS, PREPOSITIONS, STATE_NOUNS, TRAVEL_WORDS
from bot.signals.facts.clauses import clause_breaks, negated, word, word_after
from bot.signals.facts.phrases import exempted, lands, sanctions_somebody, struck_with
from bot.signals.facts.stages import Staged, done_by, is_wished, stage_of
from bot.signals.facts.verbs import Mood, mood_of
from bot.signals.lexicon import Table, TermHit
from bot.signals.tokens import word_set

MAX_BODY = 1_500  # characters: what an article says of measures beyond it is mostly history
REACH = 7  # tokens around a measure in which its stage may stand, in languages read by the words near
CHARACTERS = 2  # in Chinese and Japanese a token is a character, so look this many times as far
ACTOR_REACH = 5  # tokens before a verb in which a government or a central bank stands that acts

_LEADS_TO = word_set("to on over")  # "How talks to avert tariffs"
AIM_REACH = 5  # tokens between "talks on" and the deal they are about

_STATES: tuple[Table, ...] = ("country", "government", "adjective")
_NOT_TRADE = word_set(
    "electricity energy power phone mobile telecom telecoms roaming feed utility data broadband rail water tax "
    "windfall stamp excise fuel inheritance estate road hotel jury"
)
_OF_TRADE = word_set("wto tariff tariffs trade")
_ON_A_RULING = word_set(
    "says said calls called rejects rejected slams slammed welcomes hails blasts appeals appealed "
    "weigh weighs digest digests assess"
)
_AFTER_EVENT = frozenset({"after", "following"})
_CENTRAL_BANKS = word_set(
    "fed reserve bank ecb boe boj rba rbi rbnz snb pboc riksbank banxico copom boc policymakers mpc fomc bok"
)
_DELIVERS = word_set("announces announced delivers delivered approves approved")
_INTEREST = word_set("interest key benchmark policy repo lending cash base deposit")
_NOT_YET = word_set(
    "if would could may might should unless want wants seek seeks urge urges urging invite "
    "invites invitation offer offers open openness ready willing eye eyes eyeing welcome welcomes call calls "
    "request requests doubt expectations until propose proposes favors prepare prepares future fresh more further"
)
_COMES = TRAVEL_WORDS | word_set("meet meets met heading gather gathers")  # somebody comes "for talks"
_TREATIES = word_set("usmca nafta mercosur cptpp rcep tpp")
_UTILITIES = word_set("electricity telecom telecoms broadband roaming utility")
_UTILITY_REACH = 4  # tokens before a tariff in which such a word stands: "electricity, telecom and gas tariffs"
_TALKS_AS_VERB = word_set("up about tariffs trade tough down of with")
_BARE = word_set("deal deals agreement agreements pact accord truce talks negotiations")
_ABOUT_RATES = word_set(
    "cut cuts hike hikes increase increases bets hopes decision path outlook rise rises expectations signals "
    "fears odds pause call cycle futures speculation worries concerns"
)
# Of several stage words near, the one that says more comes first: "threatens to impose" is threatened.
_ORDER: dict[MeasureKind, tuple[str, ...]] = {
    **dict.fromkeys(
        ("tariff", "quota", "export-control", "import-ban", "sanction"),
        ("struck-down", "paused", "threatened", "announced", "lifted", "in-force"),
    ),
    "retaliation": ("paused", "threatened", "announced", "in-force"),
    "exemption": ("threatened", "announced", "in-force"),
    "deal": ("collapsed", "agreed", "announced"),
    "talks": ("collapsed", "paused", "announced", "talks"),
}


def find_measures(document: Document) -> Iterator[Measure]:
    """The measures whose stage is stated; of a kind that the title stages, the rest of the text adds nothing."""
    staged: set[MeasureKind] = set()
    charges = document.language == "en" and _speaks_of_charges(document)
    read = _english if document.language == "en" else _by_words_near
    scale = CHARACTERS if document.language in ("zh", "ja") else 1
    for part, sentence in document.sentences():
        if part.field == "body" and sentence.start > MAX_BODY:
            break
        if part.field != "title" and document.language != "en":
            break
        for hit in sentence.hits("measure"):
            kind: MeasureKind = hit.payload.value  # type: ignore[assignment]
            if (part.field != "title" and kind in staged) or (kind == "tariff" and charges):
                continue
            spared = exempted(sentence, hit) if kind == "tariff" and document.language == "en" else None
            found = Staged(spared[0], spared[1], hit.last) if spared else read(sentence, hit, kind, scale)
            if found is not None:
                value: MeasureKind = "exemption" if spared else kind
                yield Measure(value=value, stage=found.stage, span=part.span(found.first, found.last))
                if part.field == "title":
                    staged.add(value)


def _english(sentence: Sentence, hit: TermHit, kind: MeasureKind, _scale: int) -> Staged | None:
    match kind:
        case "ruling":
            return _ruling(sentence, hit)
        case "rate-decision":
            return _rate_decision(sentence, hit)
        case "deal" | "talks":
            return _between_states(sentence, hit, kind)
        case "sanction" if sanctions_somebody(sentence, hit):
            return Staged("in-force", hit.first, hit.last)
        case "export-control" | "import-ban" if _is_verb(sentence, hit):
            return done_by(sentence, hit) if _acts(sentence, hit.first) else None
    reading = stage_of(sentence, hit, kind)
    return reading.staged if reading else _by_phrase(sentence, hit)


def _by_phrase(sentence: Sentence, hit: TermHit) -> Staged | None:
    """What a phrase makes of a measure that no verb of the lexicon governs."""
    struck = struck_with(sentence, hit)
    if struck is not None:
        return Staged(struck[0], struck[1], hit.last)
    falls = lands(sentence, hit)
    return Staged(falls[0], hit.first, falls[1]) if falls is not None else None


def _is_charge(sentence: Sentence, hit: TermHit) -> bool:
    """Whether a tariff is what a utility or a tax office charges: "electricity tariffs"."""
    scan = sentence.scan
    near = {word(scan, at) for at in range(max(sentence.first, hit.first - _UTILITY_REACH), hit.first)}
    return word(scan, hit.first - 1) in _NOT_TRADE or bool(near & _UTILITIES)


def _speaks_of_charges(document: Document) -> bool:
    """Whether the first tariff that the text names is such a charge; the others are then too."""
    for _, sentence in document.sentences():
        for hit in sentence.hits("measure"):
            if hit.payload.value == "tariff":
                return _is_charge(sentence, hit)
    return False


# --- deals and talks ----------------------------------------------------------------------------------------


def _between_states(sentence: Sentence, hit: TermHit, kind: MeasureKind) -> Staged | None:
    """A deal or talks of governments: of a kind that only they have, or with governments on both sides."""
    if sentence.scan.tokens[hit.last].possessive:  # "to meet with China's Xi"
        return None
    states = _states(sentence)
    people = {other.payload.country for other in sentence.hits("person") if other.payload.country}
    codes = {other.payload.value for other in states} | people
    treaty = bool(_TREATIES & {word(sentence.scan, at) for at in range(sentence.first, hit.last)})
    if (not codes and not treaty) or (kind == "deal" and _is_aim_of_talks(sentence, hit)):
        return None
    bare = hit.first == hit.last and word(sentence.scan, hit.first) in _BARE
    if bare and not _theirs(sentence, hit, states, codes, kind):
        return None
    reading = stage_of(sentence, hit, kind)
    if reading is None:
        held = _held(sentence, hit) if kind == "talks" else _is_behind(sentence, hit)
        return Staged("talks" if kind == "talks" else "agreed", hit.first, hit.last) if held else None
    staged = reading.staged
    one_sided = kind == "deal" and bare  # a truce that one side declares
    return None if one_sided and staged and staged.stage not in ("agreed", "collapsed") else staged


def _theirs(sentence: Sentence, hit: TermHit, states: list[TermHit], codes: set[str], kind: MeasureKind) -> bool:
    """Whether a bare "deal" or "talks" is between governments: "China talks", "Turkey held talks with the US"."""
    if word_after(sentence, hit.last) in _TALKS_AS_VERB and any(
        other.last == hit.first - 1 for other in sentence.hits("person")
    ):
        return word_after(sentence, hit.last) == "with"
    if any(other.last == hit.first - 1 for other in states):
        return word_after(sentence, hit.last) not in _TALKS_AS_VERB
    if len(codes) < 2:
        return False
    if sentence.hits("company"):
        return False
    opens = any(_opens(sentence, other) for other in (*states, *sentence.hits("person")))
    opens = opens or (hit.first - sentence.first <= 1 and word_after(sentence, hit.last) in _LEADS_TO)
    return kind == "deal" or opens or word_after(sentence, hit.last) in {"with", "between"}


def _opens(sentence: Sentence, name: TermHit) -> bool:
    """Whether a government or its head opens the sentence: "Norwegian officials", not "Norwegian shipyard"."""
    if name.first != sentence.first:
        return False
    return name.payload.table != "adjective" or word_after(sentence, name.last) in STATE_NOUNS


def _is_aim_of_talks(sentence: Sentence, hit: TermHit) -> bool:
    """Whether a deal is only what talks are about: "talks on Peru peace deal"."""
    scan = sentence.scan
    near = [word(scan, at) for at in range(max(sentence.first, hit.first - AIM_REACH), hit.first)]
    return any(
        one in {"talks", "negotiations"} and two in {"on", "over", "about", "for", "toward", "towards"}
        for one, two in pairwise(near)
    )


def _is_behind(sentence: Sentence, hit: TermHit) -> bool:
    """Whether something else comes "after" the deal, which is then made: "shares rise after US-China deal"."""
    scan, following = sentence.scan, word_after(sentence, hit.last)
    if following and following not in PREPOSITIONS:
        return False
    for at in range(hit.first - 1, max(sentence.first, hit.first - REACH) - 1, -1):
        if clause_breaks(scan, at + 1) or word(scan, at) in CLAUSE_VERBS:
            return False
        if word(scan, at) in _AFTER_EVENT:
            if any(word(scan, place) in MODALS for place in range(max(sentence.first, at - REACH), at)):
                return False
            return not is_wished(sentence, hit.first) and not negated(sentence, hit.first)
    return False


def _held(sentence: Sentence, hit: TermHit) -> bool:
    """Whether talks that are only mentioned are held, and not hoped for, offered or to come."""
    scan = sentence.scan
    before = [word(scan, at) for at in range(max(sentence.first, hit.first - 8), hit.first)]
    if negated(sentence, hit.first) or is_wished(sentence, hit.first) or _NOT_YET & set(before):
        return False
    if word_after(sentence, hit.last) in {"to", "invite", "invitation", "offer", "proposal", "request", "bid"}:
        return False
    return before[-1:] != ["for"] or bool(_COMES & {token.word for token in sentence.tokens})


def _states(sentence: Sentence) -> list[TermHit]:
    return [hit for table in _STATES for hit in sentence.hits(table)]


# --- what is no noun ----------------------------------------------------------------------------------------


def _is_verb(sentence: Sentence, hit: TermHit) -> bool:
    """Whether a control or ban begins with its verb: "bans exports of", not "ban on exports of"."""
    if word(sentence.scan, hit.first) in {"export", "import", "rare", "chip"}:
        return False
    return word_after(sentence, hit.first) not in {"on", "over", "of"}


def _acts(sentence: Sentence, at: int, *, reach: int = ACTOR_REACH) -> bool:
    """Whether a government or its head stands before the verb at `at`, in the same clause."""
    for table in (*_STATES, "person"):
        for other in sentence.hits(table):
            if at - reach <= other.last < at and not _parted(sentence, other.last, at):
                return True
    return False


def _parted(sentence: Sentence, first: int, last: int) -> bool:
    return any(clause_breaks(sentence.scan, at) for at in range(first + 1, last + 1))


# --- courts and central banks -------------------------------------------------------------------------------


def _ruling(sentence: Sentence, hit: TermHit) -> Staged | None:
    """A ruling on trade: the court has ruled, or something came "after" its ruling."""
    scan = sentence.scan
    named = {word(scan, at) for at in range(hit.first, hit.last + 1)}
    about_trade = bool(named & _OF_TRADE) or any(
        other.payload.value not in ("ruling", "rate-decision") for other in sentence.hits("measure")
    )
    if not about_trade:
        return None
    if word(scan, hit.last) == "ruling":
        before = {word(scan, at) for at in range(max(sentence.first, hit.first - 4), hit.first)}
        ruled = bool(before & _AFTER_EVENT) or (bool(before & _ON_A_RULING) and not is_wished(sentence, hit.first))
    else:
        ruled = mood_of(sentence, hit.last) is Mood.DONE and not sentence.text.endswith("?")
    return Staged("announced", hit.first, hit.last) if ruled else None


def _rate_decision(sentence: Sentence, hit: TermHit) -> Staged | None:
    """A central bank that has moved or held its rate, not one that is expected to or asked to."""
    scan = sentence.scan
    if word_after(sentence, hit.last) in _ABOUT_RATES or is_wished(sentence, hit.first):
        return None
    by_noun = word(scan, hit.first) in {"rate", "interest"}
    if by_noun:
        before = {word(scan, at) for at in range(max(sentence.first, hit.first - 5), hit.first)}
        told = bool(_DELIVERS & before) and _acts(sentence, hit.first)
        decided = told or (bool(_AFTER_EVENT & before) and bool(_CENTRAL_BANKS & before))
    else:
        plain = not any(word(scan, at) in PREPOSITIONS for at in range(hit.first + 1, hit.last))
        decided = plain and _bank_acts(sentence, hit) and mood_of(sentence, hit.first) is Mood.DONE
    if not decided or negated(sentence, hit.first, window=3):
        return None
    return Staged("announced" if by_noun else "in-force", hit.first, hit.last)  # "cuts" has, "rate cut" may yet


def _bank_acts(sentence: Sentence, hit: TermHit) -> bool:
    scan = sentence.scan
    for at in range(hit.first - 1, max(sentence.first, hit.first - ACTOR_REACH) - 1, -1):
        if word(scan, at) in _CENTRAL_BANKS or (word(scan, at) == "banks" and word(scan, at - 1) == "central"):
            return True
    return bool(_INTEREST & {word(scan, at) for at in range(hit.first, hit.last + 1)}) and _acts(sentence, hit.first)


# --- other languages ----------------------------------------------------------------------------------------


def _by_words_near(sentence: Sentence, hit: TermHit, kind: MeasureKind, scale: int) -> Staged | None:
    """The most telling stage word within reach of a measure that is a government's; two in talks need none."""
    codes = {other.payload.value for other in _states(sentence)}
    if not codes or negated(sentence, hit.first) or sentence.text.endswith(("?", "？")):
        return None
    order = _ORDER.get(kind, ())
    near = [
        verb
        for verb in sentence.hits("stage")
        if verb.payload.value in order and _near(sentence, hit, verb, REACH * scale)
    ]
    verb = min(near, key=lambda verb: (order.index(verb.payload.value), abs(verb.first - hit.first)), default=None)
    if verb is not None:
        said = verb.payload.value
        stage: Stage | None = None if said == "lifted" else said  # type: ignore[assignment]
        return Staged(stage, min(hit.first, verb.first), max(hit.last, verb.last))
    return Staged("talks", hit.first, hit.last) if kind == "talks" and len(codes) > 1 else None


def _near(sentence: Sentence, hit: TermHit, verb: TermHit, reach: int) -> bool:
    first, last = min(hit.last, verb.last), max(hit.first, verb.first)
    return last - first <= reach and not any(clause_breaks(sentence.scan, at) for at in range(first + 1, last + 1))
