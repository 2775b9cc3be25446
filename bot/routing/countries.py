"""Countries as people write them: by name, by code or by what else they are called. Pure."""

from __future__ import annotations

from bot.country_names import COUNTRY_NAMES
from bot.routing.parser import QueryError, parse_tree
from bot.routing.syntax import Tag
from bot.routing.words import fold


def country_of(text: str) -> str | None:
    """The ISO 3166 alpha-2 code (or EU) of "Vietnam", "vn" or "UK"; None where no country is called so."""
    wanted = " ".join(fold(text).split())
    by_name = {fold(name): code for code, name in COUNTRY_NAMES.items()}
    if code := by_name.get(wanted):
        return code
    try:
        leaf = parse_tree(f'country:"{wanted}"')  # the subscription language knows other names
    except QueryError:
        return None
    return leaf.value if isinstance(leaf, Tag) and leaf.value in COUNTRY_NAMES else None


def countries_like(typed: str) -> list[str]:
    """The names of the countries that what somebody has typed so far may become."""
    begun = " ".join(fold(typed).split())
    names = COUNTRY_NAMES
    return sorted(name for code, name in names.items() if fold(name).startswith(begun) or fold(code) == begun)
