"""Record what people did in a workspace's store: check it under the store's lock, then write all that is right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.schemas import HAND_MOVES, OUTCOMES, empty_table
from ..store import Reader, Store
from ..store.ownership import is_store
from .outcome_checks import CheckedOutcomes, check_outcomes
from .outcome_rows import OutcomeRow

if TYPE_CHECKING:
    import polars as pl

    from ..project.loading import Project


def record_outcomes(
    project: Project,
    rows: Sequence[OutcomeRow],
    today: dt.date,
    source: str,
    *,
    again: bool,
    strict: bool = False,
    dry: bool = False,
    moves: pl.DataFrame | None = None,
) -> CheckedOutcomes:
    """Record the outcomes that are right, with moves by hand, and return what was found; see `check_outcomes`.

    Args:
        project: The workspace.
        rows: The outcomes.
        today: The date of the recording.
        source: The command, file or query that they were read from.
        again: If true, an outcome that is not the valid one any more may be recorded again.
        strict: If true, nothing is recorded if one of them is wrong.
        dry: If true, nothing is recorded at all.
        moves: `HAND_MOVES` to record with them.

    Raises:
        Locked: A run is under way.
        Problems: The store cannot be read or written.
    """
    if dry or not is_store(project.store):
        return check_outcomes(Reader.of(project), rows, today, source, again=again)
    with Store.open(project.store, project.root, former=project.former_ids) as store:
        checked = check_outcomes(store, rows, today, source, again=again)
        if not (strict and checked.problems):
            store.record(checked.outcomes, empty_table(HAND_MOVES) if moves is None else moves)
        return checked


def record_moves(project: Project, moves: pl.DataFrame) -> None:
    """Record moves by hand (`HAND_MOVES`), creating the store if there is none.

    Raises:
        Locked: A run is under way.
        Problems: The store cannot be read or written.
    """
    with Store.open(project.store, project.root, former=project.former_ids) as store:
        store.record(empty_table(OUTCOMES), moves)
