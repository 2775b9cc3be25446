"""Which of the facts found are right: when a fact found is the fact that people wrote down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.model import Fact, Item, Measure, Meeting, Move, Party, Person, Rate
from bot.signals.lexicon import Lexicon

_LONGEST_NAME = 20  # tokens


@dataclass(frozen=True, slots=True)
class Labelled:
    """An item with the facts that are due, and those on which careful readers differ."""

    id: str
    item: Item
    due: list[Fact]
    open: list[Fact]


@dataclass(slots=True)
class Tally:
    """What became of the facts of one type."""

    right: int = 0
    excused: int = 0  # found, and open
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rule:
    """A type of fact, and when two of it are the same."""

    name: str
    type: type[Fact]
    same: Callable[[Any, Any], bool]


def rules(lexicon: Lexicon) -> tuple[Rule, ...]:
    """In the order of the table. Persons are counted three times, ever more strictly."""
    return (
        Rule("party", Party, lambda found, due: bool(found.value == due.value)),
        Rule("person, name", Person, same_name),
        Rule("person, role alike", Person, same_person_alike),
        Rule("person, role exact", Person, same_person),
        Rule("measure", Measure, lambda found, due: (found.value, found.stage) == (due.value, due.stage)),
        Rule("rate", Rate, lambda found, due: (found.value, found.of) == (due.value, due.of)),
        Rule("move", Move, same_move),
        Rule("meeting", Meeting, partial(same_meeting, lexicon=lexicon)),
    )


def same_name(found: Person, due: Person) -> bool:
    return found.value.casefold() == due.value.casefold()


def same_person_alike(found: Person, due: Person) -> bool:
    """An office may be told shorter or longer, but not left out or made up."""
    if found.role is None or due.role is None:
        return same_person(found, due)
    one, other = found.role.casefold(), due.role.casefold()
    return same_name(found, due) and (one in other or other in one)


def same_person(found: Person, due: Person) -> bool:
    return same_name(found, due) and (found.role or "").casefold() == (due.role or "").casefold()


def same_move(found: Move, due: Move) -> bool:
    return found.instrument.casefold() == due.instrument.casefold() and (
        (found.direction, found.size, found.unit) == (due.direction, due.size, due.unit)
    )


def same_meeting(found: Meeting, due: Meeting, lexicon: Lexicon) -> bool:
    """By time and place where the label has them; of those who meet, one in common will do, or none named."""
    if due.when is not None and found.when != due.when:
        return False
    if due.where is not None and not _same_place(found.where or "", due.where, lexicon):
        return False
    one, other = _who(found.who, lexicon), _who(due.who, lexicon)
    return not one or not other or bool(one & other)


def _same_place(one: str, other: str, lexicon: Lexicon) -> bool:
    return one.casefold() == other.casefold() or bool(_countries(one, lexicon) & _countries(other, lexicon))


def _who(names: Iterable[str], lexicon: Lexicon) -> set[str]:
    """The words of `names`, and the codes of the countries in them: "China" meets "CN"."""
    return {
        known for name in names for known in (*name.casefold().split(), *map(str.casefold, _countries(name, lexicon)))
    }


def _countries(name: str, lexicon: Lexicon) -> set[str]:
    if name in lexicon.country_names:
        return {name}
    return {hit.payload.value for hit in lexicon.scan(name, "en", _LONGEST_NAME).of("country")}


# --- counting ---------------------------------------------------------------------------------------------


def score(rule: Rule, found: Iterable[Fact], labelled: Labelled, tally: Tally) -> None:
    """Count the facts of one item: each fact due answers for one found, an open one excuses all of its main value."""
    left = sorted((due for due in labelled.due if isinstance(due, rule.type)), key=_unstated)
    excuses = {main_value(fact) for fact in labelled.open if isinstance(fact, rule.type)}
    for fact in found:
        if not isinstance(fact, rule.type):
            continue
        match = next((due for due in left if rule.same(fact, due)), None)
        if match is not None:
            tally.right += 1
            left.remove(match)
        elif main_value(fact) in excuses:
            tally.excused += 1
        else:
            tally.wrong.append(_told(fact, labelled))
    tally.missed += [_told(due, labelled) for due in left]


def main_value(fact: Fact) -> object:
    """What the fact is about, whatever its other keys; one meeting is like another."""
    match fact:
        case Meeting():
            return None
        case Move():
            return fact.instrument.casefold()
        case Person():
            return fact.value.casefold()
        case _:
            return fact.value


def _unstated(fact: Fact) -> int:
    """How many keys say nothing: what says most is to be matched first."""
    return sum(not value for _, value in _keys(fact))


def _keys(fact: Fact) -> Iterator[tuple[str, object]]:
    return ((name, getattr(fact, name)) for name in type(fact).__slots__ if name not in {"type", "span"})


def _told(fact: Fact, labelled: Labelled) -> str:
    keys = ", ".join(f"{name} {value}" for name, value in _keys(fact) if value)
    return f"{keys}  [{labelled.id}] {labelled.item.title}"
