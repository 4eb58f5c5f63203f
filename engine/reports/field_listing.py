"""The field catalogue as a listing: meaning, source and readers of each field.

Takes a project, and returns a row per field in the catalogue's order. A field that playbooks read and the snapshot
does not fill has `no` in the column `filled`.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING

from ..core.problems import Problems
from ..fields.catalogue import FieldSpec
from ..language.formatter import format_expression
from ..language.trace import trace_value
from ..language.traversal import fields_read
from ..playbook.model import Playbook
from ..runs.required_fields import fields_of
from ..sources import Snapshots
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
    """Return a row per field: name, type, unit, values, origin, `filled`, `essential`, readers and title.

    `filled` is that of the newest snapshot as of the date; without a snapshot it is None. A bad value of an `essential`
    field leaves its account out.
    """
    readers = fields_of_playbooks(project.playbooks)
    snapshots = Snapshots(project.workspace, project.catalogue)
    with suppress(Problems):
        snapshots.arrive(on, keep=False)
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
    return Listing(FIELD_COLUMNS, rows)


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
            reader = playbook.id if playbook.enabled else f"{playbook.id} (disabled)"
            readers.setdefault(name, []).append(reader)
    return readers
