"""What is answered about items that are held back because their source brought so many old ones at once. Pure."""

from __future__ import annotations

from bot.counts import how_many
from bot.deliver.card import Action, Reply, Run
from bot.model import Source
from bot.routing.floods import HELD_FOR, Released


def waiting(source: Source, held: int) -> str:
    """Behind a source in the list."""
    return f"{how_many(held, 'old item')} held back: /wire sources release {source.id}, or drop"


def decide(source: Source) -> tuple[Action, ...]:
    return (
        Action(label="Release", command=f"sources:release {source.id}"),
        Action(label="Drop", command=f"sources:drop {source.id}"),
    )


def released(source: Source, done: Released) -> Reply:
    """What became of them."""
    if not done.items:
        return _nothing_held(source)
    nobody = "What is in neither was told already, or is wanted nowhere any more."
    became = f"{how_many(done.told, 'message')} at once, {how_many(done.in_digests, 'entry', 'entries')} in digests."
    left = f" {done.left} are left." if done.left else ""
    return Reply(
        title=f"Released {how_many(done.items, 'item')} of {source.id}.{left}",
        lines=((Run(text=became),), (Run(text=nobody),)),
        actions=decide(source) if done.left else (),
    )


def dropped(source: Source, items: int) -> Reply:
    if not items:
        return _nothing_held(source)
    return Reply(title=f"Dropped {how_many(items, 'item')} of {source.id}: nobody is told. /wire why knows them.")


def _nothing_held(source: Source) -> Reply:
    hint = f"Old items that come in a crowd are, until somebody decides; after {HELD_FOR.days} days they are dropped."
    return Reply(title=f"Nothing of {source.id} is held back.", lines=((Run(text=hint),),))
