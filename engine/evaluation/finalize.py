"""From drafts to ledger entries: identity, lateness, contact policy, order."""

from __future__ import annotations

import hashlib

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.schemas import LEDGER
from ..workspace.settings import ContactPolicy
from .contact_policy import TOUCH, apply_contact_policy
from .cross_references import StateIndex
from .inputs import Day, Tables

ACTION_IDENTITY = ("playbook", ACCOUNT_ID, "cycle", "step", "action", "occurrence")
"""What an action is, and so what its id is made of: never a date."""
LEDGER_ORDER = ["due_on", ACCOUNT_ID, "playbook", "step", "action_id", "revision"]
SEPARATOR = "\x1f"


def finalize(
    drafts: pl.DataFrame,
    changes: pl.DataFrame,
    day: Day,
    tables: Tables,
    policy: ContactPolicy,
    standings: StateIndex,
) -> pl.DataFrame:
    """The ledger entries of a date, in the contract's order.

    `changes` are entries that supersede or withdraw; drafts whose id the ledger holds are dropped, unless they are a
    new revision. `standings` are those after all playbooks moved.
    """
    entries = drafts.with_columns(identify(drafts).alias("action_id"))
    known = tables.issued(entries["action_id"])
    entries = entries.filter((pl.col("revision") > 1) | ~pl.col("action_id").is_in(known.implode()))
    entries = add_lateness(entries, day)
    contacts = _contacts(entries, changes, day, tables)
    entries = apply_contact_policy(
        entries, contacts, _named(tables.snapshot, day), policy, standings
    )
    entries = entries.with_columns(
        pl.lit(day.run_on).alias("issued_on"), pl.lit(day.on).alias("evaluated_on")
    )
    table = entries.select(pl.col(name).cast(dtype) for name, dtype in LEDGER.items())
    return pl.concat([table, changes.select(list(LEDGER))]).sort(LEDGER_ORDER)


def _contacts(
    entries: pl.DataFrame, changes: pl.DataFrame, day: Day, tables: Tables
) -> pl.DataFrame:
    """The other contacts of the accounts about to be contacted, less those just taken back."""
    accounts = entries.filter(pl.col("contact_on").is_not_null())[ACCOUNT_ID].unique()
    contacts = tables.contacts(accounts)
    # A promise that this very run made late would have reached the customer on the run's own date.
    for on in (pl.col("due_on"), pl.max_horizontal("due_on", pl.lit(day.run_on))):
        gone = changes.select(*TOUCH[:-1], on.alias("contact_on"))
        contacts = contacts.join(gone, on=TOUCH, how="anti")
    return contacts


def _named(snapshot: pl.DataFrame, day: Day) -> pl.DataFrame:
    """The snapshot with the dates that a suppression's condition may name."""
    return snapshot.with_columns(
        pl.lit(day.on).alias("@today"), pl.lit(day.snapshot_on).alias("@snapshot_date")
    )


def identify(drafts: pl.DataFrame) -> pl.Series:
    """Action ids: the first 80 bits of the SHA-256 of what the action is, as 20 hexadecimal digits."""
    keys = drafts.select(pl.concat_str(ACTION_IDENTITY, separator=SEPARATOR)).to_series()
    digests = [hashlib.sha256(key.encode()).hexdigest()[:20] for key in keys.to_list()]
    return pl.Series("action_id", digests, dtype=pl.String)


def add_lateness(entries: pl.DataFrame, day: Day) -> pl.DataFrame:
    """Adds lateness (the run's own date less the due date) and what follows from it.

    Texts are made as columns of their own first: Polars 2.1 was once seen to panic where a choice between two
    expressions holds another one that makes text.
    """
    days = (pl.lit(day.run_on) - pl.col("due_on")).dt.total_days().clip(0).cast(pl.Int32)
    plural = pl.when(pl.col("late_days") == 1).then(pl.lit("")).otherwise(pl.lit("s"))
    too_late = (pl.col("late_days") > pl.col("within")).fill_null(False)
    told = (
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
    return told.with_columns(
        pl.when("@too_late").then(pl.lit("skipped")).otherwise(pl.lit("issued")).alias("status"),
        pl.when("@too_late").then("@skipped").otherwise(late_reason).alias("reason"),
        pl.when(pl.col("customer") & ~pl.col("@too_late")).then("@out").alias("contact_on"),
    ).drop("@s", "@too_late", "@days", "@late", "@skipped", "@out")
