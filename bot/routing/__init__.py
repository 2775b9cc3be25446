"""Who should know, and why or why not. Pure."""
