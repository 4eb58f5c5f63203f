"""What was written, before anything is known of names and types.

Both spellings read to these nodes; `check` turns them into the typed tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..text.problem import Span
from .tree import Type, Value


@dataclass(frozen=True, slots=True)
class Known:
    """A number, text, boolean or date as written."""

    value: Value
    type: Type
    place: Span


@dataclass(frozen=True, slots=True)
class Length:
    """A count with a unit of time."""

    count: float
    unit: str
    place: Span


@dataclass(frozen=True, slots=True)
class Word:
    """A name: of a field, of `NAMES`, or from `define:`."""

    name: str
    place: Span


@dataclass(frozen=True, slots=True)
class Apply:
    """A function's name with its arguments."""

    function: str
    function_place: Span
    arguments: tuple[Written, ...]
    place: Span


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus before a value."""

    operand: Written
    place: Span


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic."""

    operator: Literal["+", "-", "*", "/"]
    left: Written
    right: Written
    place: Span


@dataclass(frozen=True, slots=True)
class Link:
    """One further comparison of a chain: the sign, where it stands, and what follows it."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    operator_place: Span
    right: Written


@dataclass(frozen=True, slots=True)
class Chain:
    """One or more comparisons in a row."""

    first: Written
    links: tuple[Link, ...]
    place: Span


@dataclass(frozen=True, slots=True)
class Member:
    """`in` or `not in` a list."""

    item: Written
    options: tuple[Written, ...]
    negated: bool
    place: Span


@dataclass(frozen=True, slots=True)
class Missing:
    """`is missing` or `is not missing`."""

    operand: Written
    negated: bool
    place: Span


@dataclass(frozen=True, slots=True)
class Negation:
    """`not`."""

    operand: Written
    place: Span


@dataclass(frozen=True, slots=True)
class Junction:
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
