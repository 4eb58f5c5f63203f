"""Check outcomes against the ledger: which may be recorded, which are recorded already, and which are wrong.

The good ones are returned as `OUTCOMES`; every other one becomes a warning that names its place and what to write.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from ..core.problems import Problem
from ..core.schemas import OUTCOMES
from ..store.action_standing import SERIES_COLUMNS, with_series
from ..store.store_view import StoreView
from ..text.suggest import suggest
from .outcome_rows import BAD_OUTCOME, OutcomeRow

FEWEST_DIGITS = 4
"""Of the beginning of an id that is enough to name the action."""

COMPARED_IDS = 20_000
"""Maximum number of ids that are searched for a similar one."""

_Key = tuple[str, str, dt.date, str | None, str | None, str | None, dt.date | None, str | None]
_Row = dict[str, str | dt.date | None]


@dataclass(frozen=True, slots=True)
class CheckedOutcomes:
    """The outcomes to record (`OUTCOMES` without numbers), and what was found about the others.

    Attributes:
        outcomes: The outcomes to record, in the order in which they were written.
        problems: A warning for each outcome that is not recorded because it is wrong.
        known: How many are recorded already.
        replaced: A line for each action of which another outcome was valid until now.
    """

    outcomes: pl.DataFrame
    problems: tuple[Problem, ...]
    known: int
    replaced: tuple[str, ...]


def check_outcomes(
    store: StoreView,
    rows: Sequence[OutcomeRow],
    today: dt.date,
    source: str,
    *,
    again: bool = False,
) -> CheckedOutcomes:
    """Return which of the rows are to be recorded.

    Args:
        store: The ledger and the outcomes recorded before.
        rows: The outcomes, in the order in which they happened or were written.
        today: The date of the recording, which is that of rows without one.
        source: The command, file or query that they were read from.
        again: If true, an outcome is recorded already only where it is the valid one of its action. Otherwise an
            equal one of any time counts, so that a file read twice adds nothing.
    """
    return OutcomeCheck(store, today, again=again).check(rows, source)


class OutcomeCheck:
    """Checks of outcomes, one after the other: the store is read once, when the first has rows.

    The outcomes that a check returns count as recorded for those that follow.
    """

    def __init__(self, store: StoreView, today: dt.date, *, again: bool = False) -> None:
        self._store, self._today, self._again = store, today, again
        self._source = ""
        self._seen: Counter[_Key] = Counter()

    @cached_property
    def _actions(self) -> Actions:
        return Actions(self._store)

    @cached_property
    def _recorded(self) -> list[_Row]:
        return self._store.outcomes().rows(named=True)

    @cached_property
    def _counts(self) -> Counter[_Key]:
        return Counter(map(_key, self._recorded))

    @cached_property
    def _valid(self) -> dict[tuple[str, bool], _Row]:
        return {_slot(row): row for row in self._recorded}

    def check(self, rows: Sequence[OutcomeRow], source: str) -> CheckedOutcomes:
        """Return which of the rows are to be recorded; see `check_outcomes`."""
        if not rows:
            return CheckedOutcomes(_table([]), (), 0, ())
        self._source, self._seen = source, Counter()
        good: list[_Row] = []
        problems: list[Problem] = []
        replaced: dict[tuple[str, bool], str] = {}
        known = 0
        for written in rows:
            id = self._actions.resolve(written.action_id)
            row = self._row(written, id if isinstance(id, str) else "")
            if isinstance(id, str) and self._is_recorded(row, dated=written.on is not None):
                known += 1
                continue
            wrong = self._wrong(written, row) if isinstance(id, str) else id
            if wrong is not None:
                message, hint = wrong
                where = f"{written.place}: {message}"
                problems.append(Problem(BAD_OUTCOME, where, hint=hint, severity="warning"))
                continue
            before = self._valid.get(_slot(row))
            if before is not None and row["outcome"] != "reopened" != before["outcome"]:
                replaced[_slot(row)] = _replaces(row, before)
            self._valid[_slot(row)] = row
            good.append(row)
        self._counts.update(map(_key, good))
        return CheckedOutcomes(_table(good), tuple(problems), known, tuple(replaced.values()))

    def _row(self, written: OutcomeRow, id: str) -> _Row:
        return {
            "action_id": id,
            "outcome": written.outcome,
            "on": written.on or self._today,
            "by": written.by,
            "note": written.note,
            "result": written.result,
            "until": written.until,
            "to": written.to,
            "source": self._source,
            "recorded_on": self._today,
        }

    def _is_recorded(self, row: _Row, *, dated: bool) -> bool:
        if self._again or not dated:
            before = self._valid.get(_slot(row))
            # Without a date of its own, the day of its recording does not make it another outcome.
            same = {} if dated else {"on": row["on"]}
            return before is not None and _key({**before, **same}) == _key(row)
        key = _key(row)
        self._seen[key] += 1
        return self._seen[key] <= self._counts[key]

    def _wrong(self, written: OutcomeRow, row: _Row) -> tuple[str, str] | None:
        """Return why an outcome cannot be recorded, and what to write instead; None if it can."""
        id, on, until = str(row["action_id"]), written.on or self._today, written.until
        if on > self._today:
            return f"{on} is after today, {self._today}", "write the date on which it happened"
        status, issued_on = self._actions.of(id)
        if status != "issued":
            return (
                f"the action {id} was {status}: it is not to be done",
                "see the account's other actions with `tenure actions --account`",
            )
        if issued_on is not None and on < issued_on:
            hint = "write the date on which it happened"
            return f"{on} is before {issued_on}, when the action {id} was issued", hint
        if written.outcome == "snoozed":
            if until is None:
                return "`until` is missing", "write until which date it is snoozed"
            if until <= on:
                return f"`until` is {until}, which is not after {on}", "write a later date"
        elif until is not None:
            return f"`until` means nothing for {written.outcome}", "leave it out, or write snoozed"
        if (written.outcome == "assigned") != (written.to is not None):
            if written.to is None:
                return "`to` is missing", "write the person whom it is assigned to"
            return f"`to` means nothing for {written.outcome}", "leave it out, or write assigned"
        before = self._valid.get((id, False))
        if written.outcome == "reopened" and (before is None or before["outcome"] == "reopened"):
            return self._nothing_to_reopen(id)
        return None

    def _nothing_to_reopen(self, id: str) -> tuple[str, str]:
        """Return why an action without an outcome cannot be reopened: it is open, or another of its series ended it."""
        mine = self._series.filter(pl.col("action_id") == id).select("@series")
        for other in self._series.join(mine, on="@series", how="semi")["action_id"]:
            ended = self._valid.get((other, False))
            if ended is not None and ended["outcome"] in ("done", "dismissed"):
                what = f"the action {id} was issued again as {other}, which is {ended['outcome']}"
                return what, f"reopen {other}"
        return f"the action {id} is open: nothing is to be taken back", "leave it out"

    @cached_property
    def _series(self) -> pl.DataFrame:
        """Return the ids of all actions, with the number of the series that an action and its reminders are."""
        entries = with_series(self._store.ledger(columns=["action_id", *SERIES_COLUMNS]))
        keys = [*SERIES_COLUMNS[:-1], "@occurrence"]
        number = pl.struct(keys).rank("dense").alias("@series")
        return entries.sort("action_id").select("action_id", number)


class Actions:
    """The actions of a ledger, by id or by the beginning of one."""

    def __init__(self, store: StoreView) -> None:
        columns = ["action_id", "revision", "status", "issued_on"]
        entries = store.ledger(history=True, columns=columns).sort("action_id", "revision")
        issued = pl.col("issued_on").filter(pl.col("status") == "issued").min()
        found = entries.group_by("action_id", maintain_order=True).agg(
            pl.col("status").last(), issued.alias("issued_on")
        )
        self.ids: list[str] = found["action_id"].to_list()
        self._by_id: dict[str, tuple[str, dt.date | None]] = {
            id: (status, issued_on) for id, status, issued_on in found.iter_rows()
        }

    def of(self, id: str) -> tuple[str, dt.date | None]:
        """Return the status of an action, and the date on which it was first issued; None if it never was."""
        return self._by_id[id]

    def resolve(self, written: str) -> str | tuple[str, str]:
        """Return the id that begins so, or why there is not exactly one and what to write instead."""
        if written in self._by_id:
            return written
        near = list(self._begin(written)) if len(written) >= FEWEST_DIGITS else []
        if len(near) == 1:
            return near[0]
        if near:
            few = ", ".join(near[:3]) + ("" if len(near) <= 3 else ", …")
            return f"{len(near)} actions begin with `{written}`: {few}", "write more of the id"
        return f"there is no action `{written}`", self._hint(written)

    def _begin(self, written: str) -> Iterator[str]:
        for id in self.ids[bisect_left(self.ids, written) :]:
            if not id.startswith(written):
                return
            yield id

    def _hint(self, written: str) -> str:
        if len(written) < FEWEST_DIGITS:
            return f"write the id, or at least {FEWEST_DIGITS} digits of it"
        near = suggest(written, self.ids) if len(self.ids) <= COMPARED_IDS else None
        return f"did you mean {near}?" if near else "`tenure actions` shows the ids"


def _slot(row: _Row) -> tuple[str, bool]:
    """Return which outcome of its action a row replaces: the last one, or the last assignment."""
    return str(row["action_id"]), row["outcome"] == "assigned"


def _key(row: _Row) -> _Key:
    names = ("action_id", "outcome", "on", "by", "note", "result", "until", "to")
    return tuple(row[name] for name in names)  # type: ignore[return-value]


def _replaces(row: _Row, before: _Row) -> str:
    was = f"{before['outcome']} on {before['on']}{_person(before)}"
    return f"{row['action_id']} was {was}; now {row['outcome']} on {row['on']}{_person(row)} counts"


def _person(row: _Row) -> str:
    return f" by {row['by']}" if row["by"] else ""


def _table(rows: Sequence[_Row]) -> pl.DataFrame:
    columns = {name: [row.get(name) for row in rows] for name in OUTCOMES}
    return pl.DataFrame(columns, schema=OUTCOMES)
