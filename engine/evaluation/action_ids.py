"""Ids of actions: a hash of what an action is, never of when it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Playbook
from .inputs import CHECK_STEP, FirstNames

ACTION_IDENTITY = ("playbook", ACCOUNT_ID, "cycle", "step", "action", "occurrence")
"""Columns of which an action's id is a hash. None of them is a date, so running again gives the same ids."""
SEPARATOR = "\x1f"


def first_names(playbooks: Sequence[Playbook]) -> FirstNames:
    """Return the names that renamed playbooks and steps had at first."""
    return FirstNames(
        {playbook.id: playbook.was[-1] for playbook in playbooks if playbook.was},
        {
            f"{playbook.id}/{step}": first
            for playbook in playbooks
            for step, first in playbook.first_steps.items()
        },
    )


def identify(actions: pl.DataFrame, names: FirstNames) -> pl.Series:
    """Return action ids: the first 80 bits of the SHA-256 of ACTION_IDENTITY, as 20 hexadecimal digits.

    The task to check a date belongs to the account, so its identity names neither a playbook nor a cycle. A renamed
    playbook or step goes on with the id that it had at first.
    """
    if actions.is_empty():
        return pl.Series("action_id", [], dtype=pl.String)
    is_check = pl.col("step") == CHECK_STEP
    of_account = [
        pl.when(is_check).then(pl.lit("")).otherwise(value).alias(name)
        for name, value in (
            ("playbook", pl.col("playbook").replace(names.playbooks)),
            ("cycle", pl.col("cycle")),
        )
    ]
    named = actions.with_columns(*of_account, _first_step(names).alias("step"))
    keys = named.select(pl.concat_str(ACTION_IDENTITY, separator=SEPARATOR)).to_series()
    digests = [hashlib.sha256(key.encode()).hexdigest()[:20] for key in keys.to_list()]
    return pl.Series("action_id", digests, dtype=pl.String)


def _first_step(names: FirstNames) -> pl.Expr:
    """Return the step's first id."""
    step = pl.col("step")
    if not names.steps:
        return step
    of_playbook = pl.concat_str("playbook", pl.lit("/"), "step")
    return of_playbook.replace_strict(names.steps, default=step, return_dtype=pl.String)
