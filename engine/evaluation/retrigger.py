"""Triggers that come while a follow-up is open: each is counted, and ignored or a reason to start again.

A trigger comes on the first date on which its condition is true and it is armed. The states record which triggers
were true on the playbook's last date (`;=id;` in `disarmed`), so a condition that stays true comes once.
"""

from __future__ import annotations

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import RESTARTED, held_mark
from .candidates import came, held, triggered
from .enrolment import can_open, open_cycle, with_new_cycle
from .prepare import PreparedEnrolment, is_true, outcomes
from .transitions import StatePools, Transitions


def restart(transitions: Transitions, pools: StatePools) -> list[pl.DataFrame]:
    """Start a follow-up again for accounts to which a trigger has come, where the playbook says so.

    Returns:
        The accounts, newly enrolled; they leave the pools.
    """
    if transitions.prepared.machine.while_open != "restart":
        return []
    restarted = []
    for state in sorted(pools.keys() - transitions.prepared.final):
        for opening in transitions.prepared.enrolment_rules:
            frame = with_new_cycle(transitions, pools[state], opening.rule, opening.anchor.outcome)
            chosen = outcomes(frame, came(opening)) & can_open(transitions, frame, opening)
            rows = frame.filter(chosen.fill_null(False))
            if rows.height:
                _cut_short(transitions, rows, opening)
                restarted.append(open_cycle(transitions, rows, opening.rule))
                pools[state] = pools[state].filter(~chosen.fill_null(False))
    return restarted


def _cut_short(transitions: Transitions, rows: pl.DataFrame, opening: PreparedEnrolment) -> None:
    on = pl.lit(transitions.day.on)
    transitions.ended.append(
        rows.with_columns(pl.lit(RESTARTED).alias("@state"), on.alias("@ended_on"))
    )
    transitions.cut_short.append(rows.select(ACCOUNT_ID, "@cycle"))
    transitions.triggers[opening.rule.id, "restarted"] += rows.height


def note_triggers(transitions: Transitions, pools: StatePools) -> None:
    """Count the triggers that came to open follow-ups, and record in the states which are true now."""
    enrolment_rules = [
        each for each in transitions.prepared.enrolment_rules if each.rule.cycle == "trigger"
    ]
    running = sorted(pools.keys() - transitions.prepared.final)
    states = [state for state in running if pools[state].height]
    if not enrolment_rules or not states:
        return
    # Of all states at once: for few accounts, preparing the long conditions takes longer than evaluating them.
    open_rows = pl.concat([pools[state] for state in states])
    earlier = open_rows["@opened_on"] < transitions.day.on
    found = open_rows.select(
        *(triggered(each).alias(each.rule.id) for each in enrolment_rules),
        *(held(each.rule.id).alias(f"{each.rule.id} was") for each in enrolment_rules),
    )
    for opening in enrolment_rules:
        now, was = found[opening.rule.id], found[f"{opening.rule.id} was"]
        transitions.triggers[opening.rule.id, "ignored"] += int(
            (is_true(now) & ~was & earlier).sum()
        )
        if (now != was).any():
            open_rows = _recorded(open_rows, opening, now, was)
    first = 0
    for state in states:
        pools[state], first = open_rows.slice(first, n := pools[state].height), first + n


def _recorded(
    frame: pl.DataFrame, opening: PreparedEnrolment, now: pl.Series, was: pl.Series
) -> pl.DataFrame:
    """Record which of the accounts the trigger is true for, now and on the last date."""
    mark = held_mark(opening.rule.id)
    frame = frame.with_columns(now.alias("@now"), was.alias("@was"))
    without = pl.col("@disarmed").str.replace(mark, "", literal=True)
    return frame.with_columns(
        pl.when(pl.col("@now") & ~pl.col("@was"))
        .then(pl.concat_str("@disarmed", pl.lit(mark)))
        .when(~pl.col("@now"))
        .then(without)
        .otherwise("@disarmed")
        .alias("@disarmed"),
        (pl.col("@changed") | (pl.col("@now") != pl.col("@was")).fill_null(False)).alias(
            "@changed"
        ),
    ).drop("@now", "@was")
