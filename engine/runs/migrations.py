"""Accounts whose step was removed or renamed: where `moved:` of their playbook sends them.

States in, the rows that move out. They are committed with the first date evaluated, so that the line may be taken
out of the playbook again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import polars as pl

from ..core.schemas import ENDED, STATES
from ..playbook.model import Playbook


def migrate(states: pl.DataFrame, playbooks: Iterable[Playbook], on: dt.date) -> pl.DataFrame:
    """The rows of enrolments under way that move, under their new state; one sent to an end is ended."""
    frames = [pl.DataFrame(schema=STATES)]
    for playbook in playbooks:
        if playbook.moved:
            final = [state.id for state in playbook.machine.states if state.final]
            own = states.filter(
                pl.col("playbook") == playbook.id,
                pl.col("ended_on").is_null(),
                pl.col("state").is_in(list(playbook.moved)),
            ).with_columns(pl.col("state").replace(playbook.moved))
            ended = pl.when(pl.col("state").is_in(final)).then(pl.lit(on))
            frames.append(own.with_columns(ended.alias("ended_on")))
    return pl.concat(frames)


def ended_by_migration(moved: pl.DataFrame) -> pl.DataFrame:
    """ENDED: those of the moved rows that came to an end."""
    ended = moved.filter(pl.col("ended_on").is_not_null())
    return ended.with_columns(pl.col("state").alias("outcome")).select(list(ENDED))
