"""Shapes of scalars: text, ids, numbers, booleans, words to choose from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...core.problems import Problem
from ..suggest import suggest
from ..written_values import (
    boolean_of,
    describe_odd_signs,
    fold,
    number_hint,
    number_readings,
    without_curly_quotes,
)
from ..yaml_nodes import Node, Scalar, Sequence
from .shapes import Schema, Shape, kind, quoted

SHORT_LIST = 18
"""At most this many words are listed in a message; more would be unreadable."""


def join_words(words: Iterable[str], word: str = "and") -> str:
    """Join words for a message: `a`, `b` and `c`."""
    marked = [f"`{each}`" for each in words]
    return marked[0] if len(marked) == 1 else f"{', '.join(marked[:-1])} {word} {marked[-1]}"


class TextShape(Shape):
    """Text that is not empty, unless it may be; with a `pattern`, text that matches all of it.

    `form` describes the pattern: "a length of time, such as `90 days`". `example` is a text that fits.
    """

    __slots__ = ("code", "compiled", "example", "form", "may_be_empty", "pattern", "what")
    types = ("string",)

    def __init__(
        self,
        pattern: str = "",
        form: str = "text",
        example: str = "",
        code: str = "bad-text",
        may_be_empty: bool = False,
    ) -> None:
        self.may_be_empty = may_be_empty
        self.pattern, self.form, self.example, self.code = pattern, form, example, code
        # The first words name it; the rest explains.
        self.what = form.partition(",")[0]
        # Compiled when first needed: a file uses few of a language's patterns.
        self.compiled: re.Pattern[str] | None = None

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield problems of a wrong kind, an empty text, or another form."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            yield self.mismatch(node)
        elif not node.value:
            if self.may_be_empty:
                return
            hint = f"write {self.form}" if self.pattern else "write something, or leave the key out"
            yield Problem("empty-value", "the text is empty", node.span, hint)
        elif self.pattern and not self.matches(node.value):
            message = f"{quoted(node)} is not {self.what}"
            yield Problem(self.code, message, node.span, self._repair(node.value))

    def matches(self, text: str) -> bool:
        """Return whether all of `text` has the form."""
        if self.compiled is None:
            self.compiled = re.compile(self.pattern, re.ASCII)
        return self.compiled.fullmatch(text) is not None

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the schema of a string."""
        del definitions
        expected = self.form if self.form != "text" else "text; a number in quotes is text"
        schema: Schema = {"type": "string", "errorMessage": f"write {expected}"}
        if not self.may_be_empty:
            schema["minLength"] = 1
        if self.pattern:
            schema["pattern"] = f"^(?:{self.pattern})$"
            schema["patternErrorMessage"] = f"write {self.form}"
        if self.example:
            schema["examples"] = [self.example]
        return schema

    def advice(self, node: Node) -> str | None:
        """Return the form, or the quotes that make a text of a number."""
        if self.form != "text":
            return f"write {self.form}"
        if isinstance(node, Scalar) and node.text:
            return f'if it is meant as text, put it in quotes: "{node.text}"'
        if isinstance(node, Sequence):
            return "write one text; remove the `-` or the brackets"
        if isinstance(node, Scalar):
            return "write text; what begins with `#` needs quotes, or is a comment"
        return None

    def _repair(self, text: str) -> str:
        if self.code == "bad-id":
            words = re.sub(r"[^a-z0-9]+", "_", fold(text.strip().lower())).strip("_")
            if words and self.matches(words):
                return f"write `{words}`"
        elif self.matches(text.strip()):
            return f"write `{text.strip()}`, without spaces or lines around it"
        elif (bare := without_curly_quotes(text)) and self.matches(bare):
            return f"write `{bare}`: curly quotes are letters like any others in YAML"
        elif (meant := self.meant(text)) is not None and self.matches(meant):
            odd = describe_odd_signs(text)
            return f"write `{meant}`" + (
                f": there is {odd} in it, which only looks plain" if odd else ""
            )
        return f"write {self.form}"

    def meant(self, text: str) -> str | None:
        """Return the right spelling of another common way of writing it; None if the meaning is unknown."""
        del text
        return None


ID = TextShape(
    "[a-z][a-z0-9_]*",
    "an id, small letters, digits and underscores beginning with a letter, such as `first_call`",
    code="bad-id",
)


class SecretShape(TextShape):
    """Text that names where a secret is, and is not the secret."""

    __slots__ = ()

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield a problem of a secret that is written out, without its line: logs have more readers than the file."""
        if not isinstance(node, Scalar) or node.value in (None, ""):
            yield from super().problems(node)
        elif not self.matches(str(node.value)):
            message = (
                f"{file_and_line(node)}: a secret is written here, which all who read the file see"
            )
            yield Problem("plain-secret", message, None, f"write {self.form}")


def file_and_line(node: Node) -> str:
    """Return the file and line of a text that is not to be shown."""
    return f"{Path(node.span.file).name}, line {node.span.line}"


class NumberShape(Shape):
    """A number within limits, both allowed; `whole` allows no fraction."""

    __slots__ = ("maximum", "minimum", "what", "whole")
    types = ("number",)

    def __init__(
        self, minimum: float | None = None, maximum: float | None = None, whole: bool = False
    ) -> None:
        self.minimum, self.maximum, self.whole = minimum, maximum, whole
        self.what = "a whole number" if whole else "a number"

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield problems of a wrong kind, of a fraction, or of a number outside the limits."""
        if not isinstance(node, Scalar) or kind(node) != "number":
            yield self.mismatch(node)
            return
        value = node.value
        if not isinstance(value, int | float):
            raise TypeError(f"{value!r} is not a number")
        if len(number_readings(node.text)) > 1:
            message = f"{quoted(node)} can be two numbers"
            yield Problem("bad-number", message, node.span, number_hint(node.text))
            return
        low = self.minimum is not None and value < self.minimum
        high = self.maximum is not None and value > self.maximum
        if self.whole and value != int(value):
            yield self.mismatch(node)
        elif low or high:
            word, limit = ("least", self.minimum) if low else ("most", self.maximum)
            message = f"{quoted(node)} is out of range: it must be at {word} {limit:g}"
            yield Problem("bad-number", message, node.span)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the schema of a number or integer."""
        del definitions
        limits = {"minimum": self.minimum, "maximum": self.maximum}
        schema: Schema = {
            "type": "integer" if self.whole else "number",
            "errorMessage": f"write {self.what}",
        }
        return schema | {name: limit for name, limit in limits.items() if limit is not None}

    def advice(self, node: Node) -> str | None:
        """Return the digits alone."""
        if not isinstance(node, Scalar):
            return None
        readings = number_readings(node.text.strip().removesuffix("%"))
        if len(readings) == 1:
            return f"write the digits alone, without quotes: {readings[0]}"
        return number_hint(node.text)


class BooleanShape(Shape):
    """`true` or `false`."""

    __slots__ = ()
    types = ("boolean",)
    what = "`true` or `false`"

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield the problem of a wrong kind."""
        if kind(node) != "boolean":
            yield self.mismatch(node)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the schema of a boolean."""
        del definitions
        return {"type": "boolean", "errorMessage": f"write {self.what}"}

    def advice(self, node: Node) -> str | None:
        """Return `true` for `yes` and its like, `false` for `no`."""
        meant = boolean_of(node.text) if isinstance(node, Scalar) else None
        return f"write {self.what}" if meant is None else f"write `{str(meant).lower()}`"


class ChoiceShape(Shape):
    """One of a few words, each with its meaning."""

    __slots__ = ("meanings", "what")
    types = ("string",)

    def __init__(self, meanings: dict[str, str]) -> None:
        self.meanings = meanings
        self.what = join_words(meanings, "or")

    def problems(self, node: Node) -> Iterator[Problem]:
        """Yield the problem of a wrong kind, or of another word."""
        if not isinstance(node, Scalar) or not isinstance(node.value, str):
            yield self.mismatch(node)
        elif node.value not in self.meanings:
            message = f"expected {self.what}, found {quoted(node)}"
            near = suggest(node.value, self.meanings)
            hint = f"did you mean `{near}`?" if near else f"write {self.what}"
            yield Problem("unknown-word", message, node.span, hint)

    def schema(self, definitions: dict[str, Schema]) -> Schema:
        """Return the schema of an enumeration of strings."""
        del definitions
        return {
            "type": "string",
            "enum": list(self.meanings),
            "markdownEnumDescriptions": list(self.meanings.values()),
            "errorMessage": f"write {self.what}",
        }

    def advice(self, node: Node) -> str | None:
        """Return the words to choose from."""
        del node
        return f"write {self.what}"
