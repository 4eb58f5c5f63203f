"""Migrations: move accounts whose step was removed or renamed, as `moved:` of their playbook says.

Takes the states and returns the rows that change. They are committed with the first date evaluated, so that the line
may then be removed from the playbook.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import polars as pl

from ..core.schemas import ENDED, STATES
from ..playbook.model import Playbook


def migrate(states: pl.DataFrame, playbooks: Iterable[Playbook], on: dt.date) -> pl.DataFrame:
    """Return the rows of open enrolments that move, under their new state; one moved to a final state is ended."""
    frames = [pl.DataFrame(schema=STATES)]
    for playbook in playbooks:
        if playbook.moved:
            final = [state.id for state in playbook.machine.states if state.final]
            states_of_playbook = states.filter(
                pl.col("playbook") == playbook.id,
                pl.col("ended_on").is_null(),
                pl.col("state").is_in(list(playbook.moved)),
            ).with_columns(pl.col("state").replace(playbook.moved))
            ended = pl.when(pl.col("state").is_in(final)).then(pl.lit(on))
            frames.append(states_of_playbook.with_columns(ended.alias("ended_on")))
    return pl.concat(frames)


def ended_by_migration(moved: pl.DataFrame) -> pl.DataFrame:
    """Return `ENDED`: those of the moved rows whose enrolment ended."""
    ended = moved.filter(pl.col("ended_on").is_not_null())
    return ended.with_columns(pl.col("state").alias("outcome")).select(list(ENDED))
