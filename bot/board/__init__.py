"""The web page: wire, stories, sources, health."""
