"""The shape of `lexicon.toml`, and clear words for whoever edited it wrongly.

Every list of terms is kept by language: `en`, `zh`, `es`, `de`, `ja`, or `any` for all of them.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.model import Kind, MeasureKind

Language = Literal["en", "zh", "es", "de", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

CountryCode = Annotated[str, Field(pattern="^[A-Z]{2}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=-20, le=20)]


class LexiconError(ValueError):
    """The lexicon cannot be used; the text names the file, the key and the cure, one line a fault."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Terms(_Table):
    """Terms by language, in the notation of `patterns.py`."""

    any: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    es: tuple[str, ...] = ()
    de: tuple[str, ...] = ()
    ja: tuple[str, ...] = ()

    def of(self, language: Language) -> tuple[str, ...]:
        chosen: tuple[str, ...] = getattr(self, language)
        return self.any + chosen


class Group(Terms):
    """Terms that say the same thing: however many of them stand in a text, the group speaks once."""

    weight: Weight
    needs: Literal["country", "instrument", "company", "up", "down"] | None = None


class MarketGroup(Group):
    kind: Kind | None = None


Signal = Literal[
    "trade", "move", "index-move", "currency-move", "bond-move", "crypto-move", "commodity-move",
    "sized-move", "big-move", "small-move",
]  # fmt: skip


class Topic(_Table):
    bias: Weight
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    body_limit: Annotated[float, Field(ge=0, le=20)]
    signals: dict[Signal, Weight] = {}
    terms: tuple[Group, ...]


class MarketTopic(_Table):
    bias: Weight
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    body_limit: Annotated[float, Field(ge=0, le=20)]
    signals: dict[Signal, Weight] = {}
    terms: tuple[MarketGroup, ...]


class Directions(_Table):
    neutral_bias: Weight
    escalation: tuple[Group, ...]
    de_escalation: Annotated[tuple[Group, ...], Field(alias="de-escalation")]
    neutral: tuple[Group, ...] = ()


class FieldFactors(_Table):
    """How much a term counts where it stands."""

    title: Share
    summary: Share
    lead: Share
    body: Share


class Country(Terms):
    """`any` and the languages hold the names; a name is the government only where the sentence makes it one."""

    name: str
    governments: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()


class Instrument(Terms):
    """`class` decides the kind of a move: commodity, else asset-move."""

    asset: Annotated[Literal["index", "currency", "bond", "crypto", "commodity"], Field(alias="class")]


class Roles(Terms):
    """Offices; `country` where the office names its government by itself."""

    country: CountryCode | None = None


class People(_Table):
    """Officials as "Family, Given". Of `known` the family name alone is enough, of `full` it is not."""

    known: tuple[str, ...] = ()
    full: tuple[str, ...] = ()


class Moves(_Table):
    up: Terms
    down: Terms


class Meetings(_Table):
    words: Terms
    deadlines: Terms


class Rates(_Table):
    tariff: Terms
    interest: Terms
    inflation: Terms
    growth: Terms
    unemployment: Terms
    none: Terms


class Stages(_Table):
    threatened: Terms
    announced: Terms
    in_force: Annotated[Terms, Field(alias="in-force")]
    paused: Terms
    struck_down: Annotated[Terms, Field(alias="struck-down")]
    agreed: Terms
    collapsed: Terms
    talks: Terms
    lifted: Terms


class LexiconFile(_Table):
    """All of `lexicon.toml`."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    fields: FieldFactors
    trade: Topic
    market: MarketTopic
    urgent: Topic
    direction: Directions
    negation: Terms
    companies: Terms
    countries: dict[CountryCode, Country]
    places: dict[CountryCode, Terms]
    instruments: dict[str, Instrument]
    not_instruments: Terms
    roles: tuple[Roles, ...]
    people: dict[CountryCode, People]
    moves: Moves
    measures: dict[MeasureKind, Terms]
    stages: Stages
    rates: Rates
    meetings: Meetings


def read_lexicon(path: Path) -> LexiconFile:
    """The lexicon at `path`. Raises LexiconError with every fault in it, one line each."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LexiconError(f"{path}: no such file; restore it from the shipped config folder") from error
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{path}: not valid TOML: {error}") from error
    try:
        return LexiconFile.model_validate(data)
    except ValidationError as error:
        lines = [f"{path}: {_fault(fault['loc'], fault, data)}" for fault in error.errors(include_url=False)]
        raise LexiconError("\n".join(lines)) from error


def _fault(place: tuple[int | str, ...], fault: Any, data: Any) -> str:
    where = key_path(place)
    match fault["type"]:
        case "extra_forbidden":
            return f"{where} is not a known key; {_nearest(place)}"
        case "missing":
            return f"{where} is missing; add it"
        case "literal_error":
            return f"{where} is {fault['input']!r}; write {fault['ctx']['expected']}"
        case _:
            return f"{where} is {_short(fault['input'])}: {fault['msg'][0].lower()}{fault['msg'][1:]}"


def key_path(place: tuple[int | str, ...]) -> str:
    """("trade", "terms", 2, "weight") as `trade.terms[2].weight`."""
    path = ""
    for step in place:
        if isinstance(step, int):
            path += f"[{step + 1}]"
        elif step != "[key]":
            path += f".{step}" if path else step
    return path


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _nearest(place: tuple[int | str, ...]) -> str:
    known = _known_keys(place[:-1])
    close = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"the keys here are {', '.join(known)}"


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    """The keys the table at `place` may have, found by walking the types of the models."""
    model: Any = LexiconFile
    for step in place:
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = {info.alias or name: info for name, info in model.model_fields.items()}
            model = fields[str(step)].annotation
        else:  # tuple[X, ...] or dict[K, X]
            arguments = [argument for argument in get_args(model) if argument is not Ellipsis]
            model = arguments[-1]
    return [info.alias or name for name, info in model.model_fields.items()]
