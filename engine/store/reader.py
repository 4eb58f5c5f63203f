"""Read a store, also during a run; a store that doesn't exist reads as an empty one.

Each call sees one complete commit. It opens the database for reading only, and closes it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problems
from ..core.schemas import (
    ALL_KEYS,
    CONTACTS,
    LEDGER,
    LEDGER_ORDER,
    QUARANTINE,
    READER,
    KeyRange,
    empty_table,
)
from ..language.actions_read import AGAIN
from ..workspace.store_address import StoreRoot
from . import (
    chain,
    connection,
    deliveries,
    errors,
    ledger,
    ledger_rows,
    manifest,
    places,
    recordings,
    seals,
    segments,
    snapshot_history,
    sqlite_rows,
    state_files,
    version_texts,
)
from .deliveries import Delivery, DeliveryState
from .errors import as_problems, rot_reported
from .filters import Filter, as_expression, given, in_sql
from .former_ids import (
    NO_FORMER_IDS,
    FormerIds,
    all_ids,
    present_record,
    present_states,
    with_former_ids,
    with_present_ids,
)
from .interned_texts import wanted
from .ledger import REVISION_KEY
from .ledger_rows import ENDS, ENTRIES, Layout
from .newest_run import Notes
from .run_record import RunRecord
from .store_database import Database, quoted_columns
from .version_texts import RunTexts

if TYPE_CHECKING:
    from ..project.loading import Project

ENDED_ORDER = ("ended_on", ACCOUNT_ID, "playbook", "cycle")
"""The order of every listing of ended enrolments."""

_LATEST = (
    "NOT EXISTS (SELECT 1 FROM replaced WHERE replaced.action_id = entries.action_id"
    " AND replaced.revision = entries.revision)",
    # The same by another way, so that a corrupt row of `replaced` cannot bring an entry back.
    "NOT EXISTS (SELECT 1 FROM entries AS later WHERE later.action_id = entries.action_id"
    " AND later.revision = entries.revision + 1)",
)
_ISSUED = "status IN (SELECT id FROM texts WHERE text = 'issued')"
_AMONG = "account_id IN (SELECT id FROM temp.wanted CROSS JOIN texts ON text = value)"
DATED = ("due_on", "contact_on", "planned_on", "ended_on")
"""Columns with an index by date."""
LONGEST_WAIT = dt.timedelta(days=2 * 366)
"""How long ago the planned day of a postponed action can be: it waits for a year at most, and runs can be late."""


class EntryChoice(NamedTuple):
    """Filters that an entry passes, all of them, and clauses that they imply, by which SQLite finds a partial index."""

    filters: list[Filter]
    clauses: tuple[str, ...] = ()


class Reader:
    """The store at `root`, for reading only; raises `Problems` if it cannot be read.

    Rows under `former` ids of playbooks are read under their present ones.
    """

    def __init__(self, root: StoreRoot | str, former: FormerIds = NO_FORMER_IDS) -> None:
        self.root = places.as_root(root)
        self._former = former

    @classmethod
    def of(cls, project: Project) -> Reader:
        """Return the reader of a workspace's store, under the present ids of its playbooks."""
        return cls(project.store, project.former_ids)

    @contextmanager
    def _session(self) -> Iterator[Database]:
        with as_problems(self.root), connection.connect_reader(self.root) as database:
            yield database

    def refuse_taken_back(self, workspace: Path) -> None:
        """Raise `Problems` if the store is older than the one that the workspace used, or gone."""
        if problems := Notes(self.root, workspace).problems():
            raise Problems(problems)

    def last_committed(self) -> dt.date | None:
        """Return the latest date committed."""
        with self._session() as database:
            latest = " ORDER BY evaluated_on DESC, runs.run DESC LIMIT 1"
            found = chain.records(database, self.root, latest)
        return found[0].on if found else None

    def runs(self, on: dt.date | None = None) -> list[RunRecord]:
        """Return the records in the order committed: all, or those of one date."""
        clause, values = ("", []) if on is None else (" WHERE evaluated_on = ?", [on.isoformat()])
        return self._records(f"{clause} ORDER BY runs.run", values)

    def latest_runs(self, most: int, snapshot_before: dt.date | None = None) -> list[RunRecord]:
        """Return at most `most` of the last records, in the order committed.

        With a date, only of those that read a snapshot before it.
        """
        clause, values = "", []
        if snapshot_before is not None:
            clause, values = " WHERE snapshot_on < ?", [snapshot_before.isoformat()]
        clause += f" ORDER BY runs.run DESC LIMIT {most}"
        return self._records(clause, values)[::-1]

    def _records(self, clause: str, values: Sequence[str]) -> list[RunRecord]:
        with self._session() as database:
            found = chain.records(database, self.root, clause, values)
        return [present_record(record, self._former) for record in found]

    def snapshots_seen(self, before: dt.date) -> set[dt.date]:
        """Return the dates of the snapshots that runs over dates before this one read, and whose values are saved."""
        return self._snapshots(
            before, " AND snapshot_on IN (SELECT day FROM files WHERE kind = 'history')"
        )

    def snapshots_read(self, before: dt.date) -> set[dt.date]:
        """Return the dates of the snapshots that runs over dates before this one read, saved or not."""
        return self._snapshots(before)

    def _snapshots(self, before: dt.date, clause: str = "") -> set[dt.date]:
        query = f"SELECT DISTINCT snapshot_on FROM runs WHERE evaluated_on < ?{clause}"
        with self._session() as database:
            found = database.execute(query, [before.isoformat()])
            return {dt.date.fromisoformat(day) for (day,) in found}

    def last_evaluation(self, playbook: str, before: dt.date) -> RunRecord | None:
        """Return the record of the last run over a date before this one that evaluated the playbook."""
        ids = all_ids([playbook], self._former)
        named = " OR ".join(["instr(playbooks, ?) > 0"] * len(ids))
        clause = f" WHERE evaluated_on < ? AND ({named}) ORDER BY runs.run DESC LIMIT 1"
        found = self._records(clause, [before.isoformat(), *(f'"{id}":' for id in ids)])
        return found[0] if found else None

    def run_texts(self, on: dt.date | None = None) -> RunTexts | None:
        """Return the texts that the last run read, or the last one over a date; None without such a run."""
        with self._session() as database:
            return version_texts.read_version(database, on)

    def entries_of(self, run: int) -> pl.DataFrame:
        """Return `LEDGER`: the entries that a run of this number added, in no order."""
        with self._session() as database:
            clause, values = chain.rows_of(database, run)
            found, _ = ledger_rows.select(database, self.root, ENTRIES, clause, values)
            filed = [file for file in segments.live_segments(database) if file.run == run]
            return pl.concat(
                [found, segments.scan_segments(self.root, filed).select(list(LEDGER)).collect()]
            )

    def states(
        self,
        playbook: str | None = None,
        stretch: KeyRange = ALL_KEYS,
        *,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Return `STATES`: the latest state of each account (of the stretch) and playbook, in that order if needed."""
        with self._session() as database:
            frame = state_files.read_states(database, self.root, key_filters(stretch))
        frame = present_states(frame, self._former)
        frame = state_files.in_state_order(frame) if in_order else frame
        return frame if playbook is None else frame.filter(pl.col("playbook") == playbook)

    def pending(
        self,
        after: dt.date,
        accounts: pl.Series | None = None,
        stretch: KeyRange = ALL_KEYS,
        *,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Return `LEDGER`: the actions that are still to come after the date, as last revised; in `ORDER` if needed.

        Issued actions that fall due or reach the customer after it, and postponed ones; of all accounts, or of these.
        """
        issued = Filter("status", "=", "issued")
        due = [Filter("due_on", ">", after), issued]
        late = [Filter("contact_on", ">", after), Filter("due_on", "<=", after), issued]
        since = Filter("planned_on", ">=", after - LONGEST_WAIT)
        waiting = [since, Filter("status", "=", "postponed")]
        keys = key_filters(stretch)
        choices = [
            EntryChoice([*due, *keys]),
            EntryChoice([*late, *keys]),
            EntryChoice([*waiting, *keys], ("contact_on IS NULL",)),
        ]
        with self._session() as database:
            found = self._passing(database, LEDGER, choices, accounts)
        return in_ledger_order(found) if in_order else found

    def current(self, since: dt.date, until: dt.date) -> pl.DataFrame:
        """Return `LEDGER`: the issued and postponed actions that were current since a date, as last revised.

        They were issued, fall due or reach the customer on it or later, and were issued until the other date.
        """
        more = [Filter("issued_on", "<=", until), Filter("status", "in", ("issued", "postponed"))]
        choices = [
            EntryChoice([Filter(name, ">=", since), *more])
            for name in ("issued_on", "due_on", "contact_on")
        ]
        with self._session() as database:
            found = self._passing(database, LEDGER, choices, None)
        return in_ledger_order(found.unique("action_id"))

    def contacts(
        self,
        since: dt.date,
        columns: Sequence[str] = tuple(CONTACTS),
        accounts: pl.Series | None = None,
        until: dt.date | None = None,
    ) -> pl.DataFrame:
        """Return `CONTACTS` (or other columns of `LEDGER`): what reaches customers from one date to another.

        Issued actions only, as last revised; of all accounts, or of these.
        """
        filters = [
            Filter("contact_on", ">=", since),
            Filter("contact_on", "<=", until),
            Filter("status", "=", "issued"),
        ]
        asked = {name: LEDGER[name] for name in columns}
        return self._entries(asked, filters, accounts).sort(columns)

    def known(self, action_ids: pl.Series, stretch: KeyRange = ALL_KEYS) -> pl.DataFrame:
        """Return `KNOWN`: those of the actions, all of accounts of the stretch, that the ledger has, last revised."""
        with self._session() as database:
            return ledger.known_revisions(database, self.root, action_ids, key_filters(stretch))

    def ledger(
        self,
        *,
        issued_on: dt.date | None = None,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
        owner: str | None = None,
        accounts: Collection[str] | None = None,
        playbooks: Collection[str] | None = None,
        steps: Collection[str] | None = None,
        statuses: Collection[str] | None = None,
        history: bool = False,
        issued_to: dt.date | None = None,
        columns: Sequence[str] = tuple(LEDGER),
    ) -> pl.DataFrame:
        """Return `LEDGER`, or these columns of it: actions as last revised, or every revision, in `ORDER`.

        `date_from` and `date_to` bound `due_on`, both included; every row passes a filter that is left out.
        With `history`, every revision is returned.
        """
        filters = [
            Filter("issued_on", "=", issued_on),
            Filter("issued_on", "<=", issued_to),
            Filter("due_on", ">=", date_from),
            Filter("due_on", "<=", date_to),
            Filter("owner", "=", owner),
            Filter("playbook", "in", playbooks),
            Filter("step", "in", steps),
            Filter("status", "in", statuses),
        ]
        asked = {name: LEDGER[name] for name in columns}
        return in_ledger_order(self._entries(asked, filters, _ids(accounts), latest=not history))

    def whole_ledger(self, most: int) -> pl.DataFrame | None:
        """Return `LEDGER`: every revision of every action; None where there may be more than `most` entries."""
        with self._session() as database:
            (last,) = database.execute("SELECT coalesce(max(entry), 0) FROM entries").fetchone()
            if last > most or segments.live_segments(database):
                return None
        return self.ledger(history=True)

    def unfinished(
        self,
        on: dt.date,
        *,
        issued_on: dt.date | None = None,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
        accounts: Collection[str] | None = None,
        playbooks: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Return `LEDGER`: the issued actions, as last revised, that no outcome up to a date finishes, in `ORDER`.

        Some that an outcome finishes are among them: those with another outcome too, such as reopened ones. The other
        parameters are those of `ledger`. SQLite selects the rows, as in `step_history`.
        """
        filters = [
            Filter("issued_on", "=", issued_on),
            Filter("due_on", ">=", date_from),
            Filter("due_on", "<=", date_to),
            Filter("playbook", "in", playbooks),
            Filter("status", "=", "issued"),
        ]
        finished = recordings.finished_actions(on)
        clauses = (_ISSUED, f"action_id NOT IN ({finished})")
        with self._session() as database:
            choices = [EntryChoice(filters, clauses)]
            found = self._passing(database, LEDGER, choices, _ids(accounts))
            if segments.live_segments(database):
                ids = [ledger_rows.unkey(each) for (each,) in database.execute(finished)]
                among = pl.Series(ids, dtype=pl.String).implode()
                found = found.filter(~pl.col("action_id").is_in(among))
        return in_ledger_order(found)

    def reminded(self) -> pl.DataFrame:
        """Return `playbook`, `step` and `action` of the actions that have ever been issued again."""
        kinds = {name: LEDGER[name] for name in ("playbook", "step", "action")}
        query = "SELECT DISTINCT playbook, step, action FROM forms WHERE instr(occurrence, ?)"
        with self._session() as database:
            rows = database.execute(query, [AGAIN]).fetchall()
            found = [pl.DataFrame(rows, schema=kinds, orient="row")]
            if listed := segments.live_segments(database):
                again = pl.col("occurrence").str.contains(AGAIN, literal=True)
                filed = segments.scan_segments(self.root, listed).filter(again)
                found.append(filed.select(list(kinds)).unique().collect())
        return with_present_ids(pl.concat(found).unique(), self._former)

    def step_history(
        self,
        playbooks: Collection[str],
        steps: Collection[str],
        actions: Collection[str],
        columns: Sequence[str],
    ) -> pl.DataFrame:
        """Return columns of `LEDGER`: every revision of these actions of these steps, of all accounts, in no order.

        A run asks on every date. So SQLite selects the rows, and only those are decoded: unlike in other queries, a row
        whose form has been damaged is missed here, and found by `verify`.
        """
        filters = [
            Filter("playbook", "in", playbooks),
            Filter("step", "in", steps),
            Filter("action", "in", actions),
        ]
        filters = with_former_ids(filters, self._former)
        asked = {name: LEDGER[name] for name in columns}
        either = (", ".join("?" * len(names)) for names in (steps, actions))
        forms = "SELECT id FROM forms WHERE step IN ({}) AND action IN ({})".format(*either)
        where = f" WHERE form IN ({forms})"
        with self._session() as database:
            values = [*sorted(steps), *sorted(actions)]
            found, _ = ledger_rows.select(database, self.root, ENTRIES, where, values)
            found = found.filter(as_expression(filters)).select(columns)
            filed = self._in_volumes(database, asked, [EntryChoice(filters)], None, latest=False)
        both = found if filed is None else pl.concat([found, filed])
        return with_present_ids(both, self._former)

    def revisions(
        self, action_ids: pl.Series, columns: Sequence[str] = tuple(LEDGER)
    ) -> pl.DataFrame:
        """Return `LEDGER`, or these columns of it: every revision of these actions, by action and revision."""
        ids = action_ids.drop_nulls().unique()
        if ids.is_empty():
            return empty_table({name: LEDGER[name] for name in columns})
        with self._session() as database:
            found = ledger.entries_with_ids(database, self.root, ids)
        return with_present_ids(found.sort(list(REVISION_KEY)).select(columns), self._former)

    def action_ids(self, beginnings: Collection[str]) -> list[str]:
        """Return the ids of all actions that begin with one of these texts, sorted."""
        with self._session() as database:
            return ledger.ids_beginning(database, self.root, beginnings)

    def _entries(
        self,
        columns: dict[str, pl.DataType],
        filters: list[Filter],
        accounts: pl.Series | None = None,
        *,
        latest: bool = True,
    ) -> pl.DataFrame:
        """Return columns of the ledger's entries that pass, of all accounts or of these."""
        with self._session() as database:
            return self._passing(database, columns, [EntryChoice(filters)], accounts, latest=latest)

    def _passing(
        self,
        database: Database,
        columns: dict[str, pl.DataType],
        choices: Sequence[EntryChoice],
        accounts: pl.Series | None,
        *,
        latest: bool = True,
    ) -> pl.DataFrame:
        """Return columns of the entries that pass any of the choices, from the table and from the segments.

        An entry of the table that passes several is there several times.
        """
        if accounts is not None and accounts.is_empty():
            return empty_table(columns)
        more = _LATEST if latest else ()
        choices = [
            EntryChoice(with_former_ids(each.filters, self._former), each.clauses)
            for each in choices
        ]
        found = [
            self._in_table(database, ENTRIES, filters, accounts, *clauses, *more)
            for filters, clauses in choices
        ]
        parts = [each.select(list(columns)) for each in found]
        filed = self._in_volumes(database, columns, choices, accounts, latest)
        parts += [] if filed is None else [filed]
        return with_present_ids(pl.concat(parts), self._former)

    def _in_table(
        self,
        database: Database,
        layout: Layout,
        filters: list[Filter],
        accounts: pl.Series | None,
        *more: str,
    ) -> pl.DataFrame:
        """Return the table's rows that pass, each checked.

        SQLite selects rows by its indexes alone. Other conditions are applied to rows that have been checked: a value
        that corruption has changed must not hide its row.
        """
        if ledger.has_fewer_rows(database, layout.table, 1):
            # Of a large portfolio all entries are in segments, and to name its accounts to SQLite takes time.
            return empty_table(layout.schema)
        dated = [each for each in given(filters) if each.column in DATED]
        others = [each for each in given(filters) if each.column not in DATED]
        texts, values = in_sql(dated)
        issued = [each for each in others if each.column == "issued_on"]
        if accounts is not None:
            # Far fewer rows are of some dates than of some accounts, and the date's index includes the account too.
            texts.append(f"{'+' if dated else ''}{_AMONG}")
        elif issued and not dated:
            text, numbers = chain.rows_issued(database, issued)
            texts, values = [text], numbers
        clause = " AND ".join([*texts, *more])
        asked = () if accounts is None else accounts.drop_nulls().unique().sort().to_list()
        with wanted(database, asked):
            where = f" WHERE {clause}" if clause else ""
            found, _ = ledger_rows.select(database, self.root, layout, where, values)
        if found.is_empty():
            return found
        self._refuse_astray(found, dated, accounts)
        return found.filter(as_expression(others))

    def _refuse_astray(
        self, found: pl.DataFrame, dated: list[Filter], accounts: pl.Series | None
    ) -> None:
        """Raise `Problems` if an index led to rows that do not match."""
        right = as_expression(dated)
        if accounts is not None:
            right &= pl.col(ACCOUNT_ID).is_in(accounts.unique().implode())
        if found.filter(right).height != found.height:
            raise Problems([errors.damaged(self.root, "an index of the database is not in order")])

    def _in_volumes(
        self,
        database: Database,
        columns: dict[str, pl.DataType],
        choices: Sequence[EntryChoice],
        accounts: pl.Series | None,
        latest: bool,
    ) -> pl.DataFrame | None:
        """Return columns of the segments' entries that pass any of the choices; None if there are no segments."""
        listed = segments.live_segments(database)
        if not listed:
            return None
        passes = pl.any_horizontal(as_expression(each.filters) for each in choices)
        asked = [*columns, *REVISION_KEY] if latest else [*columns]
        if accounts is not None:
            asked.append(ACCOUNT_ID)
            passes &= as_expression(
                [*key_filters((str(accounts.min()), None)), _not_after(accounts)]
            )
        scanned = segments.scan_segments(self.root, listed).filter(passes)
        frame = scanned.select(*dict.fromkeys(asked)).collect()
        if accounts is not None:
            # Of a segment's millions of rows few are of these dates: the accounts are searched among those alone.
            frame = frame.filter(pl.col(ACCOUNT_ID).is_in(accounts.unique().implode()))
        if latest and frame.height:
            replaced = _replaced(database, frame)
            if replaced.height:
                frame = frame.join(replaced, on=list(REVISION_KEY), how="anti")
        return frame.select(list(columns))

    def ended(
        self,
        *,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
        accounts: Collection[str] | None = None,
        playbooks: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Return `ENDED`: the enrolments that ended between the dates, both included, by date and account."""
        filters = [
            Filter("ended_on", ">=", date_from),
            Filter("ended_on", "<=", date_to),
            Filter("playbook", "in", playbooks),
        ]
        filters = with_former_ids(filters, self._former)
        with self._session() as database:
            found = self._in_table(database, ENDS, filters, _ids(accounts))
        found = with_present_ids(found, self._former)
        # A redo may have ended an enrolment again: its row replaces the earlier one.
        return found.unique(ENDED_ORDER, keep="last", maintain_order=True).sort(ENDED_ORDER)

    def outcomes(
        self,
        *,
        until: dt.date | None = None,
        actions: pl.Series | None = None,
        since: dt.date | None = None,
    ) -> pl.DataFrame:
        """Return `OUTCOMES` of all actions, or of these, in order of number.

        With `until`, only those that happened on that date or before. With `since`, instead of `actions`, those that
        happened on that date or later, or snooze an action until it or later.
        """
        with self._session() as database:
            found = recordings.stored_outcomes(database, self.root, actions, since)
        return found if until is None else found.filter(pl.col("on") <= until)

    def outcomes_to(self, until: dt.date) -> int:
        """Return the highest number of an outcome that happened on the date or before; 0 without any."""
        with self._session() as database:
            return recordings.last_outcome_number(database, until)

    def hand_moves(self, until: dt.date | None = None) -> pl.DataFrame:
        """Return `HAND_MOVES` in order of number; with a date, only those made on it or before."""
        with self._session() as database:
            found = with_present_ids(recordings.stored_moves(database, self.root), self._former)
        return found if until is None else found.filter(pl.col("on") <= until)

    def deliveries(
        self,
        states: Iterable[DeliveryState] = (),
        since: dt.date | None = None,
        channels: Iterable[str] = (),
        ended_since: dt.date | None = None,
    ) -> list[Delivery]:
        """Return the deliveries in these states and of these channels, or all; with dates, those since then."""
        with self._session() as database:
            return deliveries.read_deliveries(database, states, since, channels, ended_since)

    def deliveries_with_keys(self, keys: Iterable[str]) -> list[Delivery]:
        """Return the deliveries that have these keys."""
        with self._session() as database:
            return deliveries.deliveries_with_keys(database, keys)

    def history_days(self) -> list[dt.date]:
        """Return the dates of the snapshots whose values are saved, earliest first."""
        with self._session() as database:
            return snapshot_history.saved_days(database)

    def history(
        self, day: dt.date, fields: Collection[str], stretch: KeyRange = ALL_KEYS
    ) -> pl.DataFrame:
        """Return `account_id` and those of the fields that are saved of the snapshot of that date."""
        with self._session() as database:
            listed = manifest.live_files(database, "history", day=day)
            if not listed:
                return empty_table({ACCOUNT_ID: pl.String()})
            return snapshot_history.read_history(self.root, listed, fields, key_filters(stretch))

    def history_fields(self, day: dt.date) -> frozenset[str]:
        """Return the fields that are saved of the snapshot of that date."""
        with self._session() as database:
            listed = manifest.live_files(database, "history", day=day)
            return snapshot_history.saved_fields(self.root, listed) if listed else frozenset()

    def carried(self, day: dt.date, stretch: KeyRange = ALL_KEYS) -> pl.DataFrame:
        """Return the older values carried over the snapshot of that date; see `snapshot_history`."""
        with self._session() as database:
            listed = manifest.live_files(database, "carried", day=day)
            found = snapshot_history.read_carried(self.root, listed, key_filters(stretch))
        return with_present_ids(found, self._former, READER)

    def quarantine(self, on: dt.date) -> pl.DataFrame:
        """`QUARANTINE`: the bad values of the last run over that date, by row and field."""
        query = f"SELECT {quoted_columns(QUARANTINE)} FROM quarantine WHERE run = ?"
        newest = "SELECT max(run) FROM runs WHERE evaluated_on = ?"
        with self._session() as database, rot_reported(self.root, "quarantine"):
            (run,) = database.execute(newest, [on.isoformat()]).fetchone()
            if run is not None:
                seals.check_quarantine(database, self.root, run)
            found = sqlite_rows.to_frame(database.execute(query, [run]), QUARANTINE)
        return found.sort("row", ACCOUNT_ID, "field")


def in_ledger_order(entries: pl.DataFrame) -> pl.DataFrame:
    """Return the entries in `ORDER`, as far as they have its columns."""
    return entries.sort([name for name in LEDGER_ORDER if name in entries.columns])


def key_filters(stretch: KeyRange) -> list[Filter]:
    """Return filters for the accounts of a stretch."""
    first, end = stretch
    return [Filter(ACCOUNT_ID, ">=", first), Filter(ACCOUNT_ID, "<", end)]


def _ids(accounts: Collection[str] | None) -> pl.Series | None:
    return None if accounts is None else pl.Series(sorted(accounts), dtype=pl.String)


def _not_after(accounts: pl.Series) -> Filter:
    return Filter(ACCOUNT_ID, "<=", str(accounts.max()))


def _replaced(database: Database, entries: pl.DataFrame) -> pl.DataFrame:
    """Return `KNOWN`: the revisions, of these actions, that a later one replaces."""
    ids = entries["action_id"]
    return pl.concat(
        [
            ledger.rows_with_ids(database, "replaced", ids),
            ledger.revised_by(ledger.rows_with_ids(database, "entries", ids)),
        ]
    )
