"""Check outcomes against the ledger: which may be recorded, which are recorded already, and which are wrong.

The good ones are returned as `OUTCOMES`; every other one becomes a warning that names its place and what to write.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import polars as pl

from ..core.problems import Problem
from ..core.schemas import OUTCOMES
from ..store.action_standing import SERIES_COLUMNS, others_of_series, valid_outcomes
from ..store.store_view import StoreView
from ..text.suggest import suggest
from .outcome_rows import BAD_OUTCOME, OutcomeRow

FEWEST_DIGITS = 4
"""Of the beginning of an id that is enough to name the action."""

COMPARED_IDS = 2_000
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
    return OutcomeCheck(store, rows, today, again=again).check(rows, source)


class OutcomeCheck:
    """Checks of outcomes, one after the other: the store is read once, when the first has rows.

    The outcomes that a check returns count as recorded for those that follow.
    """

    def __init__(
        self, store: StoreView, every: Iterable[OutcomeRow], today: dt.date, *, again: bool = False
    ) -> None:
        """Prepare the checks of these rows; of the store only what they name is read."""
        self._store, self._today, self._again = store, today, again
        self._written = {row.action_id for row in every}
        self._source = ""
        self._here: set[_Key] = set()
        self._last: dict[tuple[str, bool], _Key] = {}
        self._seen: Counter[_Key] = Counter()

    @cached_property
    def _actions(self) -> Actions:
        return Actions(self._store, self._written)

    @cached_property
    def _recorded(self) -> list[_Row]:
        ids = pl.Series(self._actions.ids, dtype=pl.String)
        return self._store.outcomes(actions=ids).rows(named=True)

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
        rows, backwards = _as_they_happened(rows)
        resolved = [self._actions.resolve(written.action_id) for written in rows]
        found = [
            self._row(written, id if isinstance(id, str) else "")
            for written, id in zip(rows, resolved, strict=True)
        ]
        self._here = {_key(row) for row in found}
        self._last = {_slot(row): _key(row) for row in found}
        good: list[_Row] = []
        problems: list[Problem] = []
        replaced: dict[tuple[str, bool], str] = {}
        # A table joined to another one has rows twice; what is said twice in a row happened once.
        before_it: dict[tuple[str, bool], _Key] = {}
        known = 0
        for written, id, row in zip(rows, resolved, found, strict=True):
            if isinstance(id, str) and (
                before_it.get(_slot(row)) == _key(row)
                or self._is_recorded(row, dated=written.on is not None)
            ):
                before_it[_slot(row)] = _key(row)
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
            before_it[_slot(row)] = _key(row)
            self._valid[_slot(row)] = row
            good.append(row)
        self._counts.update(map(_key, good))
        problems = problems[::-1] if backwards else problems
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
        return self._seen[key] <= self._counts[key] and not self._is_back(row)

    def _is_back(self, row: _Row) -> bool:
        """Return whether a source that lists each action once has gone back to an earlier outcome of it.

        It has if the valid outcome came from the same source, which does not list it any more. A source that lists
        only recent outcomes leaves out those of earlier dates.
        """
        valid = self._valid.get(_slot(row))
        return (
            valid is not None
            and valid["source"] == self._source
            and _key(valid) not in self._here
            and _key(row) == self._last[_slot(row)]
            and str(valid["on"]) >= str(row["on"])
        )

    def _wrong(self, written: OutcomeRow, row: _Row) -> tuple[str, str] | None:
        """Return why an outcome cannot be recorded, and what to write instead; None if it can."""
        id, on, until = str(row["action_id"]), written.on or self._today, written.until
        if on > self._today:
            return f"{on} is after today, {self._today}", "write the date on which it happened"
        status, issued_on = self._actions.of(id)
        if status != "issued":
            return (
                f"the action {id} was {str(status).replace('_', ' ')}: it is not to be done",
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
        columns = ("action_id", *SERIES_COLUMNS)
        mine = self._store.revisions(pl.Series([id]), columns).tail(1)
        others = others_of_series(self._store, mine)["action_id"]
        valid = valid_outcomes(self._store.outcomes(actions=others)).sort("action_id")
        for other, outcome in valid.select("action_id", "outcome").iter_rows():
            if outcome in ("done", "dismissed"):
                what = f"the action {id} was issued again as {other}, which is {outcome}"
                return what, f"reopen {other}"
        return f"the action {id} is open: nothing is to be taken back", "leave it out"


class Actions:
    """The actions that texts name, each by its id or by the beginning of one."""

    def __init__(self, store: StoreView, written: Collection[str]) -> None:
        self._store = store
        self._by_id: dict[str, tuple[str, dt.date | None]] = {}
        self._read(written)
        self._others = [each for each in written if each not in self._by_id and _is_enough(each)]
        self._longer = store.action_ids(self._others) if self._others else []
        self._read([ids[0] for each in self._others if len(ids := list(self._begin(each))) == 1])

    @property
    def ids(self) -> list[str]:
        """Return the ids of those that the ledger has, sorted."""
        return sorted(self._by_id)

    def of(self, id: str) -> tuple[str, dt.date | None]:
        """Return the status of an action, and the date on which it was first issued; None if it never was."""
        return self._by_id[id]

    def resolve(self, written: str) -> str | tuple[str, str]:
        """Return the id that begins so, or why there is not exactly one and what to write instead."""
        if written in self._by_id:
            return written
        near = list(self._begin(written)) if _is_enough(written) else []
        if len(near) == 1:
            return near[0]
        if near:
            few = ", ".join(near[:3]) + ("" if len(near) <= 3 else ", …")
            return f"{len(near)} actions begin with `{written}`: {few}", "write more of the id"
        return f"there is no action `{written}`", self._hint(written)

    def _read(self, ids: Collection[str]) -> None:
        columns = ["action_id", "revision", "status", "issued_on"]
        entries = self._store.revisions(pl.Series(sorted(ids), dtype=pl.String), columns)
        issued = pl.col("issued_on").filter(pl.col("status") == "issued").min()
        found = entries.group_by("action_id", maintain_order=True).agg(
            pl.col("status").last(), issued.alias("issued_on")
        )
        self._by_id |= {id: (status, issued_on) for id, status, issued_on in found.iter_rows()}

    def _begin(self, written: str) -> Iterator[str]:
        for id in self._longer[bisect_left(self._longer, written) :]:
            if not id.startswith(written):
                return
            yield id

    @cached_property
    def _similar(self) -> list[str]:
        """The ids that begin as unknown ones do: among a million there are few that a slip could have changed."""
        return self._store.action_ids({each[:FEWEST_DIGITS] for each in self._others})

    def _hint(self, written: str) -> str:
        if not _is_enough(written):
            return f"write the id, or at least {FEWEST_DIGITS} digits of it"
        if _ROUNDED.fullmatch(written):
            return "a spreadsheet rounded the id; make the column text there before it is filled"
        same = [id for id in self._similar if id[:FEWEST_DIGITS] == written[:FEWEST_DIGITS]]
        near = suggest(written, same[:COMPARED_IDS])
        return f"did you mean {near}?" if near else "`tenure actions` shows the ids"


_ROUNDED = re.compile(r"\d([.,]\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)
"""An id of digits alone, or with one e, as spreadsheets show it if they take it for a number."""


def _is_enough(written: str) -> bool:
    return len(written) >= FEWEST_DIGITS


def _as_they_happened(rows: Sequence[OutcomeRow]) -> tuple[Sequence[OutcomeRow], bool]:
    """Return the rows from the earliest date on if they are written from the latest one on, and whether they were."""
    dates = [row.on for row in rows if row.on is not None]
    falls = all(date >= following for date, following in pairwise(dates))
    backwards = len(dates) == len(rows) and falls and dates[0] > dates[-1]
    return (rows[::-1] if backwards else rows), backwards


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
