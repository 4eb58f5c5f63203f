"""An overlay: commits in memory over a store that isn't touched, for previews of several dates.

The same commits made through a `Store` read back the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.membership import is_one_of
from ..core.problems import Problems
from ..core.revisions import last_revisions
from ..core.schemas import (
    ALL_KEYS,
    CONTACTS,
    ENDED,
    HAND_MOVES,
    LEDGER,
    OUTCOMES,
    QUARANTINE,
    STATES,
    KeyRange,
    empty_table,
    stack,
)
from ..core.upsert import upsert, without
from . import connection, ledger, state_files
from . import run_record as records
from .filters import as_expression
from .ledger import REVISION_KEY
from .reader import ENDED_ORDER, Reader, in_ledger_order, key_filters
from .retention import NOTHING_EXPIRES, Retention
from .run_record import RunRecord
from .snapshot_history import NOTHING_CARRIED, outdated
from .store_database import Database
from .store_view import PartialCommit
from .version_texts import NO_TEXTS

FEW_ENTRIES, FEW_ACCOUNTS = 100_000, 10_000
"""Up to these, an overlay of several dates copies what is below, instead of reading parts of it on every date."""

_Answer = TypeVar("_Answer")


class _Nothing(Reader):
    """A reader of a store that does not exist."""

    @contextmanager
    def _session(self) -> Iterator[Database]:
        with closing(connection.connect_empty()) as database:
            yield database


class _Part(NamedTuple):
    """A part of a commit; see `Commit.add`."""

    states: pl.DataFrame
    entries: pl.DataFrame
    ended: pl.DataFrame
    history: pl.DataFrame | None
    carried: pl.DataFrame | None


class MemoryCommit:
    """A commit's parts in memory; the contract is `Commit`'s."""

    def __init__(self, overlay: Overlay, belated: bool) -> None:
        self.belated = belated
        self._overlay = overlay
        self._parts: list[_Part] = []
        self._finished: tuple[Any, ...] = ()

    def add(
        self,
        states: pl.DataFrame,
        entries: pl.DataFrame,
        ended: pl.DataFrame,
        history: pl.DataFrame | None = None,
        carried: pl.DataFrame | None = None,
    ) -> None:
        """Take in a part."""
        self._parts.append(_Part(states, entries, ended, history, carried))

    def finish(
        self,
        record: RunRecord,
        quarantined: pl.DataFrame,
        history_on: dt.date | None = None,
        retention: Retention = NOTHING_EXPIRES,
        texts: Mapping[str, str] = NO_TEXTS,
    ) -> None:
        """Make all of it part of the overlay; as `Commit.finish`, but names below stay, and texts go."""
        self._finished = (record, quarantined, history_on, retention, texts)
        histories = [part.history for part in self._parts if part.history is not None]
        carried = [part.carried for part in self._parts if part.carried is not None]
        self._overlay.take_in(
            record,
            stack([_conformed(part.states, STATES) for part in self._parts], STATES),
            self._entries(),
            stack([_conformed(part.ended, ENDED) for part in self._parts], ENDED),
            quarantined,
            pl.concat(histories) if histories else None,
            history_on,
            pl.concat(carried) if carried else None,
        )

    def repeat(self, commit: PartialCommit) -> None:
        """Commit the same, part by part, once it is finished here."""
        for part in self._parts:
            commit.add(*part)
        commit.finish(*self._finished)

    def entries(self) -> list[pl.LazyFrame]:
        """Return the added entries, to be collected."""
        return [self._entries().lazy()]

    def read_back(self) -> list[pl.LazyFrame]:
        """Return the same as `entries`: an overlay is in memory."""
        return self.entries()

    def _entries(self) -> pl.DataFrame:
        return stack([_conformed(part.entries, LEDGER) for part in self._parts], LEDGER)


class Overlay:
    """A store in memory over another: it reads as a `Reader` and commits as a `Store`, but writes nothing.

    The store below is taken as it is at first: its states, and short answers about its runs, are read once. So is the
    rest of a small one, from the second date on.
    """

    def __init__(self, below: Reader | None = None) -> None:
        self._below = below or _Nothing("")
        self._ledger_below: Reader | None = self._below
        """None once its entries are copied."""
        self._answers: dict[tuple[Any, ...], Any] = {}
        self._states: pl.DataFrame | None = None
        self._reading = Lock()
        self._entries = empty_table(LEDGER)
        self._newest = empty_table(LEDGER)
        self._ended = empty_table(ENDED)
        self._outcomes = empty_table(OUTCOMES)
        self._moves = empty_table(HAND_MOVES)
        self._runs: list[RunRecord] = []
        self._history: dict[dt.date, pl.DataFrame] = {}
        self._carried: dict[dt.date, pl.DataFrame] = {}
        self._forgotten: set[dt.date] = set()
        self._quarantine: dict[dt.date, pl.DataFrame] = {}

    @contextmanager
    def begin(
        self, on: dt.date, attempt: int, snapshot_on: dt.date, *, belated: bool = False
    ) -> Iterator[MemoryCommit]:
        """Yield a commit of one evaluated date in parts; the contract is `Store.begin`'s."""
        del snapshot_on
        attempts = max((run.attempt for run in self.runs(on)), default=0)
        last = self.last_committed()
        refused = records.date_refusal(on, attempt, last, attempts, belated=belated)
        if refused:
            raise Problems([refused])
        if len(self._runs) == 1:
            self._copy_below()
        yield MemoryCommit(self, belated)

    def _copy_below(self) -> None:
        """Copy the ledger below, if it is small; other answers about the store are then copied when they are given."""
        rows = self._runs[0].snapshot_rows
        found = self._below.whole_ledger(FEW_ENTRIES) if rows <= FEW_ACCOUNTS else None
        if found is not None:
            self._entries = pl.concat([found, self._entries])
            self._newest = upsert(last_revisions(found), self._newest, ["action_id"])
            self._ledger_below = None

    def take_in(
        self,
        record: RunRecord,
        states: pl.DataFrame,
        entries: pl.DataFrame,
        ended: pl.DataFrame,
        quarantined: pl.DataFrame,
        history: pl.DataFrame | None = None,
        history_on: dt.date | None = None,
        carried: pl.DataFrame | None = None,
    ) -> None:
        """Add one date whose commit has begun, all of it or, with `Problems` raised, nothing.

        `states` are the changed rows of `STATES`; `entries` are `LEDGER`, `ended` `ENDED`, `quarantined` `QUARANTINE`;
        `history` and `carried` are what `Commit.add` takes, `history_on` is what `Commit.finish` does.
        """
        if entries.height:
            self._refuse_known(entries)
        self._runs.append(record)
        if states.height:
            changed = state_files.newest_rows(state_files.conformed(states))
            self._states = state_files.in_state_order(upsert(self.states(), changed))
        if entries.height:
            entries = _conformed(entries, LEDGER)
            self._entries = pl.concat([self._entries, entries])
            # Every part of every later date asks for them: over a year, sorting all entries each time took most of it.
            self._newest = upsert(self._newest, last_revisions(entries), ["action_id"])
        self._ended = pl.concat([self._ended, _conformed(ended, ENDED)])
        self._quarantine[record.on] = _conformed(quarantined, QUARANTINE)
        if history is not None:
            self._history[record.snapshot_on] = history.sort(ACCOUNT_ID)
            self._forgotten.discard(record.snapshot_on)
        if history is not None or carried is not None:
            nothing = empty_table(NOTHING_CARRIED)
            self._carried[record.snapshot_on] = nothing if carried is None else carried
        if history_on is not None:
            days = {*self.history_days(), record.snapshot_on}
            self._forgotten.update({*outdated(days, history_on)} - {record.snapshot_on})

    def record(self, outcomes: pl.DataFrame, moves: pl.DataFrame) -> None:
        """Append `OUTCOMES` and `HAND_MOVES` in memory; the contract is `Store.record`'s."""
        self._outcomes = pl.concat([self._outcomes, _conformed(outcomes, OUTCOMES)])
        self._moves = pl.concat([self._moves, _conformed(moves, HAND_MOVES)])

    def _refuse_known(self, entries: pl.DataFrame) -> None:
        follows = entries.select("action_id", "revision").sort("action_id", "revision")
        known = self.known(entries["action_id"]).rename({"revision": "last"})
        place = pl.int_range(1, pl.len() + 1).over("action_id")
        expected = pl.col("last").fill_null(0) + place
        wrong = follows.join(known, on="action_id", how="left").filter(
            pl.col("revision") != expected
        )
        if wrong.height:
            action_id, revision, *_ = wrong.row(0)
            raise Problems([ledger.duplicate(action_id, revision)])

    def last_committed(self) -> dt.date | None:
        """Return the latest date committed, in memory or in the store below."""
        here = [run.on for run in self._runs]
        below = self._last_below()
        return max([*here, below] if below else here, default=None)

    def runs(self, on: dt.date | None = None) -> list[RunRecord]:
        """Return the records in the order committed: all, or those of one date."""
        here = [run for run in self._runs if on is None or run.on == on]
        below = [] if on and self._is_after_below(on) else self._below.runs(on)
        return below + here

    def latest_runs(self, most: int, snapshot_before: dt.date | None = None) -> list[RunRecord]:
        """Return at most `most` of the last records, in the order committed; see `Reader`."""
        here = [
            run
            for run in self._runs
            if snapshot_before is None or run.snapshot_on < snapshot_before
        ]
        if len(here) >= most:
            return here[-most:]
        return [*self._below.latest_runs(most, snapshot_before), *here][-most:]

    def snapshots_seen(self, before: dt.date) -> set[dt.date]:
        """Return the dates of the snapshots that runs over dates before this one read, and whose values are saved."""
        here = {run.snapshot_on for run in self._runs if run.on < before}
        # The values of a snapshot that was read below may be saved here.
        below = self._ask_once(self._below.snapshots_read, self._as_known_below(before))
        return (here | below) & {*self.history_days()}

    def last_evaluation(self, playbook: str, before: dt.date) -> RunRecord | None:
        """Return the record of the last run over a date before this one that evaluated the playbook."""
        here = [run for run in self._runs if run.on < before and playbook in run.playbooks]
        if here:
            return here[-1]
        return self._ask_once(self._below.last_evaluation, playbook, self._as_known_below(before))

    def states(
        self,
        playbook: str | None = None,
        stretch: KeyRange = ALL_KEYS,
        *,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Return `STATES`: the latest state of each account (of the stretch) and playbook, in that order always."""
        del in_order
        with self._reading:
            if self._states is None:
                self._states = self._below.states()
        found = self._states
        if playbook is not None:
            found = found.filter(pl.col("playbook") == playbook)
        return found if stretch == ALL_KEYS else found.filter(as_expression(key_filters(stretch)))

    def pending(
        self,
        after: dt.date,
        accounts: pl.Series | None = None,
        stretch: KeyRange = ALL_KEYS,
        *,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Return `LEDGER`: the actions that are still to come after the date, as last revised; in `ORDER` if needed."""
        to_come = (pl.col("due_on") > after) | (pl.col("contact_on") > after).fill_null(False)
        pending = (pl.col("status") == "issued") & to_come | (pl.col("status") == "postponed")
        here = self._latest(accounts).filter(pending, as_expression(key_filters(stretch)))
        both = self._with_below(here, lambda below: below.pending(after, accounts, stretch))
        return in_ledger_order(both) if in_order else both

    def contacts(
        self,
        since: dt.date,
        columns: Sequence[str] = tuple(CONTACTS),
        accounts: pl.Series | None = None,
        until: dt.date | None = None,
    ) -> pl.DataFrame:
        """Return `CONTACTS`, or other columns: what reaches customers from one date to another."""
        names = list(dict.fromkeys([*columns, "action_id"]))
        reached = (pl.col("status") == "issued") & (pl.col("contact_on") >= since)
        if until is not None:
            reached &= pl.col("contact_on") <= until
        here = self._latest(accounts).filter(reached).select(names)
        both = self._with_below(here, lambda below: below.contacts(since, names, accounts, until))
        return both.select(columns).sort(columns)

    def known(self, action_ids: pl.Series, stretch: KeyRange = ALL_KEYS) -> pl.DataFrame:
        """Return `KNOWN`: those of the actions, all of accounts of the stretch, that were issued, as last revised."""
        here = self._newest.select(list(REVISION_KEY)).filter(
            pl.col("action_id").is_in(action_ids.drop_nulls().unique().implode())
        )
        both = self._with_below(here, lambda below: below.known(action_ids, stretch))
        return both.sort(list(REVISION_KEY))

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
        """Return `LEDGER`, or these columns of it; see `Reader`."""

        def ask(below: Reader) -> pl.DataFrame:
            return below.ledger(
                issued_on=issued_on,
                date_from=date_from,
                date_to=date_to,
                owner=owner,
                accounts=accounts,
                playbooks=playbooks,
                steps=steps,
                statuses=statuses,
                history=history,
                issued_to=issued_to,
            )

        here = self._entries if history else self._latest()
        here = _between(here, "issued_on", issued_on, issued_on)
        here = _between(here, "issued_on", None, issued_to)
        here = _between(here, "due_on", date_from, date_to)
        here = here if owner is None else here.filter(pl.col("owner") == owner)
        here = _among(here, account_id=accounts, playbook=playbooks, step=steps, status=statuses)
        both = self._with_below(here, ask, history=history)
        # Sorted by all columns of the order, whether or not they are asked for.
        return in_ledger_order(both).select(columns)

    def step_history(
        self,
        playbooks: Collection[str],
        steps: Collection[str],
        actions: Collection[str],
        columns: Sequence[str],
    ) -> pl.DataFrame:
        """Return columns of `LEDGER`: every revision of these actions of these steps; see `Reader`."""
        here = _among(self._entries, playbook=playbooks, step=steps, action=actions)
        return self._with_below(
            here.select(columns),
            lambda below: below.step_history(playbooks, steps, actions, columns),
            history=True,
        )

    def revisions(
        self, action_ids: pl.Series, columns: Sequence[str] = tuple(LEDGER)
    ) -> pl.DataFrame:
        """Return `LEDGER`, or these columns of it: every revision of these actions; see `Reader`."""
        among = pl.col("action_id").is_in(action_ids.drop_nulls().unique().implode())
        here = self._entries.filter(among)
        both = self._with_below(here, lambda below: below.revisions(action_ids), history=True)
        return both.sort(list(REVISION_KEY)).select(columns)

    def action_ids(self, beginnings: Collection[str]) -> list[str]:
        """Return the ids of all actions that begin with one of these texts, sorted."""
        here = self._entries["action_id"].unique().to_list()
        found = {id for id in here if id.startswith(tuple(beginnings))}
        return sorted(found | {*self._below.action_ids(beginnings)})

    def ended(
        self,
        *,
        date_from: dt.date | None = None,
        date_to: dt.date | None = None,
        accounts: Collection[str] | None = None,
        playbooks: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """Return `ENDED`: the enrolments that ended between the dates, both included, by date and account."""
        below = self._below.ended(
            date_from=date_from, date_to=date_to, accounts=accounts, playbooks=playbooks
        )
        here = _between(self._ended, "ended_on", date_from, date_to)
        here = _among(here, account_id=accounts, playbook=playbooks)
        return pl.concat([below, here]).unique(ENDED_ORDER, keep="last").sort(ENDED_ORDER)

    def outcomes(
        self,
        *,
        until: dt.date | None = None,
        actions: pl.Series | None = None,
    ) -> pl.DataFrame:
        """Return `OUTCOMES` in order of number; see `Reader`."""
        if self._outcomes.is_empty() and not self._copies():
            return self._below.outcomes(until=until, actions=actions)
        found = self._ask_once(self._below.outcomes) if self._copies() else self._below.outcomes()
        found = _numbered(found, self._outcomes) if self._outcomes.height else found
        if actions is not None:
            found = found.filter(pl.col("action_id").is_in(actions.unique().implode()))
        return found if until is None else found.filter(pl.col("on") <= until)

    def outcomes_to(self, until: dt.date) -> int:
        """Return the highest number of an outcome up to the date; see `Reader`."""
        if self._outcomes.is_empty():
            return self._below.outcomes_to(until)
        return int(self.outcomes(until=until)["number"].max() or 0)  # type: ignore[arg-type]

    def hand_moves(self, until: dt.date | None = None) -> pl.DataFrame:
        """Return `HAND_MOVES` in order of number; see `Reader`."""
        found = _numbered(self._ask_once(self._below.hand_moves), self._moves)
        return found if until is None else found.filter(pl.col("on") <= until)

    def history_days(self) -> list[dt.date]:
        """Return the dates of the snapshots whose values are saved, earliest first."""
        below = self._ask_once(self._below.history_days)
        return sorted({*below, *self._history} - self._forgotten)

    def history_fields(self, day: dt.date) -> frozenset[str]:
        """Return the fields that are saved of the snapshot of that date."""
        if day in self._forgotten:
            return frozenset()
        if day not in self._history:
            return self._ask_once(self._below.history_fields, day)
        return frozenset(self._history[day].columns) - {ACCOUNT_ID}

    def history(
        self, day: dt.date, fields: Collection[str], stretch: KeyRange = ALL_KEYS
    ) -> pl.DataFrame:
        """Return `account_id` and those of the fields that are saved of the snapshot of that date."""
        if day in self._forgotten:
            return empty_table({ACCOUNT_ID: pl.String()})
        if day not in self._history and self._copies() and day in self.history_days():
            self._history[day] = self._below.history(day, sorted(self.history_fields(day)))
        if day not in self._history:
            return self._below.history(day, fields, stretch)
        kept = self._history[day].filter(as_expression(key_filters(stretch)))
        names = dict.fromkeys([ACCOUNT_ID, *(name for name in fields if name in kept.columns)])
        return kept.select(list(names))

    def carried(self, day: dt.date, stretch: KeyRange = ALL_KEYS) -> pl.DataFrame:
        """Return the older values carried over the snapshot of that date; see `snapshot_history`."""
        if day in self._forgotten:
            return empty_table(NOTHING_CARRIED)
        if day not in self._carried and self._copies():
            self._carried[day] = self._below.carried(day)
        if day not in self._carried:
            return self._below.carried(day, stretch)
        return self._carried[day].filter(as_expression(key_filters(stretch)))

    def quarantine(self, on: dt.date) -> pl.DataFrame:
        """Return `QUARANTINE`: the bad values of the last run over that date, by row and field."""
        if on not in self._quarantine:
            return self._below.quarantine(on)
        return self._quarantine[on].sort("row", ACCOUNT_ID, "field")

    def _last_below(self) -> dt.date | None:
        return self._ask_once(self._below.last_committed)

    def _is_after_below(self, on: dt.date) -> bool:
        """Return whether the store below was never evaluated on the date or later."""
        last = self._last_below()
        return last is None or on > last

    def _as_known_below(self, before: dt.date) -> dt.date:
        """Return one date for all before which the store below has all its runs."""
        return dt.date.max if self._is_after_below(before) else before

    def _ask_once(self, ask: Callable[..., _Answer], *about: Any) -> _Answer:
        """Return what a method of the reader below says, which it is asked once."""
        key = (ask.__name__, *about)
        if key not in self._answers:
            self._answers[key] = ask(*about)
        return cast("_Answer", self._answers[key])

    def _latest(self, accounts: pl.Series | None = None) -> pl.DataFrame:
        """Return the actions made in memory, as last revised, of all accounts or of these."""
        if accounts is None:
            return self._newest
        return self._newest.filter(pl.col(ACCOUNT_ID).is_in(accounts.unique().implode()))

    def _with_below(
        self,
        here: pl.DataFrame,
        ask: Callable[[Reader], pl.DataFrame],
        *,
        history: bool = False,
    ) -> pl.DataFrame:
        """Return entries made in memory with those that the ledger below gives, unless they are copied already.

        Without `history`, those below whose actions have been revised here are left out.
        """
        if self._ledger_below is None:
            return here
        below = ask(self._ledger_below)
        if not history:
            below = without(below, self._newest, "action_id")
        return pl.concat([below, here])

    def _copies(self) -> bool:
        """Return whether what is below is small, and asked so often that it is copied."""
        return self._ledger_below is None


def _numbered(below: pl.DataFrame, here: pl.DataFrame) -> pl.DataFrame:
    """Return both, with numbers from 1 on."""
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("number")
    return pl.concat([below, here]).with_columns(number)


def _conformed(frame: pl.DataFrame, columns: dict[str, pl.DataType]) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in columns.items())


def _between(
    frame: pl.DataFrame, column: str, first: dt.date | None, last: dt.date | None
) -> pl.DataFrame:
    if first is not None:
        frame = frame.filter(pl.col(column) >= first)
    return frame if last is None else frame.filter(pl.col(column) <= last)


def _among(frame: pl.DataFrame, **allowed: Collection[str] | None) -> pl.DataFrame:
    for column, values in allowed.items():
        if values is not None:
            frame = frame.filter(is_one_of(pl.col(column), values))
    return frame
