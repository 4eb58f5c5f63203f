"""Row of a function: its signature, its implementation on rows and on columns, and its properties.

The implementations receive a context, so that rows depend on neither the interpreter nor the compiler.
Implementations on columns import Polars when called, so that workspaces are checked without it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from ..expressions import Call, ConstantValue, Expression, Type
from .over_time import DriftFunction, only_still

if TYPE_CHECKING:
    import polars as pl

    from ..states_read import Reference

Parameter = Literal[
    "date",
    "text",
    "list",
    "item",
    "items",
    "number",
    "field",
    "number field",
    "literal",
    "decimals",
    "days",
    "interval",
    "amount",
    "account date",
    "condition",
    "daily condition",
    "value",
    "steps",
    "action",
]
"""Kinds of parameters.

`field` is a field's name alone, `literal` a literal number, `decimals` a literal whole number from 0 to 6,
`days` a literal duration in days or weeks, `interval` a literal duration in any unit, `amount` a number or a duration,
`item` a literal text, `items` one or more of them, `account date` a date field or `opened_on`,
`daily condition` a condition on the fields of one day,
`value` anything of the same type as the call's other values, `steps` one or more playbooks or steps in quotes,
`action` an action in quotes.
"""

Range = tuple[float, float]
"""The least and the greatest value: of a date in days from year 1, of a duration in days; infinite without a limit."""

FIRST_DATE = dt.date(1900, 1, 1)
LAST_DATE = dt.date(2200, 12, 31)
"""First and last date that data and playbooks may contain."""

DATA_RANGE: Range = (FIRST_DATE.toordinal(), LAST_DATE.toordinal())
"""The range of dates in data."""

UNLIMITED: Range = (-math.inf, math.inf)
"""The range of a number about which nothing is known."""


class RowCall(Protocol):
    """A function call on one account's row."""

    @property
    def call(self) -> Call:
        """Return the call."""
        ...

    def argument(self, index: int = 0) -> ConstantValue | None:
        """Return the value of an argument; None is missing."""
        ...

    def is_unreadable(self, index: int) -> bool:
        """Return whether an argument reads a field whose value is bad or doubted."""
        ...

    def name(self, name: str) -> ConstantValue | None:
        """Return the value of a built-in name, such as `today`."""
        ...

    def earlier(self) -> ConstantValue | None:
        """Return the earlier value that the call reads."""
        ...

    def known_on(self) -> ConstantValue | None:
        """Return the date that the earlier value is of; None where the row does not say."""
        ...

    def value(self, expression: Expression) -> ConstantValue | None:
        """Return the value of any expression on this row."""
        ...

    def cell(self, column: str) -> ConstantValue | None:
        """Return a cell of the row."""
        ...


class ColumnCall(Protocol):
    """A function call on all rows at once."""

    @property
    def call(self) -> Call:
        """Return the call."""
        ...

    @property
    def today(self) -> pl.Expr:
        """Return the column of the evaluated date."""
        ...

    def argument(self, index: int = 0) -> pl.Expr:
        """Return an argument's column."""
        ...

    def arguments(self) -> list[pl.Expr]:
        """Return the columns of all arguments."""
        ...

    def value(self, expression: Expression) -> pl.Expr:
        """Return the column of any expression."""
        ...

    def unreadable(self, index: int) -> pl.Expr:
        """Return whether an argument reads a field whose value is bad or doubted; never null."""
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
        """Return whether the account is in the state, or enrolled in the playbook; never null."""
        ...


class NoteCall(RowCall, Protocol):
    """A function call on one account's row, with the texts that explanations need."""

    def text(self, expression: Expression) -> str:
        """Return the canonical text of an expression."""
        ...

    def value_text(self, value: ConstantValue | None, type: Type) -> str:
        """Return a value as `explain` prints it."""
        ...

    def earlier_text(self) -> str:
        """Return the earlier value with its date, such as `health_score was 80 on 2026-03-02`."""
        ...

    def unknown(self, expression: Expression) -> str:
        """Return the names of the missing values, as a sentence."""
        ...


RowFunction = Callable[[RowCall], ConstantValue | None]
"""Implementation of a function on one account's row; None is missing, or an unknown condition."""
ColumnFunction = Callable[[ColumnCall], "pl.Expr"]
"""Implementation of a function on all rows; null where the one on rows returns None."""
NextStep = Callable[[RowCall], int | None]
"""The days until a result jumps, or gets known or missing, while all values of the account stay; None is never."""

Unknown = Literal["argument", "unsettled", "chosen"]
"""When the result of a function is unknown: see `Function.unknown`."""
Size = Literal["result", "arguments", "change"]
"""The numbers that decide the rounding error of a result: see `Function.size`."""


def hull(ranges: Sequence[Range]) -> Range:
    """Return the smallest range that contains all ranges."""
    return min(first for first, _ in ranges), max(last for _, last in ranges)


def first_range(ranges: Sequence[Range]) -> Range:
    """Return the range of the first argument."""
    return ranges[0]


def fixed_range(least: float, most: float = math.inf) -> Callable[[Sequence[Range]], Range]:
    """Return a function that gives one range, whatever the arguments."""
    return lambda _: (least, most)


def difference_range(least: float, most: float) -> Range:
    """Return the range of the difference of two values of one range."""
    return least - most, most - least


@dataclass(frozen=True, slots=True)
class Function:
    """A function of conditions.

    Attributes:
        name: The name in conditions.
        parameters: The kinds of its parameters; empty for any number of values of one type.
        gives: The type of its result; None is the type of its arguments.
        usage: An example call for the documentation.
        about: The meaning, in a sentence.
        row: The implementation on one account's row.
        columns: The implementation on all rows.
        reads: The built-in names that it reads, apart from its arguments.
        looks_back: The last known value that it reads: as of the playbook's last evaluation, of some days ago, or
            of the `date` that is its first argument; or all values since some days ago, as one.
        reads_now: True if it reads the present value of its field, not only the earlier one.
        reads_states: True if it reads the account's states in other playbooks.
        reads_actions: True if it reads what became of an action of the account.
        unknown: When the result is unknown: where an `argument` is missing; where the known arguments leave it
            `unsettled`; or where the condition, or the value that it has `chosen`, is missing.
        ordered: True if its values must be numbers, dates or durations.
        counts_days: True if its result is a number of days.
        whole: True if its result is a whole number.
        drift: Computes how far its result moves as time passes, from how far its arguments do.
        next_step: When its result jumps as time passes; needed for what reads `today` or `snapshot_date` and does not
            drift. Of a function that reads neither, it is where an argument drifts.
        picks: Returns the argument that is the result on a row, None where none is; for functions whose result is one
            of their arguments.
        can_fail: True if the result can be missing although all that it reads is known.
        fails_for: The name that is reported as missing in that case; None is the text of the call.
        range: Computes the range of its date, duration or number from the ranges of the arguments; None is that of
            dates in data, and no limit for a number.
        copies: How many times its columns repeat its arguments.
        size: The numbers that decide the rounding error of its number: its `result` alone, its `arguments` where it
            picks or transforms one, or the two values of which it is the `change`.
        expand: Returns the same condition without the function, for proofs.
        note: Returns the note of `explain`; None notes the value.
        by_place: True if it goes by the workspace's calendar: the type checker adds that, and the account's country
            and region as the last arguments.
        optional: How many of the last parameters may be left out.
        infix: True if it is a test that is written between its arguments, as in `csm contains 'Ann'`.
    """

    name: str
    parameters: tuple[Parameter, ...]
    gives: Type | None
    usage: str
    about: str
    row: RowFunction
    columns: ColumnFunction
    reads: frozenset[str] = frozenset()
    looks_back: Literal["previous", "days", "date", "window"] | None = None
    reads_now: bool = True
    reads_states: bool = False
    reads_actions: bool = False
    unknown: Unknown = "argument"
    ordered: bool = False
    counts_days: bool = False
    whole: bool = False
    drift: DriftFunction = only_still
    next_step: NextStep | None = None
    picks: Callable[[RowCall], Expression | None] | None = None
    can_fail: bool = False
    fails_for: str | None = None
    range: Callable[[Sequence[Range]], Range] | None = None
    copies: int = 1
    size: Size = "result"
    expand: Callable[[Call], Expression] | None = None
    note: Callable[[NoteCall], str] | None = None
    by_place: bool = False
    optional: int = 0
    infix: bool = False
