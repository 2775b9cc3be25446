"""How English news says that a measure takes effect, that something moved, or that it is off. Pure.

One sentence at a time. What is only wished, considered or denied is passed over: precision over recall.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.calendar.events import Days, EventKind, Says
from bot.signals.facts.dates import DateMention, find_dates

MAX_SENTENCE = 600  # characters of a sentence that are looked at
REACH = 60  # characters between a verb and what it is about, or its date

_HEDGED = re.compile(
    r"\b(?:if|unless|could|might|should|may|not|never|no|n't|won['’]t|wouldn['’]t|isn['’]t|denie[sd]|deny|denying"
    r"|threatens?|threatened|threatening|threat|considers?|considering|considered|mulls?|mulling|weighs?|weighing"
    r"|eyes?|eyeing|urges?|urged|urging|seeks?|seeking|sought|wants?|wanted|asks?|asked|asking|calls? for|called for"
    r"|calling for|demands?|likely|possible"
    r"|possibly|potential|rumou?rs?|fears?|hopes?|hoped|expected|expects?|uncancels?|proposes?|proposed|suggests?|suggested|offer(?:s|ed|ing)?\s+to)\b",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\bMay(?=\.?\s+\d|\s+(?:meeting|summit|talks|deadline))|\b(?:in|until|to|\d{1,2}(?:st|nd|rd|th)?)\s+May\b"
)

_LEADS = (
    r"(?:\s*,?\s*(?:on|from|at|as\s+of|in|by|early|midnight|just\s+after|12:01\s+a\.?m\.?(?:\s+E[SD]?T)?|noon|next))*"
    r"\s+$"
)
_IN_FORCE = re.compile(
    r"\b(?:tak(?:e|es|ing)\s+effect|(?:go|goes|going|come|comes|coming|enter|enters|entering)\s+in(?:to)?\s+(?:effect|force)"
    r"|enter\s+force|kick(?:s|ing)?\s+in|effective)" + _LEADS,
    re.IGNORECASE,
)
_STARTS = re.compile(  # of many things: it has to be clear that it is the measure
    r"\b(?:start|starts|starting|begin|begins|beginning|as\s+of|from)" + _LEADS, re.IGNORECASE
)
_STARTS_TOO = re.compile(
    r"\b(?:talks|meetings?|summits?|negotiations?|rounds?|visits?|trips?|travels?|tour|gathering|hearings?|consultations?"
    r"|conference|forum|trial|probe|investigation|inquiry|votes?|season|year|quarter|data|figures|holidays?|week)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:(?:expires?|expiring|lapses?|lapsing|runs?\s+out|ends?|ending)(?:\s+(?:on|at|by))?"
    r"|(?:pauses?|paused|suspends?|suspended|suspension|exempts?|exempted|exemption|waiver|truce)\b[^.;:]{0,60}?"
    r"\b(?:until|till|through))\s+$",
    re.IGNORECASE,
)
_SCHEDULED = re.compile(r"\b(?:scheduled|due|planned|set|slated|meant)\b", re.IGNORECASE)
_MEASURE = re.compile(
    r"\b(?:tariffs?|dut(?:y|ies)|levy|levies|quotas?|export\s+(?:controls?|curbs?|bans?)|import\s+bans?|sanctions?"
    r"|trade\s+(?:deal|agreement|pact)|curbs|embargo)\b",
    re.IGNORECASE,
)
_RELIEF = re.compile(
    r"\b(?:truce|pause|exemptions?|waivers?|suspension|suspends?|suspended|paused|exempts?)\b", re.IGNORECASE
)
_MEETING = re.compile(
    r"\b(?:talks|meetings?|summits?|negotiations|(?:negotiating\s+)?round|visit|trip|gathering)\b", re.IGNORECASE
)
_DEADLINE = re.compile(r"\bdeadlines?\b", re.IGNORECASE)

_PUTS_OFF = re.compile(
    r"\b(?:postpon(?:e|es|ed|ing)|delay(?:s|ed|ing)?|defer(?:s|red|ring)?|reschedul(?:e|es|ed|ing)|extend(?:s|ed|ing)?"
    r"|push(?:es|ed|ing)?\s+(?:(?!to\b)\S+\s+){0,4}?back|put(?:s|ting)?\s+(?:(?!to\b)\S+\s+){0,4}?off|bring(?:s|ing)?\s+(?:(?!to\b)\S+\s+){0,4}?forward"
    r"|brought\s+(?:(?!to\b)\S+\s+){0,4}?forward|mov(?:e|es|ed|ing))\b",
    re.IGNORECASE,
)
_MEANS_TO = re.compile(r"mov(?:e|es|ed|ing)\s+to\b(?!\s+(?:at|early|late|mid|next|the|on|end)\b)", re.IGNORECASE)
_SHIFTS = re.compile(r"^(?:extend|mov)", re.IGNORECASE)  # these need the new day to mean that it moved
_OTHER_OBJECT = re.compile(
    r"\b(?:decision|vote|ruling|plans?|announcement|purchase|bailout|bankruptcy|shipments?|hearing|launch|probe"
    r"|(?:filing|tax|tender|application|registration|bid|payment)\s+deadlines?)\b",
    re.IGNORECASE,
)
_TO = re.compile(r"\b(?:to|until|till|for)(?:\s+(?:at\s+least|early|next|the|on|end-?))*\s*$", re.IGNORECASE)
_FROM = re.compile(r"\bfrom(?:\s+(?:the|an?|original|planned))*\s*$", re.IGNORECASE)

_CALLS_OFF = re.compile(
    r"\b(?:cancel(?:s|led|ed|ling|ing)?|call(?:s|ed|ing)?\s+off|scrap(?:s|ped|ping)?|axe[sd]?|nix(?:es|ed)|shelv(?:e|es|ed)"
    r"|abandon(?:s|ed)?|averts?|averted)\b",
    re.IGNORECASE,
)
_IS_OFF = re.compile(
    r"\b(?:cancel(?:l?ed)|called\s+off|scrapped|axed|nixed|shelved|abandoned|(?:is|are|was|were)\s+off)\b",
    re.IGNORECASE,
)
_BREAKS = re.compile(r"[;:—|]|\s-\s|\b(?:after|following|as|while|despite|amid|because)\b", re.IGNORECASE)
_NOT_IT = re.compile(
    r"\b(?:flights?|orders?|contracts?|deal|pact|debt|cancellations?|membership|visas?)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a sentence says of a day or of what was planned for it."""

    kind: EventKind
    says: Says
    days: Days | None = None
    was: Days | None = None


def sayings(sentence: str, today: date) -> list[Saying]:
    """Everything that `sentence` says of the kinds above; dates are read as of `today`."""
    text = sentence[:MAX_SENTENCE]
    speaks = any(words.search(text) for words in (_MEASURE, _PUTS_OFF, _CALLS_OFF))
    if not speaks or _is_hedged(text):
        return []
    dates = find_dates(text, today)
    if off := _called_off(text, dates):
        return [off]
    if moved := _moved(text, dates):
        return [moved]
    return _in_force(text, dates)


def speaks_of_deadline(quote: str) -> bool:
    return bool(_DEADLINE.search(quote))


def is_of_trade(deadline: str) -> bool:
    """Whether a deadline, given with the words before it, is not one for tax returns and the like."""
    return not _OTHER_OBJECT.search(deadline)


def _is_hedged(text: str) -> bool:
    months = [match.span() for match in _MAY.finditer(text)]
    return any(not any(first <= match.start() < last for first, last in months) for match in _HEDGED.finditer(text))


def _days(mention: DateMention) -> Days:
    return Days(mention.first, mention.last)


# --- takes effect, expires ------------------------------------------------------------------------------------


def _in_force(text: str, dates: list[DateMention]) -> list[Saying]:
    found = []
    for mention in dates:
        if _takes_effect(text, mention):
            found.append(Saying(kind=EventKind.EFFECTIVE, says=Says.SET, days=_days(mention)))
        elif _runs_until(text[: mention.start]):
            found.append(Saying(kind=EventKind.DEADLINE, says=Says.SET, days=_days(mention)))
    return found


def _takes_effect(text: str, mention: DateMention) -> bool:
    before, behind = text[: mention.start], text[mention.end : mention.end + REACH]
    before += "" if before.endswith(" ") else " "
    if _IN_FORCE.search(before, max(0, len(before) - REACH)):
        return bool(_MEASURE.search(before) or _MEASURE.search(behind))
    starts = _STARTS.search(before, max(0, len(before) - REACH))
    if starts is None:
        return False
    clause = _last_clause(before[: starts.start()])
    what = clause if clause.strip() else _clause(behind)  # "From 4 June, tariffs …"
    return bool(_MEASURE.search(what)) and not _STARTS_TOO.search(what)


def _runs_until(before: str) -> bool:
    """Whether it is a measure that is suspended up to a day, with the words before that: plants may be as well."""
    clause = _last_clause(before)
    return bool(_RELIEF.search(clause) and _MEASURE.search(clause) and _ENDS.search(before[-2 * REACH :]))


# --- moved ----------------------------------------------------------------------------------------------------


def _moved(text: str, dates: list[DateMention]) -> Saying | None:
    for verb in _PUTS_OFF.finditer(text):
        kind = _object(text, verb)
        if kind is None:
            continue
        new, old = _dated(text, dates, verb.end(), _TO), _dated(text, dates, verb.end(), _FROM)
        if new is not None and _SCHEDULED.search(text[verb.end() : new.start]):  # "delay duties scheduled for 15 May"
            new, old = None, new
        if new is not None and _MEANS_TO.match(text, verb.start()) and text[verb.end() : new.start].split() != ["to"]:
            continue  # "moves to block tariffs until 9 June"
        if new is None and (_SHIFTS.match(verb.group()) or kind is EventKind.DEADLINE):
            continue
        return Saying(kind=kind, says=Says.MOVED, days=_days(new) if new else None, was=_days(old) if old else None)
    return None


def _dated(text: str, dates: list[DateMention], after: int, lead: re.Pattern[str]) -> DateMention | None:
    """The first date behind `after` that stands right behind `lead`."""
    behind = (mention for mention in dates if mention.start >= after and mention.start - after <= 2 * REACH)
    return next((mention for mention in behind if lead.search(text[after : mention.start])), None)


def _object(text: str, verb: re.Match[str]) -> EventKind | None:
    """What it is that moved: named right behind the verb, or else before it ("talks were postponed")."""
    behind = _clause(text[verb.start() : verb.end() + REACH])
    before = _last_clause(text[max(0, verb.start() - REACH) : verb.start()])
    for part in (behind, before):
        if part is behind and _OTHER_OBJECT.search(part):
            return None
        if verb.group().lower().startswith("extend") and _RELIEF.search(part):
            return EventKind.DEADLINE  # what a truce runs until, not what begins then
        if kind := _subject(part):
            return kind
    return None


def _subject(text: str) -> EventKind | None:
    if _DEADLINE.search(text):
        return EventKind.DEADLINE
    measure, meeting = _MEASURE.search(text), _MEETING.search(text)
    if measure is None or meeting is None:
        return EventKind.EFFECTIVE if measure else EventKind.MEETING if meeting else None
    about = meeting.start() < measure.start() or not text[measure.end() : meeting.start()].strip()
    return EventKind.MEETING if about else EventKind.EFFECTIVE  # "talks on tariffs" and "tariff talks" are talks


# --- called off -----------------------------------------------------------------------------------------------


def _called_off(text: str, dates: list[DateMention]) -> Saying | None:
    for verb in _CALLS_OFF.finditer(text):
        behind = _clause(text[verb.end() : verb.end() + REACH])
        passive = _IS_OFF.match(text, verb.start()) is not None
        before = _last_clause(text[max(0, verb.start() - REACH) : verb.start()])
        if _NOT_IT.search(behind):
            continue
        if _MEETING.search(behind) or (passive and _MEETING.search(before)):
            return Saying(kind=EventKind.MEETING, says=Says.CANCELLED, was=_planned(dates))
        planned = _planned(dates)
        if planned is not None and (_MEASURE.search(behind) or (passive and _MEASURE.search(before))):
            return Saying(kind=EventKind.EFFECTIVE, says=Says.CANCELLED, was=planned)
    return None


def _planned(dates: list[DateMention]) -> Days | None:
    """The day for which it was planned. A weekday is rather the one on which it was called off."""
    return next((_days(mention) for mention in dates if not mention.weekday and not mention.loose), None)


def _clause(text: str) -> str:
    broken = _BREAKS.search(text, 1)
    return text[: broken.start()] if broken else text


def _last_clause(text: str) -> str:
    *_, last = [0, *(match.end() for match in _BREAKS.finditer(text))]
    return text[last:]
