"""The catalog on Slack."""
