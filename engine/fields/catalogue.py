"""Records of the field catalogue: the fields of an account with type, unit, meaning and source column.

The standard catalogue ships with the engine (`standard_fields.py`). A workspace's `fields.yaml` maps and extends it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from ..core.file_formats import FileFormat
from ..core.ids import ACCOUNT_ID
from ..core.problems import Span
from ..language.expressions import ConstantValue, Expression, Type


class Case(NamedTuple):
    """A case of a derived field; the first case whose condition is true gives the value.

    A case without a condition is always true. Where the condition of an earlier case is unknown, the value is missing.
    """

    when: Expression | None
    then: ConstantValue


class Rank(NamedTuple):
    """A rank over the portfolio: the share of accounts that rank above this one, at least 0 and less than 1.

    Computed as (rank - 1) / n, with ties sharing the better rank, over the accounts for which `among` is true and `of`
    is known. So `< 0.10` is the top 10 %, ties included, rounded up. Larger numbers rank above smaller ones, and
    earlier dates above later ones.
    """

    of: str
    among: Expression | None


class NumberStyle(NamedTuple):
    """How an export writes numbers. By default they are plain, such as `-1234.5`."""

    decimal: str = "."
    """The sign before the decimal places: a point or a comma."""
    thousands: str = ""
    """The sign between groups of three digits: a space, point, comma or apostrophe; empty without one."""
    percent: bool = False
    """True for numbers per cent, with or without `%`: 85 is 0.85, or 85 in a field that counts in per cent."""
    currency: str = ""
    """A sign or code before or after the number, such as `€`; a number without it is good too."""


PLAIN_NUMBERS = NumberStyle()


class DayCount(NamedTuple):
    """How a number is a date: its unit in milliseconds, and the beginning of the day that it counts from.

    One that is an `instant` counts in UTC; any other counts days as a clock on the wall shows them.
    """

    unit: int
    since: dt.date = dt.date(1970, 1, 1)
    instant: bool = True


EPOCHS = {
    "unix seconds": DayCount(1_000),
    "unix milliseconds": DayCount(1),
    # Spreadsheets take 1900 for a leap year, so that days from March 1900 on count from this one.
    "excel days": DayCount(86_400_000, dt.date(1899, 12, 30), instant=False),
}
"""Formats of dates that are numbers."""

EITHER = " or "
"""Between formats of which a column's dates have one each, as in `%d/%m/%Y or %Y-%m-%d`; the first that fits counts."""


class FieldSpec(NamedTuple):
    """A field: its type, unit and meaning, its allowed values, and the source of its value."""

    name: str
    type: Type
    title: str = ""
    about: str = ""
    unit: str | None = None
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    default: ConstantValue | None = None
    column: str | None = None
    """The export's column; None means the column with the field's name."""
    translate: Mapping[str, str] = MappingProxyType({})
    """The catalogue's value by the export's spelling, applied before conversion."""
    format: str | None = None
    """A strftime format for dates that are not ISO 8601, or one of `EPOCHS`; or several, with `EITHER` between them."""
    numbers: NumberStyle = PLAIN_NUMBERS
    times: Decimal | None = None
    """The factor from the export's numbers to the field's, such as 12 from MRR to ARR; None means 1."""
    missing: tuple[str, ...] = ()
    """The export's words for no value, such as `n/a`."""
    essential: bool | None = None
    """True if a bad value leaves the account's row out; None where the workspace does not say."""
    derive: tuple[Case, ...] = ()
    rank: Rank | None = None
    span: Span | None = None


class EventTable(NamedTuple):
    """A table of events, such as tickets or logins: each row has an account and a date."""

    name: str
    account: FieldSpec
    """The account's id, and its column in the file or the query's result."""
    date: FieldSpec
    columns: Mapping[str, FieldSpec]
    """The other columns that conditions may use."""
    path: str | None = None
    query: str | None = None
    tables: Mapping[str, str] = MappingProxyType({})
    """The files that the query reads, by name."""
    file_format: FileFormat = FileFormat()
    span: Span | None = None

    def specs(self) -> dict[str, FieldSpec]:
        """Return every column by its name, account and date among them."""
        return {ACCOUNT_ID: self.account, EVENT_DATE: self.date, **self.columns}


EVENT_DATE = "@date"
"""The name of the date of an event among its columns."""


class Catalogue(NamedTuple):
    """A field catalogue: fields by name, and tables of events by name."""

    fields: dict[str, FieldSpec]
    events: Mapping[str, EventTable] = MappingProxyType({})
    ignored: frozenset[str] = frozenset()
    """The export's columns that fill no field by their name; a field may still be read from one that it names."""

    def event_types(self) -> dict[str, dict[str, tuple[Type, tuple[str, ...]]]]:
        """Return by table of events the type and the allowed values of each column, for the type checker."""
        return {
            name: {column: (spec.type, spec.values) for column, spec in table.columns.items()}
            for name, table in self.events.items()
        }

    def types(self) -> dict[str, Type]:
        """Return the type of every field by name."""
        return {name: spec.type for name, spec in self.fields.items()}

    def is_essential(self, name: str) -> bool:
        """Return whether a bad value of this column leaves an account out; also true if it is of no field."""
        if name.partition(".")[0] in self.events:
            return False
        return name == ACCOUNT_ID or name not in self.fields or self.fields[name].essential is True

    def without_essentials(self) -> Catalogue:
        """Return the catalogue for reading each account, whatever is bad in its row."""
        return self._replace(
            fields={name: spec._replace(essential=False) for name, spec in self.fields.items()}
        )
