"""One story as somebody's summary sees it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.model import Authority, Fact, Move, Party, Story, fact_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A story, the link of the item whose headline it carries, and the best authority of those who report it.

    `seen` are the facts (as `fact_key` names them) that the reader saw of it in earlier summaries, None where they
    saw nothing of it.
    """

    story: Story
    url: str | None
    authority: Authority
    seen: frozenset[str] | None = None

    @property
    def new_facts(self) -> tuple[Fact, ...]:
        """What the story says now and did not when the reader saw it."""
        if self.seen is None:
            return ()
        return tuple(fact for fact in self.story.verdict.facts if fact_key(fact) not in self.seen)

    @property
    def fact_keys(self) -> frozenset[str]:
        return frozenset(map(fact_key, self.story.verdict.facts))

    @property
    def withdrawn(self) -> bool:
        return self.story.mark == "withdrawn"

    @property
    def topic(self) -> str:
        """Where it is counted: under trade, also where it moves markets; else under market, else under other."""
        labels = self.story.verdict.labels
        return "trade" if "trade" in labels else "market" if "market" in labels else "other"

    @property
    def parties(self) -> tuple[str, ...]:
        """The governments of its action, in the order of the text."""
        return tuple(dict.fromkeys(fact.value for fact in self.story.verdict.facts if isinstance(fact, Party)))

    @property
    def instruments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(fact.instrument for fact in self.story.verdict.facts if isinstance(fact, Move)))


def outlets_of(entries: Sequence[Entry]) -> int:
    """How many outlets report at least one of `entries`."""
    return len({outlet for entry in entries for outlet in entry.story.outlets})
