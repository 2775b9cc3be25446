"""One term of a query: which field, which value, and what to say where there is no such field or value.

The tokens come from the grammar in `bot.routing.parser`. Whatever is wrong is raised as `Wrong`, with its place.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Literal, cast, get_args

from lark import Token

from bot.model import Direction, Kind, Label, Tier
from bot.routing.syntax import Comparison, Leaf, RateIs, Substring, Tag, TagField, TierIs, Within, Words
from bot.routing.words import ends_in_word, fold, has_unspaced, split, squeeze

Field = TagField | Literal["person", "outlet", "title", "tier", "rate"]
_TAG_VALUES: dict[TagField, tuple[str, ...]] = {
    "topic": get_args(Label),
    "kind": get_args(Kind),
    "direction": get_args(Direction),
}
FIELD_TAKES: dict[Field, str] = {
    "topic": f"one of {', '.join(get_args(Label))}",
    "kind": f"one of {', '.join(get_args(Kind))}",
    "direction": f"one of {', '.join(get_args(Direction))}",
    "country": "a country code such as US, CN or EU",
    "person": "a family name",
    "source": "an id from sources.toml",
    "outlet": "a name such as Reuters",
    "title": 'a word or a "phrase"',
    "lang": "a language code such as en, de or zh",
    "tier": f"one of {', '.join(Tier)}",
    "rate": "a number of percent such as 10 or 2.5",
}
FIELDS: tuple[str, ...] = tuple(FIELD_TAKES)

Place = tuple[int, int]  # start and end in the query, in characters

_COUNTRY_ALIASES = {
    "america": "US", "usa": "US", "united states": "US", "uk": "GB", "britain": "GB", "united kingdom": "GB",
    "china": "CN", "prc": "CN", "european union": "EU", "japan": "JP", "germany": "DE", "france": "FR",
    "canada": "CA", "mexico": "MX", "india": "IN", "brazil": "BR", "south korea": "KR", "korea": "KR",
    "taiwan": "TW", "vietnam": "VN", "switzerland": "CH", "australia": "AU", "russia": "RU", "italy": "IT",
}  # fmt: skip

_SHOWN = 40  # characters of what was written, in a message


class Wrong(Exception):
    """What is wrong and where; `edit` is what to put in which place to set it right."""

    def __init__(self, problem: str, place: Place, edit: tuple[Place, str] | None = None) -> None:
        super().__init__(problem)
        self.problem, self.place, self.edit = problem, place, edit


def place_of(token: Token) -> Place:
    start = token.start_pos or 0
    return start, start + len(token.rstrip())


def field_leaf(field: Token, value: Token) -> Leaf:
    name, comparison = read_field(field)
    match name:
        case "title" | "outlet" | "person":
            return text_leaf(value, name)
        case "rate":
            return RateIs(comparison, _percent(value))
        case "tier":
            return TierIs(comparison, Tier(_one_of("tier", tuple(Tier), value)))
        case "country":
            return Tag(name, _country(value))
        case "lang":
            return Tag(name, _language(value))
        case "source":
            return Tag(name, _source(value))
        case "topic" | "kind" | "direction":
            return Tag(name, _one_of(name, _TAG_VALUES[name], value))


def read_field(token: Token) -> tuple[Field, Comparison]:
    """The name and the comparison of `topic:`, `rate>=` and the like."""
    start, end = place_of(token)
    text = token.rstrip()
    name = text.rstrip(":<>=").rstrip()
    sign = text[len(name) :].lstrip()
    field, place = fold(name), (start, start + len(name))
    if field not in FIELDS:
        near = _nearest(field, FIELDS)
        hint = f"did you mean {near}?" if near else f"fields are {', '.join(FIELDS)}; to look for such text, quote it"
        raise Wrong(f"there is no field “{name[:_SHOWN]}”; {hint}", place, (place, near) if near else None)
    comparison = sign.removeprefix(":") or "="  # rate:>10 is rate>10
    if comparison != "=" and field not in {"rate", "tier"}:
        sign_place = (end - len(sign), end)
        raise Wrong(f"{field} takes “:”; only rate and tier can be compared", sign_place, (sign_place, ":"))
    return cast("Field", field), cast("Comparison", comparison)


def _inside(token: Token) -> tuple[str, Place]:
    """The text of a word or a phrase, and its place without the quotes."""
    start, end = place_of(token)
    return (token[1:-1], (start + 1, end - 1)) if token.type == "PHRASE" else (str(token), (start, end))


def text_leaf(token: Token, within: Within) -> Words | Substring:
    text, (start, end) = _inside(token)
    stem = text.rstrip()
    prefix = stem.endswith("*")
    stem = stem.removesuffix("*")
    if "*" in stem:
        at = start + stem.index("*")
        raise Wrong("“*” stands only at the end, as in tarif*", (at, at + 1))
    folded = fold(stem)
    if has_unspaced(folded):
        return Substring(squeeze(folded), within)
    words = tuple(split(folded))
    if not words:
        raise Wrong("there is no letter or digit here to look for", (start, end))
    if prefix and not ends_in_word(folded):
        raise Wrong("“*” stands only right after a letter or digit, as in tarif*", (start, end))
    return Words(words, prefix, within)


def _one_of(field: Field, choices: tuple[str, ...], token: Token) -> str:
    text, place = _inside(token)
    value = "-".join(fold(text).replace("_", " ").split())
    if value in choices:
        return value
    raise _no_such(text, field, FIELD_TAKES[field], _nearest(value, choices), place)


def _country(token: Token) -> str:
    text, place = _inside(token)
    value = " ".join(re.split(r"[\s_-]+", fold(text)))
    if value in _COUNTRY_ALIASES:
        return _COUNTRY_ALIASES[value]
    if re.fullmatch("[a-z]{2}", value):
        return value.upper()
    near = _nearest(value, tuple(_COUNTRY_ALIASES))
    raise _no_such(text, "country", FIELD_TAKES["country"], near and _COUNTRY_ALIASES[near], place)


def _language(token: Token) -> str:
    text, place = _inside(token)
    value = fold(text).partition("-")[0]
    if re.fullmatch("[a-z]{2,3}", value):
        return value
    raise _no_such(text, "language code", FIELD_TAKES["lang"], None, place)


def _source(token: Token) -> str:
    text, place = _inside(token)
    if value := fold(text).strip():
        return value
    raise _no_such(text, "source", FIELD_TAKES["source"], None, place)


def _percent(token: Token) -> float:
    text, place = _inside(token)
    value = fold(text).strip().removesuffix("%").rstrip()
    if re.fullmatch(r"-?\d{1,6}(\.\d{1,4})?", value, re.ASCII):
        return float(value)
    raise _no_such(text, "rate", FIELD_TAKES["rate"], None, place)


def _no_such(given: str, what: str, takes: str, near: str | None, place: Place) -> Wrong:
    shown = given if len(given) <= _SHOWN else given[:_SHOWN] + "…"
    hint = f"did you mean {near}?" if near else f"it takes {takes}"
    return Wrong(f"“{shown}” is no {what}; {hint}", place, (place, near) if near else None)


def _nearest(word: str, choices: Sequence[str]) -> str | None:
    begun = [choice for choice in choices if len(word) >= 2 and choice.startswith(word)]
    return next(iter(begun or difflib.get_close_matches(word, choices, n=1)), None)
