"""Transitions of accounts through one playbook's machine on one date, over columns.

Takes and changes pools: frames of accounts by state. An edge moves the rows for which it is enabled from one pool to
another. States are evaluated in the machine's order, so without loops one sweep is enough. With loops, an account
enters a state at most once a date, which bounds the number of sweeps. A transition to its own state enters it again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import polars as pl

from ..calendar.working_days import PLACE
from ..core.ids import ACCOUNT_ID
from ..machine.dates import ends_by_condition
from ..playbook.model import BY_HAND, LEFT, DueOffset, Edge
from .drafts import Drafts
from .inputs import Day, Rules
from .prepare import Prepared, PreparedEdge, all_rows, is_true, outcomes
from .prior import remember_end
from .unknowns import UnknownCounts

StatePools = dict[str, pl.DataFrame]


@dataclass(slots=True)
class Transitions:
    """The transitions of one playbook on one date, and their results so far.

    Attributes:
        prepared: The playbook.
        day: The date evaluated.
        rules: The workspace's rules.
        unknowns: Counts of unknown conditions.
        drafts: Drafts of the actions issued.
        ended: Enrolments that reached a final state.
        cut_short: Enrolments ended by a condition or a second trigger, whose promised actions are withdrawn.
        moves: By state: the number of accounts that entered it.
        triggers: By trigger, and `ignored` or `restarted`: how many times it came while a follow-up was open.
    """

    prepared: Prepared
    day: Day
    rules: Rules
    unknowns: UnknownCounts
    drafts: Drafts
    ended: list[pl.DataFrame] = field(default_factory=list)
    cut_short: list[pl.DataFrame] = field(default_factory=list)
    moves: dict[str, int] = field(default_factory=dict)
    triggers: Counter[tuple[str, str]] = field(default_factory=Counter)

    def end(self, pools: StatePools) -> None:
        """Take the ending edges (outcomes and exits) in order, each from every state that it leaves."""
        for edge in self.prepared.endings:
            for state in edge.edge.sources:
                moved = self._take(pools, state, edge)
                if moved is not None:
                    _arrive(pools, edge, moved)

    def settle(self, pools: StatePools) -> None:
        """Take the other edges until none is enabled."""
        for _ in range(len(self.prepared.order) + 1):
            moves = 0
            for state in self.prepared.order:
                moves += self._leave(pools, state)
            if not moves or not self.prepared.looping:
                return

    def _leave(self, pools: StatePools, state: str) -> int:
        """Take the edges of one state in order; return the number of accounts that moved.

        They arrive after its last edge, because those that enter it again try its edges from the first one.
        """
        taken = [(edge, self._take(pools, state, edge)) for edge in self.prepared.leaving[state]]
        return sum(_arrive(pools, edge, moved) for edge, moved in taken if moved is not None)

    def _take(self, pools: StatePools, state: str, edge: PreparedEdge) -> pl.DataFrame | None:
        """Remove from a pool the accounts that take an edge, and return them; None where there is none."""
        frame = pools.get(state)
        if frame is None or not frame.height:
            return None
        enabled = self._enabled(frame, edge)
        if not enabled.any():
            return None
        every = enabled.all()
        moved = self._move(frame if every else frame.filter(enabled), edge.edge)
        pools[state] = frame.clear() if every else frame.filter(~enabled)
        target = edge.edge.target
        self.drafts.issue(moved, edge)
        self.moves[target] = self.moves.get(target, 0) + moved.height
        if target in self.prepared.final:
            self.ended.append(moved)
            if ends_by_condition(edge.edge):
                earlier = moved.filter(pl.col("@opened_on") < self.day.on)
                self.cut_short.append(earlier.select(ACCOUNT_ID, "@cycle"))
        return moved

    def _enabled(self, frame: pl.DataFrame, edge: PreparedEdge) -> pl.Series:
        """Return the mask of rows whose date has come and whose guard is true; evaluate the guard only for those."""
        ready = all_rows(frame, True)
        if edge.edge.moment is not None:
            ready = is_true(due_dates_of(edge.edge.moment, frame, self.rules) <= self.day.on)
        if edge.edge.target in self.prepared.looping:
            visited = pl.col("@visited").str.contains(f";{edge.edge.target};", literal=True)
            ready &= frame.select(~visited).to_series()
        if edge.edge.target == LEFT:
            ready &= is_true(frame["@opened_by"] != BY_HAND)
        if edge.edge.guard is None or not ready.any():
            return ready
        rows = frame if ready.all() else frame.filter(ready)
        outcome = outcomes(rows, edge.guard.outcome)
        self.unknowns.note(rows, edge.edge.target, outcome, [(None, edge.guard)])
        if rows.height == frame.height:
            return is_true(outcome)
        return all_rows(frame, False).scatter(ready.arg_true().filter(is_true(outcome)), True)

    def _move(self, rows: pl.DataFrame, edge: Edge) -> pl.DataFrame:
        due = pl.Series("@due_on", [self.day.on]).new_from_index(0, rows.height)
        if edge.dated and edge.moment is not None:
            due = base_dates(edge.moment, rows, self.rules)
        final = edge.target in self.prepared.final
        if final:
            rows = remember_end(rows, edge, self.prepared.machine)
        return rows.with_columns(
            pl.lit(edge.target).alias("@state"),
            pl.col("@entered_on") if edge.inner else pl.lit(self.day.on).alias("@entered_on"),
            due.alias("@due_on"),
            pl.col("@moves") + 1,
            pl.lit(self.day.on if final else None, pl.Date).alias("@ended_on"),
            pl.concat_str("@visited", pl.lit(f"{edge.target};")).alias("@visited"),
            pl.lit(True).alias("@changed"),
        )


def _arrive(pools: StatePools, edge: PreparedEdge, moved: pl.DataFrame) -> int:
    """Add accounts to the pool of their new state; return their number."""
    target = edge.edge.target
    pools[target] = pl.concat([pools[target], moved]) if target in pools else moved
    return moved.height


def base_dates(moment: DueOffset, frame: pl.DataFrame, rules: Rules) -> pl.Series:
    """Return the due offset's unshifted date; null where its base is missing."""
    return rules.calendar.add_series(frame[f"@{moment.base}"], moment.offset, frame[PLACE], False)


def due_dates_of(moment: DueOffset, frame: pl.DataFrame, rules: Rules) -> pl.Series:
    """Return the due offset's date, shifted to a working day where it may come early."""
    dates = base_dates(moment, frame, rules)
    if not moment.early:
        return dates
    return rules.calendar.shift_series(dates, "earlier", frame[PLACE], True)


def pool_by_state(frame: pl.DataFrame) -> StatePools:
    """Return the rows grouped by state."""
    return {str(key[0]): rows for key, rows in frame.partition_by("@state", as_dict=True).items()}
