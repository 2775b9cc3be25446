"""What keeps the bot in order: its operators and what they hear of, floods, outages, retention, backups."""
