"""Action functions: what became of the actions of the account's present cycle.

All facts are of before the evaluated date: the ledger before it, and the outcomes on or before it. They are computed
once for all accounts; see `evaluation.action_facts`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from ..actions_read import STILL_OPEN, asked_text, fact_column
from ..expressions import ConstantValue
from .date_functions import READS_TODAY
from .function_row import ColumnCall, Function, NoteCall, RowCall, fixed_range
from .over_time import DAILY

if TYPE_CHECKING:
    import polars as pl

_OF_CYCLE = "in the account's present cycle, before the evaluated date"


def _fact(c: RowCall, name: str) -> ConstantValue | None:
    return c.cell(fact_column(asked_text(c.call), name))


def _fact_in_columns(c: ColumnCall, name: str) -> pl.Expr:
    import polars as pl

    return pl.col(fact_column(asked_text(c.call), name))


def _attempts(c: RowCall) -> float:
    return float(cast("float | None", _fact(c, "attempts")) or 0.0)


def _attempts_in_columns(c: ColumnCall) -> pl.Expr:
    return c.number(_fact_in_columns(c, "attempts")).fill_null(0.0)


def _is_issued(c: RowCall) -> bool:
    return _fact(c, "standing") is not None


def _is_issued_in_columns(c: ColumnCall) -> pl.Expr:
    return _fact_in_columns(c, "standing").is_not_null()


def _is_done(c: RowCall) -> bool:
    return _fact(c, "standing") == "done"


def _is_done_in_columns(c: ColumnCall) -> pl.Expr:
    return (_fact_in_columns(c, "standing") == "done").fill_null(False)


def _is_open(c: RowCall) -> bool:
    return _fact(c, "standing") in STILL_OPEN


def _is_open_in_columns(c: ColumnCall) -> pl.Expr:
    return _fact_in_columns(c, "standing").is_in(list(STILL_OPEN)).fill_null(False)


def _days_since_done(c: RowCall) -> float | None:
    done, today = _fact(c, "done_on"), c.name("today")
    if not isinstance(done, dt.date) or not isinstance(today, dt.date):
        return None
    return float((today - done).days)


def _days_since_done_in_columns(c: ColumnCall) -> pl.Expr:
    return c.number(c.days(c.today) - c.days(_fact_in_columns(c, "done_on")))


def _note(c: NoteCall) -> str:
    """Return what became of the action, such as `open, due 2026-06-03, issued twice`."""
    standing, attempts = _fact(c, "standing"), int(_attempts(c))
    if standing is None:
        return "not issued in this cycle"
    times = "" if attempts == 1 else f", issued {attempts} times"
    if standing == "done":
        result = _fact(c, "result")
        with_result = "" if result is None else f" with the result {c.value_text(result, 'text')}"
        return f"done on {c.value_text(_fact(c, 'done_on'), 'date')}{with_result}{times}"
    due = c.value_text(_fact(c, "due_on"), "date")
    return f"{standing}, due {due}{times}"


ACTION_FUNCTIONS = (
    Function(
        "attempts",
        ("action",),
        "number",
        "attempts('renewal/health_check/call') >= 2",
        f"How many times the action was issued {_OF_CYCLE}: again, or each time that its step repeats; 0 if never.",
        _attempts,
        _attempts_in_columns,
        range=fixed_range(0),
        reads_actions=True,
        note=_note,
        whole=True,
    ),
    Function(
        "days_since_done",
        ("action",),
        "number",
        "days_since_done('renewal/health_check/call') > 14",
        "Whole days from the date on which the action was done to today; missing if it is not done.",
        _days_since_done,
        _days_since_done_in_columns,
        range=fixed_range(0),
        reads=READS_TODAY,
        reads_actions=True,
        counts_days=True,
        whole=True,
        drift=lambda _: DAILY,
        can_fail=True,
        note=_note,
    ),
    Function(
        "done",
        ("action",),
        "boolean",
        "done('renewal/health_check/call')",
        f"Whether somebody recorded that the action, issued {_OF_CYCLE}, is done; of one that was issued several "
        "times, the latest. Never unknown: false if it was never issued.",
        _is_done,
        _is_done_in_columns,
        reads_actions=True,
        note=_note,
    ),
    Function(
        "issued",
        ("action",),
        "boolean",
        "issued('renewal/health_check/call')",
        f"Whether the action was issued {_OF_CYCLE}, and not taken back; never unknown.",
        _is_issued,
        _is_issued_in_columns,
        reads_actions=True,
        note=_note,
    ),
    Function(
        "open",
        ("action",),
        "boolean",
        "open('renewal/health_check/call')",
        f"Whether the action was issued {_OF_CYCLE}, and is neither done nor dismissed; a snoozed one is open. "
        "Never unknown.",
        _is_open,
        _is_open_in_columns,
        reads_actions=True,
        note=_note,
    ),
    Function(
        "result",
        ("action",),
        "text",
        "result('renewal/health_check/call') == 'no answer'",
        "The result that was recorded with the action's outcome, such as `no answer`; missing if there is none.",
        lambda c: _fact(c, "result"),
        lambda c: _fact_in_columns(c, "result"),
        reads_actions=True,
        can_fail=True,
        note=_note,
    ),
)
