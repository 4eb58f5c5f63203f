"""Reading a store, also while a run writes to it; a store that isn't there reads as an empty one.

Each call sees one commit, whole. It opens the database for reading only, and closes it again.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from ..evaluation.tables import ENDED, LEDGER
from . import connection, history, record, rows, schema, states
from .faults import reported
from .record import RunRecord
from .rows import CHUNK

ORDER = ("due_on", "account_id", "playbook", "step", "action_id", "revision")
"""Of every listing of the ledger."""

ENDED_ORDER = ("ended_on", "account_id", "playbook", "cycle")
"""Of every listing of ended enrolments."""

CONTACTS: dict[str, pl.DataType] = {
    name: LEDGER[name]
    for name in ("account_id", "playbook", "cycle", "step", "occurrence", "contact_on")
}
KNOWN: dict[str, pl.DataType] = {name: LEDGER[name] for name in ("action_id", "revision")}

_LATEST = "NOT EXISTS (SELECT 1 FROM replaced WHERE replaced.entry = ledger.entry)"
_AMONG = "IN (SELECT value FROM json_each(?))"

Condition = tuple[str, Any]
"""A condition in SQL and the value of its mark, if it has one."""


class Reader:
    """The store at `root`, for reading only; raises `Problems` where it cannot be read."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    @contextmanager
    def _session(self) -> Iterator[sqlite3.Connection]:
        with reported(self.root), connection.read(self.root) as database:
            yield database

    def last_committed(self) -> dt.date | None:
        """The latest date committed."""
        with self._session() as database:
            (last,) = database.execute("SELECT max(evaluated_on) FROM runs").fetchone()
        return dt.date.fromisoformat(last) if last else None

    def runs(self, on: dt.date | None = None) -> list[RunRecord]:
        """The records in the order committed: all, or those of one date."""
        where, values = _where([("evaluated_on = ?", on)])
        with self._session() as database:
            query = f"SELECT {', '.join(record.COLUMNS)} FROM runs{where} ORDER BY run"
            return [record.from_row(row) for row in database.execute(query, values)]

    def states(self, playbook: str | None = None) -> pl.DataFrame:
        """`STATES`: the latest state of each account and playbook, in that order."""
        with self._session() as database:
            frame = states.read(database, self.root)
        return frame if playbook is None else frame.filter(pl.col("playbook") == playbook)

    def pending(self, after: dt.date, accounts: pl.Series | None = None) -> pl.DataFrame:
        """`LEDGER`: the issued actions that fall due after the date, as last revised.

        Of all accounts, or of these.
        """
        conditions = [("due_on > ?", after), ("status = ?", "issued"), (_LATEST, None)]
        return ordered(self._of_accounts(LEDGER, conditions, accounts))

    def contacts(
        self,
        since: dt.date,
        columns: Sequence[str] = tuple(CONTACTS),
        accounts: pl.Series | None = None,
    ) -> pl.DataFrame:
        """`CONTACTS` (or other columns of `LEDGER`): what reaches customers on the date or later.

        Issued actions only, as last revised; of all accounts, or of these.
        """
        conditions = [("contact_on >= ?", since), ("status = ?", "issued"), (_LATEST, None)]
        asked = {name: LEDGER[name] for name in columns}
        return self._of_accounts(asked, conditions, accounts).sort(columns)

    def _of_accounts(
        self,
        columns: dict[str, pl.DataType],
        conditions: list[Condition],
        accounts: pl.Series | None,
    ) -> pl.DataFrame:
        """Ledger rows by date, of all accounts or of these.

        The plus keeps SQLite on the date's index, which holds the account too: far fewer rows are of some days than of
        some accounts.
        """
        if accounts is None:
            return self._select("ledger", columns, conditions)
        chosen = (f"+account_id {_AMONG}", accounts.unique().to_list())
        return self._select("ledger", columns, [*conditions, chosen])

    def known(self, action_ids: pl.Series) -> pl.DataFrame:
        """`KNOWN`: those of the actions that the ledger has, each with its latest revision."""
        ids = action_ids.drop_nulls().unique().sort().to_list()
        query = (
            "SELECT value, (SELECT max(revision) FROM ledger WHERE action_id = value) AS latest"
            " FROM json_each(?) WHERE latest IS NOT NULL"
        )
        with self._session() as database:
            chunks = [
                rows.to_frame(database.execute(query, [json.dumps(ids[n : n + CHUNK])]), KNOWN)
                for n in range(0, len(ids), CHUNK)
            ]
        return pl.concat([pl.DataFrame(schema=KNOWN), *chunks])

    def ledger(
        self,
        *,
        issued_on: dt.date | None = None,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
        owner: str | None = None,
        accounts: Collection[str] | None = None,
        playbooks: Collection[str] | None = None,
        statuses: Collection[str] | None = None,
        history: bool = False,
    ) -> pl.DataFrame:
        """`LEDGER`: actions as last revised, or with `history` every revision, in `ORDER`.

        `date_from` and `date_to` bound `due_on`, both ends in; each filter left out lets everything pass.
        """
        conditions: list[Condition] = [
            ("issued_on = ?", issued_on),
            ("due_on >= ?", date_from),
            ("due_on <= ?", date_to),
            ("owner = ?", owner),
            (f"account_id {_AMONG}", accounts),
            (f"playbook {_AMONG}", playbooks),
            (f"status {_AMONG}", statuses),
        ]
        if not history:
            conditions.append((_LATEST, None))
        return ordered(self._select("ledger", LEDGER, conditions))

    def ended(
        self,
        *,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
        accounts: Collection[str] | None = None,
        playbooks: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """`ENDED`: the enrolments that ended between the dates, both in, by date and account."""
        conditions: list[Condition] = [
            ("ended_on >= ?", date_from),
            ("ended_on <= ?", date_to),
            (f"account_id {_AMONG}", accounts),
            (f"playbook {_AMONG}", playbooks),
        ]
        return self._select("ended", ENDED, conditions).sort(ENDED_ORDER)

    def history_days(self) -> list[dt.date]:
        """The dates of the snapshots of which values are kept, earliest first."""
        with self._session() as database:
            return list(history.kept(database))

    def history(self, day: dt.date, fields: Collection[str]) -> pl.DataFrame:
        """`account_id` and those of the fields that are kept of the snapshot of that date."""
        with self._session() as database:
            file = history.kept(database).get(day)
            if file is None:
                return pl.DataFrame(schema={"account_id": pl.String()})
            return history.read(self.root, file, fields)

    def quarantine(self, on: dt.date) -> pl.DataFrame:
        """`QUARANTINE`: the bad values of the last run over that date, by row and field."""
        condition = "run = (SELECT max(run) FROM runs WHERE evaluated_on = ?)"
        found = self._select("quarantine", schema.QUARANTINE, [(condition, on)])
        return found.sort("row", "account_id", "field")

    def _select(
        self, table: str, columns: dict[str, pl.DataType], conditions: list[Condition]
    ) -> pl.DataFrame:
        where, values = _where(conditions)
        with self._session() as database:
            query = f"SELECT {schema.columns(columns)} FROM {table}{where}"
            return rows.to_frame(database.execute(query, values), columns)


def ordered(entries: pl.DataFrame) -> pl.DataFrame:
    """The entries in `ORDER`."""
    return entries.sort(ORDER)


def _where(conditions: list[Condition]) -> tuple[str, list[str]]:
    """A WHERE clause with its values; a condition whose value is None is left out."""
    given = [(text, value) for text, value in conditions if value is not None or "?" not in text]
    if not given:
        return "", []
    clause = " WHERE " + " AND ".join(text for text, _ in given)
    return clause, [_bound(value) for text, value in given if "?" in text]


def _bound(value: Any) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, str) else json.dumps(sorted(value))
