"""The command line."""

import click


@click.group()
def main() -> None:
    """Trade-policy and market alerts for Slack and Discord."""
