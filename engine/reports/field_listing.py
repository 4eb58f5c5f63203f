"""The field catalogue as a listing: meaning, source and readers of each field, and of each table of events.

Takes a project, and returns a row per field in the catalogue's order. A field that playbooks read and the snapshot
does not fill has `no` in the column `filled`. A table of events has a row, and one for each of its columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problems
from ..fields.catalogue import EVENT_DATE, EventTable, FieldSpec
from ..language.formatter import format_expression
from ..language.trace import trace_value
from ..language.traversal import event_calls, fields_read
from ..playbook.model import Playbook
from ..runs.required_fields import expressions, fields_of, message_events
from ..sources import Snapshots
from ..sources.event_files import column_of, columns_read, open_event_file
from .listing import Listing
from .message_fields import fields_of_messages

if TYPE_CHECKING:
    from ..project.loading import Project

FIELD_COLUMNS = (
    "field",
    "type",
    "unit",
    "values",
    "from",
    "filled",
    "essential",
    "read_by",
    "title",
)


def list_fields(project: Project, on: dt.date) -> Listing:
    """Return a row per field, and per table of events and column of one.

    A row has name, type, unit, values, origin, `filled`, `essential`, readers and title.
    `filled` is that of the newest snapshot as of the date; without a snapshot it is None. A bad value of an `essential`
    field leaves its account out.
    """
    readers = fields_of_playbooks(project.playbooks)
    snapshots = Snapshots(project.workspace, project.catalogue)
    with suppress(Problems):
        snapshots.arrive(on)
    snapshot_on = snapshots.newest(on)
    rows = [
        (
            name,
            spec.type,
            spec.unit,
            ", ".join(spec.values) or None,
            origin(spec),
            _filled(snapshots, snapshot_on, name),
            "yes" if project.catalogue.is_essential(name) else None,
            ", ".join(readers.get(name, ())) or None,
            spec.title or None,
        )
        for name, spec in project.catalogue.fields.items()
    ]
    return Listing(FIELD_COLUMNS, [*rows, *_event_rows(project)])


def _event_rows(project: Project) -> Iterator[tuple[str | None, ...]]:
    """Yield a row for each table of events, and for each of its columns, as conditions name it: `tickets.minutes`."""
    readers = _readers_of_events(project.playbooks)
    for name, table in project.catalogue.events.items():
        specs = table.specs()
        own = {EVENT_DATE: specs.pop(EVENT_DATE), ACCOUNT_ID: specs.pop(ACCOUNT_ID)}
        source = f"file {table.path}" if table.path else f"query on {', '.join(table.tables)}"
        columns = f"{column_of(own[ACCOUNT_ID])}, {column_of(own[EVENT_DATE])}"
        yield (
            name,
            "events",
            None,
            None,
            f"{source}: {columns}",
            _filled_events(project, table, own),
            None,
            ", ".join(readers.get(name, ())) or None,
            None,
        )
        for column, spec in specs.items():
            yield (
                f"{name}.{column}",
                spec.type,
                spec.unit,
                ", ".join(spec.values) or None,
                origin(spec),
                _filled_events(project, table, own | {column: spec}),
                None,
                ", ".join(readers.get(f"{name}.{column}", ())) or None,
                spec.title or None,
            )


def _filled_events(
    project: Project, table: EventTable, specs: Mapping[str, FieldSpec]
) -> str | None:
    """Return whether the file of a table is there and has these columns; None for a query, which is not run."""
    if table.path is None:
        return None
    try:
        open_event_file(project.workspace, table, specs)
    except Problems:
        return "no"
    return "yes"


def _readers_of_events(playbooks: tuple[Playbook, ...]) -> dict[str, list[str]]:
    """Return the playbooks that read each table of events, and each column, such as `tickets.minutes`."""
    readers: dict[str, list[str]] = {}
    for playbook in playbooks:
        calls = (event_calls(expressions(playbook)) | message_events([playbook])).values()
        read = {f"{call.table}.{column}" for call in calls for column in columns_read(call)}
        for name in sorted(read | {call.table for call in calls}):
            readers.setdefault(name, []).append(_reader(playbook))
    return readers


def _filled(snapshots: Snapshots, snapshot_on: dt.date | None, name: str) -> str | None:
    if snapshot_on is None:
        return None
    try:
        return "no" if snapshots.unfilled(snapshot_on, [name]) else "yes"
    except Problems:
        return "no"


def origin(spec: FieldSpec) -> str:
    """Return the source of a field's value as text."""
    if spec.rank is not None:
        among = f" among {format_expression(spec.rank.among)}" if spec.rank.among else ""
        return f"rank of {spec.rank.of}{among}"
    if spec.derive:
        read = sorted(
            {name for case in spec.derive if case.when for name in fields_read(case.when)}
        )
        return f"derived from {', '.join(read)}" if read else "derived"
    column = f"column {spec.column or spec.name}"
    return (
        column if spec.default is None else f"{column}, else {trace_value(spec.default, spec.type)}"
    )


def fields_of_playbooks(playbooks: tuple[Playbook, ...]) -> dict[str, list[str]]:
    """Return the ids of the playbooks that read each field, in conditions or messages; it shows which are disabled."""
    readers: dict[str, list[str]] = {}
    for playbook in playbooks:
        for name in sorted(fields_of(playbook) | fields_of_messages(playbook)):
            readers.setdefault(name, []).append(_reader(playbook))
    return readers


def _reader(playbook: Playbook) -> str:
    return playbook.id if playbook.enabled else f"{playbook.id} (disabled)"
