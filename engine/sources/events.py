"""Tables of events: read once, and aggregated by account for the functions that conditions call.

An event counts from its date on: one after the evaluated date, or after the snapshot's, is not known yet. A row without
a readable account or date is left out; another value that cannot be read makes unknown what reads it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from ..columns.compiler import compile_expression
from ..core.ids import ACCOUNT_ID, UNREADABLE_FIELDS
from ..core.problems import Problem
from ..core.schemas import QUARANTINE, stack
from ..fields.catalogue import EVENT_DATE, EventTable, FieldSpec
from ..language.expressions import EventCall
from ..language.functions.event_functions import EVENT_FUNCTIONS, EventColumns
from ..language.operands import days_of
from ..workspace.settings import WorkspaceSettings
from .convert import POLARS_TYPES, as_text, bad_value_reason, convert, exact_decimals
from .event_files import (
    ALWAYS_READ_OF_EVENTS,
    check_event_columns,
    check_there,
    column_of,
    columns_read,
    event_source,
    open_event_file,
    specs_read,
)
from .integrity import file_digest, rows_digest
from .left_out import bad_rows
from .merges import NO_MERGES, Merges
from .readers import ROW, Rows
from .refusal import refuse

_BAD = "@bad "
"""Before a column's name: whether its value cannot be read."""
_EXACT = "@exact "
"""Before a column's name: its numbers, exact, for sums."""
_EVENTS = "@events"
_COUNTS = "@counts "
_LARGEST_SUM = 1 << 62


@dataclass(frozen=True, slots=True)
class LoadedEvents:
    """The events of a table: account, date and the columns that are read; what could not be read; and their digest."""

    frame: pl.DataFrame
    bad: frozenset[str]
    """The columns with values that cannot be read."""
    quarantined: pl.DataFrame
    digest: str
    rows: int


@dataclass(frozen=True, slots=True)
class EventValues:
    """The values of functions of events on one date.

    Attributes:
        frames: For each table: `account_id`, `@events` (the number of events read for the account), and values.
        calls: The functions, by the column of their values.
    """

    frames: Mapping[str, pl.DataFrame]
    calls: Mapping[str, EventCall]

    def join(self, accounts: pl.DataFrame) -> pl.DataFrame:
        """Return accounts with the values; an account without events has 0, or nothing, of a table that has events."""
        for frame in self.frames.values():
            accounts = accounts.join(frame, on=ACCOUNT_ID, how="left", maintain_order="left")
            without = pl.col(_EVENTS).is_null()
            accounts = accounts.with_columns(
                pl.when(without)
                .then(EVENT_FUNCTIONS[call.function].without)
                .otherwise(column)
                .alias(column)
                for column, call in self.calls.items()
                if column in frame.columns and EVENT_FUNCTIONS[call.function].without is not None
            ).drop(_EVENTS)
        return accounts.with_columns(
            pl.lit(None, POLARS_TYPES[call.type]).alias(column)
            for column, call in self.calls.items()
            if column not in accounts.columns
        )

    def within(self, passes: pl.Expr) -> EventValues:
        """Return the values of those accounts that pass a condition on `account_id`."""
        frames = {table: frame.filter(passes) for table, frame in self.frames.items()}
        return EventValues(frames, self.calls)

    def strangers(self, ids: pl.Series) -> Iterator[Problem]:
        """Yield a warning for each table with events of accounts other than these."""
        known = ids.to_frame(ACCOUNT_ID)
        for table, frame in sorted(self.frames.items()):
            others = frame.join(known, on=ACCOUNT_ID, how="anti")
            if others.is_empty():
                continue
            events, accounts = int(others[_EVENTS].sum()), others.height
            message = (
                f"{_many(events, 'event')} of `{table}` left aside: "
                f"{_many(accounts, 'account')} that the snapshot does not have"
            )
            hint = "see whether `account` in fields.yaml names the column with the account's id"
            yield Problem("strange-events", message, hint=hint, severity="warning")


class EventTables:
    """The tables of events that some functions read. Lives for one command; each table is read once.

    Args:
        workspace: The workspace.
        tables: The declared tables, by name.
        calls: The functions, by the column of their values.
        given: Rows by table, with the columns of its file or query; such a table is not read.
    """

    def __init__(
        self,
        workspace: WorkspaceSettings,
        tables: Mapping[str, EventTable],
        calls: Mapping[str, EventCall],
        given: Mapping[str, pl.DataFrame] | None = None,
    ) -> None:
        self.calls = calls
        self._workspace = workspace
        self._tables = {call.table: tables[call.table] for call in calls.values()}
        self._given = given or {}
        self._loaded: dict[str, LoadedEvents] = {}

    def digests(self) -> dict[str, str]:
        """Return by table the SHA-256 of its file, or of its query's rows."""
        return {name: self._digest(name) for name in sorted(self._tables)}

    def _digest(self, name: str) -> str:
        table = self._tables[name]
        if table.path is None or name in self._loaded:
            return self._load(name).digest
        path = Path(self._workspace.root) / table.path
        check_there(path, table)
        return file_digest(path, table.path)

    def check(self) -> None:
        """Raise `Problems` where a table cannot be read, or lacks a column."""
        for name in self._tables:
            self._load(name)

    @cached_property
    def quarantined(self) -> pl.DataFrame:
        """Return QUARANTINE: what could not be read, of all tables."""
        return stack([self._load(name).quarantined for name in sorted(self._tables)], QUARANTINE)

    def bad_rows(self) -> dict[str, tuple[int, int]]:
        """Return by table the number of its rows with bad values, and of all its rows."""
        loaded = {name: self._load(name) for name in sorted(self._tables)}
        return {name: (bad_rows(each.quarantined), each.rows) for name, each in loaded.items()}

    def values(
        self, on: dt.date, snapshot_on: dt.date | None, merges: Merges = NO_MERGES
    ) -> EventValues:
        """Return the values on a date, as far as the snapshot of that time knows them.

        Before a table's first event, nothing is known: its functions are unknown for every account. Events of a merged
        account are of the one that goes on.
        """
        last = min(on, snapshot_on or on)
        frames = {}
        for name in self._tables:
            loaded = self._load(name)
            first = loaded.frame[EVENT_DATE].min()
            if isinstance(first, dt.date) and first <= last:
                calls = {c: call for c, call in self.calls.items() if call.table == name}
                events = loaded.frame.lazy()
                if merges.survivors:
                    events = events.with_columns(pl.col(ACCOUNT_ID).replace(dict(merges.survivors)))
                frames[name] = aggregate(events, loaded.bad, calls, on, last)
        return EventValues(frames, self.calls)

    def _load(self, name: str) -> LoadedEvents:
        if name not in self._loaded:
            calls, given = self._calls_of(name), self._given.get(name)
            self._loaded[name] = load_events(self._workspace, self._tables[name], calls, given)
        return self._loaded[name]

    def _calls_of(self, name: str) -> list[EventCall]:
        return [call for call in self.calls.values() if call.table == name]


def aggregate(
    events: pl.LazyFrame,
    bad: frozenset[str],
    calls: Mapping[str, EventCall],
    on: dt.date,
    last: dt.date,
) -> pl.DataFrame:
    """Return `account_id`, `@events`, and the value of each function for the accounts with events.

    Args:
        events: The events, with the columns of `LoadedEvents.frame`.
        bad: The columns with values that cannot be read.
        calls: The functions, by the column of their values.
        on: The date evaluated, with which periods end.
        last: The last date whose events are known.
    """
    date, periods = pl.col(EVENT_DATE), [call.period for call in calls.values()]
    known = events.filter(date <= last)
    if all(period is not None for period in periods):
        longest = max(days_of(period) for period in periods if period is not None)
        known = known.filter(date > _before(on, longest))
    dated = known.with_columns(
        pl.lit(on, pl.Date).alias("@today"),
        pl.lit(last, pl.Date).alias("@snapshot_date"),
        pl.lit(None, pl.String).alias(
            UNREADABLE_FIELDS
        ),  # values that cannot be read are judged by account
    )
    counting = dated.with_columns(
        _counts(call, on).alias(f"{_COUNTS}{column}") for column, call in calls.items()
    )
    values = (_value(column, call, bad, on) for column, call in calls.items())
    grouped = counting.group_by(ACCOUNT_ID).agg(pl.len().alias(_EVENTS), *values)
    return grouped.with_columns(
        # By way of text, since Polars rounds a decimal twice on its way to a float.
        pl.col(column).cast(pl.String).cast(pl.Float64)
        if grouped.collect_schema()[column].is_decimal()
        else pl.col(column).cast(POLARS_TYPES[call.type])
        for column, call in calls.items()
    ).collect()


def _before(on: dt.date, days: int) -> dt.date:
    return dt.date.fromordinal(max(1, on.toordinal() - days))


def _in_period(call: EventCall, on: dt.date) -> pl.Expr:
    if call.period is None:
        return pl.lit(value=True)
    return pl.col(EVENT_DATE) > _before(on, days_of(call.period))


def _counts(call: EventCall, on: dt.date) -> pl.Expr:
    """Return whether an event is in the period and meets the condition."""
    if call.where is None:
        return _in_period(call, on)
    return _in_period(call, on) & compile_expression(call.where).fill_null(value=False)


def _value(column: str, call: EventCall, bad: frozenset[str], on: dt.date) -> pl.Expr:
    """Return a function's value by account; null where an event of the period has a value that cannot be read."""
    of = EVENT_DATE if call.column is None else call.column
    name = f"{_EXACT}{of}" if call.function == "sum" else of
    counts, date = pl.col(f"{_COUNTS}{column}"), pl.col(EVENT_DATE)
    columns = EventColumns(counts, date, pl.col(name), call.column is not None)
    value = EVENT_FUNCTIONS[call.function].columns(columns)
    if bad_read := sorted(bad & columns_read(call)):
        unreadable = pl.any_horizontal(f"{_BAD}{each}" for each in bad_read) & _in_period(call, on)
        value = pl.when(~unreadable.any()).then(value)
    return value.alias(column)


def load_events(
    workspace: WorkspaceSettings,
    table: EventTable,
    calls: Sequence[EventCall],
    given: pl.DataFrame | None = None,
) -> LoadedEvents:
    """Read the events of a table, or those given, with the columns that some functions read.

    Raises:
        Problems: The table cannot be read, lacks a column, or has no date that can be read.
    """
    summed = {call.column for call in calls if call.function == "sum"}
    specs = specs_read(table, calls)
    rows, digest = _rows(workspace, table, specs, given)
    typed, bad = {}, {}
    for name, spec in specs.items():
        raw = rows.frame[column_of(spec)]
        values, wrong = convert(raw, spec, workspace.time_zone)
        if name in summed:
            exact = _exact(values, raw, spec)
            typed[f"{_EXACT}{name}"] = exact.alias(f"{_EXACT}{name}")
            if exact.null_count() > values.null_count():
                wrong = exact.is_null() & raw.is_not_null()
        typed[name] = values.alias(name)
        if wrong is not None:
            bad[name] = wrong
    frame = pl.DataFrame(typed)
    quarantined = _quarantine(table, rows, specs, typed, bad)
    marks = {name: mask for name, mask in bad.items() if name not in ALWAYS_READ_OF_EVENTS}
    frame = frame.with_columns(mask.alias(f"{_BAD}{name}") for name, mask in marks.items())
    good = frame.drop_nulls([ACCOUNT_ID, EVENT_DATE])
    if good.is_empty() and frame.height:
        first = quarantined.row(0, named=True)
        refuse(
            "retyped-column",
            f"no event of `{table.name}` can be used; in row {first['row']}, `{first['field']}` is "
            f"{first['reason']}",
            "see what has changed in the export, and how fields.yaml reads it",
        )
    count = rows.frame.height + len(rows.bad)
    return LoadedEvents(good, frozenset(marks), quarantined, digest, count)


def _exact(values: pl.Series, raw: pl.Series, spec: FieldSpec) -> pl.Series:
    """Return numbers whose sum is exact in any order: whole numbers as they are, others as decimals."""
    whole = values.cast(pl.Int64, strict=False)
    largest = values.abs().max()
    few = largest is None or float(largest) * max(len(values), 1) < _LARGEST_SUM  # type: ignore[arg-type]
    if few and (whole == values).all():
        return whole
    return exact_decimals(raw, spec).set(values.is_null(), None)


def _rows(
    workspace: WorkspaceSettings,
    table: EventTable,
    specs: Mapping[str, FieldSpec],
    given: pl.DataFrame | None,
) -> tuple[Rows, str]:
    """Return the rows of a table with the columns of these fields, and the digest of all that it has."""
    columns = {column_of(spec) for spec in specs.values()}
    if given is not None:
        return Rows(given.select(sorted(columns)).with_row_index(ROW, offset=1)), ""
    if table.path is not None:
        return open_event_file(workspace, table, specs).read(dt.date.min, columns)
    from .duckdb_queries import Query

    frame = Query(event_source(workspace, table), Path(workspace.root)).read(dt.date.min)
    check_event_columns(table, specs, columns & set(frame.columns), lambda: frame.columns)
    return Rows(frame.select(sorted(columns)).with_row_index(ROW, offset=1)), rows_digest(frame)


def _quarantine(
    table: EventTable,
    rows: Rows,
    specs: Mapping[str, FieldSpec],
    typed: Mapping[str, pl.Series],
    bad: Mapping[str, pl.Series],
) -> pl.DataFrame:
    """Return QUARANTINE: a row for each value that cannot be read, and for each account or date that is missing."""
    parts = [
        pl.DataFrame(
            [(None, each.row, table.name, each.value, each.reason) for each in rows.bad],
            schema=QUARANTINE,
            orient="row",
        )
    ]
    for name, spec in specs.items():
        values = typed[name]
        wrong = values.is_null() if name in ALWAYS_READ_OF_EVENTS else bad.get(name)
        if wrong is None or not wrong.any():
            continue
        at = rows.frame.filter(wrong)
        written = as_text(at[column_of(spec)])
        reasons = {value: _reason(value, spec, name) for value in written.unique().to_list()}
        parts.append(
            pl.DataFrame(
                {
                    ACCOUNT_ID: typed[ACCOUNT_ID].filter(wrong),
                    "row": at[ROW].cast(QUARANTINE["row"]),
                    "field": [f"{table.name}.{column_of(spec)}"] * at.height,
                    "value": written,
                    "reason": [reasons[value] for value in written],
                },
                schema=QUARANTINE,
            )
        )
    return pl.concat(parts).sort("row", "field", nulls_last=True)


def _reason(value: str | None, spec: FieldSpec, name: str) -> str:
    left_out = "; the event is left out" if name in ALWAYS_READ_OF_EVENTS else ""
    if value is None or not value.strip():
        return f"missing{left_out}"
    return f"{bad_value_reason(value, spec)}{left_out}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
