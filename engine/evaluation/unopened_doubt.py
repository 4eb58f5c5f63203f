"""Doubt before a cycle is open: a date that moved beyond belief opens none until it has lasted for some days.

Compares the dates of accounts that are not enrolled with the former ones. A playbook that follows the date
goes on by the former one; its owner is asked to check the new one where that would open a cycle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from ..calendar.working_days import PLACE
from ..core.account_values import with_values
from ..core.ids import ACCOUNT_ID, unreadable_mark
from ..core.in_memory import collect_in_memory
from ..core.schemas import UNDECIDED, empty_table, with_marks, with_unreadable
from ..machine.dates import first_moment, followed_field
from .candidates import UNBELIEVED
from .doubt import BEFORE_FORMER, check_action, reasons_for_doubt, unopened_text
from .enrolment import can_open, with_new_cycle
from .inputs import Day, Rules, Tables
from .prepare import Prepared, is_true
from .transitions import Transitions


class FormerDates(NamedTuple):
    """The dates by which a playbook goes on, in place of those that it doubts.

    Attributes:
        field: The field that it follows.
        dates: `account_id`, `@former`.
    """

    field: str
    dates: pl.DataFrame


def unopened_doubts(
    playbooks: Sequence[Prepared], rules: Rules, day: Day, tables: Tables
) -> dict[str, FormerDates]:
    """Return by playbook the former dates of the accounts that are not enrolled in it and whose date is doubted."""
    found: dict[str, FormerDates] = {}
    if not rules.doubt.stands_days:
        return found
    for prepared in playbooks:
        field, history = (
            followed_field(prepared.machine),
            tables.history.get(prepared.playbook.id),
        )
        if field is None or history is None or f"{field}@previous" not in history.columns:
            continue
        rows = _moved(tables, history, field, rules.doubt.stands_days)
        if rows.height:
            rows = _not_enrolled(rows, tables.states, prepared)
            rows = _with_reasons(rows, prepared, rules, day).filter(pl.col("@why").is_not_null())
        if rows.height:
            former = rows.select(ACCOUNT_ID, pl.col("@anchor").alias("@former"))
            found[prepared.playbook.id] = FormerDates(field, former)
    return found


def without_doubted(
    prepared: Prepared,
    tables: Tables,
    doubted: Mapping[str, pl.Series],
    unopened: Mapping[str, FormerDates],
) -> pl.DataFrame:
    """Return the snapshot as a playbook sees it: doubted dates are unreadable, except to playbooks that follow them.

    In place of a date that it doubts before a cycle is open, a playbook sees the former one.

    Args:
        prepared: The playbook.
        tables: The snapshot and the states.
        doubted: By field, the accounts whose date is doubted in an open enrolment.
        unopened: By playbook, the dates that are doubted in enrolments that are not open.
    """
    id, follows = prepared.playbook.id, followed_field(prepared.machine)
    snapshot = with_unreadable(tables.snapshot)
    hidden = [*doubted.items(), *((f.field, f.dates[ACCOUNT_ID]) for f in unopened.values())]
    own = [unopened[id].dates[ACCOUNT_ID]] if id in unopened else []
    if follows in dict(hidden):
        is_open = (pl.col("playbook") == id) & pl.col("ended_on").is_null()
        own.append(tables.states.filter(is_open)[ACCOUNT_ID])
    for field, ids in hidden:
        concerned = pl.col(ACCOUNT_ID).is_in(ids.implode())
        if field == follows:
            concerned &= ~pl.col(ACCOUNT_ID).is_in(pl.concat(own).implode())
        mark = pl.when(concerned & pl.col(field).is_not_null()).then(pl.lit(unreadable_mark(field)))
        value = pl.when(~concerned).then(pl.col(field)).alias(field)
        snapshot = snapshot.with_columns(with_marks(mark), value)
    if id not in unopened:
        return snapshot.with_columns(pl.lit(None, pl.Date).alias(UNBELIEVED))
    field, dates = unopened[id]
    former = pl.col("@former")
    seen = snapshot.join(dates, on=ACCOUNT_ID, how="left", maintain_order="left")
    return seen.with_columns(
        pl.coalesce(former, field).alias(field),
        pl.when(former.is_not_null()).then(pl.col(field)).alias(UNBELIEVED),
    ).drop("@former")


def ask_about_unbelieved(transitions: Transitions, closed: pl.DataFrame) -> int:
    """Draft a task for each account that its doubted date would enrol; return how many there are."""
    rows, asked = closed.filter(pl.col(UNBELIEVED).is_not_null()), 0
    field = followed_field(transitions.prepared.machine)
    if field is None or rows.is_empty():
        return asked
    for opening in transitions.prepared.enrolment_rules:
        fresh = with_new_cycle(transitions, rows, opening.rule, pl.col(UNBELIEVED))
        opens = is_true(can_open(transitions, fresh, opening))
        if opens.any():
            _draft_tasks(transitions, fresh.filter(opens), field)
            asked += len(opens.arg_true())
        rows = rows.filter(~opens)
    return asked


def undecided_dates(prepared: Prepared, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return UNDECIDED of accounts as `without_doubted` has them: a date that is doubted.

    The playbook compares it with the former date again on its next date.
    """
    if accounts[UNBELIEVED].null_count() == accounts.height:
        return empty_table(UNDECIDED)
    field = pl.lit(followed_field(prepared.machine), pl.String).alias("field")
    doubted = accounts.lazy().filter(pl.col(UNBELIEVED).is_not_null())
    playbook = pl.lit(prepared.playbook.id).alias("playbook")
    return collect_in_memory(doubted.select(ACCOUNT_ID, playbook, field))


def _moved(tables: Tables, history: pl.DataFrame, field: str, stands_days: int) -> pl.DataFrame:
    """Return the accounts whose date (`@date`) is not the last one believed (`@anchor`) and has not lasted."""
    former = history.select(
        ACCOUNT_ID,
        pl.col(f"{field}@previous").alias("@anchor"),
        pl.col(f"{field}@{stands_days}").alias("@lasting"),
    )
    dates = tables.snapshot.select(ACCOUNT_ID, PLACE, pl.col(field).alias("@date"))
    new = pl.col("@date").ne_missing(pl.col("@lasting"))
    differs = pl.col("@date") != pl.col("@anchor")
    return with_values(dates, former).filter(differs, new).drop("@lasting")


def _not_enrolled(rows: pl.DataFrame, states: pl.DataFrame, prepared: Prepared) -> pl.DataFrame:
    """Return the accounts that are not enrolled, and whose date is not that of a cycle that can go on."""
    of_playbook = states.lazy().filter(pl.col("playbook") == prepared.playbook.id)
    known = of_playbook.select(ACCOUNT_ID, "state", "ended_on", "prior_anchor")
    closed = pl.col("state").is_null() | pl.col("ended_on").is_not_null()
    returns = (pl.col("prior_anchor") == pl.col("@date")).fill_null(False)
    joined = rows.lazy().join(known, on=ACCOUNT_ID, how="left")
    return collect_in_memory(joined.filter(closed, ~returns).select(rows.columns))


def _with_reasons(rows: pl.DataFrame, prepared: Prepared, rules: Rules, day: Day) -> pl.DataFrame:
    """Add why each date (`@date`) is doubted (`@why`), compared with the former (`@anchor`); null if it is believed.

    A date is before the cycle's opening if it is before the day on which the former date would open a cycle.
    """
    first = first_moment(prepared.machine)
    opening = pl.lit(day.on)
    if first is not None:
        dates = rules.calendar.add_series(rows["@anchor"], first.offset, rows[PLACE], False)
        opening = pl.lit(dates)
    rows = rows.with_columns(opening.alias("@opened_on"))
    return rows.with_columns(reasons_for_doubt(rows, rules, BEFORE_FORMER).alias("@why"))


def _draft_tasks(transitions: Transitions, rows: pl.DataFrame, field: str) -> None:
    """Draft the tasks to check the dates, in the cycles that these would open."""
    prepared, rules, day = transitions.prepared, transitions.rules, transitions.day
    compared = rows.with_columns(pl.col(field).alias("@anchor"), pl.col(UNBELIEVED).alias("@date"))
    rows = _with_reasons(compared, prepared, rules, day).rechunk()  # as for dates that are open
    iso = {name: pl.col(f"@{name}").dt.to_string("iso") for name in ("anchor", "date")}
    text = unopened_text(prepared.playbook, "{}", "{}", "{}", rules.doubt)
    rows = rows.with_columns(
        pl.format(text, iso["anchor"], iso["date"], pl.col("@why")).alias("@moved"),
        pl.col("@new_cycle").alias("@cycle"),
    ).with_columns(pl.col("@date").alias("@anchor"))
    due = pl.Series("due", [day.on]).new_from_index(0, rows.height)
    transitions.drafts.add(
        rows, check_action(prepared.playbook), due, iso["date"], pl.col("@moved")
    )
