"""One TOML file as a checked model, and what is wrong with it in words."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bot.settings.places import default_directory

_QUOTED = re.compile(r"'([^']+)'")

Model = TypeVar("Model", bound=BaseModel)


def unique(names: list[str], what: str, problems: list[str]) -> None:
    problems.extend(
        f"{what} {name!r} stands there {names.count(name)} times; give each its own"
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    )


def read_file(path: Path, model: type[Model], problems: list[str], *, ships_as: str | None = None) -> Model:
    """The file as `model`; its problems are appended and an empty model stands in, so that all files are checked.

    A file that has to be there is one that ships: `ships_as` is its name.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if ships_as:
            problems.append(f"{path}: no such file; copy the one that ships from {default_directory() / ships_as}")
        return model()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not TOML: {error}")
        return model()
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror}")
        return model()
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems.extend(f"{path}: {_explain(problem, model)}" for problem in error.errors(include_url=False))
        return model()


def _explain(problem: Any, model: type[BaseModel]) -> str:
    where = _dotted(problem["loc"])
    if problem["type"] == "extra_forbidden":
        valid = _keys_at(model, problem["loc"][:-1])
        near = difflib.get_close_matches(str(problem["loc"][-1]), valid, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"valid keys: {', '.join(valid)}"
        return f"{where}: unknown key; {hint}"
    if problem["type"] == "missing":
        return f"{where}: missing; this key is needed"
    if problem["type"] == "string_pattern_mismatch" and (rule := _rule_at(model, problem["loc"])):
        return f"{where}: {str(problem['input'])[:60]!r} is not {rule}"
    if problem["type"] in {"tuple_type", "list_type"}:
        return f"{where}: is a list: {_as_list(where, problem['input'])}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {message[:1].lower()}{message[1:]}{_nearest_value(problem)}"


def _as_list(where: str, given: object) -> str:
    """How what was written is written as a list."""
    key = where.rpartition(".")[2]
    return f"write [[{key}]]" if isinstance(given, dict) else f"write {key} = [{json.dumps(given, default=str)}]"


def _nearest_value(problem: Any) -> str:
    """ "; did you mean 'official'?" for "offical", where a value has to be one of a few."""
    if problem["type"] not in {"enum", "literal_error"}:
        return ""
    valid = _QUOTED.findall(str(problem["ctx"]["expected"]))
    near = difflib.get_close_matches(str(problem["input"]).lower(), valid, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _dotted(location: tuple[str | int, ...]) -> str:
    """("source", 2, "every") as people count: source[3].every"""
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def _keys_at(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """The valid keys of the table at `location`."""
    return list(_table_at(model, location).model_fields)


def _rule_at(model: type[BaseModel], location: tuple[str | int, ...]) -> str | None:
    """What the value at `location` has to be, in words, where its field says so."""
    field = _table_at(model, location[:-1]).model_fields.get(str(location[-1]))
    return field.description if field else None


def _table_at(model: type[BaseModel], location: tuple[str | int, ...]) -> type[BaseModel]:
    """Following sections and lists of tables."""
    current = model
    for part in location:
        if isinstance(part, int):
            continue
        annotation = current.model_fields[part].annotation
        inner = [kind for kind in getattr(annotation, "__args__", (annotation,)) if isinstance(kind, type)]
        current = next(kind for kind in inner if issubclass(kind, BaseModel))
    return current
