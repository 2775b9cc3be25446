"""Run every benchmark, or the one that is named, and print its table."""

from __future__ import annotations

import click

from bench.asking.day import asked
from bench.busy_day.replayed import day
from bench.entry import entry
from bench.hostile.run import hostile
from bench.judging.facts import facts
from bench.judging.verdicts import judgement
from bench.lookup import lookup
from bench.percolator import percolator
from bench.pollers.latency import latency
from bench.pollers.run import pollers
from bench.scale.deciding import deciding
from bench.scale.plan import plan_command
from bench.scale.polls import polls
from bench.scale.sending import scale
from bench.slices.run import slices
from bench.soak.run import soak
from bench.speed import speed
from bench.stories import stories


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Run every benchmark, or only the one that is named."""
    if context.invoked_subcommand is None:
        for command in (entry, speed, judgement, facts):
            context.invoke(command)


for each in (
    asked,
    entry,
    speed,
    judgement,
    facts,
    stories,
    lookup,
    percolator,
    hostile,
    pollers,
    latency,
    slices,
    day,
    scale,
    polls,
    deciding,
    plan_command,
    soak,
):
    main.add_command(each)

if __name__ == "__main__":
    main(prog_name="python -m bench")
