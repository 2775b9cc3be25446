"""A day of news and people, replayed by the program and checked by one that shares no code with it."""
