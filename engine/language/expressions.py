"""Expressions: the typed tree of a condition or value, of immutable nodes with their types and spans.

The type checker builds it; the interpreter, the compiler to columns and `explain` read it.
Chained comparisons and `between` become an `And` of two `Compare`; `is not missing` becomes a `Not` of `IsMissing`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar, dataclass_transform

from ..calendar.working_days import Calendar
from ..core.offsets import Offset
from ..core.problems import Span

_Made = TypeVar("_Made")
_Node = TypeVar("_Node")

Type = Literal["number", "text", "date", "boolean", "duration", "list"]
"""Types of values. A list holds texts, and is one text in rows and columns: see `core.list_texts`.

Computed durations are whole days; literal durations may be months or years.
"""

ConstantValue = float | int | str | bool | dt.date
"""The value of one cell; None is missing."""

Row = Mapping[str, ConstantValue | None]
"""The values of one account by column: a field's name, `field@previous`, `field@30` (days ago), `@today` and others.

`field@previous@on` is the date that an earlier value is of; only explanations need it.
The value of a function of events is under `@` and its text, such as `@count(tickets, 30 days)`.
"""

Operator = Literal["==", "!=", "<", "<=", ">", ">="]

OPPOSITES: dict[Operator, Operator] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
}
"""By operator, the one that is true of known values where it is false."""

BUILTIN_NAMES: dict[str, Type] = {
    "today": "date",
    "snapshot_date": "date",
    "anchor": "date",
    "opened_on": "date",
    "entered_on": "date",
    "opened_by": "text",
    "year": "number",
}
"""Names that are not fields, with their types. `today` and `snapshot_date` always exist, the others in enrolments."""


class _OnRow:
    """A node's meaning on one account's row, which the interpreter makes once and puts here.

    `causes_on_row` says why it is unknown; see `unknown_causes`. `days_on_row` and `same_on_row` say how long the value
    stays; see `next_change`.
    """

    __slots__ = ("causes_on_row", "days_on_row", "on_row", "same_on_row")
    causes_on_row: Callable[[Row], frozenset[str]]
    on_row: Callable[[Row], ConstantValue | None]
    days_on_row: Callable[[Row], int] | None
    same_on_row: Callable[[Row], int] | None


def made_once(e: Expression, slot: str, make: Callable[[Expression], _Made]) -> _Made:
    """Return what is made of a node: once, and then it stays with the node in a slot of `_OnRow`."""
    try:
        found: _Made = getattr(e, slot)
    except AttributeError:
        found = make(e)
        object.__setattr__(e, slot, found)
    return found


@dataclass_transform(frozen_default=True)
def _node(cls: type[_Node]) -> type[_Node]:
    """Make a frozen, slotted dataclass without a `repr`, which would double the time of every start of the program."""
    return dataclass(frozen=True, slots=True, repr=False)(cls)


@_node
class Constant(_OnRow):
    """A literal number, text, boolean or date."""

    value: ConstantValue
    type: Type
    span: Span


@_node
class Duration(_OnRow):
    """A literal duration, such as `90 days` or `1 year`. The type checker rejects business days."""

    offset: Offset
    span: Span
    type: Type = "duration"


@_node
class Field(_OnRow):
    """A field of the account, defined in the catalogue."""

    name: str
    type: Type
    span: Span


@_node
class Name(_OnRow):
    """A name in `BUILTIN_NAMES`; its column is `@` and the name."""

    name: str
    type: Type
    span: Span


@_node
class Call(_OnRow):
    """A call of one of the documented functions; `calendar` has the working days of those that count them."""

    function: str
    arguments: tuple[Expression, ...]
    type: Type
    span: Span
    calendar: Calendar | None = field(default=None, hash=False)


@_node
class EventCall(_OnRow):
    """A function of the account's events, such as `count(tickets, 30 days)`; it has no parts.

    Its value is computed for all accounts before evaluation. `where` is about the table's columns, not about fields.
    """

    function: str
    table: str
    column: str | None
    where: Expression | None
    period: Duration | None
    type: Type
    span: Span


@_node
class Arithmetic(_OnRow):
    """An arithmetic operation: `+ - * /`. Divisions by zero and results that are not finite are missing."""

    operator: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression
    type: Type
    span: Span


@_node
class Compare(_OnRow):
    """A comparison of two values of one type: `== != < <= > >=`."""

    operator: Operator
    left: Expression
    right: Expression
    span: Span
    type: Type = "boolean"


@_node
class In(_OnRow):
    """A test of membership in a list of literals of the item's type."""

    item: Expression
    options: tuple[Constant, ...]
    span: Span
    type: Type = "boolean"


@_node
class IsMissing(_OnRow):
    """A test for a missing value, the only test that is never unknown."""

    operand: Expression
    span: Span
    type: Type = "boolean"


@_node
class Not(_OnRow):
    """Kleene's not of a condition."""

    operand: Expression
    span: Span
    type: Type = "boolean"


@_node
class And(_OnRow):
    """Kleene's and of conditions; without operands it is true."""

    operands: tuple[Expression, ...]
    span: Span
    type: Type = "boolean"


@_node
class Or(_OnRow):
    """Kleene's or of conditions; without operands it is false."""

    operands: tuple[Expression, ...]
    span: Span
    type: Type = "boolean"


@_node
class Alias(_OnRow):
    """A use of a name from the playbook's `define:`, with the expression that it means."""

    name: str
    expression: Expression
    span: Span

    @property
    def type(self) -> Type:
        """Return the type of the expression."""
        return self.expression.type


Expression = (
    Constant
    | Duration
    | Field
    | Name
    | Call
    | EventCall
    | Arithmetic
    | Compare
    | In
    | IsMissing
    | Not
    | And
    | Or
    | Alias
)
