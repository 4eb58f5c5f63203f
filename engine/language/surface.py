"""What was written, before anything is known of names and types.

Both spellings read to these nodes; `check` turns them into the typed tree. They are named tuples because a
dataclass takes five times as long to define, and every start of the program waits for that.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..core.offsets import Unit
from ..core.problems import Span
from .expressions import ConstantValue, Type


class LiteralNode(NamedTuple):
    """A number, text, boolean or date as written."""

    value: ConstantValue
    type: Type
    place: Span


class DurationLiteral(NamedTuple):
    """A count with a unit of time."""

    number: float
    unit: Unit
    place: Span


class Identifier(NamedTuple):
    """A name: of a field, of `NAMES`, or from `define:`."""

    name: str
    place: Span


class FunctionCall(NamedTuple):
    """A function's name with its arguments."""

    function: str
    function_place: Span
    arguments: tuple[SurfaceNode, ...]
    place: Span


class UnaryMinus(NamedTuple):
    """A minus before a value."""

    operand: SurfaceNode
    place: Span


class BinaryOp(NamedTuple):
    """Arithmetic."""

    operator: Literal["+", "-", "*", "/"]
    left: SurfaceNode
    right: SurfaceNode
    place: Span


class ComparisonLink(NamedTuple):
    """One further comparison of a chain: the sign, where it stands, and what follows it."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    operator_place: Span
    right: SurfaceNode


class ComparisonChain(NamedTuple):
    """One or more comparisons in a row."""

    first: SurfaceNode
    links: tuple[ComparisonLink, ...]
    place: Span


class InTest(NamedTuple):
    """`in` or `not in` a list."""

    item: SurfaceNode
    options: tuple[SurfaceNode, ...]
    negated: bool
    place: Span


class MissingTest(NamedTuple):
    """`is missing` or `is not missing`."""

    operand: SurfaceNode
    negated: bool
    place: Span


class NotOp(NamedTuple):
    """`not`."""

    operand: SurfaceNode
    place: Span


class BoolOp(NamedTuple):
    """`and` or `or` of two or more."""

    word: Literal["and", "or"]
    operands: tuple[SurfaceNode, ...]
    place: Span


SurfaceNode = (
    LiteralNode
    | DurationLiteral
    | Identifier
    | FunctionCall
    | UnaryMinus
    | BinaryOp
    | ComparisonChain
    | InTest
    | MissingTest
    | NotOp
    | BoolOp
)
