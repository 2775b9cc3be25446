"""Run every benchmark and print its table."""

from bench import entry

entry.main()
