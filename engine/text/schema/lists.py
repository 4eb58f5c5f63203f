"""Shapes of lists, of values of one kind or another, and of recursive values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from ...core.problems import Problem, Span
from ..yaml_nodes import Mapping, Node, Scalar, Sequence
from .scalars import TextShape
from .shapes import Schema, Shape, kind

_JOINED = "(?:or|and|then|ou|et|puis|oder|und|dann) +"
_BETWEEN_ITEMS = re.compile(rf" *[,;|>] *(?:{_JOINED})?| +{_JOINED}")
"""Signs and words between items that are one text, in three languages."""


class ListOf(Shape):
    """A list of items of one shape; `unique` refuses the same item twice."""

    __slots__ = ("item", "least", "most", "unique", "what")
    types = ("array",)

    def __init__(
        self, item: Shape, what: str, least: int = 1, most: int | None = None, unique: bool = False
    ) -> None:
        self.item, self.what, self.least, self.most, self.unique = item, what, least, most, unique

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield problems of a wrong kind, a list too short or long, repeated items, and those of the items."""
        if not isinstance(node, Sequence):
            yield self.mismatch(node)
            return
        count = len(node.items)
        if not count and self.least:
            hint = f"write {self.what}, or leave the key out"
            yield Problem("empty-value", "the list is empty", node.span, hint)
        elif count < self.least or (self.most is not None and count > self.most):
            message = f"expected {self.what}, found a list of {count}"
            yield Problem("wrong-type", message, node.span)
        for item in node.items:
            yield from self.item.problems(item)
        if self.unique:
            yield from _repeated(node)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the schema of an array."""
        schema: Schema = {
            "type": "array",
            "items": self.item.schema(definitions),
            "errorMessage": f"write {self.what}",
        }
        if self.least:
            schema["minItems"] = self.least
        if self.most is not None:
            schema["maxItems"] = self.most
        return schema | ({"uniqueItems": True} if self.unique else {})

    def advice(self, node: Node) -> str | None:
        """Return how to write the single item in brackets, or with the dashes that are missing."""
        if isinstance(node, Mapping):
            return "begin each item with `- `"
        if isinstance(node, Scalar) and node.text and not any(self.item.problems(node)):
            return f"write it in brackets: [{node.text}]"
        return (self.listed(node) if isinstance(node, Scalar) else None) or f"write {self.what}"

    def listed(self, node: Scalar) -> str | None:
        """Return how to write a text that names several items, such as `csm or operations`; None for others."""
        if not isinstance(self.item, TextShape) or not self.item.pattern:
            return None
        parts = _BETWEEN_ITEMS.split(node.text)
        items = [Scalar(part, part, node.span) for part in parts]
        if len(parts) < 2 or any(problem for item in items for problem in self.item.problems(item)):
            return None
        return f"write [{', '.join(parts)}]"


def _repeated(node: Sequence) -> Iterator[Problem]:
    seen: dict[tuple[str, object], Span] = {}
    for item in node.items:
        if not isinstance(item, Scalar):
            continue
        same = (kind(item), item.value)
        if same in seen:
            message = f"`{item.text}` appears twice in this list"
            also = ((seen[same], "first written here"),)
            yield Problem("duplicate-item", message, item.span, "keep one of the two", also)
        seen.setdefault(same, item.span)


class Either(Shape):
    """One of several shapes, chosen by the kind of value alone: text or a list, for example.

    The schemas are merged into one object without `anyOf`, since a keyword for lists does not apply to texts; so
    editors report exact errors. The keywords of lists and maps are apart, under `allOf`: next to the key
    itself, editors would begin a list wherever one is allowed.
    """

    __slots__ = ("shapes", "types", "what")

    def __init__(self, *shapes: Shape, what: str = "") -> None:
        self.shapes = shapes
        self.types = tuple(name for shape in shapes for name in shape.types)
        self.what = what or " or ".join(shape.what for shape in shapes)
        if len(set(self.types)) < len(self.types):
            raise ValueError("the kinds of value must differ")

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield the problem of a value of none of the kinds, or those by the shape of its kind."""
        value_kind = kind(node)
        for shape in self.shapes:
            if value_kind in shape.types:
                listed = self._listed(node)
                yield from (
                    replace(each, hint=listed or each.hint) for each in shape.problems(node)
                )
                return
        yield self.mismatch(node)

    def _listed(self, node: Node) -> str | None:
        """Return how to write several items that are one text, such as `csm or operations`; None for others."""
        lists = [shape for shape in self.shapes if isinstance(shape, ListOf)]
        if not lists or not isinstance(node, Scalar) or not isinstance(node.value, str):
            return None
        return lists[0].listed(node)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the union of the shapes' keywords."""
        merged: Schema = {"type": [], "errorMessage": f"write {self.what}"}
        apart: list[Schema] = []
        for shape in self.shapes:
            schema = shape.schema(definitions)
            merged["type"] += schema.pop("type") if len(shape.types) > 1 else [schema.pop("type")]
            if "enum" in schema:
                raise ValueError("`enum` of one shape would bind the others")
            schema.pop("errorMessage", None)
            if {"array", "object"} & set(shape.types):
                # Editors would offer an item's example as a list of that one item.
                schema.get("items", {}).pop("examples", None)
                apart.append(schema)
            else:
                if "allOf" in schema:
                    raise ValueError("`allOf` of one shape would bind the others")
                merged |= schema
        return merged | ({"allOf": apart} if apart else {})

    def advice(self, node: Node) -> str | None:
        """Return the advice of the first shape."""
        return self.shapes[0].advice(node)


class Named(Shape):
    """A shape that is written once, under a name, and may contain itself. `get` returns it when it is needed."""

    __slots__ = ("get", "name", "types", "what")

    def __init__(
        self, name: str, types: tuple[str, ...], what: str, get: Callable[[], Shape]
    ) -> None:
        self.name, self.types, self.what, self.get = name, types, what, get

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield the problems of the shape."""
        return self.get().problems(node)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return a reference to the definition."""
        if self.name not in definitions:
            definitions[self.name] = {}
            definitions[self.name] = self.get().schema(definitions)
        return {"$ref": f"#/$defs/{self.name}"}

    def advice(self, node: Node) -> str | None:
        """Return the advice of the shape."""
        return self.get().advice(node)
