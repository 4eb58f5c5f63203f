"""Shapes of lists, of places that take one kind of value or another, and of shapes that hold themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...core.problems import Problem, Span
from ..yaml_nodes import Mapping, Node, Scalar, Sequence
from .shapes import Schema, Shape, kind


class ListOf(Shape):
    """A list of things of one shape; `unique` refuses the same item twice."""

    __slots__ = ("item", "least", "most", "unique", "what")
    types = ("array",)

    def __init__(
        self, item: Shape, what: str, least: int = 1, most: int | None = None, unique: bool = False
    ) -> None:
        self.item, self.what, self.least, self.most, self.unique = item, what, least, most, unique

    def problems(self, node: Node) -> Iterator[Problem]:
        """Of the wrong kind, too short or long, an item twice; whatever is wrong with the items."""
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
        """An array."""
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
        """The lone item in brackets, or the dashes that are missing."""
        if isinstance(node, Mapping):
            return "begin each item with `- `"
        if isinstance(node, Scalar) and node.text and not any(self.item.problems(node)):
            return f"write it in brackets: [{node.text}]"
        return f"write {self.what}"


def _repeated(node: Sequence) -> Iterator[Problem]:
    seen: dict[tuple[str, object], Span] = {}
    for item in node.items:
        if not isinstance(item, Scalar):
            continue
        same = (kind(item), item.value)
        if same in seen:
            message = f"`{item.text}` stands twice in this list"
            also = ((seen[same], "first written here"),)
            yield Problem("duplicate-item", message, item.span, "keep one of the two", also)
        seen.setdefault(same, item.span)


class Either(Shape):
    """One of several shapes, told apart by the kind of value alone: text or a list, say.

    Their schemas are one object without `anyOf`, since a keyword for lists says nothing about texts; so
    editors complain exactly. What is said of lists and maps stands apart, under `allOf`: beside the key
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
        """Of none of the kinds; or what is wrong for the shape of its kind."""
        found = kind(node)
        for shape in self.shapes:
            if found in shape.types:
                yield from shape.problems(node)
                return
        yield self.mismatch(node)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """The union of the keywords."""
        merged: Schema = {"type": [], "errorMessage": f"write {self.what}"}
        apart: list[Schema] = []
        for shape in self.shapes:
            schema = shape.schema(definitions)
            merged["type"] += schema.pop("type") if len(shape.types) > 1 else [schema.pop("type")]
            if "enum" in schema:
                raise ValueError("`enum` of one shape would bind the others")
            schema.pop("errorMessage", None)
            if {"array", "object"} & set(shape.types):
                # An item's example would be offered as a list of that one item.
                schema.get("items", {}).pop("examples", None)
                apart.append(schema)
            else:
                if "allOf" in schema:
                    raise ValueError("`allOf` of one shape would bind the others")
                merged |= schema
        return merged | ({"allOf": apart} if apart else {})

    def advice(self, node: Node) -> str | None:
        """The advice of the first shape."""
        return self.shapes[0].advice(node)


class Named(Shape):
    """A shape that is written once, under a name, and may hold itself; `get` gives it when it is needed."""

    __slots__ = ("get", "name", "types", "what")

    def __init__(
        self, name: str, types: tuple[str, ...], what: str, get: Callable[[], Shape]
    ) -> None:
        self.name, self.types, self.what, self.get = name, types, what, get

    def problems(self, node: Node) -> Iterator[Problem]:
        """Those of the shape."""
        return self.get().problems(node)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """A reference."""
        if self.name not in definitions:
            definitions[self.name] = {}
            definitions[self.name] = self.get().schema(definitions)
        return {"$ref": f"#/$defs/{self.name}"}

    def advice(self, node: Node) -> str | None:
        """That of the shape."""
        return self.get().advice(node)
