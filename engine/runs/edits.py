"""Edits of playbooks: which playbooks of a date are evaluated with a new text for the first time.

Takes the run records and the playbooks' content hashes. Only the hash of an earlier text is known, not the text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.membership import is_one_of
from ..core.schemas import STATE_KEY, stack, table_of_rows
from ..evaluation.inputs import DayEvaluation, PlaybookEdit
from ..store import RunRecord, StoreView
from .parts import Part

Edits = Mapping[str, RunRecord]
"""By edited playbook: the record of the last run that evaluated the earlier text."""

EDITED: dict[str, pl.DataType] = {
    "playbook": pl.String(),
    "on": pl.Date(),
    "gained": pl.Int64(),
    "lost": pl.Int64(),
    "moved": pl.Int64(),
}
"""One row per edited playbook and first date evaluated with its new text, with the accounts that changed on that date.

Only accounts evaluated with the earlier text count: those that get an action or enrol (`gained`), those with an action
withdrawn or superseded (`lost`), and those enrolled before that go to another state or date (`moved`).
"""


def edits_of(
    last: Mapping[str, RunRecord | None], hashes: Mapping[str, str]
) -> dict[str, RunRecord]:
    """Return the playbooks that were edited since their last evaluation; a new playbook was not.

    Args:
        last: By playbook, the record of its last evaluation.
        hashes: By playbook, the content hash of its present text.
    """
    return {
        id: record
        for id, record in last.items()
        if record is not None and record.playbooks[id] != hashes[id]
    }


def edits_in_part(store: StoreView, edits: Edits, part: Part) -> dict[str, PlaybookEdit]:
    """Return the edits as the evaluation of a part needs them."""
    found = {}
    for id, record in edits.items():
        before = part.of_part(store.history(record.snapshot_on, (), part.stretch))
        found[id] = PlaybookEdit(record.on, before[ACCOUNT_ID])
    return found


def edit_effects(
    edits: Mapping[str, PlaybookEdit], states: pl.DataFrame, result: DayEvaluation, on: dt.date
) -> pl.DataFrame:
    """Return `EDITED` of a part.

    Args:
        edits: The edited playbooks.
        states: The states before the date, and before accounts were moved out of removed states.
        result: The changes of the date.
        on: The date.
    """
    rows = [(id, on, *_effects(id, edit, states, result, on)) for id, edit in edits.items()]
    return table_of_rows(rows, EDITED)


def _effects(
    id: str, edit: PlaybookEdit, states: pl.DataFrame, result: DayEvaluation, on: dt.date
) -> Iterator[int]:
    """Yield the numbers of accounts of one playbook that gain, lose and move."""
    of_edit = (pl.col("playbook") == id) & pl.col(ACCOUNT_ID).is_in(edit.accounts.implode())
    entries, changed = result.entries.filter(of_edit), result.states.filter(of_edit)
    status = pl.col("status")
    new = entries.filter(is_one_of(status, ("issued", "postponed")), revision=1)
    lost = entries.filter(is_one_of(status, ("superseded", "withdrawn")))
    opened = changed.filter(opened_on=on)
    before = changed.filter(pl.col("opened_on") < on)
    place = [*STATE_KEY, "cycle", "state", "anchor", "ended_on"]
    moved = before.join(states, on=place, how="anti", nulls_equal=True)
    yield pl.concat([new[ACCOUNT_ID], opened[ACCOUNT_ID]]).n_unique()
    yield lost[ACCOUNT_ID].n_unique()
    yield moved.height


def sum_effects(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return `EDITED` of all parts or dates together."""
    together = stack(parts, EDITED)
    if together.is_empty():
        return together
    return together.group_by("playbook", "on").sum().select(list(EDITED)).sort("on", "playbook")


def edit_notes(edited: pl.DataFrame) -> Iterator[str]:
    """Yield a line for each edited playbook, from `EDITED`."""
    for id, on, gained, lost, moved in edited.iter_rows():
        accounts = "1 account gains" if gained == 1 else f"{gained} accounts gain"
        loses = "1 loses" if lost == 1 else f"{lost} lose"
        moves = "1 moves" if moved == 1 else f"{moved} move"
        yield (
            f"playbook `{id}` was edited: on {on.isoformat()}, the first date with the new text,"
            f" {accounts} actions or enrolments, {loses} promised actions, {moves}"
        )
