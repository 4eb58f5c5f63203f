"""Files of events: which columns of them are read, and whether they are there. Nothing here needs Polars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..fields.catalogue import EVENT_DATE, Catalogue, EventTable, FieldSpec
from ..language.expressions import EventCall
from ..language.traversal import event_calls, fields_read
from ..workspace.settings import SnapshotSource, WorkspaceSettings
from .backends import DatedFiles
from .missing_columns import where_to_look
from .refusal import reading, refuse

ALWAYS_READ_OF_EVENTS = frozenset({ACCOUNT_ID, EVENT_DATE})
"""The columns that every row must have."""


def check_event_files(
    workspace: WorkspaceSettings, catalogue: Catalogue, calls: Iterable[EventCall]
) -> Iterator[Problem]:
    """Yield the problems of files that are not there, or lack a column that these functions or the metrics read.

    Only headers are read, and no query is run.
    """
    metrics = workspace.metrics
    active = [] if metrics.active is None else event_calls([metrics.active]).values()
    calls = [*calls, *active]
    tables = {call.table for call in calls} | ({metrics.active_events} - {""})
    for name in sorted(tables):
        table = catalogue.events[name]
        try:
            if table.path is not None:
                specs = specs_read(table, (call for call in calls if call.table == name))
                open_event_file(workspace, table, specs)
        except Problems as error:
            yield from error.problems


def columns_read(call: EventCall) -> frozenset[str]:
    """Return the columns of its table that a function reads, apart from account and date."""
    own = frozenset() if call.column is None else frozenset({call.column})
    return own if call.where is None else own | fields_read(call.where)


def specs_read(table: EventTable, calls: Iterable[EventCall]) -> dict[str, FieldSpec]:
    """Return the columns of a table that some functions read, account and date among them."""
    read = ALWAYS_READ_OF_EVENTS.union(*(columns_read(call) for call in calls))
    return {name: spec for name, spec in table.specs().items() if name in read}


def column_of(spec: FieldSpec) -> str:
    """Return the column of the file, or of the query's result."""
    return spec.column or spec.name


def open_event_file(
    workspace: WorkspaceSettings, table: EventTable, specs: Mapping[str, FieldSpec]
) -> DatedFiles:
    """Return the file of a table, which is the same for every date; it is there, and has the columns."""
    root = Path(workspace.root)
    file = DatedFiles(event_source(workspace, table), root)
    check_there(root / file.pattern, table)
    columns = {column_of(spec) for spec in specs.values()}
    check_event_columns(
        table, specs, file.present(dt.date.min, columns), lambda: file.columns(dt.date.min)
    )
    return file


def event_source(workspace: WorkspaceSettings, table: EventTable) -> SnapshotSource:
    """Return the source of a table. Limits and allowed folders of its query are those of the snapshots' query."""
    given = workspace.source
    return SnapshotSource(
        path=table.path,
        query=table.query,
        files=table.tables,
        allow_folders=given.allow_folders,
        query_memory=given.query_memory,
        query_seconds=given.query_seconds,
        file_format=table.file_format,
        time_zone=workspace.time_zone,
        span=table.span,
    )


def check_there(path: Path, table: EventTable) -> None:
    """Refuse a table whose file is not there."""
    with reading(str(table.path)):
        there = path.exists()
    if not there:
        refuse(
            "no-events",
            f"`{table.name}` cannot be read: {table.path} is not there",
            "see whether the export has run, and whether `file` in fields.yaml names it",
        )


def check_event_columns(
    table: EventTable,
    specs: Mapping[str, FieldSpec],
    present: set[str],
    columns: Callable[[], Sequence[str]],
) -> None:
    """Refuse a table that lacks columns that are read; `columns` reads all that it has."""
    shown = table.path or f"the query of `{table.name}`"
    missing = []
    for name, spec in specs.items():
        column = column_of(spec)
        if column not in present:
            what = {ACCOUNT_ID: "the account", EVENT_DATE: "the date"}.get(name, f"`{name}`")
            message = (
                f"{shown} has no column `{column}`, from which {what} of `{table.name}` is read"
            )
            hint = where_to_look(column, columns)
            missing.append(Problem("missing-column", message, hint=hint))
    if missing:
        raise Problems(missing)
