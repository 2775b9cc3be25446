"""Market moves: which instrument, up or down, by how much.

Built for precision: between the instrument and its verb only words are allowed that cannot change the subject
("Dow futures were up", "gold prices for December rose"). "Oil demand fell" and "stocks could rise" are no moves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.model import Move
from bot.signals.document import Document, Part, Sentence
from bot.signals.english import BASES, PREPOSITIONS, PRESENTS, VERBS
from bot.signals.facts.clauses import between, clause_breaks, joins, number_from, word, word_after
from bot.signals.facts.predicates import AFTER_OBJECT, Said, Side, pushed, said_after, said_before
from bot.signals.facts.sizes import OTHER_UNITS, Unit, size_before, sizes_after, told_size, unit_at
from bot.signals.facts.verbs import conditional
from bot.signals.lexicon import NOT_AN_INSTRUMENT, Scan, TermHit
from bot.signals.tokens import word_set

MAX_REACH = 7  # tokens between an instrument and its verb
MAX_ADJECTIVES = 3  # words before an instrument over which a preposition makes it an object: "on weaker dollar"

# Words that may stand between an instrument and its verb without changing what moves.
_FILLERS = word_set(
    "a also and all are average be been broadly close closed closes closing composite contract contracts day "
    "delivery each early end ended ending ends finish finished finishes for futures had has have in index indexes "
    "indices industrial industrials is it just late later main market markets now open opened opens price prices "
    "settle settled settles session sharply slightly spot still the then thursday friday monday tuesday wednesday "
    "today tokyo trade traded trades trading was were which yesterday both modestly broader tech heavy benchmark "
    "jan feb mar apr jun jul aug sep sept oct nov dec december february april june august october inch inches "
    "inched edge edges tick ticks swing swings drift drifts turn turns finally again keep keeps currency oil "
    "crude most start starts further reopen reopens gauge briefly initially mostly average's nudge nudges nudged "
    "grind grinds creep creeps crept choppy volatile turbulent quiet week wild"
)
_CONTINUES = word_set("continue continues continued begin begins began")
_LINKS = word_set(
    "be is are was were been close closed closes closing end ended ends ending finish finished finishes open "
    "opened opens settle settled settles trade traded trades trading stand stood edge inch inches inched jump "
    "jumps"
)
# What shows that a word of rise or fall was a noun: "stocks rally fades", "oil up for grabs".
_BLOCKED_AFTER = word_set(
    "fades fade pauses pause stalls stall continues cools ends halts fizzles loses hopes fears risk risks could "
    "may might would limit limited capped likely expected forecast forecasts faces bets"
)
_FIRMS_ON = word_set("as on after above amid near ahead against by at") | {""}
_STATED_SIDE = frozenset({"up", "down", "higher", "lower"})
# A word before an instrument that makes it an object or a guess; "as oil falls", "with oil down" are none of these.
_NOT_A_SUBJECT = (PREPOSITIONS - word_set("as with after before since while amid")) | word_set(
    "if unless should will would could may might can does did buy sell whether"
)
_BARE = frozenset({"stocks", "stock futures"})
_BEFORE_BARE = word_set(
    "as and while but after when with sending sends send us the how lifts lift says say live why where pushes "
    "pushing keeps sent most"
)
_SENDS = word_set(
    "send sending push pushing drive driving lift lifting power powering pull pulling drag dragging boost "
    "powers boosting hit hitting sink sinking batter hammer propel knock sent pushed dragged pulled lifted"
)
_ALSO_NOUNS = word_set(
    "rise gain climb jump surge rally rebound advance leap spike recovery fall drop slip slide tumble plunge "
    "slump decline dip retreat crash rout pop bounce spurt selloff stumble collapse"
)
_NOUN_SIDES: dict[str, Side] = {
    **dict.fromkeys(("rise", "gain", "jump", "surge", "rally", "rebound", "spike", "recovery"), "up"),
    **dict.fromkeys(
        ("fall", "drop", "slide", "plunge", "slump", "decline", "crash", "rout", "collapse", "selloff"), "down"
    ),
}
_GRIPS = word_set("grip grips gripped rattle rattles rattled roil roils roiled spook spooks spooked haunt haunts")
_EVENT = frozenset({"after", "amid", "following", "despite"})
_BEHIND_EVENT = (PREPOSITIONS - word_set("to")) | word_set("as and but while") | {""}
_WANTS = frozenset({"wants", "want", "wanted", "needs"})
_NOT_STATED = word_set(
    "hope hopes fear fears bet bets hoping expects expect forecast possible potential risk without no any"
)


@dataclass(frozen=True, slots=True)
class _Subject:
    """An instrument that may move, and the list in which it stands: "gold, silver and platinum fell"."""

    name: str
    first: int
    last: int
    end: int  # the last token of the list
    many: bool  # it is listed with others


def find_moves(document: Document) -> Iterator[Move]:
    """The stated moves; those without a size only from title and summary, where they are the news."""
    for part, sentence in document.sentences():
        for move in _sentence_moves(part, sentence):
            if move.size is not None or part.field != "body":
                yield move


def _sentence_moves(part: Part, sentence: Sentence) -> Iterator[Move]:
    instruments = [hit for hit in sentence.hits("instrument") if hit.payload.value != NOT_AN_INSTRUMENT]
    if not instruments:
        return
    sides = {hit.first: hit for hit in (*sentence.hits("up"), *sentence.hits("down"))}
    movable = [_is_subject(sentence, hit) for hit in instruments]
    subjects = _listed(sentence, [hit for hit, moves in zip(instruments, movable, strict=True) if moves])
    for subject in subjects:
        if not conditional(sentence, subject.first) and not _is_wanted(sentence, subject.first):
            yield from _moves_of(part, sentence, subject, sides)
    for hit, moves in zip(instruments, movable, strict=True):
        said = _told_behind(sentence, hit) or pushed(sentence, hit.first, hit.last)
        said = said or (None if moves else _told_as_noun(sentence, hit))
        if said is not None:
            first = max(sentence.first, hit.first - 2)
            yield Move(instrument=hit.payload.value, direction=said[0], span=part.span(first, said[1]))


def _moves_of(part: Part, sentence: Sentence, subject: _Subject, sides: dict[int, TermHit]) -> Iterator[Move]:
    side = _side_of(sentence, subject, sides)
    if side is None or not _is_verb(sentence, subject, side):
        said = said_after(sentence, subject.end) or said_before(sentence, subject.first, subject.end)
        said = said or _said_behind_comma(sentence, subject, sides)
        if said is not None:
            last = max(subject.last, said[1])
            size, unit = told_size(sentence.scan, subject.end + 1, said[1]) or (None, None)
            span = part.span(subject.first, last)
            yield Move(instrument=subject.name, direction=said[0], size=size, unit=unit, span=span)
        return
    direction: Side = "up" if side.payload.table == "up" else "down"
    sizes = _sizes(sentence, subject, side)
    for size, unit, last in sizes:
        span = part.span(subject.first, max(last, side.last))
        yield Move(instrument=subject.name, direction=direction, size=size, unit=unit, span=span)
    if not sizes:
        yield Move(instrument=subject.name, direction=direction, span=part.span(subject.first, side.last))


def _said_behind_comma(sentence: Sentence, subject: _Subject, sides: dict[int, TermHit]) -> Said | None:
    """What a second verb says where the first says nothing: "rupee sees wild swings, drops against dirham"."""
    scan = sentence.scan
    if word(scan, subject.end + 1) not in PRESENTS or clause_breaks(scan, subject.end + 1):
        return None
    for at in range(subject.end + 2, min(subject.end + 2 + MAX_REACH, sentence.stop)):
        if not clause_breaks(scan, at):
            continue
        side = sides.get(at)
        own = side is not None and between(scan, at) == ", " and word(scan, at) in PRESENTS
        others = (*sentence.hits("instrument"), *sentence.hits("company"))
        if not own or side is None or any(subject.end < other.first < at for other in others):
            return None
        return ("up" if side.payload.table == "up" else "down"), side.last
    return None


# --- subjects -----------------------------------------------------------------------------------------------


def _is_subject(sentence: Sentence, hit: TermHit) -> bool:
    """Whether an instrument can be what moves: not an object, not somebody's, and no bare "stocks" of a kind."""
    scan = sentence.scan
    if scan.tokens[hit.last].possessive:
        return False
    if hit.first == sentence.first or clause_breaks(scan, hit.first):
        return True
    previous = word(scan, hit.first - 1)
    if hit.payload.value in _BARE:
        return previous in _BEFORE_BARE or previous in PRESENTS or previous in _SENDS
    for at in range(hit.first - 1, max(sentence.first, hit.first - MAX_ADJECTIVES) - 1, -1):
        here = word(scan, at)
        if here in _NOT_A_SUBJECT:
            return False
        if here in _BEFORE_BARE or scan.tokens[at].number or clause_breaks(scan, at):
            break
    return True


def _is_wanted(sentence: Sentence, at: int) -> bool:
    """Whether somebody only wants what follows: "Trump wants deal and stocks rally"."""
    for place in range(at - 1, sentence.first - 1, -1):
        if clause_breaks(sentence.scan, place + 1):
            return False
        if word(sentence.scan, place) in _WANTS:
            return True
    return False


def _listed(sentence: Sentence, hits: list[TermHit]) -> list[_Subject]:
    """The instruments, each with the end of the list in which it stands; "futures" where it is said."""
    subjects: list[_Subject] = []
    for number, hit in reversed(list(enumerate(hits))):
        name, last = hit.payload.value, hit.last
        if word(sentence.scan, last + 1) == "futures" and not name.endswith("futures"):
            name, last = f"{name} futures", last + 1
        leads = bool(subjects) and _joins(sentence, hit, hits[number + 1]) and not _is_struck(sentence, hit)
        follows = number > 0 and _joins(sentence, hits[number - 1], hit)
        end = subjects[-1].end if leads else last
        if leads and _shares_futures(sentence, hit, subjects[-1]):
            name = f"{name} futures"
        subjects.append(_Subject(name, hit.first, last, end, leads or follows))
    return subjects[::-1]


def _joins(sentence: Sentence, first: TermHit, second: TermHit) -> bool:
    """Whether two instruments are listed, "futures" with the first or not."""
    scan = sentence.scan
    futures = word(scan, first.last + 1) == "futures" and first.last + 1 < second.first
    if second.first > first.last and any(
        mark in ":;" for at in range(first.last + 1, second.first + 1) for mark in between(scan, at)
    ):
        return False
    return joins(scan.tokens, first._replace(last=first.last + futures), second)


def _is_struck(sentence: Sentence, hit: TermHit) -> bool:
    """Whether an instrument is what a verb before it strikes: "fears grip world markets, Dow falls"."""
    scan = sentence.scan
    if hit.first == sentence.first or clause_breaks(scan, hit.first):
        return False
    before = word(scan, hit.first - 1)
    return before in BASES | PRESENTS | _GRIPS and before not in _BEFORE_BARE | _SENDS


def _shares_futures(sentence: Sentence, hit: TermHit, following: _Subject) -> bool:
    """Whether "futures" is said once for two: "silver and gold futures"."""
    named = hit.payload.value
    if not following.name.endswith(" futures") or following.name in _BARE:
        return False
    return not named.endswith(("futures", "stocks")) and word(sentence.scan, hit.last + 1) == "and"


def _told_behind(sentence: Sentence, hit: TermHit) -> Said | None:
    """The side of a move told as a noun behind the instrument: "after crude price rout"."""
    scan, at = sentence.scan, hit.last + 1
    side = _NOUN_SIDES.get(word_after(sentence, hit.last))
    if side is None or word(scan, hit.first - 1) not in _EVENT or hit.first == sentence.first:
        return None
    return (side, at) if word_after(sentence, at) in _BEHIND_EVENT else None


def _told_as_noun(sentence: Sentence, hit: TermHit) -> Said | None:
    """The side of a move told as a noun: "slump in oil prices"."""
    scan = sentence.scan
    if hit.first - 2 < sentence.first or word(scan, hit.first - 1) not in {"in", "on"}:
        return None
    side = _NOUN_SIDES.get(word(scan, hit.first - 2))
    before = {word(scan, at) for at in range(max(sentence.first, hit.first - 6), hit.first - 2)}
    following = word_after(sentence, hit.last)
    if side is None or before & _NOT_STATED or not (following in AFTER_OBJECT or following in VERBS):
        return None
    return side, hit.last


# --- verbs --------------------------------------------------------------------------------------------------


def _side_of(sentence: Sentence, subject: _Subject, sides: dict[int, TermHit]) -> TermHit | None:
    """The word of rise or fall that belongs to the instrument."""
    scan, at = sentence.scan, subject.end + 1
    stop = min(at + MAX_REACH, sentence.stop)
    while at < stop:
        if clause_breaks(scan, at) and ("," not in between(scan, at) or at == subject.end + 1):
            return None
        if at in sides:
            return sides[at]
        number = number_from(scan, at)
        here = word(scan, at)
        if number is not None:
            length = _unit_length(scan, number[1] + 1)
            if not length or not _linked(scan, subject, at):
                return None
            at = number[1] + length
        elif here in _CONTINUES and word(scan, at + 1) == "to":
            at += 1
        elif here not in _FILLERS and not here.endswith("ly") and here != "$":
            return None
        at += 1
    return None


def _unit_length(scan: Scan, at: int) -> int:
    return unit_at(scan, at)[1] or int(word(scan, at) in OTHER_UNITS)


def _linked(scan: Scan, subject: _Subject, at: int) -> bool:
    """Whether a verb links instrument and size: "were 1% higher", "drags Sensex 460 points down"."""
    before = word(scan, subject.first - 1)
    if before in _SENDS or before in PRESENTS:
        return True
    return any(word(scan, place) in _LINKS for place in range(subject.end + 1, at))


def _is_verb(sentence: Sentence, subject: _Subject, side: TermHit) -> bool:
    """Whether the word of rise or fall is the instrument's verb, and not a noun: "oil slump", "up for grabs"."""
    scan, said = sentence.scan, word(sentence.scan, side.last)
    following = word_after(sentence, side.last)
    if following in _BLOCKED_AFTER or _or_losses(scan, side.last + 1):
        return False
    if said == "firms" and following not in _FIRMS_ON:  # "oil firms in Norway"
        return False
    if said.startswith("crack") and following == "down":
        return False
    if following == "to" and said == "up" and number_from(scan, side.last + 2) is None:
        return False  # "trading up to midnight"
    if said.startswith("recover") and "losses" in {word(scan, side.last + 1), word(scan, side.last + 2)}:
        return False
    if said.endswith("ing") and any(other.first == side.last + 1 for other in sentence.hits("instrument")):
        return False  # "surging dollar and sinking gold"
    if said not in _ALSO_NOUNS or side.last > side.first:
        return True
    if following in PRESENTS:
        return False
    plural = any(word(scan, at).endswith("s") for at in (subject.end, side.first - 1))
    return subject.many or plural


def _or_losses(scan: Scan, at: int) -> bool:
    """Whether "gains" is one of two nouns: "gains and losses", "Gains & Losses"."""
    return "losses" in {word(scan, at), word(scan, at + 1)} and (word(scan, at) == "and" or "&" in between(scan, at))


def _sizes(sentence: Sentence, subject: _Subject, side: TermHit) -> list[tuple[float, Unit, int]]:
    """The sizes of the move and where each ends: "up 270 points, or 0.7%", "1% higher"; of a list only percent."""
    scan = sentence.scan
    before = size_before(scan, side.first, subject.end) if word(scan, side.first) in _STATED_SIDE else None
    sizes = [before] if before is not None else sizes_after(scan, side.last + 1, sentence.stop)
    each = word(scan, side.first - 1) in {"each", "both"} or word(scan, side.last + 1) == "each"
    return sizes if each or not subject.many else [size for size in sizes if size[1] == "percent"]
