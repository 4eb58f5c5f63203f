"""Actions as they stand after the last previewed day, each on its day."""

from __future__ import annotations

import polars as pl

from ..core.revisions import last_revisions

TO_COME = ("issued", "postponed")
"""The statuses of an action that reaches somebody, today or later."""
ACTION_DAY = pl.coalesce("contact_on", "planned_on", "due_on")
"""The day of an action: of a contact the one on which it reaches the customer, else the one on which it is due."""


def as_last_revised(entries: pl.DataFrame) -> pl.DataFrame:
    """Return the actions of these ledger entries as last revised, with their day `@on`."""
    return last_revisions(entries).with_columns(ACTION_DAY.alias("@on"))
