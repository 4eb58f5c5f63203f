"""Surface nodes: the syntax tree of a condition before names and types are resolved.

Texts and YAML structures are both parsed to these nodes; the type checker turns them into expressions.
They are named tuples, because defining a dataclass takes five times as long, at every start of the program.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..core.offsets import Unit
from ..core.problems import Span
from .expressions import ConstantValue, Type


class LiteralNode(NamedTuple):
    """A number, text, boolean or date; `written` is a number's text in the file."""

    value: ConstantValue
    type: Type
    span: Span
    written: str = ""


class DurationLiteral(NamedTuple):
    """A count with a unit of time."""

    number: float
    unit: Unit
    span: Span


class Identifier(NamedTuple):
    """A name: a field, a name in `BUILTIN_NAMES`, or a name from `define:`."""

    name: str
    span: Span


class ColumnName(NamedTuple):
    """A column of a table of events, such as `tickets.minutes`."""

    table: str
    column: str
    table_span: Span
    dot_span: Span
    column_span: Span
    span: Span


class WhereClause(NamedTuple):
    """An argument with a condition: `tickets where priority == 'high'`."""

    subject: SurfaceNode
    condition: SurfaceNode
    where_span: Span
    span: Span


class FunctionCall(NamedTuple):
    """A function call."""

    function: str
    function_span: Span
    arguments: tuple[SurfaceNode, ...]
    span: Span


class UnaryMinus(NamedTuple):
    """A value with a minus before it."""

    operand: SurfaceNode
    span: Span


class BinaryOp(NamedTuple):
    """An arithmetic operation on two values."""

    operator: Literal["+", "-", "*", "/"]
    left: SurfaceNode
    right: SurfaceNode
    span: Span


class ComparisonLink(NamedTuple):
    """One comparison of a chain: the operator, its span, and the value to the right of it."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    operator_span: Span
    right: SurfaceNode


class ComparisonChain(NamedTuple):
    """One or more chained comparisons, such as `0 < score <= 50`."""

    first: SurfaceNode
    links: tuple[ComparisonLink, ...]
    span: Span


class InTest(NamedTuple):
    """A test of membership in a list: `in` or `not in`."""

    item: SurfaceNode
    options: tuple[SurfaceNode, ...]
    negated: bool
    span: Span


class MissingTest(NamedTuple):
    """A test for a missing value: `is missing` or `is not missing`."""

    operand: SurfaceNode
    negated: bool
    span: Span


class NotOp(NamedTuple):
    """A negation: `not`."""

    operand: SurfaceNode
    span: Span


class BoolOp(NamedTuple):
    """A combination of two or more conditions by `and` or `or`."""

    word: Literal["and", "or"]
    operands: tuple[SurfaceNode, ...]
    span: Span


SurfaceNode = (
    LiteralNode
    | DurationLiteral
    | Identifier
    | ColumnName
    | WhereClause
    | FunctionCall
    | UnaryMinus
    | BinaryOp
    | ComparisonChain
    | InTest
    | MissingTest
    | NotOp
    | BoolOp
)
