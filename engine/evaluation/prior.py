"""Where an enrolment was before its anchor moved, or before it ended: the `prior_` columns of STATES."""

from __future__ import annotations

import polars as pl

from ..core.schemas import STATES
from ..machine.dates import depends_on_date
from ..playbook.model import LEFT, Edge, Machine

REMEMBERED = ("anchor", "state", "entered_on", "due_on", "moves")
"""Columns of STATES that are remembered under `prior_` names."""
_KEPT = [pl.col(f"@{name}").alias(f"@prior_{name}") for name in REMEMBERED]
RESTORED = [pl.col(f"@prior_{name}").alias(f"@{name}") for name in REMEMBERED]
FORGET = [pl.lit(None, STATES[f"prior_{name}"]).alias(f"@prior_{name}") for name in REMEMBERED]


def remember(rows: pl.DataFrame, where: pl.Expr) -> pl.DataFrame:
    """Keep where these enrolments are, for those that `where` names."""
    kept = [
        pl.when(where).then(pl.col(f"@{name}")).otherwise(f"@prior_{name}").alias(f"@prior_{name}")
        for name in REMEMBERED
    ]
    return rows.with_columns(kept)


def remember_end(rows: pl.DataFrame, edge: Edge, machine: Machine) -> pl.DataFrame:
    """Keep where enrolments are that this edge ends, if they may go on: they left, or it is because of a date."""
    if edge.target == LEFT:
        return rows.with_columns(_KEPT)
    if not depends_on_date(edge, machine):
        return rows.with_columns(FORGET)
    return remember(rows, (pl.col("@date") != pl.col("@anchor")).fill_null(False))
