"""Ledger entries of a date, made from drafts: identity, lateness, contact plan, order."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.in_memory import collect_in_memory
from ..core.membership import is_one_of
from ..core.schemas import LEDGER, LEDGER_ORDER, empty_table, stack
from ..core.upsert import without
from .absent_tasks import issue_again, withdraw_absent
from .action_ids import identify
from .capacity import spread_tasks
from .cross_references import StateIndex
from .hand_moves import HandMoves, skip_by_hand
from .inputs import CHECK_STEP, Day, Rules, Tables
from .merged_accounts import withdraw_merged
from .merged_history import had_before_merge, skip_had, withdraw_had
from .owners import ActionKey, reread_owners
from .plan_entries import ledger_rows, planned_entries
from .unmet_needs import ContactNeeds, skip_unmet


def finalize(
    drafts: pl.DataFrame,
    changes: pl.DataFrame,
    pending: pl.DataFrame,
    day: Day,
    tables: Tables,
    rules: Rules,
    state_index: StateIndex,
    owners: Mapping[ActionKey, tuple[str, ...]],
    needs: ContactNeeds,
) -> pl.DataFrame:
    """Return the ledger entries of a date, LEDGER, in LEDGER_ORDER.

    Drops drafts whose id is in the ledger already, unless they are a new revision or were wrongly not issued.

    Args:
        drafts: Actions, DRAFT_SCHEMA.
        changes: Ledger entries that supersede or withdraw.
        pending: Actions of before that are still to come, LEDGER; those withdrawn are issued again.
        day: The date evaluated.
        tables: The snapshot and the ledger's look-ups.
        rules: The roles, the contact policy and the working days.
        state_index: The states after all playbooks were evaluated.
        owners: The roles that may own each action of the playbooks evaluated.
        needs: The contacts that actions of these playbooks need.
    """
    if not (drafts.height or changes.height or pending.height):
        return empty_table(LEDGER)
    moves = HandMoves(tables.moves, day.on)
    drafts = drafts.with_columns(moves.reassign(drafts))
    entries = drafts.with_columns(identify(drafts, rules.first_names).alias("action_id"))
    entries = _without_known(_one_check(entries), tables)
    entries = add_lateness(entries, day).with_columns(
        pl.lit(day.run_on).alias("issued_on"), pl.lit(day.on).alias("evaluated_on")
    )
    entries = skip_by_hand(entries, moves, tables.states, rules.first_names)
    had = had_before_merge(entries, day, tables, rules, state_index)
    # They are left out of the plan, and what needs them is done, as the customer had them.
    skipped = skip_had(entries, had)
    entries = without(entries, had, "action_id")
    # A new revision of a contact that waits replaces it, so only one of them is planned.
    newer = pl.concat([each.select("action_id") for each in (changes, skipped, entries)])
    pending = without(pending, newer, "action_id")
    had = had_before_merge(pending, day, tables, rules, state_index)
    called_off = (
        withdraw_had(pending, had, day),
        withdraw_absent(pending, day, tables),
        withdraw_merged(pending, tables.snapshot, day),
    )
    changes = ledger_rows(changes, *called_off, skipped)
    pending = without(pending, changes, "action_id")
    pending = reread_owners(pending, tables.snapshot, rules.roles, owners, moves)
    again = pending.filter(status="withdrawn")
    changes = ledger_rows(changes, issue_again(again, day))
    pending = without(pending, again, "action_id")
    planned = planned_entries(entries, pending, day, tables, rules, state_index)
    # An action that is skipped leaves its room, and others may need it: each round skips one at least.
    while (met := skip_unmet(entries, planned, needs, tables.ledger)) is not None:
        entries = met
        planned = planned_entries(entries, pending, day, tables, rules, state_index)
    planned = spread_tasks(planned, pending, day, tables, rules)
    return stack([planned, changes], LEDGER).sort(LEDGER_ORDER)


def _one_check(entries: pl.DataFrame) -> pl.DataFrame:
    """Keep one task for each doubted date of an account, whichever playbooks follow it."""
    checks = entries["step"] == CHECK_STEP
    if not checks.any():
        return entries
    one = entries.filter(checks).sort("playbook").unique("action_id", keep="first")
    return pl.concat([entries.filter(~checks), one])


def _without_known(entries: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Drop the drafts that the ledger has, except those that it lacks for a date that was wrong.

    Withdrawn actions, and those skipped, withheld or postponed when the anchor was another, become a new revision: a
    cycle that goes on comes to their step again.
    """
    known = tables.ledger.issued(entries["action_id"])
    first = (pl.col("revision") == 1) & pl.col("action_id").is_in(known.implode())
    repeated = entries.filter(first)
    if not repeated.height:
        return entries
    latest = tables.ledger.latest(repeated[ACCOUNT_ID]).select(
        "action_id", pl.col("revision").alias("@last"), "status", pl.col("anchor").alias("@was")
    )
    of_wrong_date = is_one_of(pl.col("status"), ("skipped", "withheld", "postponed")) & pl.col(
        "@was"
    ).ne_missing(pl.col("anchor"))
    again = repeated.join(latest, on="action_id").filter(
        (pl.col("status") == "withdrawn") | of_wrong_date
    )
    revised = again.with_columns((pl.col("@last") + 1).alias("revision"))
    return pl.concat([entries.filter(~first), revised.select(entries.columns)])


def add_lateness(entries: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Add `late_days` (the run's date less the due date, at least 0), `status`, `reason` and the plan's days.

    An action that is held out is recorded as such, unless it is too late for every account.
    An issued action waits at most `patience` days from its due date, or from the run's date where that is later.

    Texts become columns first: Polars 2.1 can panic where a `when` contains another expression that builds text.
    """
    days = (pl.lit(day.run_on) - pl.col("due_on")).dt.total_days().clip(0).cast(pl.Int32)
    plural = pl.when(pl.col("late_days") == 1).then(pl.lit("")).otherwise(pl.lit("s"))
    too_late = (pl.col("late_days") > pl.col("within")).fill_null(False)
    held_out = ~pl.col("@too_late") & pl.col("held_out").is_not_null()
    with_texts = (
        entries.lazy()
        .with_columns(days.alias("late_days"))
        .with_columns(plural.alias("@s"), too_late.alias("@too_late"))
        .with_columns(
            pl.concat_str("late_days", pl.lit(" day"), "@s", pl.lit(" late")).alias("@days")
        )
        .with_columns(
            pl.concat_str("reason", pl.lit("; "), "@days").alias("@late"),
            pl.concat_str(
                "reason",
                pl.lit("; skipped: "),
                "@days",
                pl.lit(", more than "),
                "within",
                pl.lit(" allowed"),
            ).alias("@skipped"),
            pl.max_horizontal("due_on", pl.lit(day.run_on)).alias("@out"),
            held_out.alias("@held_out"),
        )
        .with_columns(
            pl.when(pl.col("late_days") > 0).then("@late").otherwise("reason").alias("@reason")
        )
        .with_columns(
            pl.concat_str("@reason", pl.lit("; held out: "), "held_out").alias("@unreached")
        )
    )
    goes_out = ~pl.col("@too_late") & ~pl.col("@held_out")
    return collect_in_memory(
        with_texts.with_columns(
            pl.when("@too_late")
            .then(pl.lit("skipped"))
            .when("@held_out")
            .then(pl.lit("held_out"))
            .otherwise(pl.lit("issued"))
            .alias("status"),
            pl.when("@too_late")
            .then("@skipped")
            .when("@held_out")
            .then("@unreached")
            .otherwise("@reason")
            .alias("reason"),
            pl.when(pl.col("customer") & goes_out).then("@out").alias("planned_on"),
            pl.when(goes_out)
            .then(pl.col("@out") + pl.duration(days=pl.col("patience")))
            .alias("until"),
            pl.lit(None, pl.Date).alias("contact_on"),
        )
        .drop("@s", "@too_late", "@days", "@late", "@skipped", "@out")
        .drop("@held_out", "@reason", "@unreached")
    )
