"""`python -m bot` is `tradewire`."""

import sys


def main() -> None:
    """The program. Ctrl-C while it is still being loaded ends it as quietly as later."""
    try:
        from bot.cli import main as command

        command()
    except KeyboardInterrupt:
        sys.exit(130)  # as shells say it


if __name__ == "__main__":
    main()
