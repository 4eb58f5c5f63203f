"""What a row about a function holds: its signature, its meaning in both executors, and what is known beforehand.

The meanings take a context instead of importing an executor, so that a row depends on neither. Meanings in columns
import Polars when they are called: loading and checking a workspace does without it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from ..expressions import Call, ConstantValue, Expression, Type

if TYPE_CHECKING:
    import polars as pl

    from ..states_read import Reference

Parameter = Literal[
    "date",
    "text",
    "number",
    "field",
    "number field",
    "literal",
    "days",
    "amount",
    "condition",
    "value",
    "steps",
]
"""`field` is a bare field, `literal` a number written out, `days` a duration in days or weeks,
`amount` a number or a duration, `value` anything, of the same type as the call's other values,
`steps` one or more playbooks or steps in quotes."""

DateRange = tuple[int, int]
"""The first and the last day, counted from year 1, or the fewest and the most days."""

FIRST_DATE = dt.date(1900, 1, 1)
LAST_DATE = dt.date(2200, 12, 31)
"""The dates that data and playbooks may hold."""

DATA_RANGE: DateRange = (FIRST_DATE.toordinal(), LAST_DATE.toordinal())


class RowCall(Protocol):
    """A call on one account's row."""

    @property
    def call(self) -> Call:
        """The call itself."""
        ...

    def argument(self, place: int = 0) -> ConstantValue | None:
        """Return the value of an argument; None is missing."""
        ...

    def name(self, name: str) -> ConstantValue | None:
        """Return the value of `today`, `snapshot_date` and the like."""
        ...

    def earlier(self) -> ConstantValue | None:
        """Return the earlier value that the call reads."""
        ...

    def value(self, expression: Expression) -> ConstantValue | None:
        """Return the value of any expression on this row."""
        ...

    def cell(self, column: str) -> ConstantValue | None:
        """Return a cell of the row."""
        ...


class ColumnCall(Protocol):
    """A call on all rows at once."""

    @property
    def call(self) -> Call:
        """The call itself."""
        ...

    @property
    def today(self) -> pl.Expr:
        """The column of the date evaluated."""
        ...

    def argument(self, place: int = 0) -> pl.Expr:
        """Return an argument's column."""
        ...

    def arguments(self) -> list[pl.Expr]:
        """Return the columns of all arguments."""
        ...

    def days(self, date: pl.Expr) -> pl.Expr:
        """Return a date as days since 1970, on which arithmetic is several times faster."""
        ...

    def number(self, expression: pl.Expr) -> pl.Expr:
        """Return a column as numbers."""
        ...

    def earlier(self) -> pl.Expr:
        """Return the column of the earlier value that the call reads."""
        ...

    def finite(self, number: pl.Expr) -> pl.Expr:
        """Return a number with null in place of infinity and NaN."""
        ...

    def any(self, parts: Sequence[pl.Expr]) -> pl.Expr:
        """Return Kleene's or of the parts."""
        ...

    def in_state(self, reference: Reference) -> pl.Expr:
        """Return whether the account is in that state or playbook; never null."""
        ...


class NoteCall(RowCall, Protocol):
    """A call on one account's row that is to be explained in words."""

    def text(self, expression: Expression) -> str:
        """Return an expression as it is written."""
        ...

    def shown(self, value: ConstantValue | None, type: Type) -> str:
        """Return a value as `explain` prints it."""
        ...

    def unknown(self, expression: Expression) -> str:
        """Return which fields are missing, in words."""
        ...


RowMeaning = Callable[[RowCall], ConstantValue | None]
ColumnMeaning = Callable[[ColumnCall], "pl.Expr"]
Unknown = Literal["argument", "unsettled", "chosen"]


def data_range(ranges: Sequence[DateRange]) -> DateRange:
    """Return the range of dates that data may hold, whatever the arguments."""
    del ranges
    return DATA_RANGE


def hull(ranges: Sequence[DateRange]) -> DateRange:
    """Return the range that covers all ranges."""
    return min(first for first, _ in ranges), max(last for _, last in ranges)


@dataclass(frozen=True, slots=True)
class Function:
    """One function of conditions.

    Attributes:
        name: How it is called.
        parameters: What it takes; empty where it takes any number of values of one type.
        gives: The type of its result; None means the type of its arguments.
        usage: A call as the help shows it.
        about: Its meaning in a sentence.
        row: Its value for one account; None is missing, or an unknown condition.
        columns: The same for all accounts; null where `row` gives None.
        reads: The names it reads besides its arguments: `today`, `snapshot_date`.
        looks_back: How it finds an earlier value: at the playbook's previous due date, or some days ago.
        reads_now: Whether it reads the present value of its field, not only the earlier one.
        reads_states: Whether it reads the account's states in other playbooks.
        unknown: When it is unknown: an `argument` is missing; the known arguments leave the result `unsettled`;
            or the condition, or the value it has `chosen`, is missing.
        ordered: Whether its values must be numbers, dates or durations.
        counts_days: Whether its number is a count of days.
        can_fail: Whether it may be missing though all that it reads is known.
        fails_for: What is then named as missing; None is the call's own text.
        date_range: The range of a date or duration it gives, from the ranges of its arguments.
        copies: How many times its columns repeat its arguments.
        expand: The same condition without the function, for proofs.
        note: What `explain` says of it; None says its value.
    """

    name: str
    parameters: tuple[Parameter, ...]
    gives: Type | None
    usage: str
    about: str
    row: RowMeaning
    columns: ColumnMeaning
    reads: frozenset[str] = frozenset()
    looks_back: Literal["previous", "days"] | None = None
    reads_now: bool = True
    reads_states: bool = False
    unknown: Unknown = "argument"
    ordered: bool = False
    counts_days: bool = False
    can_fail: bool = False
    fails_for: str | None = None
    date_range: Callable[[Sequence[DateRange]], DateRange] = data_range
    copies: int = 1
    expand: Callable[[Call], Expression] | None = None
    note: Callable[[NoteCall], str] | None = None
