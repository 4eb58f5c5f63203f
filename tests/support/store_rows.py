"""Rows, records and commits that tests of the store write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl
from tenure.engine.core.schemas import ENDED, LEDGER, QUARANTINE, STATES
from tenure.engine.store import CommitTarget, RunRecord, Store
from tenure.engine.store.version_texts import NO_TEXTS

FIRST = dt.date(2026, 1, 1)


def day(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


def table(schema: dict[str, pl.DataType], rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def record(number: int, attempt: int = 1, **values: Any) -> RunRecord:
    on = day(number)
    count = {"playbook": "renewal", "step": "grace", "what": "moved", "field": None, "accounts": 3}
    fixed = {
        "run_on": on,
        "snapshot_on": on,
        "snapshot_digest": "ab",
        "snapshot_rows": 5,
        "quarantined": 0,
        "playbooks": {"renewal": "cd"},
        "engine": "1.0",
        "counts": [count],
        "issued": 2,
    }
    return RunRecord(on=on, attempt=attempt, **(fixed | values))


def state(account: str, name: str, playbook: str = "renewal") -> dict[str, Any]:
    return {"account_id": account, "playbook": playbook, "state": name, "anchor": FIRST}


def entry(
    action_id: str, revision: int = 1, status: str = "issued", **values: Any
) -> dict[str, Any]:
    fixed = {"account_id": "a", "playbook": "renewal", "due_on": FIRST, "step": "grace"}
    return fixed | {"action_id": action_id, "revision": revision, "status": status} | values


def commit_tables(
    target: CommitTarget,
    record: RunRecord,
    states: pl.DataFrame,
    entries: pl.DataFrame,
    ended: pl.DataFrame,
    quarantined: pl.DataFrame,
    history: pl.DataFrame | None = None,
    history_on: dt.date | None = None,
    carried: pl.DataFrame | None = None,
    texts: Mapping[str, str] = NO_TEXTS,
) -> None:
    """Add one evaluated date at once, as a run adds it in parts."""
    with target.begin(record.on, record.attempt, record.snapshot_on) as part:
        part.add(states, entries, ended, history, carried)
        part.finish(record, quarantined, history_on, texts=texts)


def commit(
    store: Store,
    record: RunRecord,
    changed: list[dict[str, Any]] | None = None,
    entries: list[dict[str, Any]] | None = None,
    ended: list[dict[str, Any]] | None = None,
    quarantined: list[dict[str, Any]] | None = None,
    history: pl.DataFrame | None = None,
) -> None:
    commit_tables(
        store,
        record,
        table(STATES, changed or []),
        table(LEDGER, entries or []),
        table(ENDED, ended or []),
        table(QUARANTINE, quarantined or []),
        history,
    )
