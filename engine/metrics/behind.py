"""The accounts behind a figure, one row each.

In go what is asked and a figure's id; out comes who they are, their group, and what they paid at both ends.
"""

from __future__ import annotations

import polars as pl

from ..fields.load import KEY
from .asked import Asked
from .bridge import PARTS, parts
from .customers import COUNTED
from .renewals import OUTCOMES

BEHIND = (*PARTS, *COUNTED, *OUTCOMES)
"""The figures whose accounts can be asked for."""
LOSSES = ("contraction", "churn")


def accounts_behind(asked: Asked, figure_id: str) -> pl.DataFrame:
    """`account_id`, `group`, `start`, `end`, `change`, the largest change first.

    Of an outcome of terms: `account_id`, `group`, `due_on`, `amount`, in the order of their dates.
    """
    seen = asked.observed
    if figure_id in OUTCOMES:
        terms = seen.terms.filter(pl.col("outcome") == figure_id)
        return terms.select(KEY, "group", "due_on", "amount").sort("due_on", KEY)
    found = parts(seen.accounts, asked.method)
    if figure_id in COUNTED:
        found = found.filter(seen.accounts.select(COUNTED[figure_id]).to_series())
        change = pl.col("end") - pl.col("start")
    else:
        found = found.filter(pl.col(figure_id) > 0)
        change = -pl.col(figure_id) if figure_id in LOSSES else pl.col(figure_id)
    shown = found.select(KEY, "group", "start", "end", change.alias("change"))
    return shown.sort(pl.col("change").abs(), KEY, descending=[True, False])
