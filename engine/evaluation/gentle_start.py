"""Gentle starts: what was due before a playbook's first date counts as done, where its `start` says so.

Such an action gets no entry in the ledger, and its account is past its step, so no later date issues it either. The
first date is that of the playbook's first evaluation in the store, or of the account's first enrolment in it.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..playbook.model import Playbook
from ..workspace.settings import CATCH_UP
from .inputs import Day, Tables

BEFORE_START = "before_start"
"""Under COUNTS: the accounts of which an action of the step counts as done."""


def is_first_date(playbook: Playbook, *, first_evaluation: bool, first_enrolment: bool) -> bool:
    """Return whether what was due before this date counts as done for an account."""
    if playbook.start == CATCH_UP:
        return False
    return first_evaluation or (first_enrolment and playbook.start == "enrolment")


def split_drafts(
    drafts: pl.DataFrame, playbook: Playbook, day: Day, tables: Tables
) -> tuple[pl.DataFrame, list[tuple[str, str, int]]]:
    """Return the drafts that do not count as done; and by step, BEFORE_START and the accounts of the others.

    Args:
        drafts: The playbook's drafts of the date, DRAFT_SCHEMA.
        playbook: The playbook.
        day: The date evaluated.
        tables: The states before the date, and which playbooks are evaluated for the first time.
    """
    if playbook.start == CATCH_UP:
        return drafts, []
    first_for = partial(is_first_date, playbook, first_evaluation=playbook.id in tables.first)
    enrolled = tables.states.filter(playbook=playbook.id)[ACCOUNT_ID]
    new = ~pl.col(ACCOUNT_ID).is_in(enrolled.implode())
    first = pl.lit(first_for(first_enrolment=False))
    first |= new & first_for(first_enrolment=True)
    done = first & (pl.col("due_on") < day.on)
    counted = drafts.filter(done).group_by("step").agg(pl.col(ACCOUNT_ID).n_unique()).sort("step")
    return drafts.filter(~done), [(step, BEFORE_START, n) for step, n in counted.iter_rows()]
