"""Hours of polling, and what memory does meanwhile."""
