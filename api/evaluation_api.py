"""Pure evaluation of one date over Polars frames, for notebooks and clusters. Private: import from `tenure`.

Nothing is read from or written to a store, and the clock is not read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from .arguments import DateLike, read_choice, read_date
from .engine.core.ids import ACCOUNT_ID
from .engine.core.schemas import STATES
from .exceptions import UsageError, public_errors
from .playbook_set import Playbooks
from .workspace_api import Workspace

if TYPE_CHECKING:
    from .engine.playbook.model import Playbook
    from .engine.sources.events import EventTables
    from .engine.sources.merges import Merges


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of `tenure.evaluate`.

    Attributes:
        states: The states that changed, with the columns of `Workspace.states`, sorted by account and playbook.
        actions: New ledger entries, with the columns of the ledger, in the order of all listings.
        ended: Enrolments that ended: `account_id`, `playbook`, `cycle`, `outcome`, `opened_by` (String), `anchor`,
            `opened_on`, `ended_on` (Date).
        counts: Counts by playbook and step: `playbook`, `step`, `what`, `field` (String), `accounts` (Int64).
    """

    states: pl.DataFrame
    actions: pl.DataFrame
    ended: pl.DataFrame
    counts: pl.DataFrame


def evaluate(
    playbooks: Playbooks | Workspace,
    snapshot: Any,
    states: Any,
    on: DateLike,
    *,
    snapshot_on: DateLike | None = None,
    events: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Evaluate playbooks on one date: a pure function over tables.

    All playbooks that are enabled are evaluated, whatever their schedule. There is no earlier ledger and no earlier
    snapshot: the contact policy sees only this date's contacts, and conditions on earlier values are unknown.
    Evaluating the parts of a snapshot and concatenating the results equals evaluating the whole, except for playbooks
    with `at_most`, which need all accounts.

    Args:
        playbooks: `Workspace.playbooks`, a selection of them, or a workspace.
        snapshot: One row per account, with the columns of `Playbooks.columns`, `contact_email` where emails are to wait
            for a usable address, and `merged_into` where accounts were merged; others are ignored. A Polars frame, or a
            table that exports Arrow, such as one of PyArrow or pandas. `Workspace.snapshot` returns one.
        states: The states before, with the columns of `Workspace.states`; None if no account was evaluated yet, which
            is the playbooks' first evaluation for `start: today`.
        on: The date.
        snapshot_on: The date of the snapshot; by default `on`.
        events: The tables of events that the playbooks read, by their name in `fields.yaml`, with the columns of
            `Playbooks.events`: those of the table's file or query, converted as those are. Of an empty table nothing
            is known.

    Returns:
        The states that changed, new ledger entries, enrolments that ended, and counts.

    Raises:
        UsageError: A table lacks a column, or has values of another type; an account is there twice; a table of events
            is missing, or is not declared.
        ProblemsError: The evaluation itself is not possible.

    Examples:
        >>> import tenure
        >>> workspace = tenure.open("demo")
        >>> snapshot = workspace.snapshot("2026-04-01")
        >>> result = tenure.evaluate(workspace.playbooks, snapshot, None, "2026-04-01")
        >>> result.states.columns[:4]
        ['account_id', 'playbook', 'cycle', 'state']
    """
    from .engine.evaluation.evaluator import evaluate_day
    from .engine.evaluation.inputs import Day, Tables
    from .engine.runs.history import previous_due

    if isinstance(playbooks, Workspace):
        playbooks = playbooks.playbooks
    if not isinstance(playbooks, Playbooks):
        raise UsageError(f"playbooks is not `Workspace.playbooks`: {playbooks!r}")
    date = read_date(on, "on")
    known_on = date if snapshot_on is None else read_date(snapshot_on, "snapshot_on")
    if known_on > date:
        raise UsageError(f"snapshot_on, {known_on}, is after on, {date}")
    accounts, merges = _accounts(snapshot, playbooks.columns)
    tables_given = _events(events, playbooks)
    before = pl.DataFrame(schema=STATES) if states is None else _states(states)
    with public_errors():
        values = tables_given.values(date, known_on, merges)
        tables = Tables(
            values.join(accounts),
            before,
            _no_history(playbooks._playbooks, date),
            {p.id: previous_due(p.schedule, date) for p in playbooks._playbooks},
            first=frozenset(playbooks.ids if states is None else ()),
        )
        day = Day(date, date, known_on)
        found = evaluate_day(playbooks._compiled(), playbooks._rules(), day, tables)
    return Evaluation(found.states, found.entries, found.ended, found.counts)


def _no_history(playbooks: Sequence[Playbook], on: dt.date) -> dict[str, pl.DataFrame]:
    """Return the earlier values that playbooks read, all missing."""
    from .engine.runs.history import LookBack, earlier_values, values_alone
    from .engine.runs.required_fields import history_of
    from .engine.store import Overlay

    empty = {
        playbook.id: earlier_values(
            history_of(playbook), Overlay(), LookBack(on, playbook.id, None, ())
        )
        for playbook in playbooks
    }
    return {id: values_alone(frame) for id, frame in empty.items() if frame is not None}


def _frame(table: Any, name: str) -> pl.DataFrame:
    """Return a table as a Polars frame."""
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if isinstance(table, pl.DataFrame):
        return table
    if hasattr(table, "__arrow_c_stream__"):
        return pl.DataFrame(table)
    raise UsageError(f"{name} is not a table but {type(table).__name__}; pass a Polars frame")


def _accounts(table: Any, columns: dict[str, pl.DataType]) -> tuple[pl.DataFrame, Merges]:
    """Return the snapshot with the types that evaluation needs, and the accounts that were merged."""
    from .engine.columns.list_columns import with_list_texts
    from .engine.runs.required_fields import OPTIONAL
    from .engine.sources.merges import read_merges

    given = _frame(table, "snapshot")
    optional = {name: pl.String() for name in OPTIONAL if name in given.columns}
    frame = with_list_texts(_conformed(given, columns | optional, "snapshot"))
    ids = frame[ACCOUNT_ID]
    if ids.null_count():
        raise UsageError(f"snapshot has {ids.null_count()} rows without {ACCOUNT_ID}")
    if ids.n_unique() < len(ids):
        repeated = ids.filter(ids.is_duplicated()).sort()[0]
        raise UsageError(f"snapshot has account {repeated!r} more than once")
    for name, type in columns.items():
        if type == pl.Float64 and not frame[name].is_finite().all():
            raise UsageError(
                f"snapshot has a number that is not finite in {name}; pass null for a missing value"
            )
    merges = read_merges(frame, ids)
    return merges.resolve(frame), merges


def _events(given: Mapping[str, Any] | None, playbooks: Playbooks) -> EventTables:
    """Return the tables of events that the playbooks read.

    Raises:
        UsageError: A table is missing, is not declared, or lacks a column.
    """
    from .engine.sources.events import EventTables

    if given is not None and not isinstance(given, Mapping):
        raise UsageError(f"events is not a mapping of names to tables: {given!r}")
    frames = {
        read_choice(name, "table of events", [*playbooks._events]): _frame(
            table, f"events[{name!r}]"
        )
        for name, table in (given or {}).items()
    }
    for name, columns in playbooks.events.items():
        if name not in frames:
            shown = ", ".join(columns)
            raise UsageError(
                f"the playbooks read the events of {name}; pass events={{{name!r}: table}} with the columns {shown}"
            )
        if missing := [column for column in columns if column not in frames[name].columns]:
            raise UsageError(f"events[{name!r}] lacks the columns {', '.join(missing)}")
    calls = playbooks._event_calls(playbooks._enabled())
    return EventTables(playbooks._settings, playbooks._events, calls, frames)


def _states(table: Any) -> pl.DataFrame:
    """Return states with their types; an account has at most one row per playbook."""
    frame = _conformed(_frame(table, "states"), STATES, "states")
    if frame.select(ACCOUNT_ID, "playbook").is_duplicated().any():
        raise UsageError("states has an account more than once in one playbook")
    return frame


def _conformed(frame: pl.DataFrame, columns: dict[str, pl.DataType], name: str) -> pl.DataFrame:
    """Return the columns of a table with the right types.

    Raises:
        UsageError: A column is missing, or its type is another kind of value.
    """
    if missing := [column for column in columns if column not in frame.columns]:
        hint = "; add them, with null for what is unknown"
        raise UsageError(f"{name} lacks the columns {', '.join(missing)}{hint}")
    for column, type in columns.items():
        if not _castable(frame.schema[column], type):
            raise UsageError(f"{name} has {frame.schema[column]} in {column}; it must be {type}")
    return frame.select(pl.col(column).cast(type) for column, type in columns.items())


def _castable(actual: pl.DataType, wanted: pl.DataType) -> bool:
    """Return whether a column's type is of the wanted kind, so that the cast changes no value."""
    if actual in (wanted, pl.Null):
        return True
    if wanted.is_numeric():
        return actual.is_numeric()
    return wanted == pl.String and actual in (pl.Categorical, pl.Enum)
