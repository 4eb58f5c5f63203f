"""What was written, before anything is known of names and types.

Both spellings read to these nodes; `check` turns them into the typed tree. They are named tuples because a
dataclass takes five times as long to define, and every start of the program waits for that.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..text.problem import Span
from .tree import Type, Value


class Known(NamedTuple):
    """A number, text, boolean or date as written."""

    value: Value
    type: Type
    place: Span


class Length(NamedTuple):
    """A count with a unit of time."""

    number: float
    unit: str
    place: Span


class Word(NamedTuple):
    """A name: of a field, of `NAMES`, or from `define:`."""

    name: str
    place: Span


class Apply(NamedTuple):
    """A function's name with its arguments."""

    function: str
    function_place: Span
    arguments: tuple[Written, ...]
    place: Span


class Negative(NamedTuple):
    """A minus before a value."""

    operand: Written
    place: Span


class Binary(NamedTuple):
    """Arithmetic."""

    operator: Literal["+", "-", "*", "/"]
    left: Written
    right: Written
    place: Span


class Link(NamedTuple):
    """One further comparison of a chain: the sign, where it stands, and what follows it."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    operator_place: Span
    right: Written


class Chain(NamedTuple):
    """One or more comparisons in a row."""

    first: Written
    links: tuple[Link, ...]
    place: Span


class Member(NamedTuple):
    """`in` or `not in` a list."""

    item: Written
    options: tuple[Written, ...]
    negated: bool
    place: Span


class Missing(NamedTuple):
    """`is missing` or `is not missing`."""

    operand: Written
    negated: bool
    place: Span


class Negation(NamedTuple):
    """`not`."""

    operand: Written
    place: Span


class Junction(NamedTuple):
    """`and` or `or` of two or more."""

    word: Literal["and", "or"]
    operands: tuple[Written, ...]
    place: Span


Written = (
    Known
    | Length
    | Word
    | Apply
    | Negative
    | Binary
    | Chain
    | Member
    | Missing
    | Negation
    | Junction
)
