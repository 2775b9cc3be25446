"""JSON schemas made ready for hundreds of messages: references put in place, and of a union only what may fit.

A platform's schemas are mostly unions whose branches say in `type` what they are for. jsonschema tries each branch on
each element; here the branches of another `type` are passed over. The same messages are found wrong: a branch that is
passed over could not have fitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

from jsonschema import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

V = TypeVar("V", bound=type[Validator])

_Keyword = Callable[[Validator, Any, Any, Any], Iterator[ValidationError]]


def by_kind(draft: V) -> V:
    """The validators of `draft` that look at the `type` of an element before they try the branches of a union."""
    own = {union: _fitting(draft.VALIDATORS[union]) for union in ("anyOf", "oneOf")}
    return cast("V", extend(draft, own))  # type: ignore[no-untyped-call]  # its stubs leave the arguments out


def _fitting(keyword: _Keyword) -> _Keyword:
    def check(validator: Validator, branches: list[Any], instance: object, schema: Any) -> Iterator[ValidationError]:
        return keyword(
            validator, [each for each in branches if _may_fit(each, instance)] or branches, instance, schema
        )

    return check


def _may_fit(branch: dict[str, Any], instance: object) -> bool:
    """False only where `branch` is for something else."""
    if "const" in branch:
        return bool(branch["const"] == instance)
    if branch.get("type") == "null":
        return instance is None
    if "anyOf" in branch:
        return any(_may_fit(each, instance) for each in branch["anyOf"])
    if not isinstance(instance, dict) or "type" not in instance:
        return True
    kind = branch.get("properties", {}).get("type", {})
    return instance["type"] in kind.get("enum", [kind.get("const", instance["type"])])


def in_place(node: Any, document: Any) -> Any:
    """`node` with what its references point to in `document` in their places; there are no circles in it."""
    return _Placed(document).of(node)


class _Placed:
    def __init__(self, document: Any) -> None:
        self._document = document
        self._done: dict[str, Any] = {}

    def of(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.of(each) for each in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str):
            return self._pointed(reference)
        return {key: self.of(each) for key, each in node.items()}

    def _pointed(self, reference: str) -> Any:
        if reference not in self._done:
            found = self._document
            for step in reference.removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            self._done[reference] = self.of(found)
        return self._done[reference]
