"""What of a story a destination has not heard: told facts are kept as keys, and a key may cover a vaguer statement.

"Dow futures up" is nothing new to those who read "Dow futures up 0.7 %", and outlets round one figure differently.
A further country is news only where somebody acts, and a change of sides always is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.model import Direction, Fact, Measure, Meeting, Move, Party, Rate, Verdict, fact_key

ROUNDING = 0.15  # two sizes of one move that differ by no more are one figure, told at two moments
SIDES: tuple[Direction, ...] = ("escalation", "de-escalation")
_SIDE = "direction:"


def fresh_facts(facts: Collection[Fact], own: Collection[Fact], told: Collection[str]) -> tuple[Fact, ...]:
    """Of the `facts` of a story those that say more than the keys in `told`; `own` are of the item that joined.

    Names alone are not news; a government is, where the item says that something was done and nobody had named it.
    """
    acts = any(isinstance(fact, Measure) and fact.stage not in {None, "talks"} for fact in own)
    actors = {fact_key(fact) for fact in own if isinstance(fact, Party)} if acts else set()
    return tuple(
        fact
        for fact in facts
        if fact_key(fact) not in told and (_is_material(fact, told) or fact_key(fact) in actors)
    )


def reversal(verdict: Verdict, told: Collection[str]) -> tuple[Direction, Direction] | None:
    """From which side to which trade news turns with `verdict`; None where it does not, or takes no side."""
    before = told_side(told)
    if before is None or verdict.direction not in SIDES or verdict.direction == before:
        return None
    return before, verdict.direction


def told_side(told: Collection[str]) -> Direction | None:
    return next((side for side in SIDES if _SIDE + side in told), None)


def keys_after(told: Collection[str], facts: Collection[Fact], direction: Direction | None) -> frozenset[str]:
    """The keys of all that is known once `facts` are told; of the sides the last told one."""
    keys = {key for key in told if not key.startswith(_SIDE)} | {fact_key(fact) for fact in facts}
    side = direction if direction in SIDES else told_side(told)
    return frozenset(keys | ({_SIDE + side} if side else set()))


def keys_standing(told: Collection[str], facts: Collection[Fact], replaced: Collection[str]) -> frozenset[str]:
    """The keys in `told` that `facts` still state, and those of `replaced`: what was wrong may be news again."""
    stated = {fact_key(fact) for fact in facts}
    return frozenset(key for key in told if key in stated or key.startswith(_SIDE)) | (stated & set(replaced))


def _is_material(fact: Fact, told: Collection[str]) -> bool:
    match fact:
        case Measure():
            return not _measured(fact, told)
        case Rate():
            return True
        case Move():
            return not any(_covers_move(fact, size, unit) for size, unit in _sizes(fact, told))
        case Meeting():
            return not any(_covers_meeting(fact, where, when) for where, when in _meetings(told))
        case _:
            return False


def _measured(fact: Measure, told: Collection[str]) -> bool:
    """Whether `told` has the measure at a stage, and `fact` none."""
    return fact.stage is None and any(key.startswith(f"measure:{fact.value}:") for key in told)


def _sizes(fact: Move, told: Collection[str]) -> Iterator[tuple[float | None, str]]:
    """The sizes that were told of this move, with their units."""
    head = f"move:{fact.instrument}:{fact.direction}:".lower()
    for key in told:
        if key.startswith(head):
            size, _, unit = key.removeprefix(head).partition(":")
            yield (float(size) if size else None), unit


def _covers_move(fact: Move, size: float | None, unit: str) -> bool:
    if fact.size is None:
        return True
    if size is None or unit != (fact.unit or ""):
        return False
    return abs(size - fact.size) <= ROUNDING * max(abs(size), abs(fact.size))


def _meetings(told: Collection[str]) -> Iterator[tuple[str, str]]:
    for key in told:
        if key.startswith("meeting:"):
            where, _, when = key.removeprefix("meeting:").rpartition(":")
            yield where, when


def _covers_meeting(fact: Meeting, where: str, when: str) -> bool:
    """Whether a told meeting says as much: the same place or none given, the same day or one within its days."""
    same_place = fact.where is None or fact.where.lower() == where
    return same_place and (fact.when is None or _within(fact.when, when))


def _within(day: str, told: str) -> bool:
    """Whether the ISO date or interval `day` lies in `told`; ISO dates sort as text."""
    if not told:
        return False
    first, _, last = day.partition("/")
    told_first, _, told_last = told.partition("/")
    return told_first <= first and (last or first) <= (told_last or told_first)
