"""Evaluation of one date over columns: a pure function of playbooks, rules, date and tables.

Takes the snapshot, the states and the prepared playbooks. Returns the changed states, ledger entries, ended enrolments,
counts, and the changes that could not be decided. It writes no file, renders no message and reads no clock; run,
preview and simulate all call it.

Order within a date and a playbook: accounts that were merged, those closed or held by hand, accounts that are back,
doubted dates, outcomes and exits, transitions, enrolments with their first transitions (those by hand last), repeats,
follow-ups of open actions. A playbook that others read is evaluated before them. The items of success plans and the
contact plan follow, over all playbooks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from ..core.account_values import with_values
from ..core.ids import ACCOUNT_ID
from ..core.membership import is_one_of
from ..core.schemas import (
    COUNTS,
    ENDED,
    LEDGER,
    STATE_COLUMNS,
    STATES,
    UNDECIDED,
    empty_table,
    stack,
    with_unreadable,
)
from ..playbook.model import ANCHOR_SO_FAR, ENROLLED
from .absent_tasks import returned_tasks
from .by_account import MOST_ACCOUNTS, walk_accounts
from .candidates import DATE_DIFFERS, IS_OPEN, candidates
from .cross_references import StateIndex, count_open, reading_order
from .doubt import doubted_accounts, hold_doubted, without_held
from .drafts import DRAFT_SCHEMA, Drafts
from .enrolment import enrol, enrol_by_hand, rearm
from .fact_columns import with_facts
from .finalize import finalize
from .follow_ups import draft_follow_ups
from .gentle_start import is_first_date, split_drafts
from .hand_moves import (
    HandMoves,
    close_by_hand,
    concerned,
    on_hold,
    orders_table,
    with_marks_done,
    with_orders,
)
from .inputs import Day, DayEvaluation, PlaybookEdit, Rules, Tables
from .merged_accounts import end_merged, merged_mask
from .opening_cap import opening_room
from .owners import roles_by_action
from .plan_actions import plan_changes
from .playbook_result import CountRow, PlaybookResult, counts_of, together
from .prepare import Prepared, outcomes
from .prior import remember
from .recurrence import draft_occurrences
from .rescheduling import redate_promises, withdraw_promises
from .retrigger import note_triggers, restart
from .returning import returned_late, take_back
from .transitions import StatePools, Transitions, pool_by_state
from .undecided import undecided_changes
from .unknowns import UnknownCounts
from .unmet_needs import needs_by_action
from .unopened_doubt import (
    ask_about_unbelieved,
    undecided_dates,
    unopened_doubts,
    without_doubted,
)


def evaluate_day(
    playbooks: Sequence[Prepared], rules: Rules, day: Day, tables: Tables
) -> DayEvaluation:
    """Return the changes of a date, for playbooks that are all due on it.

    Evaluating the parts of a snapshot and concatenating the results gives the same, where accounts that share an
    address are in one part, and all accounts if a playbook has `at_most` or a role a `capacity`.
    """
    tables = replace(tables, snapshot=rules.calendar.with_places(tables.snapshot))
    if rules.disabled:
        enabled = ~is_one_of(pl.col("playbook"), sorted(rules.disabled))
        tables = replace(tables, states=tables.states.filter(enabled))
    state_index = StateIndex(tables.states, accounts=tables.snapshot.select(ACCOUNT_ID))
    moves = HandMoves(tables.moves, day.on)
    pending = pl.concat([tables.ledger.pending(), returned_tasks(day, tables, moves)])
    by_id = {prepared.playbook.id: prepared for prepared in playbooks}
    doubted = doubted_accounts(playbooks, rules, day, tables, state_index)
    unopened = unopened_doubts(playbooks, rules, day, tables)
    result_of = {}
    for playbook in reading_order([prepared.playbook for prepared in playbooks]):
        prepared = by_id[playbook.id]
        seen = replace(tables, snapshot=without_doubted(prepared, tables, doubted, unopened))
        result_of[playbook.id] = _playbook(prepared, rules, day, seen, moves, state_index, pending)
        state_index.moved[playbook.id] = result_of[playbook.id].states
    results = [result_of[id] for id in by_id]
    states = stack((r.states for r in results), STATES).sort(ACCOUNT_ID, "playbook")
    of_plans = plan_changes(day, tables, rules, moves)
    drafts = stack([*(result.drafts for result in results), of_plans.drafts], DRAFT_SCHEMA)
    changes = stack([*(result.entries for result in results), of_plans.entries], LEDGER)
    return DayEvaluation(
        states,
        finalize(
            drafts,
            changes,
            without_held(pending, tables.states, states),
            day,
            tables,
            rules,
            state_index,
            roles_by_action([each.playbook for each in playbooks]),
            needs_by_action([each.playbook for each in playbooks]),
        ),
        stack((r.ended for r in results), ENDED).sort(ACCOUNT_ID, "playbook"),
        stack([*(r.counts for r in results), _held_accounts(tables, moves)], COUNTS).sort(
            "playbook", "step", "what", "field"
        ),
        stack((r.undecided for r in results), UNDECIDED).sort(list(UNDECIDED)),
    )


def _playbook(
    prepared: Prepared,
    rules: Rules,
    day: Day,
    tables: Tables,
    moves: HandMoves,
    state_index: StateIndex,
    pending: pl.DataFrame,
) -> PlaybookResult:
    id = prepared.playbook.id
    states, absent = state_index.take_before(id)
    snapshot = state_index.with_references_cached(tables.snapshot, prepared.playbook.references)
    everyone = _joined(prepared, snapshot, states, day, tables)
    pending = pending.filter(pl.col("playbook") == id)
    if everyone.height > MOST_ACCOUNTS or prepared.playbook.at_most is not None:
        return _in_columns(prepared, rules, day, tables, moves, everyone, pending, absent)
    walked, left = walk_accounts(
        prepared.playbook, rules, day, tables, moves, everyone, pending, absent
    )
    if not left:
        return walked
    rest = everyone.filter(pl.col(ACCOUNT_ID).is_in(left))
    return together(
        walked, _in_columns(prepared, rules, day, tables, moves, rest, pending, absent=0)
    )


def _in_columns(
    prepared: Prepared,
    rules: Rules,
    day: Day,
    tables: Tables,
    moves: HandMoves,
    everyone: pl.DataFrame,
    pending: pl.DataFrame,
    absent: int,
) -> PlaybookResult:
    """Evaluate these accounts over columns; `absent` enrolments are of accounts that the snapshot lacks."""
    id = prepared.playbook.id
    unknowns = UnknownCounts(id)
    slack = 14 + rules.calendar.extra_days
    merged = merged_mask(everyone)
    present = everyone.filter(~merged) if merged.any() else everyone
    orders = orders_table(moves.orders(id, tables.states, tables.since.get(id)))
    waits = on_hold(present, orders)
    frame = present.filter(~waits) if waits.any() else present
    rows = _selected(prepared, frame, day, slack, unknowns, orders)
    if rows.is_empty() and not merged.any() and not waits.any():
        return _unchanged(prepared, frame, day, unknowns, absent)
    transitions = Transitions(
        prepared, day, rules, unknowns, Drafts(prepared, rules, day, unknowns)
    )
    left = _unmoved(everyone.filter(merged).filter(IS_OPEN), orders)
    left, withdrawn = end_merged(transitions, _with_dates(prepared, left), pending)
    stopped = _with_dates(prepared, _unmoved(present.filter(waits), orders))
    stopped, of_stopped = close_by_hand(transitions, stopped, pending)
    rows, of_closed = close_by_hand(transitions, _with_dates(prepared, rows), pending)
    changes = [withdrawn, of_stopped, of_closed]
    rows = rearm(transitions, rows)
    moving = rows.select((IS_OPEN & DATE_DIFFERS & pl.col("@doubted").is_null()).sum()).item()
    late = returned_late(transitions, rows)
    back = take_back(transitions, rows, late, pending, tables.ledger)
    changes += back.entries
    free, held = hold_doubted(transitions, back.rows, returned_late(transitions, back.rows))
    before = pl.concat([back.rows, stopped.select(back.rows.columns)]).filter("@changed")
    closed = free.filter(~IS_OPEN)
    pools = pool_by_state(free.filter(IS_OPEN))
    transitions.end(pools)
    restarted = restart(transitions, pools)
    changes += _follow_anchor(transitions, pools, pending)
    transitions.settle(pools)
    over = [pools.pop(state) for state in sorted(prepared.final & pools.keys())]
    room = opening_room(prepared, rules, present, day)
    still_closed, enrolled = enrol(transitions, pl.concat([closed, *over]), room)
    still_closed, opened = enrol_by_hand(transitions, still_closed, room)
    asked = ask_about_unbelieved(transitions, still_closed)
    ended_today = pl.col("@ended_on").eq_missing(pl.lit(day.on))
    not_enrolled = still_closed.select((pl.col("@enrol") & ~ended_today).sum()).item()
    enrolled = pl.concat([enrolled, opened, *restarted])
    new = {ENROLLED: enrolled}
    transitions.settle(new)
    for state, entered in new.items():
        pools[state] = pl.concat([pools[state], entered]) if state in pools else entered
    draft_occurrences(transitions, pools, tables.since.get(id))
    draft_follow_ups(transitions, pools, tables.since.get(id))
    note_triggers(transitions, pools)
    counted = [
        ("opened", enrolled.height),
        ("absent", absent),
        ("resumed", back.resumed),
        ("dates", moving),
        ("doubted", held.height + asked),
        ("waiting", len(room.waiting) if room else 0),
        ("held", count_open(stopped)),
        ("not_enrolled", not_enrolled),
    ]
    changed = pl.concat([held, still_closed, *pools.values()])
    changed = pl.concat([changed, *(each.select(held.columns) for each in (left, stopped))])
    if orders.height:
        changed = with_marks_done(changed, [each[ACCOUNT_ID] for each in transitions.ended])
    changed = changed.filter(pl.col("@changed"))
    entries, drafts = _cut_short(transitions, stack(changes, LEDGER), pending)
    drafts, done = split_drafts(drafts, prepared.playbook, day, tables)
    moved = changed.filter(pl.col("@entered_on") == day.on)[ACCOUNT_ID]
    # A promise of before that has another date now is no answer to a change.
    acted = drafts.filter(pl.col("revision") == 1)[ACCOUNT_ID]
    answered = pl.concat([moved, acted])
    waiting = pl.Series(ACCOUNT_ID, sorted(room.waiting) if room else [], dtype=pl.String)
    waiting = waiting.filter(~waiting.is_in(moved.implode()))
    return PlaybookResult(
        _states(changed, id),
        drafts,
        entries,
        _ended(transitions.ended, id),
        stack([unknowns.table(), _movements(transitions, counted, done, id)], COUNTS),
        _undecided(
            prepared,
            everyone,
            before,
            day,
            answered,
            pl.concat(
                [
                    held[ACCOUNT_ID],
                    waiting,
                    *(each[ACCOUNT_ID] for each in (everyone.filter(merged), stopped)),
                ]
            ),
        ),
    )


def _held_accounts(tables: Tables, moves: HandMoves) -> pl.DataFrame:
    """Return COUNTS with the number of accounts on hold, in whichever playbooks that are evaluated."""
    held = moves.held_accounts(tables.snapshot)
    return counts_of([("", "held", "", held)], "")


def _unchanged(
    prepared: Prepared, frame: pl.DataFrame, day: Day, unknowns: UnknownCounts, absent: int
) -> PlaybookResult:
    """Return the result of a playbook in which no account can change on the date."""
    counts = [unknowns.table(), counts_of([("", "absent", "", absent)], prepared.playbook.id)]
    nobody = pl.Series(ACCOUNT_ID, [], dtype=pl.String)
    return PlaybookResult(
        empty_table(STATES),
        empty_table(DRAFT_SCHEMA),
        empty_table(LEDGER),
        empty_table(ENDED),
        stack(counts, COUNTS),
        _undecided(prepared, frame, frame.clear(), day, nobody, nobody),
    )


def _undecided(
    prepared: Prepared,
    everyone: pl.DataFrame,
    changed: pl.DataFrame,
    day: Day,
    answered: pl.Series,
    held: pl.Series,
) -> pl.DataFrame:
    """Return UNDECIDED of all accounts; `changed` has the states of those that changed before they could move."""
    frame = _with_changes(everyone, changed)
    changes = undecided_changes(prepared, frame, day, answered, held)
    dates = undecided_dates(prepared, everyone)
    return pl.concat([changes, dates]).unique() if dates.height else changes


def _joined(
    prepared: Prepared, snapshot: pl.DataFrame, states: pl.DataFrame, day: Day, tables: Tables
) -> pl.DataFrame:
    """Return all accounts with all columns that conditions read."""
    history = tables.history.get(prepared.playbook.id)
    if history is not None:
        snapshot = with_values(snapshot, history)
    snapshot = with_facts(snapshot, prepared.playbook, tables.facts.get(prepared.playbook.id))
    frame = with_unreadable(snapshot.hstack(states))
    return frame.with_columns(
        pl.lit(day.on).alias("@today"),
        pl.lit(day.snapshot_on).alias("@snapshot_date"),
        _year(prepared).alias("@year"),
        pl.lit(None, pl.Date).alias(f"@{ANCHOR_SO_FAR}"),
        _edited_after(prepared, tables.edits.get(prepared.playbook.id)).alias("@edited_after"),
    )


def _edited_after(prepared: Prepared, edit: PlaybookEdit | None) -> pl.Expr:
    """Return the last date on which the playbook's earlier text was evaluated for the account; null without one.

    Where what was due before an account's first enrolment counts as done, an edit makes none of it due.
    """
    if edit is None:
        return pl.lit(None, pl.Date)
    concerned = pl.col(ACCOUNT_ID).is_in(edit.accounts.implode())
    if is_first_date(prepared.playbook, first_evaluation=False, first_enrolment=True):
        concerned &= pl.col("@state").is_not_null()
    return pl.when(concerned).then(pl.lit(edit.after))


def _selected(
    prepared: Prepared,
    frame: pl.DataFrame,
    day: Day,
    slack: int,
    unknowns: UnknownCounts,
    orders: pl.DataFrame,
) -> pl.DataFrame:
    """Return the accounts that can change on this date; count unknown conditions of the others."""
    also = concerned(frame, orders)
    chosen = candidates(prepared, frame, day, slack, unknowns, also)
    return _unmoved(frame.filter(chosen) if chosen.any() else frame.clear(), orders)


def _unmoved(rows: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Add the columns that record what happens to the accounts on the date, and the moves by hand that count."""
    return with_orders(rows, orders).with_columns(
        pl.lit(False).alias("@changed"), pl.lit(";").alias("@visited")
    )


def _with_dates(prepared: Prepared, rows: pl.DataFrame) -> pl.DataFrame:
    """Add `@date`, the account's present date for the anchor; null where it is missing or the anchor never moves."""
    date = pl.lit(None) if prepared.anchor is None else prepared.anchor.outcome
    return rows.with_columns(date.cast(pl.Date).alias("@date"))


def _with_changes(frame: pl.DataFrame, changed: pl.DataFrame) -> pl.LazyFrame:
    """Return all accounts, with the states of those that changed; columns that are not read are not copied."""
    if not changed.height:
        return frame.lazy()
    others = frame.lazy().join(changed.lazy(), on=ACCOUNT_ID, how="anti")
    return pl.concat([others, changed.lazy().select(frame.columns)])


def _year(prepared: Prepared) -> pl.Expr:
    """Return the anniversary's number, from the cycle's name; null for other playbooks."""
    if any(opening.rule.cycle == "year" for opening in prepared.enrolment_rules):
        return pl.col("@cycle").cast(pl.Float64)
    return pl.lit(None, pl.Float64)


def _follow_anchor(
    transitions: Transitions, pools: StatePools, pending: pl.DataFrame
) -> list[pl.DataFrame]:
    """Move the anchors of open enrolments to the accounts' present dates, and redate the promised actions.

    Returns:
        The ledger entries that supersede the old dates, one frame for each state.
    """
    entries: list[pl.DataFrame] = []
    if transitions.prepared.anchor is None:
        return entries
    for state, frame in pools.items():
        if state in transitions.prepared.final or not frame.height:
            continue
        differs = outcomes(frame, DATE_DIFFERS)
        if not differs.any():
            continue
        old = frame["@anchor"].alias("@old_anchor")
        updated = remember(frame, pl.lit(differs)).with_columns(
            pl.when(differs).then("@date").otherwise("@anchor").alias("@anchor"),
            (pl.col("@changed") | differs).alias("@changed"),
        )
        pools[state] = updated
        moved = updated.with_columns(old).filter(differs)
        entries.append(
            redate_promises(
                pending, transitions.prepared, moved, transitions.drafts, transitions.day
            )
        )
    return entries


def _cut_short(
    transitions: Transitions, changes: pl.DataFrame, pending: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Withdraw the promises of cycles cut short, whatever became of them earlier on the date.

    Returns:
        The ledger entries and the drafts of the date. A promise that a cycle moved before it ended is only withdrawn.
    """
    drafts = transitions.drafts.table()
    if not transitions.cut_short:
        return changes, drafts
    cut = pl.concat(transitions.cut_short).rename({"@cycle": "cycle"})
    of_cut = [ACCOUNT_ID, "cycle"]
    again = drafts.filter(pl.col("revision") > 1).join(cut, on=of_cut, how="anti")
    withdrawn = withdraw_promises(pending, cut, transitions.day)
    return (
        pl.concat([changes.join(cut, on=of_cut, how="anti"), withdrawn]),
        pl.concat([drafts.filter(pl.col("revision") == 1), again]),
    )


def _states(changed: pl.DataFrame, playbook: str) -> pl.DataFrame:
    if changed.is_empty():
        return empty_table(STATES)
    columns = {ACCOUNT_ID: pl.col(ACCOUNT_ID), "playbook": pl.lit(playbook)}
    columns |= {name: pl.col(column) for name, column in STATE_COLUMNS.items()}
    columns["by_hand"] = columns["by_hand"].fill_null("")
    return changed.select(columns[name].cast(kind).alias(name) for name, kind in STATES.items())


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
    return stack(frames, ENDED)


def _movements(
    transitions: Transitions,
    counted: list[tuple[str, int]],
    done: list[tuple[str, str, int]],
    playbook: str,
) -> pl.DataFrame:
    """Return the counts of the playbook's accounts by what happened to them, and by the state that they entered."""
    counts: list[CountRow] = [("", what, "", accounts) for what, accounts in counted]
    counts += [(step, what, "", accounts) for step, what, accounts in done]
    counts += [(state, "moved", "", moved) for state, moved in sorted(transitions.moves.items())]
    counts += [(id, what, "", n) for (id, what), n in sorted(transitions.triggers.items())]
    return counts_of(counts, playbook)
