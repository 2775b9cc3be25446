"""The sources of a desk as people handle them: the file, OPML, those added from chat, test polls."""
