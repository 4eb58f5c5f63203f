"""Event functions: numbers, dates and values of an account's events, such as tickets, logins and payments.

They are computed once for all accounts, before evaluation. So a row has one meaning, in columns: the columns of one
table of events are aggregated by account, and both executors read the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from ..expressions import Type

if TYPE_CHECKING:
    import polars as pl

ColumnOf = Literal["none", "number", "optional"]
"""The column that a function takes: none, one of numbers, or perhaps one of any type."""


class EventColumns(NamedTuple):
    """The columns of a table of events that a function aggregates.

    Attributes:
        counts: True where the event counts: it is in the period and meets the condition; never null.
        date: Its date.
        value: Its value in the function's column, null where it is missing; of sums as an exact number. Without a
            column, the date.
        has_column: True if the function has a column.
    """

    counts: pl.Expr
    date: pl.Expr
    value: pl.Expr
    has_column: bool


@dataclass(frozen=True, slots=True)
class EventFunction:
    """A function of events.

    Attributes:
        name: The name in conditions.
        column: Which column it takes.
        gives: The type of its result; None is that of the column, or a date without one.
        usage: An example call for the documentation.
        about: The meaning, in a sentence.
        columns: Aggregates the events of an account.
        without: The result for an account without such events; None is missing.
    """

    name: str
    column: ColumnOf
    gives: Type | None
    usage: str
    about: str
    columns: Callable[[EventColumns], pl.Expr]
    without: float | None = None


def _sum(c: EventColumns) -> pl.Expr:
    import polars as pl

    return pl.when(c.counts).then(c.value).sum()


def _at_end(c: EventColumns, last: bool) -> pl.Expr:
    """Return the value at the last or first date that has one; of several on that date, the greatest or least."""
    import polars as pl

    known = c.counts & c.value.is_not_null() if c.has_column else c.counts
    dates = pl.when(known).then(c.date)
    end = dates.max() if last else dates.min()
    if not c.has_column:
        return end
    values = c.value.filter(dates == end)
    return values.max() if last else values.min()


EVENT_FUNCTIONS: dict[str, EventFunction] = {
    function.name: function
    for function in (
        EventFunction(
            "count",
            "none",
            "number",
            "count(tickets, 30 days)",
            "The number of the account's events; 0 without any.",
            lambda c: c.counts.sum(),
            0.0,
        ),
        EventFunction(
            "first",
            "optional",
            None,
            "first(tickets)",
            "The date of the account's first event, or the first known value of a column: `first(tickets.minutes)`.",
            lambda c: _at_end(c, last=False),
        ),
        EventFunction(
            "last",
            "optional",
            None,
            "last(tickets)",
            "The date of the account's last event, or the last known value of a column: `last(tickets.minutes)`.",
            lambda c: _at_end(c, last=True),
        ),
        EventFunction(
            "sum",
            "number",
            "number",
            "sum(tickets.minutes, 90 days)",
            "The sum of a column over the account's events; 0 without any.",
            _sum,
            0.0,
        ),
    )
}
"""Functions of events by name, in alphabetical order. A function of the same name in `FUNCTIONS` takes other values."""
