"""Benchmarks: `make bench`, or `python -m bench NAME` for one. Costs are ratios to feedparser's in the same run.

`entry`: what each stage costs for a feed entry. `speed`: what judging costs, and how much memory it takes.
`judgement`: how right the verdicts are, beside simpler methods. `facts`: how right the facts are. The last two need
files that people labelled; without them they say so.
"""
