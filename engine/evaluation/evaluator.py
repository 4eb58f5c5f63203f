"""Evaluation of one date: snapshot, states, playbooks and date in; new states, entries and counts out.

A pure function over columns. It writes nothing, renders nothing and reads no clock; run, preview and every test
call it, and nothing else decides. Within a date and a playbook: outcomes and exits, transitions, enrolments with
their first transitions, repeats; a playbook that others read before those that read it; then, over all playbooks, the
contact policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import COUNTS, ENDED, LEDGER, STATES
from ..playbook.model import ANCHOR_SO_FAR, ENROLLED
from .candidates import IS_OPEN, candidates
from .cross_references import StateIndex, reading_order
from .drafts import DRAFT_SCHEMA, Drafts
from .enrolment import enrol, rearm
from .finalize import finalize
from .inputs import Day, Evaluation, Rules, Tables
from .prepare import Prepared, outcomes
from .recurrence import draft_occurrences
from .rescheduling import redate_promises, withdraw_promises
from .transitions import StatePools, Transitions, pool_by_state
from .unknowns import UnknownCounts

STATE_COLUMNS = {name: f"@{name}" for name in STATES if name not in (ACCOUNT_ID, "playbook")}


def evaluate(playbooks: Sequence[Prepared], rules: Rules, day: Day, tables: Tables) -> Evaluation:
    """What a date changes, for these playbooks, all due on it.

    Sees one account at a time: evaluating the parts of a snapshot and putting the results together gives the same.
    """
    standings = StateIndex(tables.states)
    by_id = {prepared.playbook.id: prepared for prepared in playbooks}
    found = {}
    for playbook in reading_order([prepared.playbook for prepared in playbooks]):
        found[playbook.id] = _playbook(by_id[playbook.id], rules, day, tables, standings)
        standings.moved[playbook.id] = found[playbook.id].states
    results = [found[id] for id in by_id]
    drafts = _together((result.drafts for result in results), DRAFT_SCHEMA)
    changes = _together((result.entries for result in results), LEDGER)
    return Evaluation(
        _together((r.states for r in results), STATES).sort(ACCOUNT_ID, "playbook"),
        finalize(drafts, changes, day, tables, rules.policy, standings),
        _together((r.ended for r in results), ENDED).sort(ACCOUNT_ID, "playbook"),
        _together((r.counts for r in results), COUNTS).sort("playbook", "step", "what", "field"),
    )


class _Result:
    """What one playbook gave, before the policy over all of them."""

    __slots__ = ("counts", "drafts", "ended", "entries", "states")

    def __init__(
        self,
        states: pl.DataFrame,
        drafts: pl.DataFrame,
        entries: pl.DataFrame,
        ended: pl.DataFrame,
        counts: pl.DataFrame,
    ) -> None:
        self.states, self.drafts, self.entries = states, drafts, entries
        self.ended, self.counts = ended, counts


def _together(frames: Iterable[pl.DataFrame], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema), *frames])


def _playbook(
    prepared: Prepared, rules: Rules, day: Day, tables: Tables, standings: StateIndex
) -> _Result:
    id = prepared.playbook.id
    untold = UnknownCounts(id)
    own = tables.states.filter(pl.col("playbook") == id).drop("playbook").rename(STATE_COLUMNS)
    slack = 14 + sum((last - first).days + 1 for first, last in rules.policy.quiet)
    snapshot = standings.beside_all(tables.snapshot, prepared.playbook.references)
    frame = _joined(prepared, snapshot, own, day, tables)
    absent = _open(own) - _open(frame)
    rows = _chosen(prepared, frame, day, slack, untold)
    stepping = Transitions(prepared, day, rules, untold, Drafts(prepared, rules, untold))
    entries = [pl.DataFrame(schema=LEDGER)]
    rows = rearm(stepping, rows)
    opened = rows.filter(IS_OPEN)
    closed = rows.filter(~IS_OPEN)
    pools = pool_by_state(opened)
    stepping.end(pools)
    entries += [
        withdraw_promises(tables.pending(cut[ACCOUNT_ID]), prepared, cut, day)
        for cut in stepping.cut_short
    ]
    entries += _follow_anchor(stepping, pools, tables)
    stepping.settle(pools)
    over = [pools.pop(state) for state in sorted(prepared.final & pools.keys())]
    still_closed, enrolled = enrol(stepping, pl.concat([closed, *over]))
    new = {ENROLLED: enrolled}
    stepping.settle(new)
    for state, frame in new.items():
        pools[state] = pl.concat([pools[state], frame]) if state in pools else frame
    draft_occurrences(stepping, pools, tables.since.get(id))
    changed = pl.concat([still_closed, *pools.values()]).filter(pl.col("@changed"))
    return _Result(
        _states(changed, id),
        stepping.drafts.table(),
        pl.concat(entries),
        _ended(stepping.ended, id),
        pl.concat([untold.table(), *_movements(stepping, enrolled, absent, id)]),
    )


def _joined(
    prepared: Prepared, snapshot: pl.DataFrame, own: pl.DataFrame, day: Day, tables: Tables
) -> pl.DataFrame:
    """All accounts, with all columns that conditions read."""
    history = tables.history.get(prepared.playbook.id)
    if history is not None:
        snapshot = snapshot.join(history, on=ACCOUNT_ID, how="left", maintain_order="left")
    beside = snapshot.select(ACCOUNT_ID).join(own, on=ACCOUNT_ID, how="left", maintain_order="left")
    frame = pl.concat([snapshot, beside.drop(ACCOUNT_ID)], how="horizontal")
    return frame.with_columns(
        pl.lit(day.on).alias("@today"),
        pl.lit(day.snapshot_on).alias("@snapshot_date"),
        _year(prepared).alias("@year"),
        pl.lit(None, pl.Date).alias(f"@{ANCHOR_SO_FAR}"),
    )


def _chosen(
    prepared: Prepared, frame: pl.DataFrame, day: Day, slack: int, untold: UnknownCounts
) -> pl.DataFrame:
    """The accounts that something may happen to; the others are counted and left."""
    return frame.filter(candidates(prepared, frame, day, slack, untold)).with_columns(
        pl.lit(False).alias("@changed"),
        pl.concat_str(pl.lit(";"), "@state", pl.lit(";")).alias("@visited"),
    )


def _year(prepared: Prepared) -> pl.Expr:
    """The anniversary's number, from the cycle's name; null for other playbooks."""
    if any(opening.opening.cycle == "year" for opening in prepared.openings):
        return pl.col("@cycle").cast(pl.Float64)
    return pl.lit(None, pl.Float64)


def _follow_anchor(stepping: Transitions, pools: StatePools, tables: Tables) -> list[pl.DataFrame]:
    """Moves the anchor of open enrolments to the account's present date, and re-dates what was promised."""
    anchor = stepping.prepared.anchor
    if anchor is None:
        return []
    entries = []
    for state, frame in pools.items():
        if state in stepping.prepared.final or not frame.height:
            continue
        new = outcomes(frame, anchor.outcome)
        differs = (new != frame["@anchor"]).fill_null(False)
        if not differs.any():
            continue
        old = frame["@anchor"].alias("@old_anchor")
        kept = frame.with_columns(
            pl.when(differs).then(new).otherwise("@anchor").alias("@anchor"),
            (pl.col("@changed") | differs).alias("@changed"),
        )
        pools[state] = kept
        moved = kept.with_columns(old).filter(differs)
        pending = tables.pending(moved[ACCOUNT_ID])
        entries.append(
            redate_promises(pending, stepping.prepared, moved, stepping.drafts, stepping.day)
        )
    return entries


def _states(changed: pl.DataFrame, playbook: str) -> pl.DataFrame:
    named = changed.rename({column: name for name, column in STATE_COLUMNS.items()})
    return named.with_columns(pl.lit(playbook).alias("playbook")).select(
        pl.col(name).cast(dtype) for name, dtype in STATES.items()
    )


def _ended(ended: list[pl.DataFrame], playbook: str) -> pl.DataFrame:
    frames = [
        frame.select(
            ACCOUNT_ID,
            pl.lit(playbook).alias("playbook"),
            pl.col("@cycle").alias("cycle"),
            pl.col("@state").alias("outcome"),
            pl.col("@anchor").alias("anchor"),
            pl.col("@opened_on").alias("opened_on"),
            pl.col("@opened_by").alias("opened_by"),
            pl.col("@ended_on").alias("ended_on"),
        ).cast(ENDED)  # type: ignore[arg-type]
        for frame in ended
    ]
    return _together(frames, ENDED)


def _open(frame: pl.DataFrame) -> int:
    """How many are enrolled."""
    return int(frame.select(IS_OPEN.sum()).item())


def _movements(
    stepping: Transitions, enrolled: pl.DataFrame, absent: int, playbook: str
) -> list[pl.DataFrame]:
    """Counts of enrolments opened and moved, and of enrolled accounts that the snapshot no longer has."""
    counted = [("", "opened", enrolled.height), ("", "absent", absent)]
    counted += [(state, "moved", moved) for state, moved in sorted(stepping.moves.items())]
    rows = [(playbook, step, what, "", accounts) for step, what, accounts in counted if accounts]
    return [pl.DataFrame(rows, schema=COUNTS, orient="row")]
