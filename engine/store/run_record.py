"""The record of one run over one date, and its form as a row of the store's `runs` table."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ..core.problems import Problem

VERSION_READ = "snapshot: version"
"""The name among a run's inputs of the version of a lake's table that the snapshot is, such as `version 7`."""

Count = dict[str, str | int | None]
"""One row of `core.schemas.COUNTS`."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The inputs and results of a committed date."""

    on: dt.date
    """The date evaluated."""
    attempt: int
    """1, then 2 and on for each `--redo`, and for each playbook that caught up the date later."""
    run_on: dt.date
    """The run's own date: a run that catches up evaluates dates before it."""
    snapshot_on: dt.date
    snapshot_digest: str
    snapshot_rows: int
    quarantined: int
    playbooks: dict[str, str]
    """The digest of each playbook evaluated, by id."""
    engine: str
    counts: list[Count]
    issued: int = 0
    postponed: int = 0
    skipped: int = 0
    withheld: int = 0
    superseded: int = 0
    withdrawn: int = 0
    schedules: dict[str, str] = field(default_factory=dict)
    """The schedule of each playbook evaluated, by id: by it dates were missed before an edit changed it."""
    libraries: dict[str, str] = field(default_factory=dict)
    """The version of each library that results depend on, by name."""
    filled: dict[str, int] = field(default_factory=dict)
    """For how many accounts of the snapshot each field has a value; `account_id` counts the accounts."""
    force_reason: str = ""
    """Why the run was forced; empty if it was not."""
    events: dict[str, str] = field(default_factory=dict)
    """The digest of each table of events that playbooks read, by name, and of the managers, as `people: manager`; and
    as `VERSION_READ` the version of a lake's table."""
    passed: list[str] = field(default_factory=list)
    """The brakes that would have stopped the run, if it had not been forced."""
    outcomes_to: int = 0
    """The number of the last outcome that the run read; 0 for none."""
    moves_to: int = 0
    """The number of the last move by hand that the run read; 0 for none."""


RUN_COLUMNS: tuple[str, ...] = tuple(
    "evaluated_on" if column.name == "on" else column.name for column in fields(RunRecord)
)
"""The columns of a record's row; `on` is a keyword of SQL, so it is stored as `evaluated_on`."""

RUN_NUMBERS = frozenset(column.name for column in fields(RunRecord) if column.type == "int")
"""The columns with whole numbers; all others have texts."""

_TABLES = ("playbooks", "counts", "schedules", "libraries", "filled", "events", "passed")
"""The columns that are stored as JSON."""


def run_to_row(record: RunRecord) -> list[Any]:
    """Return the record as values for `COLUMNS`: dates as ISO text, tables as JSON."""
    return [_stored(getattr(record, column.name)) for column in fields(RunRecord)]


def run_from_row(row: Sequence[Any]) -> RunRecord:
    """Return the record that `run_to_row` stored."""
    values = dict(zip(RUN_COLUMNS, row, strict=True))
    on = values.pop("evaluated_on")
    values |= {name: dt.date.fromisoformat(values[name]) for name in ("run_on", "snapshot_on")}
    values |= {name: json.loads(values[name]) for name in _TABLES}
    return RunRecord(on=dt.date.fromisoformat(on), **values)


def date_refusal(
    on: dt.date, attempt: int, last: dt.date | None, attempts: int, *, belated: bool
) -> Problem | None:
    """Return why a date can't be committed after `last`, with `attempts` already; None if it can.

    Only a belated date may be before `last`: one that some playbooks catch up.
    """
    if last is not None and on < last and not belated:
        return Problem(
            "store-date",
            f"{on} lies before {last}, the last date committed",
            hint=f"run for {last} or a later date",
        )
    if attempt <= attempts:
        return Problem(
            "store-date",
            f"{on} is committed already (attempt {attempts})",
            hint="use --redo to add what is new",
        )
    return None


def _stored(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return value
