"""Shapes of YAML values: the base class, validation and JSON Schemas.

A shape takes a node and yields every problem of its structure with its span. The same shape generates the
JSON Schema that editors complete from. Both give one verdict, and a test compares them by the `jsonschema`
library. That library does not check files itself, because importing it costs 62 ms of the 98 that `validate`
may take, and because its messages are not for people in operations.

Shapes are plain classes rather than dataclasses: ten of those would cost 4 ms of the same budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.problems import Problem, by_position
from ..yaml_nodes import Mapping, Node, Scalar, Sequence

Schema = dict[str, Any]
SCHEMA_DRAFT = "https://json-schema.org/draft/2020-12/schema"


class Shape:
    """The structure allowed for one value.

    Attributes:
        types: JSON's names of the kinds of value that it takes.
        what: The expected value as a message names it: "a list".
    """

    __slots__ = ()
    types: tuple[str, ...]
    what: str

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield every problem of `node`; none if it fits."""
        raise NotImplementedError

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the JSON Schema. Shapes with a name are put into `definitions`."""
        raise NotImplementedError

    def advice(self, node: Node) -> str | None:
        """Return what to write instead of a `node` of the wrong kind."""
        raise NotImplementedError

    def mismatch(self, node: Node) -> Problem:
        """Return the problem that `node` is of the wrong kind."""
        message = f"expected {brief(self.what)}, found {describe_node(node)}"
        return Problem("wrong-type", message, node.span, self.advice(node))


def validate(node: Node, shape: Shape) -> list[Problem]:
    """Return every problem with the structure of `node`, in the order of the file."""
    return by_position(shape.problems(node))


def json_schema(shape: Shape) -> Schema:
    """Return the JSON Schema of `shape`: 2020-12, in keywords that draft 7 reads in the same way."""
    definitions: dict[str, Schema] = {}
    schema = {"$schema": SCHEMA_DRAFT, **shape.schema(definitions)}
    if definitions:
        schema["$defs"] = dict(sorted(definitions.items()))
    return schema


def kind(node: Node) -> str:
    """Return JSON's name for the kind of a value."""
    if isinstance(node, Mapping):
        return "object"
    if isinstance(node, Sequence):
        return "array"
    if node.value is None:
        return "null"
    if isinstance(node.value, bool):
        return "boolean"
    return "string" if isinstance(node.value, str) else "number"


def describe_node(node: Node) -> str:
    """Describe a value for a message: "the number 12", "a list"."""
    if isinstance(node, Mapping):
        return "a map"
    if isinstance(node, Sequence):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return f"`{node.text}`"
    return f"the {'text' if isinstance(node.value, str) else 'number'} {quoted(node)}"


def brief(what: str) -> str:
    """Return the description without its example."""
    return what.partition(", such as")[0]


def quoted(node: Scalar) -> str:
    """Return a scalar's text for a message, on one line and cut to a readable length."""
    text = " ".join(node.text.split())
    return f"`{text}`" if len(text) <= 40 else f"`{text[:39]}…`"
