"""Tradewire: trade-policy and market alerts for Slack and Discord. Start with `model.py` and `pipeline.py`."""

__version__ = "0.1.0"
