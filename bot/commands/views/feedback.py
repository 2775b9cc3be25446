"""What the feedback commands answer, as neutral replies. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.deliver.card import TOPIC_NAMES, Action, Line, Reply, Run
from bot.model import Destination, Item, ItemKey
from bot.routing.learning import COUNTS_FOR, MOST, MOST_OF_ONE, TOPICS, Mark
from bot.routing.routes import Threshold

RULES = (
    f"A mark counts for {COUNTS_FOR.days} days. One that contradicts the threshold set here moves it by a step, one "
    f"that agrees only takes back what others moved. A person moves it by {MOST_OF_ONE} steps at most, all together "
    f"by {MOST}. Urgent and flash stories are never held back."
)


def marked(item: Item, mark: Mark, before: Sequence[Threshold], after: Sequence[Threshold]) -> Reply:
    """What was kept, what it changed here, and how to take it back."""
    lines = [_headline(item), *_changes(mark, before, after)]
    lines.append((Run(text="Take it back: "), Run(text=f"/wire undo {item.key[:8]}", bold=True)))
    named = f" ({' and '.join(mark.topics)})" if mark.topics else ""
    return Reply(
        title=f"Kept: {mark.says.lower()} here{named}.", lines=tuple(lines), actions=(undo_action(item.key),)
    )


def taken_back(item: Item, mark: Mark, before: Sequence[Threshold], after: Sequence[Threshold]) -> Reply:
    return Reply(
        title=f"Taken back: your mark “{mark.says}”.", lines=(_headline(item), *_changes(mark, before, after))
    )


def nothing_to_take_back() -> Reply:
    hint = "Only your own marks are yours to take back; /wire feedback shows them."
    return Reply(title="There is no such mark of yours here.", lines=((Run(text=hint),),))


def relevant_for_what(item: Item) -> Reply:
    """The item was flagged for nothing: which threshold should have let it in?"""
    return Reply(
        title="Relevant for what?",
        lines=(
            _headline(item),
            (Run(text="It was flagged for nothing that is asked for here, so please say what it is about."),),
        ),
        actions=tuple(Action(label=TOPIC_NAMES[topic], command=f"relevant:{item.key} {topic}") for topic in TOPICS),
    )


def overview(
    reader: Destination, thresholds: Sequence[Threshold], marks: Sequence[tuple[Mark, Item]], *, more: int
) -> Reply:
    """The thresholds here, then the last marks; others' names are not shown."""
    lines = threshold_lines(thresholds) or [(Run(text="No route names this place, so marks change nothing here."),)]
    if not marks:
        lines.append((Run(text=f"Nothing was marked here in the last {COUNTS_FOR.days} days."),))
    lines += [_listed(reader, mark, item) for mark, item in marks]
    if more:
        lines.append((Run(text=f"… and {more} more"),))
    lines.append((Run(text=RULES),))
    own = any(mark.person == reader for mark, _ in marks)
    last = (Action(label="Undo my last mark", command="undo"),) if own else ()
    return Reply(title="Feedback here", lines=tuple(lines), actions=last)


def threshold_lines(thresholds: Sequence[Threshold]) -> list[Line]:
    """ "trade threshold here: 0.62 (0.50 shifted by 2 Not relevant marks)" """
    return [
        (Run(text=f"{each.topic} threshold here: ", bold=True), Run(text=each.shift.describe(each.base)))
        for each in thresholds
    ]


def said_of(marks: Sequence[Mark], reader: Destination) -> list[Line]:
    """What people here said of one item, in a line; none where nobody did."""
    if not marks:
        return []
    counts = {says: sum(mark.says == says for mark in marks) for says in ("Relevant", "Not relevant")}
    said = ", ".join(f"{says} by {count}" for says, count in counts.items() if count)
    own = next((mark.says for mark in marks if mark.person == reader), None)
    return [(Run(text="Marked here: ", bold=True), Run(text=f"{said}{f' (you: {own})' if own else ''}"))]


def mark_actions(key: ItemKey, marks: Sequence[Mark], reader: Destination) -> tuple[Action, ...]:
    """The buttons to mark an item, and to take one's own mark back where there is one."""
    own = any(mark.person == reader for mark in marks)
    return (
        Action(label="Relevant", command=f"relevant:{key}"),
        Action(label="Not relevant", command=f"irrelevant:{key}"),
        *((undo_action(key),) if own else ()),
    )


def undo_action(key: ItemKey) -> Action:
    return Action(label="Undo", command=f"undo:{key}")


def _changes(mark: Mark, before: Sequence[Threshold], after: Sequence[Threshold]) -> list[Line]:
    """How the thresholds that the mark concerns moved; in words where none could."""
    if not mark.topics:
        return [(Run(text="It was flagged for nothing that is asked for here, so no threshold moves."),)]
    moves = [(old, new) for old, new in zip(before, after, strict=True) if new.topic in mark.topics]
    if not moves:
        why = "No route asks for that here, so nothing changes here; the mark counts for evaluation and training."
        return [(Run(text=why),)]
    lines: list[Line] = [
        (Run(text=f"{new.topic} threshold here: ", bold=True), Run(text=_move(old, new))) for old, new in moves
    ]
    return [*lines, (Run(text=RULES),)]


def _move(old: Threshold, new: Threshold) -> str:
    if old.shift.steps == new.shift.steps:
        return f"stays at {new.shift.describe(new.base)}"
    return f"{old.shift.threshold(old.base):.2f} → {new.shift.describe(new.base)}"


def _headline(item: Item) -> Line:
    return (Run(text=item.title, bold=True, url=item.url),)


def _listed(reader: Destination, mark: Mark, item: Item) -> Line:
    who = "you" if mark.person == reader else "somebody else"
    topics = f" ({' and '.join(mark.topics)})" if mark.topics else ""
    return (
        Run(text=f"{mark.says}{topics} ", bold=True),
        Run(text=f"by {who}: "),
        Run(text=item.title, url=item.url),
        Run(text=f" · {item.key[:8]} · "),
        Run(text=f"{mark.marked_at:%Y-%m-%d %H:%M} UTC", when=mark.marked_at),
    )
