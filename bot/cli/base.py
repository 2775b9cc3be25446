"""What every command shares: the group, the `--config` option, and errors as one clear line each."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import click

from bot import __version__
from bot.heap import use_memory_sparingly
from bot.observe.logs import configure_logs
from bot.observe.redaction import redacted
from bot.settings import ConfigError
from bot.settings.logs import read_log_settings
from bot.store.engine import DatabaseError

COULD_NOT = 1
CONFIG_WRONG = 2
INTERRUPTED = 128 + signal.SIGINT  # as shells say it

config_option = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path),
    help="Folder with tradewire.toml, sources.toml and routes.toml. Without it: TRADEWIRE_CONFIG, then ./config.",
)


class Problem(click.ClickException):
    """An error that a person can mend; one line for each thing that is wrong."""

    exit_code = COULD_NOT

    def show(self, file: Any = None) -> None:
        complain(self.message)


class WrongConfig(Problem):
    exit_code = CONFIG_WRONG


def complain(message: str) -> None:
    """Say on standard error what is wrong, one line a thing."""
    for line in redacted(message).splitlines():
        click.echo(f"tradewire: {line}", err=True)


class Guarded(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as error:
            raise WrongConfig(str(error)) from None
        except DatabaseError as error:
            raise Problem(str(error)) from None
        except click.UsageError as error:  # it quotes what was typed
            raise click.UsageError(redacted(error.format_message()), error.ctx) from None
        except KeyboardInterrupt:  # every step is durable by itself: there is nothing to say
            raise click.exceptions.Exit(INTERRUPTED) from None


@click.group(cls=Guarded)
@click.version_option(__version__, prog_name="tradewire")
def main() -> None:
    """Trade-policy and market alerts for Slack and Discord: one event, one alert, with the facts and the reason."""
    use_memory_sparingly()
    wish = read_log_settings()
    configure_logs(wish.level, wish.form)
