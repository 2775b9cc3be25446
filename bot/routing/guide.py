"""The subscription language in ten lines, for whoever is shown how queries are written."""

from __future__ import annotations

# Each with what it finds; a test reads every one of them.
EXAMPLES: tuple[tuple[str, str], ...] = (
    ("tariff steel", "both words, in any order; case and accents do not matter"),
    ('"rare earths"', "words side by side"),
    ("tarif*", "all words that begin so"),
    ("tariff OR quota", "either; brackets group: (tariff OR quota) steel"),
    ("steel -aluminium", "not with this one; NOT aluminium is the same"),
    ("关税", "Chinese, Japanese, Korean and Thai match anywhere in the text"),
    ("title:tariff outlet:reuters", "in the headline; by that outlet; also source:, person: and lang:de"),
    ("topic:trade country:CN", "flagged as trade, market or urgent; a country that takes part, or its goods"),
    ("kind:central-bank direction:escalation", "which kind of news, and which way it turns"),
    ("rate>10 tier>=urgent", "a rate in percent; how loud the story is: digest, alert, urgent, flash"),
)
