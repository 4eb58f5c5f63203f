"""Migrations: move accounts whose step was removed or renamed, as `moved:` of their playbook says.

Takes the states and returns the rows that change. They are committed with the first date evaluated, so that the line
may then be removed from the playbook.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import polars as pl

from ..core.schemas import ENDED, STATES, stack
from ..playbook.model import Playbook


def migrate(states: pl.DataFrame, playbooks: Iterable[Playbook], on: dt.date) -> pl.DataFrame:
    """Return the rows that move: open enrolments, under their new state, and those that would go on in an old one.

    One that is moved to a final state is ended.
    """
    frames = []
    for playbook in playbooks:
        if playbook.moved:
            final = [state.id for state in playbook.machine.states if state.final]
            old = list(playbook.moved)
            leaves = pl.col("state").is_in(old) & pl.col("ended_on").is_null()
            moved = states.filter(
                pl.col("playbook") == playbook.id,
                leaves | pl.col("prior_state").is_in(old).fill_null(False),
            ).with_columns(
                pl.when(leaves).then(pl.col("state").replace(playbook.moved)).otherwise("state"),
                pl.col("prior_state").replace(playbook.moved),
            )
            ends = pl.col("state").is_in(final) & pl.col("ended_on").is_null()
            ended = pl.when(ends).then(pl.lit(on)).otherwise("ended_on")
            frames.append(moved.with_columns(ended.alias("ended_on")))
    return stack(frames, STATES)


def ended_by_migration(moved: pl.DataFrame, on: dt.date) -> pl.DataFrame:
    """Return `ENDED`: those of the moved rows whose enrolment ended on the date."""
    ended = moved.filter(ended_on=on)
    return ended.with_columns(pl.col("state").alias("outcome")).select(list(ENDED))
