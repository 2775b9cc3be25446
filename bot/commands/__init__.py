"""Every command once, bound to Slack and Discord."""
