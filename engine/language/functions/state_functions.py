"""The functions of states: where the account is in other playbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..expressions import ConstantValue
from ..states_read import Reference, references_of, standing_column
from .function_row import ColumnCall, Function, NoteCall, RowCall

if TYPE_CHECKING:
    import polars as pl


def _is_in_state(c: RowCall, reference: Reference) -> bool:
    found = c.cell(reference.standing)
    return found is not None if reference.step is None else found == reference.step


def _stands_in(c: RowCall) -> bool:
    return any(_is_in_state(c, reference) for reference in references_of(c.call))


def _stands_in_columns(c: ColumnCall) -> pl.Expr:
    return c.any([c.in_state(reference) for reference in references_of(c.call)])


def _standing_since(c: RowCall) -> ConstantValue | None:
    for reference in references_of(c.call):
        if _is_in_state(c, reference):
            return c.cell(reference.since)
    return None


def _standing_since_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    since = pl.lit(None, pl.Date)
    for reference in reversed(references_of(c.call)):
        since = pl.when(c.in_state(reference)).then(pl.col(reference.since)).otherwise(since)
    return since


def _states_note(c: NoteCall) -> str:
    playbooks = dict.fromkeys(reference.playbook for reference in references_of(c.call))
    return "; ".join(_state_note(c, playbook) for playbook in playbooks)


def _state_note(c: NoteCall, playbook: str) -> str:
    """Return where the account is in another playbook: `stands in renewal/grace since 2026-06-03`."""
    state = c.cell(standing_column(playbook, "state"))
    since = c.shown(c.cell(standing_column(playbook, "entered_on")), "date")
    if state is None:
        return f"was never enrolled in {playbook}"
    if c.cell(standing_column(playbook, "opened_on")) is None:
        return f"ended in {playbook}/{state} on {since}"
    return f"stands in {playbook}/{state} since {since}"


STATE_FUNCTIONS = (
    Function(
        "standing_since",
        ("steps",),
        "date",
        "standing_since('loyalty/gold')",
        "When the account came to the first of these steps that it stands in (for a playbook alone: "
        "when it enrolled); missing if it stands in none.",
        _standing_since,
        _standing_since_in_columns,
        reads_states=True,
        can_fail=True,
    ),
    Function(
        "stands_in",
        ("steps",),
        "boolean",
        "stands_in('renewal/grace', 'win_back')",
        "Whether the account stands in one of these steps of another playbook, or is enrolled in the "
        "playbook; never unknown.",
        _stands_in,
        _stands_in_columns,
        reads_states=True,
        note=_states_note,
    ),
)
