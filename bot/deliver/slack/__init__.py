"""The Slack adapter and its pure renderer."""
