"""How loudly a verdict asks to be told."""

from __future__ import annotations

from bot.model import Tier, Verdict

FLASH_URGENCY = 0.9  # a flash may mention a role, so it must be near certain


def tier_of(verdict: Verdict) -> Tier:
    """Flash: near-certainly urgent trade news that moves markets; then urgent, alert, and digest for the rest."""
    if not verdict.labels:
        return Tier.DIGEST
    if "urgent" not in verdict.labels:
        return Tier.ALERT
    both = "trade" in verdict.labels and "market" in verdict.labels
    return Tier.FLASH if both and verdict.urgent >= FLASH_URGENCY else Tier.URGENT
