"""Doubt: an anchor that moved beyond belief waits for some days, and its owner is asked to check it.

Takes the accounts with their present dates (`@date`). Returns those that are free to move, and those that are held:
nothing of a held enrolment moves, and nothing of it is issued except one task for each doubted value.
`unopened_doubt` doubts the dates of accounts that are not enrolled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import polars as pl

from ..calendar.working_days import PLACE
from ..core.ids import ACCOUNT_ID
from ..language.formatter import format_expression
from ..machine.dates import followed_field
from ..playbook.model import Action, Playbook
from ..text.translations import catalogue_text
from ..workspace.settings import Doubt
from .candidates import DATE_DIFFERS, IS_OPEN
from .cross_references import StateIndex
from .inputs import CHECK_STEP, Day, Rules, Tables
from .prepare import Prepared, outcomes
from .transitions import Transitions

BEFORE_OPENING = "before its cycle opened"
BEFORE_FORMER = "before the former date's cycle opens"
SWAPPED = "day and month exchanged"


def far_ahead(rules: Rules) -> str:
    """Return the words for a date that is further ahead than the workspace believes."""
    return f"more than {rules.doubt.ahead} later"


def check_action(playbook: Playbook) -> Action:
    """Return the task to check a date, for the playbook's owner or else for the first owner of an action."""
    owners = (action.owner for action in playbook.machine.actions() if action.owner)
    owner = playbook.owner or next(owners, ())
    task = Action(
        "task", CHECK_STEP, "task", catalogue_text("actions", "check_date"), playbook.span, owner
    )
    return task._replace(priority=playbook.priority, late="issue")


def reason_for_doubt(
    old: dt.date,
    new: dt.date,
    opened_on: dt.date,
    rules: Rules,
    place: str | None,
    before: str = BEFORE_OPENING,
) -> str | None:
    """Return why a new date is doubted; None where it is believed.

    Args:
        old: The date that it replaces.
        new: The date.
        opened_on: The date on which the cycle opened, or would open with the old date.
        rules: The workspace's rules for doubt.
        place: The account's country or region.
        before: The reason where the date is before the opening.
    """
    if new == old:
        return None
    if (new.year, new.month, new.day) == (old.year, old.day, old.month):
        return SWAPPED
    if new < old and new < opened_on:
        return before
    return (
        far_ahead(rules) if new > rules.calendar.add(old, rules.doubt.ahead, place, False) else None
    )


def reasons_for_doubt(rows: pl.DataFrame, rules: Rules, before: str = BEFORE_OPENING) -> pl.Expr:
    """Return `reason_for_doubt` of each row: its new date is `@date`, its old one `@anchor`."""
    new, old = pl.col("@date"), pl.col("@anchor")
    limit = rules.calendar.add_series(rows["@anchor"], rules.doubt.ahead, rows[PLACE], False)
    exchanged = (
        (new.dt.year() == old.dt.year())
        & (new.dt.month().cast(pl.Int32) == old.dt.day().cast(pl.Int32))
        & (new.dt.day().cast(pl.Int32) == old.dt.month().cast(pl.Int32))
    )
    return (
        pl.when(new == old)
        .then(pl.lit(None, pl.String))
        .when(exchanged)
        .then(pl.lit(SWAPPED))
        .when((new < old) & (new < pl.col("@opened_on")))
        .then(pl.lit(before))
        .when(new > limit)
        .then(pl.lit(far_ahead(rules)))
    )


def moved_text(playbook: Playbook, old: str, new: str, why: str, until: str) -> str:
    """Return the reason of the task; the parts may be placeholders."""
    anchor = format_expression(playbook.machine.anchor) if playbook.machine.anchor else "the date"
    return f"{anchor} moved from {old} to {new}, {why}: nothing moves before {until}"


def unopened_text(playbook: Playbook, old: str, new: str, why: str, doubt: Doubt) -> str:
    """Return the reason of the task where the date would open a cycle; the parts may be placeholders."""
    anchor = format_expression(playbook.machine.anchor) if playbook.machine.anchor else "the date"
    days = "1 day" if doubt.stands_days == 1 else f"{doubt.stands_days} days"
    return (
        f"{anchor} moved from {old} to {new}, {why}: no cycle opens before it has lasted for {days}"
    )


def returned_text(playbook: Playbook, new: str, ended: str, until: str) -> str:
    """Return the reason of the task where a date went back to that of a cycle that has ended."""
    anchor = format_expression(playbook.machine.anchor) if playbook.machine.anchor else "the date"
    return f"{anchor} went back to {new}, the date of a cycle that ended on {ended}: nothing moves before {until}"


def hold_doubted(
    transitions: Transitions, rows: pl.DataFrame, late: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that are free to move, and those whose date is doubted.

    Args:
        transitions: Takes the drafts of the tasks.
        rows: The accounts, with `@date`.
        late: Mask of the ended cycles whose date returned so late that it is doubted itself.
    """
    concerned = outcomes(rows, (IS_OPEN & DATE_DIFFERS) | pl.col("@doubted").is_not_null()) | late
    if not concerned.any():
        return rows, rows.head(0)
    some = _with_reasons(
        transitions.rules, transitions.day, rows.filter(concerned), late.filter(concerned)
    )
    waits = outcomes(some, _waits(transitions.rules, transitions.day))
    held = some.filter(waits)
    _draft_tasks(transitions, held.filter(~pl.col("@same")))
    held = held.with_columns(
        pl.col("@date").alias("@doubted"),
        pl.col("@since").alias("@doubted_on"),
        (pl.col("@changed") | ~pl.col("@same")).alias("@changed"),
    )
    released = some.filter(~waits).with_columns(
        pl.min_horizontal("@quiet_from", "@doubted_on").alias("@quiet_from"),
        pl.lit(None, pl.Date).alias("@doubted"),
        pl.lit(None, pl.Date).alias("@doubted_on"),
        (pl.col("@changed") | pl.col("@doubted").is_not_null()).alias("@changed"),
    )
    free = pl.concat([rows.filter(~concerned), released.select(rows.columns)])
    return free, held.select(rows.columns)


def without_held(
    pending: pl.DataFrame, states: pl.DataFrame, changed: pl.DataFrame
) -> pl.DataFrame:
    """Return the actions still to come, without the waiting contacts of enrolments that are held.

    Promises of a held enrolment stay as they are; a contact without a day gets none before the enrolment goes on.

    Args:
        pending: LEDGER rows that are still to come.
        states: STATES before the date.
        changed: The rows of STATES that changed on the date.
    """
    waits = pl.col("status") == "postponed"
    if not outcomes(pending, waits).any():
        return pending
    keys = [ACCOUNT_ID, "playbook"]
    doubts = pl.col("doubted").is_not_null()
    before = states.filter(doubts).join(changed, on=keys, how="anti")
    held = pl.concat([each.select(keys) for each in (before, changed.filter(doubts))])
    return pl.concat(
        [pending.filter(~waits), pending.filter(waits).join(held, on=keys, how="anti")]
    )


def has_lasted(transitions: Transitions) -> pl.Expr:
    """Return the condition that the account's date was doubted and has lasted long enough."""
    long_enough = pl.col("@doubted_on") <= _latest(transitions.rules, transitions.day)
    return ((pl.col("@doubted") == pl.col("@date")) & long_enough).fill_null(False)


_READ_BY_DOUBT = [
    f"@{name}" for name in ("state", "ended_on", "anchor", "opened_on", "doubted", "doubted_on")
]


def doubted_accounts(
    playbooks: Sequence[Prepared],
    rules: Rules,
    day: Day,
    tables: Tables,
    state_index: StateIndex,
) -> dict[str, pl.Series]:
    """Return by field the accounts whose date is doubted in an open enrolment that follows the field."""
    found: dict[str, pl.Series] = {}
    for prepared in playbooks if tables.states.height else ():
        field = followed_field(prepared.machine)
        if field is None:
            continue
        states = state_index.before_of(prepared.playbook.id).rows
        dates = tables.snapshot[field].alias("@date")
        enrolled = tables.snapshot[[ACCOUNT_ID, PLACE]].hstack([dates, *states[_READ_BY_DOUBT]])
        rows = enrolled.filter(IS_OPEN, DATE_DIFFERS)
        if rows.height:
            reasons = _with_reasons(rules, day, rows, outcomes(rows, pl.lit(False)))
            ids = reasons.filter(_waits(rules, day))[ACCOUNT_ID]
            found[field] = pl.concat([found[field], ids]) if field in found else ids
    return {field: ids for field, ids in found.items() if ids.len()}


def _waits(rules: Rules, day: Day) -> pl.Expr:
    """Return the condition that a date with a reason to doubt it has not lasted long enough."""
    return pl.col("@why").is_not_null() & (pl.col("@since") > _latest(rules, day))


def _latest(rules: Rules, day: Day) -> pl.Expr:
    """Return the last date since which a date must be known to be taken now."""
    return pl.lit(day.on - dt.timedelta(days=rules.doubt.stands_days))


def _with_reasons(rules: Rules, day: Day, rows: pl.DataFrame, late: pl.Series) -> pl.DataFrame:
    """Add why each date is doubted (`@why`, null where it is believed), since when, and whether it was before."""
    why = reasons_for_doubt(rows, rules)
    late_or_open = pl.when(pl.lit(late)).then(pl.lit("")).when(IS_OPEN).then(why)
    same = (pl.col("@doubted") == pl.col("@date")).fill_null(False)
    since = pl.when(same).then("@doubted_on").otherwise(pl.lit(day.on))
    return rows.with_columns(late_or_open.alias("@why"), same.alias("@same"), since.alias("@since"))


def _draft_tasks(transitions: Transitions, rows: pl.DataFrame) -> None:
    if not rows.height:
        return
    playbook = transitions.prepared.playbook
    until = pl.col("@since") + dt.timedelta(days=transitions.rules.doubt.stands_days)
    iso = {name: pl.col(f"@{name}").dt.to_string("iso") for name in ("anchor", "date", "ended_on")}
    moved = pl.format(
        moved_text(playbook, *["{}"] * 4), iso["anchor"], iso["date"], pl.col("@why"),
        until.dt.to_string("iso"),
    )  # fmt: skip
    returned = pl.format(
        returned_text(playbook, *["{}"] * 3),
        iso["date"],
        iso["ended_on"],
        until.dt.to_string("iso"),
    )
    # Polars 2.1 panics where a text is made of columns in other chunks, one of which is empty.
    rows = rows.rechunk().with_columns(moved.alias("@moved"), returned.alias("@returned"))
    due = pl.Series("due", [transitions.day.on]).new_from_index(0, rows.height)
    text = pl.when(IS_OPEN).then("@moved").otherwise("@returned")
    transitions.drafts.add(rows, check_action(playbook), due, iso["date"], text)
