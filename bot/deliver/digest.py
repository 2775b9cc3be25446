"""A digest as a neutral bulletin: one message that can be read at once, however much there is. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.deliver.card import Action, Bulletin, Line, Run, fact_fields, whole_facts
from bot.model import Label, Story
from bot.routing.holding import Why

MOST_LISTED = 20  # stories: what people read of a list
# Characters of all lines, links included: Discord takes 6,000 with its markup, and a name may need escaping.
# https://docs.discord.com/developers/resources/message#embed-object-embed-limits
MOST_TEXT = 4_500
MAX_TITLE = 160
MAX_FACTS = 140
MAX_NOTE = 140
MAX_URL = 400  # a longer link is left out

_GROUPS: tuple[tuple[Label | None, str], ...] = (("trade", "Trade"), ("market", "Markets"), (None, "Other"))
_FACTS = ("Parties", "Measures", "Rates", "Moves", "Meeting")  # of a card's, in the order in which they tell most
_BECAUSE = {
    Why.QUIETER: "quieter than what is posted at once",
    Why.QUIET: "from quiet hours",
    Why.CAP: "more than the cap of a day",
    Why.HOUR: "more than an hour takes",
    Why.BURST: "of much that a source brought at once",
    Why.AMENDED: "put right since a digest told it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Digested:
    """A story as it stands now, with the link of its lead, and why it was not told at once."""

    story: Story
    url: str | None
    why: Why


def digest_bulletin(
    waiting: Sequence[Digested], *, braked: int, at: datetime, preview: bool = False
) -> Bulletin | None:
    """`waiting` are listed, the loudest first, as far as they fit. None where there is nothing to say.

    `braked` are stories that a new source brought too many of: they are old, and only counted. `at` is in the zone
    of the place.
    """
    if not waiting and not braked:
        return None
    listed = _fitting(sorted(waiting, key=_rank))
    lines = [line for label, name in _GROUPS for line in _group(name, [each for each in listed if _is(each, label)])]
    if left := len(waiting) - len(listed):
        lines.append((Run(text=f"and {left} more: /wire latest"),))
    lines += _reasons(Counter(each.why for each in waiting), braked)
    title = f"{'The next digest' if preview else 'Digest'}, {at:%a} {at.day} {at:%b %H:%M}"
    counted = f"{len(waiting)} {'story' if len(waiting) == 1 else 'stories'}"
    return Bulletin(
        title=f"{title}: {counted}", lines=tuple(lines), actions=(Action(label="Latest", command="latest"),)
    )


def _rank(each: Digested) -> tuple[bool, int, int, float]:
    """What is put right first, then the loudest, then what most outlets report, then the newest."""
    story = each.story
    return each.why is not Why.AMENDED, -story.tier.rank, -len(story.outlets), -story.updated_at.timestamp()


def _fitting(stories: Sequence[Digested]) -> list[Digested]:
    room, fitting = MOST_TEXT, []
    for each in stories[:MOST_LISTED]:
        room -= sum(len(run.text) + len(run.url or "") for run in _line(each))
        if room < 0:
            break
        fitting.append(each)
    return fitting


def _is(each: Digested, label: Label | None) -> bool:
    labels = each.story.verdict.labels
    return label == next((topic for topic, _ in _GROUPS if topic in labels), None)


def _group(name: str, stories: Sequence[Digested]) -> list[Line]:
    return [(Run(text=name, bold=True),), *map(_line, stories)] if stories else []


def _line(each: Digested) -> Line:
    """Headline, facts and how many outlets report it: one line a story. What changed is for those who read it."""
    story = each.story
    mark = (Run(text=f"{story.mark.upper()} ", bold=True),) if story.mark else ()
    url = each.url if each.url and len(each.url) <= MAX_URL else None
    title = Run(text=_cut(story.title, MAX_TITLE), url=url, strike=story.mark == "withdrawn")
    note = _cut(story.mark_note, MAX_NOTE) if each.why is Why.AMENDED else ""
    outlets = f"{len(story.outlets)} outlets" if len(story.outlets) > 1 else "".join(story.outlets)
    behind = "".join(f" · {part}" for part in (note, _facts(story), outlets) if part)
    return (Run(text="• "), *mark, title, Run(text=behind))


def _facts(story: Story) -> str:
    said = {field.label: field.value for field in fact_fields(story.verdict.facts)}
    return whole_facts("; ".join(said[label] for label in _FACTS if label in said), MAX_FACTS)


def _reasons(counts: Mapping[Why, int], braked: int) -> list[Line]:
    """Why they were not told at once, and what a new source brought."""
    because = [f"{counts[why]} {text}" for why, text in _BECAUSE.items() if why in counts]
    lines: list[Line] = [(Run(text=f"Here are: {', '.join(because)}."),)] if because else []
    if braked:
        older = "story that was there" if braked == 1 else "stories that were there"
        lines.append((Run(text=f"New sources brought {braked} {older} before: /wire latest 7d"),))
    return lines


def _cut(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
