"""The tree of a condition: immutable nodes, each with its type and its place in the file.

Both spellings parse to it, `explain` walks it, and the bulk path compiles it; nothing else reads conditions.
Chained comparisons and `between` are an `And` of two `Compare`; `is not missing` is a `Not` of `IsMissing`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeVar, dataclass_transform

from ..core.offsets import Offset
from ..core.problems import Span

_Node = TypeVar("_Node")

Type = Literal["number", "text", "date", "boolean", "duration"]
"""A duration is a whole number of days when computed; written ones may be months or years."""

ConstantValue = float | int | str | bool | dt.date
"""What one cell holds; None stands for missing."""

Operator = Literal["==", "!=", "<", "<=", ">", ">="]

BUILTIN_NAMES: dict[str, Type] = {
    "today": "date",
    "snapshot_date": "date",
    "anchor": "date",
    "opened_on": "date",
    "entered_on": "date",
    "opened_by": "text",
    "year": "number",
}
"""Names that are no field: `today` and `snapshot_date` are always known, the others belong to an enrolment."""


@dataclass_transform(frozen_default=True)
def _node(cls: type[_Node]) -> type[_Node]:
    """A frozen, slotted record without a `repr`, which would double the time that every start of the program waits."""
    return dataclass(frozen=True, slots=True, repr=False)(cls)


@_node
class Constant:
    """A number, text, boolean or date written out."""

    value: ConstantValue
    type: Type
    place: Span


@_node
class Duration:
    """`90 days`, `1 year`; its type is duration. Business days are refused by the checker."""

    offset: Offset
    place: Span
    type: Type = "duration"


@_node
class Field:
    """A field of the account, from the catalogue."""

    name: str
    type: Type
    place: Span


@_node
class Name:
    """One of `NAMES`; its column is `@` and the name."""

    name: str
    type: Type
    place: Span


@_node
class Call:
    """A documented function of its arguments."""

    function: str
    arguments: tuple[Expression, ...]
    type: Type
    place: Span


@_node
class Arithmetic:
    """`+ - * /`; a division by zero, or a result that is not finite, is missing."""

    operator: Literal["+", "-", "*", "/"]
    left: Expression
    right: Expression
    type: Type
    place: Span


@_node
class Compare:
    """`== != < <= > >=` between two values of one type."""

    operator: Operator
    left: Expression
    right: Expression
    place: Span
    type: Type = "boolean"


@_node
class In:
    """Membership in a list of literals of the item's type."""

    item: Expression
    options: tuple[Constant, ...]
    place: Span
    type: Type = "boolean"


@_node
class IsMissing:
    """The only test that is never "cannot tell"."""

    operand: Expression
    place: Span
    type: Type = "boolean"


@_node
class Not:
    """Kleene's not."""

    operand: Expression
    place: Span
    type: Type = "boolean"


@_node
class And:
    """Kleene's and; an empty one holds."""

    operands: tuple[Expression, ...]
    place: Span
    type: Type = "boolean"


@_node
class Or:
    """Kleene's or; an empty one does not hold."""

    operands: tuple[Expression, ...]
    place: Span
    type: Type = "boolean"


@_node
class Alias:
    """A use of a name from the playbook's `define:`; means what its expression means."""

    name: str
    expression: Expression
    place: Span

    @property
    def type(self) -> Type:
        """The type of what it stands for."""
        return self.expression.type


Expression = (
    Constant
    | Duration
    | Field
    | Name
    | Call
    | Arithmetic
    | Compare
    | In
    | IsMissing
    | Not
    | And
    | Or
    | Alias
)
