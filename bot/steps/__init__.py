"""The steps of an item that happen in a transaction, in the order of `pipeline.py`: joining a story, telling, filing.

The rules are pure and live in `stories`, `routing` and `calendar`; here they meet the store.
"""
