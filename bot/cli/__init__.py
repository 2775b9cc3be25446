"""The command line. Alerts and results go to standard output; everything else to standard error."""

from bot.cli import (
    auditing,
    backup,
    check,
    coming,
    deliveries,
    evaluating,
    feedback,
    grouping,
    judging,
    matching,
    replaying,
    running,
    sources,
)
from bot.cli.base import main

main.add_command(running.run)
main.add_command(running.once)
main.add_command(running.migrate)
main.add_command(backup.backup)
main.add_command(backup.restore)
main.add_command(judging.classify)
main.add_command(judging.preview)
main.add_command(grouping.stories)
main.add_command(matching.match)
main.add_command(replaying.replay)
main.add_command(evaluating.evaluate)
main.add_command(check.check)
main.add_command(feedback.feedback)
main.add_command(coming.calendar)
main.add_command(sources.feeds)
main.add_command(deliveries.deliveries)
main.add_command(auditing.audit)

__all__ = ["main"]
