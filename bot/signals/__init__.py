"""What an item is: topics, direction, kind, urgency, evidence and facts. Pure."""
