"""Columns of what became of actions, added to the accounts before a playbook is evaluated.

The facts are of before the date. So the order in which playbooks are evaluated makes no difference to them, and
playbooks may ask about each other's actions.
"""

from __future__ import annotations

import polars as pl

from ..core.account_values import with_values
from ..language.actions_read import fact_columns
from ..language.expressions import Type
from ..playbook.asked_actions import own_references
from ..playbook.model import Playbook

FACT_TYPES: dict[Type, pl.DataType] = {
    "number": pl.Float64(),
    "text": pl.String(),
    "date": pl.Date(),
}
"""Types of the columns of facts."""


def columns_of_facts(playbook: Playbook) -> dict[str, pl.DataType]:
    """Return the columns of facts that the playbook's conditions read."""
    texts = dict.fromkeys(reference.text for reference in playbook.actions_read)
    return _columns(list(texts))


def columns_of_cycle(playbook: Playbook) -> dict[str, pl.DataType]:
    """Return the columns of facts about the playbook's own actions: a new cycle begins without them."""
    texts = dict.fromkeys(reference.text for reference in own_references(playbook))
    return _columns(list(texts))


def with_facts(
    accounts: pl.DataFrame, playbook: Playbook, facts: pl.DataFrame | None
) -> pl.DataFrame:
    """Return the accounts with all columns of facts that the playbook reads, null where nothing was issued."""
    columns = columns_of_facts(playbook)
    if not columns:
        return accounts
    if facts is not None:
        accounts = with_values(accounts, facts)
    return accounts.with_columns(
        pl.lit(None, type).alias(name)
        for name, type in columns.items()
        if name not in accounts.columns
    )


def _columns(texts: list[str]) -> dict[str, pl.DataType]:
    return {name: FACT_TYPES[type] for text in texts for name, type in fact_columns(text).items()}
