"""What is said of a market instrument beyond a plain verb: records, streaks, what lifts it and what drags it down.

Each function looks at one place of a sentence and gives the side, up or down, and the last token that says it.
"""

from __future__ import annotations

from typing import Literal

from bot.signals.document import Sentence
from bot.signals.english import PREPOSITIONS, PRESENTS
from bot.signals.facts.clauses import between, clause_breaks, number_from, percent_length, word, word_after
from bot.signals.facts.verbs import Mood, mood_of
from bot.signals.tokens import word_set

Side = Literal["up", "down"]
Said = tuple[Side, int]

MAX_WORDS_BEFORE = 4  # tokens between an instrument and what is said of it: "stock futures again hit"
MIN_LEVEL = 10  # a level of an index or a price; a smaller number may count something else
MAX_ADJECTIVES = 9  # tokens between "hits" and "high": "hits its highest level in more than two years"

_ON_THE_WAY = word_set(
    "a also and all broadly composite contract contracts each early for futures had has have in index indexes "
    "indices industrial industrials is it just late later main market markets now price prices session sharply "
    "spot still the then today was were which yesterday both broader tech heavy benchmark again finally average "
    "currency"
)
# "Hits record high", "closes at a two-month low", "posts biggest weekly gain".
_REACHES = word_set(
    "hit hits hitting touch touches touched scale scales scaled notch notches notched sets reach reaches reached "
    "mark marks marked post posts posted log logs logged score scores scored close closes closed end ends ended "
    "finish finishes finished settle settles settled claim claims see sees saw suffer suffers suffered book books "
    "booked record records recorded take takes took clinch clinches make makes made at open opens opened clock "
    "clocks clocked set rush rushes rushed eke ekes eked mint mints minted trade trades trading "
    "regain regains regained"
)
_BETWEEN = word_set(
    "a an the its their at to on in with fresh new another all time lifetime ever intra intraday day days week "
    "weeks month months year years quarter decade decades session sessions consecutive straight two three four "
    "five six seven eight nine ten eleven twelve one multi closing biggest largest smallest best worst steepest "
    "sharpest strongest weakest daily weekly monthly quarterly annual yearly first second third fourth fifth "
    "sixth highest lowest level levels close since modest sharp big huge strong slight massive for more than over "
    "half nearly trading winning losing percentage point points single out longest late early back further mild "
    "heavy steep steeper deep deeper double triple digit digits solid hefty "
    "percent pct red green"
)
# "Heads for worst week": under way, and as good as told.
_ON_COURSE = word_set("heads heading headed track pace")
_PASSES = word_set("exceeds exceeded cross crosses crossed breaks broke tops topped surpasses surpassed")
_UP_ENDS = word_set(
    "high highs peak peaks record records highest gain gains rise jump rally rebound advance climb surge leap green"
)
_DOWN_ENDS = word_set(
    "low lows trough lowest loss losses drop fall slide decline dive plunge slump rout selloff tumble skid "
    "correction red"
)
_PLURAL_ENDS = word_set("gains losses declines rally rout selloff advance slide")
_CLOSES = word_set("close closes closing finish territory levels run")
_PERIODS = word_set(
    "day week month quarter year session run streak stretch start open close finish showing performance half level "
    "levels point"
)
_SUPERLATIVES = word_set("record records highest")
_AFTER_SUPERLATIVE = _BETWEEN - {"in", "on", "for"}
_BEST: dict[str, Side] = {"best": "up", "strongest": "up", "worst": "down", "weakest": "down"}
_EXTENDS = word_set(
    "extend extends extended extending resume resumes resumed deepen deepens deepened continue continues continued "
    "accelerate accelerates accelerated"
)
_LEADS = word_set("lead leads led leading")
_SNAPS = word_set("snap snaps snapped snapping break breaks broke halt halts halted end ends ended")
_WITH = word_set("with on at in")
_GAINING = word_set("gains gain rally winning advance climb rise surge rebound run upswing")
_LOSING = word_set("losses loss slide losing fall decline drop selloff slump rout skid retreat pullback")

_LIFTED = word_set("lifted boosted buoyed supported helped propelled bolstered cheered")
_DRAGGED = word_set(
    "hit dragged pressured weighed battered pushed dented hurt hammered knocked sapped pulled bruised jolted"
)
_LIFTS = word_set("lift lifts lifted boost boosts boosted buoy buoys buoyed bolsters propels propelled")
_DRAGS = word_set(
    "hit hits sink sinks sank hammer hammers hammered batter batters battered drags dragged dent dents dented "
    "knocks knocked slams slammed"
)
_SENDS = word_set(
    "push pushes pushed pushing send sends sent sending drive drives drove driving drag drags dragged dragging "
    "pull pulls pulled pulling take takes took taking lift lifts lifted lifting knock knocks propel propels "
    "propelled nudge nudges carry carries"
)
AFTER_OBJECT = PREPOSITIONS | word_set("as and but while lower higher down up again more further today out") | {""}
_COMPARATIVES: dict[str, Side] = {"stronger": "up", "weaker": "down", "firmer": "up", "softer": "down"}
_WAYS: dict[str, Side] = {"down": "down", "up": "up", "lower": "down", "higher": "up"}  # "drags down oil"
_SUPPOSED = word_set(
    "a wants want favors favours prefers seeks for hopes fears if would could may of against risk need needs likes"
)
_DETERMINERS = word_set("the down up")


def said_after(sentence: Sentence, last: int) -> Said | None:
    """What the words behind token `last`, where the instrument ends, say of it."""
    scan, at = sentence.scan, last + 1
    while at < min(sentence.stop, last + 1 + MAX_WORDS_BEFORE) and not clause_breaks(scan, at):
        said = _said_at(sentence, at)
        here = word(scan, at)
        if said is not None or not (here in _ON_THE_WAY or here.endswith("ly")):
            return said
        at += 1
    return None


def _said_at(sentence: Sentence, at: int) -> Said | None:
    here = word(sentence.scan, at)
    if here in _EXTENDS or here in _SNAPS:
        streak = _streak(sentence, at, turned=here in _SNAPS)
        if streak is not None:
            return streak
    if here in _LEADS:
        return _led(sentence, at)
    if here in {"take", "takes", "took"} and [word(sentence.scan, at + 1), word(sentence.scan, at + 2)] == [
        "a",
        "hit",
    ]:
        return "down", at + 2
    if here in _ON_COURSE and word(sentence.scan, at + 1) == "for":
        return _extreme(sentence, at + 1)
    if here in _PASSES:
        return _passed(sentence, at)
    passive = _passive(sentence, at) if here in _LIFTED or here in _DRAGGED else None
    if passive is not None:
        return passive
    if here == "set" and word(sentence.scan, at + 1) in {"for", "to"}:  # a forecast
        return None
    near = here == "close" and word(sentence.scan, at + 1) == "to"  # "close to a record"
    return _extreme(sentence, at) if here in _REACHES and not near else None


def _led(sentence: Sentence, at: int) -> Said | None:
    """ "Leads losses", "leading Asian gains"."""
    for place in range(at + 1, min(at + 3, sentence.stop)):
        here = word(sentence.scan, place)
        if here in _PLURAL_ENDS:
            return ("up" if here in _UP_ENDS or here in _GAINING else "down"), place
    return None


def _passed(sentence: Sentence, at: int) -> Said | None:
    """ "Crosses 51,000", "breaks above $8,300": upward, unless "below" or "under"."""
    scan, place = sentence.scan, at + 1
    side: Side = "up"
    if word(scan, place) in {"above", "past", "through", "below", "under"}:
        side = "down" if word(scan, place) in {"below", "under"} else "up"
        place += 1
    elif word(scan, at) in {"breaks", "broke"}:
        return None
    place += word(scan, place) in {"$", "usd"}
    number = number_from(scan, place)
    level = number is not None and number[0] >= MIN_LEVEL and not percent_length(scan, number[1] + 1)
    return (side, number[1]) if number is not None and level and place < sentence.stop else None


def _streak(sentence: Sentence, at: int, *, turned: bool) -> Said | None:
    """ "Extends gains" is up, "snaps losing streak" is up too."""
    scan = sentence.scan
    for place in range(at + 1, min(at + 1 + MAX_ADJECTIVES, sentence.stop)):
        here = word(scan, place)
        if turned and here in _WITH:  # "ends the year with gains"
            return None
        if here in _GAINING:
            return ("down" if turned else "up"), place
        if here in _LOSING:
            return ("up" if turned else "down"), place
        if _stops(sentence, place):
            return None
    return None


def _extreme(sentence: Sentence, at: int) -> Said | None:
    """ "Hits record high", "posts worst day since", "closes at a two-month low", "notches record close"."""
    scan = sentence.scan
    best: Side | None = None
    for place in range(at + 1, min(at + 1 + MAX_ADJECTIVES, sentence.stop)):
        here, following = word(scan, place), word(scan, place + 1)
        if here == "record" and following in _CLOSES and word(scan, place + 2) not in _DOWN_ENDS:
            return "up", place + 1
        if here in _SUPERLATIVES and (following in _DOWN_ENDS or following in _AFTER_SUPERLATIVE):
            best = "up" if here == "highest" else best
            continue
        if here in _DOWN_ENDS or here in _UP_ENDS:
            return ("down" if here in _DOWN_ENDS else "up"), place
        if best is not None and here in _PERIODS:
            return best, place
        best = _BEST.get(here, best)
        if _stops(sentence, place):
            return None
    return None


def _stops(sentence: Sentence, place: int) -> bool:
    token = sentence.scan.tokens[place]
    return not (token.number or token.word == "%" or token.word in _BETWEEN or token.word in _UP_ENDS) or any(
        mark in ",;:()" for mark in between(sentence.scan, place)
    )


def _passive(sentence: Sentence, at: int) -> Said | None:
    scan = sentence.scan
    last = at + 1 if word(scan, at + 1) in {"down", "lower", "up", "higher"} else at
    if word(scan, last + 1) != "by" or last + 1 >= sentence.stop:
        return None
    return ("up" if word(scan, at) in _LIFTED else "down"), last


def _compared(sentence: Sentence, at: int) -> Side | None:
    """The side of "weaker dollar", unless it is only wished, feared or supposed."""
    scan = sentence.scan
    before = {word(scan, place) for place in range(max(sentence.first, at - 6), at)}
    if at == sentence.first or before & _SUPPOSED or sentence.text.endswith("?"):
        return None
    return _COMPARATIVES.get(word(scan, at - 1))


def pushed(sentence: Sentence, at: int, last: int) -> Said | None:
    """What a verb and its way do to the instrument at tokens `at` to `last`: "pushes down oil"."""
    scan = sentence.scan
    if at - 2 < sentence.first or word(scan, at - 2) not in _SENDS or word_after(sentence, last) not in AFTER_OBJECT:
        return None
    way = _WAYS.get(word(scan, at - 1))
    return (way, last) if way is not None and mood_of(sentence, at - 2) is Mood.DONE else None


def said_before(sentence: Sentence, at: int, last: int) -> Said | None:
    """What the verb before the instrument at tokens `at` to `last` does to it: "boosts sterling"."""
    scan = sentence.scan
    after = word_after(sentence, last)
    if after in {"to", "into"} and word(scan, at - 1) in _SENDS:
        return _extreme(sentence, last + 1)
    compared = _compared(sentence, at)
    if compared is not None and (after in AFTER_OBJECT or after in PRESENTS):
        return compared, last
    if after not in AFTER_OBJECT:
        return None
    place = at - 1
    while place > sentence.first and word(scan, place) in _DETERMINERS:
        place -= 1
    here = word(scan, place) if place >= sentence.first else ""
    if here not in _LIFTS and here not in _DRAGS:
        return None
    if place == sentence.first or any(mark in ",;:()" for mark in between(scan, at)):
        return None
    if mood_of(sentence, place) is not Mood.DONE:
        return None
    return ("up" if here in _LIFTS else "down"), last
