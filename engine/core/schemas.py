"""The tables that evaluation takes and gives: their columns and Polars types, in order."""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID

KeyRange = tuple[str | None, str | None]
"""Accounts by id, from the first up to, but without, the second; None is open."""

ALL_KEYS: KeyRange = (None, None)

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
}
"""One row an account and playbook: its latest enrolment.

`due_on` is the date the state was due to be entered (its repeats count from it), `moves` how many transitions
the enrolment has made, `disarmed` the triggers that wait to be armed again (`;a;b;`), `ended_on` null while open.
"""

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
    "message": pl.String(),
    "detail": pl.String(),
}
"""One row an entry. The first sixteen columns are the contract of every listing.

`revision` counts an action's entries from 1: a change of mind is a new one. `contact_on` is the date an issued
contact reaches the customer (the later of due and issued), null for what does not. `detail` is JSON.
"""

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
"""One row an enrolment that ended on the date evaluated."""

COUNTS: dict[str, pl.DataType] = {
    "playbook": pl.String(),
    "step": pl.String(),
    "what": pl.String(),
    "field": pl.String(),
    "accounts": pl.Int64(),
}
"""Counts of one date: `what` is cannot_tell (with the missing field), opened, ended, moved, or absent."""
