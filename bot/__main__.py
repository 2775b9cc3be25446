"""`python -m bot` is `tradewire`."""

from bot.cli import main

main()
