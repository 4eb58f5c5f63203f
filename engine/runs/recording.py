"""Record what people did in a workspace's store: check it under the store's lock, then write all that is right.

Under the lock, two commands at once cannot both find that nothing is against them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..core.schemas import HAND_MOVES, OUTCOMES, empty_table
from ..store import Reader, Store
from ..store.ownership import is_store
from .move_checks import is_move_recorded, move_refusal
from .outcome_checks import CheckedOutcomes, check_outcomes
from .outcome_rows import OutcomeRow

if TYPE_CHECKING:
    import polars as pl

    from ..project.loading import Project
    from ..store import StoreView

ChooseRows = Callable[[Reader], Sequence[OutcomeRow]]
"""Returns the outcomes to record for the store as it is now."""


class CheckedMove(NamedTuple):
    """The result of recording a move by hand: it was recorded if it was not known and nothing is against it."""

    known: bool = False
    refusal: str | None = None


def record_outcomes(
    project: Project,
    choose: ChooseRows,
    today: dt.date,
    source: str,
    *,
    again: bool,
    strict: bool = False,
    dry: bool = False,
    move: pl.DataFrame | None = None,
) -> CheckedOutcomes:
    """Record the outcomes that are right, with a move by hand, and return what was found; see `check_outcomes`.

    Args:
        project: The workspace.
        choose: Returns the outcomes; it reads the store under its lock.
        today: The date of the recording.
        source: The command, file or query that they were read from.
        again: If true, an outcome that is not the valid one any more may be recorded again.
        strict: If true, nothing is recorded if one of them is wrong.
        dry: If true, nothing is recorded at all.
        move: One row of `HAND_MOVES` to record with them, unless it is recorded already.

    Raises:
        Locked: A run is under way.
        Problems: The store cannot be read or written.
    """
    if dry or (move is None and not is_store(project.store)):
        reader = Reader.of(project)
        return check_outcomes(reader, choose(reader), today, source, again=again)
    with Store.open(project.store, project.root, former=project.former_ids) as store:
        checked = check_outcomes(store, choose(store), today, source, again=again)
        if not (strict and checked.problems):
            new = move is not None and not is_move_recorded(store, move)
            moves = move if new and move is not None else empty_table(HAND_MOVES)
            store.record(checked.outcomes, moves)
        return checked


def record_move(project: Project, move: pl.DataFrame) -> CheckedMove:
    """Record a move by hand, one row of `HAND_MOVES`, creating the store if there is none.

    Raises:
        Locked: A run is under way.
        Problems: The store cannot be read or written.
    """
    if not is_store(project.store):
        # A move that is refused creates no store.
        checked = _check_move(Reader.of(project), move)
        if checked.refusal is not None:
            return checked
    with Store.open(project.store, project.root, former=project.former_ids) as store:
        checked = _check_move(store, move)
        if not checked.known and checked.refusal is None:
            store.record(empty_table(OUTCOMES), move)
        return checked


def _check_move(store: StoreView, move: pl.DataFrame) -> CheckedMove:
    if is_move_recorded(store, move):
        return CheckedMove(known=True)
    return CheckedMove(refusal=move_refusal(store, move))
