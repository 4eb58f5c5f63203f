"""Ledger entries of a date, made from drafts: identity, lateness, contact policy, order."""

from __future__ import annotations

import hashlib

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import CONTACTS, LEDGER, LEDGER_ORDER
from ..workspace.settings import ContactPolicy
from .contact_policy import apply_contact_policy
from .cross_references import StateIndex
from .inputs import Day, Tables

ACTION_IDENTITY = ("playbook", ACCOUNT_ID, "cycle", "step", "action", "occurrence")
"""Columns of which an action's id is a hash. None of them is a date, so running again gives the same ids."""
SEPARATOR = "\x1f"


def finalize(
    drafts: pl.DataFrame,
    changes: pl.DataFrame,
    day: Day,
    tables: Tables,
    policy: ContactPolicy,
    state_index: StateIndex,
) -> pl.DataFrame:
    """Return the ledger entries of a date, LEDGER, in LEDGER_ORDER.

    Drops drafts whose id is in the ledger already, unless they are a new revision.

    Args:
        drafts: Actions, DRAFT_SCHEMA.
        changes: Ledger entries that supersede or withdraw.
        day: The date evaluated.
        tables: The snapshot and the ledger's look-ups.
        policy: The contact policy.
        state_index: The states after all playbooks were evaluated.
    """
    entries = drafts.with_columns(identify(drafts).alias("action_id"))
    known = tables.ledger.issued(entries["action_id"])
    entries = entries.filter((pl.col("revision") > 1) | ~pl.col("action_id").is_in(known.implode()))
    entries = add_lateness(entries, day)
    contacts = _contacts(entries, changes, day, tables)
    entries = apply_contact_policy(
        entries, contacts, _with_dates(tables.snapshot, day), policy, state_index
    )
    entries = entries.with_columns(
        pl.lit(day.run_on).alias("issued_on"),
        pl.lit(day.on).alias("evaluated_on"),
        pl.col("contact_on").alias("planned_on"),
        pl.lit(None).alias("until"),
    )
    table = entries.select(pl.col(name).cast(dtype) for name, dtype in LEDGER.items())
    return pl.concat([table, changes.select(list(LEDGER))]).sort(LEDGER_ORDER)


def _contacts(
    entries: pl.DataFrame, changes: pl.DataFrame, day: Day, tables: Tables
) -> pl.DataFrame:
    """Return earlier contacts of the accounts in `entries`, without those that `changes` withdraw."""
    accounts = entries.filter(pl.col("contact_on").is_not_null())[ACCOUNT_ID].unique()
    contacts = tables.ledger.contacts(accounts)
    # The contact day of a promise that was late when issued in this run is the run's date.
    for on in (pl.col("due_on"), pl.max_horizontal("due_on", pl.lit(day.run_on))):
        withdrawn = changes.with_columns(on.alias("contact_on")).select(list(CONTACTS))
        contacts = contacts.join(withdrawn, on=list(CONTACTS), how="anti")
    return contacts


def _with_dates(snapshot: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Return the snapshot with the dates that a suppression's condition can read."""
    return snapshot.with_columns(
        pl.lit(day.on).alias("@today"), pl.lit(day.snapshot_on).alias("@snapshot_date")
    )


def identify(drafts: pl.DataFrame) -> pl.Series:
    """Return action ids: the first 80 bits of the SHA-256 of ACTION_IDENTITY, as 20 hexadecimal digits."""
    keys = drafts.select(pl.concat_str(ACTION_IDENTITY, separator=SEPARATOR)).to_series()
    digests = [hashlib.sha256(key.encode()).hexdigest()[:20] for key in keys.to_list()]
    return pl.Series("action_id", digests, dtype=pl.String)


def add_lateness(entries: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Add `late_days` (the run's date less the due date, at least 0), `status`, `reason` and `contact_on`.

    Texts become columns first: Polars 2.1 can panic where a `when` contains another expression that builds text.
    """
    days = (pl.lit(day.run_on) - pl.col("due_on")).dt.total_days().clip(0).cast(pl.Int32)
    plural = pl.when(pl.col("late_days") == 1).then(pl.lit("")).otherwise(pl.lit("s"))
    too_late = (pl.col("late_days") > pl.col("within")).fill_null(False)
    with_texts = (
        entries.with_columns(days.alias("late_days"))
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
        )
    )
    late_reason = pl.when(pl.col("late_days") > 0).then("@late").otherwise("reason")
    return with_texts.with_columns(
        pl.when("@too_late").then(pl.lit("skipped")).otherwise(pl.lit("issued")).alias("status"),
        pl.when("@too_late").then("@skipped").otherwise(late_reason).alias("reason"),
        pl.when(pl.col("customer") & ~pl.col("@too_late")).then("@out").alias("contact_on"),
    ).drop("@s", "@too_late", "@days", "@late", "@skipped", "@out")
