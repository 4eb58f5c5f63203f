"""The fields of a snapshot as a listing: how many accounts have a value, which values, and who reads them.

Takes a project and a date, and returns a row per field that is filled or read, in the catalogue's order. Values are
those that a run reads: typed, translated, with defaults and derived fields.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem, Problems
from ..sources import Snapshots
from .field_listing import fields_of_playbooks, origin
from .last_changes import last_changes
from .listing import Listing, cell_text

if TYPE_CHECKING:
    from ..project.loading import Project

FIELD_PROFILE_COLUMNS = (
    "field",
    "from",
    "filled",
    "distinct",
    "least",
    "most",
    "examples",
    "last_change",
    "read_by",
)
EXAMPLES = 3
"""The most frequent values shown of a field."""
_ORDERED = ("number", "date")


def profile_fields(project: Project, on: dt.date) -> Listing:
    """Return a row per field: its origin, how many accounts have it, its values, its last change, and its readers.

    Raises:
        Problems: There is no snapshot on the date or before it, or it cannot be used.
    """
    snapshots = Snapshots(project.workspace, project.catalogue)
    day = snapshots.newest(on)
    if day is None:
        message = f"there is no snapshot for {on} or a date before it"
        hint = "`tenure import EXPORT` brings an export in"
        raise Problems([Problem("no-snapshot", message, hint=hint)])
    readers = fields_of_playbooks(project.playbooks)
    fields = project.catalogue.fields
    filled = [name for name in fields if not snapshots.unfilled(day, [name])]
    frame = snapshots.load(day, filled).frame
    changes = last_changes(snapshots, day, filled)
    rows = [
        (
            name,
            origin(spec),
            *(
                _values(frame[name], spec.type in _ORDERED)
                if name in filled
                else ["0%", *4 * [None]]
            ),
            changes.get(name),
            ", ".join(readers.get(name, ())) or None,
        )
        for name, spec in fields.items()
        if name in filled or name in readers
    ]
    return Listing(FIELD_PROFILE_COLUMNS, rows)


def _values(values: pl.Series, ordered: bool) -> list[object]:
    """Return the share that is filled, the number of distinct values, the range if there is one, and examples."""
    known = values.drop_nulls()
    share = f"{len(known) / max(1, len(values)):.0%}"
    counts = known.value_counts(sort=True, name="@rows")
    most = counts.sort(["@rows", values.name], descending=[True, False]).head(EXAMPLES)
    examples = ", ".join(cell_text(value) for value in most[values.name].to_list())
    ends = (known.min(), known.max()) if ordered else (None, None)
    distinct = len(known) if values.name == ACCOUNT_ID else counts.height
    return [share, distinct, *ends, examples or None]
