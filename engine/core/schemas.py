"""Schemas of the tables that evaluation reads and returns: columns and Polars types, in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import polars as pl

from .ids import ACCOUNT_ID, UNREADABLE_FIELDS

KeyRange = tuple[str | None, str | None]
"""A half-open range of account ids: the first is included, the second is not; None is unbounded."""

ALL_KEYS: KeyRange = (None, None)
"""The range of all account ids."""


def only_account(account: str) -> KeyRange:
    """Return the range of one account id: the next text in order is the same with a zero character."""
    return account, f"{account}\0"


STATE_KEY = (ACCOUNT_ID, "playbook")
"""Columns that identify a row of `STATES`."""

STATES: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "playbook": pl.String(),
    "cycle": pl.String(),
    "state": pl.String(),
    "anchor": pl.Date(),
    "opened_on": pl.Date(),
    "opened_by": pl.String(),
    "entered_on": pl.Date(),
    "due_on": pl.Date(),
    "moves": pl.Int32(),
    "disarmed": pl.String(),
    "ended_on": pl.Date(),
    "doubted": pl.Date(),
    "doubted_on": pl.Date(),
    "prior_anchor": pl.Date(),
    "prior_state": pl.String(),
    "prior_entered_on": pl.Date(),
    "prior_due_on": pl.Date(),
    "prior_moves": pl.Int32(),
    "by_hand": pl.String(),
}
"""One row per account and playbook: its latest enrolment.

`due_on` is the date on which the state was due to be entered; its recurrences count from that date.
`moves` is the number of transitions of the enrolment. `disarmed` has the triggers that wait to be rearmed (`;a;`),
and those that were true on the last date on which the follow-up was open (`;=a;`).
`ended_on` is null while the enrolment is open.
`doubted` is a date of the account that is not believed yet, `doubted_on` the date on which it was first seen.
The `prior_` columns say where the enrolment was when its anchor last moved, or when it ended because of a date or as
`left` or by hand: there it goes on if the anchor or the account comes back.
`by_hand` has the numbers of the moves by hand that are carried out or count no more (`;5;8;`).
"""
STATE_COLUMNS = {name: f"@{name}" for name in STATES if name not in STATE_KEY}
"""By column of STATES, without its keys, the column in frames of accounts under evaluation."""

LEDGER: dict[str, pl.DataType] = {
    "action_id": pl.String(),
    "due_on": pl.Date(),
    "issued_on": pl.Date(),
    ACCOUNT_ID: pl.String(),
    "account_name": pl.String(),
    "playbook": pl.String(),
    "cycle": pl.String(),
    "step": pl.String(),
    "kind": pl.String(),
    "title": pl.String(),
    "owner_role": pl.String(),
    "owner": pl.String(),
    "priority": pl.String(),
    "status": pl.String(),
    "late_days": pl.Int32(),
    "reason": pl.String(),
    "revision": pl.Int32(),
    "action": pl.String(),
    "occurrence": pl.String(),
    "anchor": pl.Date(),
    "evaluated_on": pl.Date(),
    "contact_on": pl.Date(),
    "planned_on": pl.Date(),
    "until": pl.Date(),
    "message": pl.String(),
    "detail": pl.String(),
}
"""One row per ledger entry. The first sixteen columns are the contract of every listing.

`revision` numbers the entries of one action from 1; the latest entry is the valid one.
`contact_on` is the date on which an issued contact reaches the customer, null for all other entries. `planned_on` is
the date on which it would have reached the customer without the contact policy: the later of its due date and the
run's date. `until` is the last date on which the contact may go out. `detail` is JSON.
"""

LEDGER_ORDER = ("due_on", ACCOUNT_ID, "playbook", "step", "action_id", "revision")
"""Columns that every listing of ledger entries is sorted by."""

ENDED: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "playbook": pl.String(),
    "cycle": pl.String(),
    "outcome": pl.String(),
    "anchor": pl.Date(),
    "opened_on": pl.Date(),
    "opened_by": pl.String(),
    "ended_on": pl.Date(),
}
"""One row per enrolment that ended on the evaluated date."""

CONTACTS: dict[str, pl.DataType] = {
    name: LEDGER[name] for name in (ACCOUNT_ID, "playbook", "cycle", "step", "contact_on", "action")
}
"""One row per action that reaches a customer; those that differ only in `action` are one contact."""

OUTCOMES: dict[str, pl.DataType] = {
    "number": pl.Int64(),
    "action_id": pl.String(),
    "outcome": pl.String(),
    "on": pl.Date(),
    "by": pl.String(),
    "note": pl.String(),
    "result": pl.String(),
    "until": pl.Date(),
    "to": pl.String(),
    "source": pl.String(),
    "recorded_on": pl.Date(),
}
"""One row per outcome of an action, in the order in which they were recorded; none is ever rewritten.

`outcome` is done, dismissed, snoozed (until the date), assigned (`to` a person) or reopened, which takes back what was
done, dismissed or snoozed. `on` is the date on which it happened, `recorded_on` the one on which it came into the
store, by the command, file or delivery that `source` names. Of several outcomes of an action, the one recorded last is
valid; an assignment counts next to it.
"""

HAND_MOVES: dict[str, pl.DataType] = {
    "number": pl.Int64(),
    "move": pl.String(),
    ACCOUNT_ID: pl.String(),
    "playbook": pl.String(),
    "step": pl.String(),
    "owner": pl.String(),
    "to": pl.String(),
    "on": pl.Date(),
    "until": pl.Date(),
    "by": pl.String(),
    "because": pl.String(),
    "source": pl.String(),
    "recorded_on": pl.Date(),
}
"""One row per move by hand, in the order in which they were recorded; none is ever rewritten, a later one undoes it.

`move` is hold (nothing is issued for the account, or for one playbook of it, up to and including `until`), release,
enrol, close, skip (a step), unskip, or reassign (what `owner` has, and what is to come, goes `to` another person).
`playbook` and `step` are null where all are meant.
"""

QUARANTINE: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "row": pl.Int64(),
    "field": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
}
"""One row per bad value of a snapshot: its row number in the export, and why it was refused."""

PLAN_ITEMS: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "step": pl.String(),
    "cycle": pl.String(),
    "occurrence": pl.String(),
    "title": pl.String(),
    "person": pl.String(),
    "of_customer": pl.Boolean(),
    "due_on": pl.Date(),
    "done": pl.Boolean(),
    "file": pl.String(),
}
"""One row per item of a success plan with an owner and a date.

`step`, `cycle` and `occurrence` are those of its action. `person` is the person or role that the plan names, and
`of_customer` says whether that is one of the customer's people. `done` is true if the plan says that it is done.
"""

UNDECIDED: dict[str, pl.DataType] = {
    ACCOUNT_ID: pl.String(),
    "playbook": pl.String(),
    "field": pl.String(),
}
"""One row per account, playbook and field whose change the playbook could not decide on the evaluated date."""

READER = "@playbook"
"""Column of carried values: the playbook that compares with them; null for those that are read some days back."""

COUNTS: dict[str, pl.DataType] = {
    "playbook": pl.String(),
    "step": pl.String(),
    "what": pl.String(),
    "field": pl.String(),
    "accounts": pl.Int64(),
}
"""Counts of one date.

`what` is cannot_tell (with the missing field), opened, moved, absent, ignored or restarted (triggers, named as the
step, that came while a follow-up was open), resumed (cycles that went on), dates (enrolments whose date is another than
before), doubted (enrolments that wait because their date is doubted), waiting (accounts without room to enrol), held
(enrolled accounts on hold by hand; under no playbook, all accounts on hold), not_enrolled (accounts to be enrolled by
hand whose date is missing, or whose cycle has ended) or before_start (accounts of which an action of the step counts as
done, as it was due before the start).
"""


def with_unreadable(accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the accounts with the column `UNREADABLE_FIELDS`, empty where they lack it."""
    if UNREADABLE_FIELDS in accounts.columns:
        return accounts
    return accounts.with_columns(pl.lit(None, pl.String()).alias(UNREADABLE_FIELDS))


def with_marks(mark: pl.Expr) -> pl.Expr:
    """Return `UNREADABLE_FIELDS` with one more mark where that is not null."""
    return (
        pl.concat_str(UNREADABLE_FIELDS, mark, ignore_nulls=True)
        .replace("", None)
        .alias(UNREADABLE_FIELDS)
    )


def empty_table(schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return a table with these columns and no rows.

    Each schema's table is made once: Polars makes a series for each column, which takes longer than most operations on
    few rows.
    """
    return _empty(tuple(schema.items())).clone()


def table_of_rows(
    rows: Sequence[tuple[Any, ...]] | Sequence[dict[str, Any]], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """Return the rows as a table. On most dates there are none of most kinds."""
    return pl.DataFrame(rows, dict(schema), orient="row") if rows else empty_table(schema)


def null_columns(types: Mapping[str, pl.DataType], present: Collection[str]) -> list[pl.Expr]:
    """Return the columns that are not present, without values."""
    return [pl.lit(None, dtype).alias(name) for name, dtype in types.items() if name not in present]


def null_series(name: str, dtype: pl.DataType, height: int) -> pl.Series:
    """Return a column without values. Polars makes it at once, not by a query as `repeat` does."""
    return pl.Series(name, [None], dtype).new_from_index(0, height)


@cache
def _empty(columns: tuple[tuple[str, pl.DataType], ...]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(columns))


def stack(tables: Iterable[pl.DataFrame], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return the rows of the tables, which have this schema, in their order."""
    filled = [table for table in tables if table.height]
    return pl.concat(filled) if filled else empty_table(schema)


def counted(counts: pl.DataFrame, what: str) -> list[tuple[str, int]]:
    """Return the playbooks, in order, and the accounts of the rows of COUNTS that count `what`."""
    rows = counts.iter_rows()
    return sorted((playbook, accounts) for playbook, _, each, _, accounts in rows if each == what)
