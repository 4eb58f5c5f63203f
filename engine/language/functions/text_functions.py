"""Text functions: tests of a part of a text, and lower case.

Texts are compared as written: accents and capitals count.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..expressions import Constant, ConstantValue
from .function_row import ColumnCall, Function, NoteCall, RowCall

if TYPE_CHECKING:
    import polars as pl


def _lower(c: RowCall) -> ConstantValue | None:
    value = c.argument()
    return None if value is None else str(value).lower()


def _test(matches: Callable[[str, str], bool]) -> Callable[[RowCall], bool | None]:
    """Return the implementation on rows of a test of a text for a part of it."""

    def row(c: RowCall) -> bool | None:
        text, part = c.argument(), c.argument(1)
        return None if text is None or part is None else matches(str(text), str(part))

    return row


def _contains_in_columns(c: ColumnCall) -> pl.Expr:
    return c.argument().str.contains(c.argument(1), literal=True)


def _test_note(c: NoteCall) -> str:
    """Return the text that was tested, and the part if it is not written out."""
    if c.value(c.call) is None:
        return c.unknown(c.call)
    operands = [each for each in c.call.arguments if not isinstance(each, Constant)]
    values = [f"{c.text(each)} is {c.value_text(c.value(each), 'text')}" for each in operands]
    return ", ".join(values)


TEXT_FUNCTIONS = (
    Function(
        "contains",
        ("text", "text"),
        "boolean",
        "csm contains 'Ann'",
        "Whether the part occurs in the text, with accents and capitals as written; "
        "use `lower(text)` to ignore capitals.",
        _test(lambda text, part: part in text),
        _contains_in_columns,
        infix=True,
        note=_test_note,
    ),
    Function(
        "ends_with",
        ("text", "text"),
        "boolean",
        "contact_email ends_with '.fr'",
        "Whether the text ends with the part, with accents and capitals as written.",
        _test(str.endswith),
        lambda c: c.argument().str.ends_with(c.argument(1)),
        infix=True,
        note=_test_note,
    ),
    Function(
        "lower",
        ("text",),
        "text",
        "lower(text)",
        "The text in lower case.",
        _lower,
        lambda c: c.argument().str.to_lowercase(),
    ),
    Function(
        "starts_with",
        ("text", "text"),
        "boolean",
        "plan starts_with 'Pro'",
        "Whether the text starts with the part, with accents and capitals as written.",
        _test(str.startswith),
        lambda c: c.argument().str.starts_with(c.argument(1)),
        infix=True,
        note=_test_note,
    ),
)
