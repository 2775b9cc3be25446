"""The payload of a message as its platform would show it, on a terminal. Pure.

For `tradewire preview` and for eyes on a golden file: what a renderer wrote is read back the way Slack or Discord
reads it, so an escape that is missing shows here as the bold, the link or the mention that it would be there.
"""

from bot.deliver.preview.discord import discord_preview
from bot.deliver.preview.slack import slack_preview

__all__ = ["discord_preview", "slack_preview"]
