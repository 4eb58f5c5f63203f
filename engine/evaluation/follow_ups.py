"""Follow-ups of open actions: issued again until they are done, or escalated to somebody else.

They go by the facts about the action, and not by the state, so they go on in later steps of the same enrolment. They
stop when the action is done or dismissed, and when the enrolment ends; while it is snoozed they wait.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ..calendar.working_days import PLACE
from ..core.membership import is_one_of
from ..core.offsets import Offset
from ..core.schemas import null_series
from ..language.actions_read import AGAIN, OPEN_NOW, fact_column
from ..playbook.model import FollowUp
from .escalation import receiver_of
from .inputs import Rules
from .transitions import StatePools, Transitions

_RECEIVER = {"@role": pl.String(), "@receiver": pl.String(), "@why": pl.String()}


def draft_follow_ups(transitions: Transitions, pools: StatePools, since: dt.date | None) -> None:
    """Draft the follow-ups that have come due, of the accounts whose actions are open."""
    for follow_up in transitions.prepared.machine.follow_ups:
        for state in sorted(pools.keys() - transitions.prepared.final):
            rows = pools[state].filter(is_awaited(follow_up))
            if rows.height:
                _draft(transitions, rows, follow_up, since)


def is_awaited(follow_up: FollowUp) -> pl.Expr:
    """Return the condition that an action is open and has not been followed up as often as it may; never null."""
    is_open = is_one_of(_fact(follow_up, "standing"), OPEN_NOW)
    if follow_up.again:
        return (is_open & (_fact(follow_up, "times") <= follow_up.at_most)).fill_null(False)
    escalated = pl.col(fact_column(follow_up.text, "label"))
    return is_open.fill_null(False) & escalated.ne_missing(_fact(follow_up, "label"))


def _fact(follow_up: FollowUp, fact: str) -> pl.Expr:
    return pl.col(fact_column(follow_up.of, fact))


def _draft(
    transitions: Transitions, rows: pl.DataFrame, follow_up: FollowUp, since: dt.date | None
) -> None:
    on, action = transitions.day.on, follow_up.action
    calendar, places = transitions.rules.calendar, rows[PLACE]
    first = rows[fact_column(follow_up.of, "due_on")]
    number = pl.Series("@n", [0], dtype=pl.Int32).new_from_index(0, rows.height)
    due = null_series("@due", pl.Date(), rows.height)
    for n in range(1, follow_up.at_most + 1):
        after = Offset(follow_up.after.count * n, follow_up.after.unit)
        date = calendar.add_series(first, after, places, action.customer)
        date = calendar.shift_series(date, "later", places, action.customer)
        has_come = (date <= on).fill_null(False)
        if not has_come.any():
            break
        many = pl.Series([n], dtype=pl.Int32).new_from_index(0, rows.height)
        number, due = number.zip_with(~has_come, many), due.zip_with(~has_come, date)
    rows = rows.with_columns(number.alias("@n"), due.alias("@due")).filter(pl.col("@n") > 0)
    if follow_up.again:
        rows = rows.filter(pl.col("@n") >= _fact(follow_up, "times"))
    if not rows.height:
        return
    if since is not None:  # What waited, because it was snoozed, is due now.
        late = pl.col("@due") <= since
        rows = rows.with_columns(pl.when(late).then(pl.lit(on)).otherwise("@due").alias("@due"))
    label = _fact(follow_up, "label")
    if follow_up.again:
        label = pl.concat_str(label, pl.lit(AGAIN), pl.col("@n") + 1)
    why = pl.concat_str(
        pl.lit(f"{follow_up.of} is open, due "), _fact(follow_up, "due_on").dt.to_string("iso")
    )
    if follow_up.again:
        times = pl.concat_str(
            pl.lit("; again, "), pl.col("@n"), pl.lit(f" of at most {follow_up.at_most}")
        )
        why = pl.concat_str(why, times)
    receiver = None
    if follow_up.to:
        rows = rows.hstack(_receivers(rows, follow_up, transitions.rules))
        receiver = pl.col("@role"), pl.col("@receiver")
        why = pl.concat_str(why, "@why")
    transitions.drafts.add(rows, action, rows["@due"], label, why, receiver=receiver)


def _receivers(rows: pl.DataFrame, follow_up: FollowUp, rules: Rules) -> pl.DataFrame:
    """Return who gets the escalation for each row: `@role`, `@receiver` and `@why`."""
    ids = dict.fromkeys((*follow_up.to, *follow_up.action.owner))
    fields = {role.field for id in ids if (role := rules.roles.get(id)) and role.field}
    owner = fact_column(follow_up.of, "owner")
    read = rows.select(owner, *sorted(fields & {*rows.columns}))
    found = [
        receiver_of(follow_up, rules, values, values[owner])
        for values in read.iter_rows(named=True)
    ]
    return pl.DataFrame(found, schema=_RECEIVER, orient="row")
