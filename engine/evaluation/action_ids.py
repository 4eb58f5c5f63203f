"""Ids of actions: a hash of what an action is, never of when it is."""

from __future__ import annotations

import hashlib

import polars as pl

from ..core.ids import ACCOUNT_ID
from .inputs import CHECK_STEP

ACTION_IDENTITY = ("playbook", ACCOUNT_ID, "cycle", "step", "action", "occurrence")
"""Columns of which an action's id is a hash. None of them is a date, so running again gives the same ids."""
SEPARATOR = "\x1f"


def identify(actions: pl.DataFrame) -> pl.Series:
    """Return action ids: the first 80 bits of the SHA-256 of ACTION_IDENTITY, as 20 hexadecimal digits.

    The task to check a date belongs to the account, so its identity names neither a playbook nor a cycle.
    """
    is_check = pl.col("step") == CHECK_STEP
    of_account = [
        pl.when(is_check).then(pl.lit("")).otherwise(name).alias(name)
        for name in ("playbook", "cycle")
    ]
    named = actions.with_columns(of_account)
    keys = named.select(pl.concat_str(ACTION_IDENTITY, separator=SEPARATOR)).to_series()
    digests = [hashlib.sha256(key.encode()).hexdigest()[:20] for key in keys.to_list()]
    return pl.Series("action_id", digests, dtype=pl.String)
