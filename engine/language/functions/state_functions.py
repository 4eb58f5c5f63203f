"""State functions: the states of the account in other playbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..expressions import ConstantValue
from ..states_read import Reference, references_of, state_column
from .function_row import ColumnCall, Function, NoteCall, RowCall

if TYPE_CHECKING:
    import polars as pl


def _is_in_state(c: RowCall, reference: Reference) -> bool:
    state = c.cell(reference.state_column)
    return state is not None if reference.step is None else state == reference.step


def _is_in(c: RowCall) -> bool:
    return any(_is_in_state(c, reference) for reference in references_of(c.call))


def _is_in_columns(c: ColumnCall) -> pl.Expr:
    return c.any([c.in_state(reference) for reference in references_of(c.call)])


def _since(c: RowCall) -> ConstantValue | None:
    for reference in references_of(c.call):
        if _is_in_state(c, reference):
            return c.cell(reference.since_column)
    return None


def _since_in_columns(c: ColumnCall) -> pl.Expr:
    import polars as pl

    since = pl.lit(None, pl.Date)
    for reference in reversed(references_of(c.call)):
        since = pl.when(c.in_state(reference)).then(pl.col(reference.since_column)).otherwise(since)
    return since


def _states_note(c: NoteCall) -> str:
    playbooks = dict.fromkeys(reference.playbook for reference in references_of(c.call))
    return "; ".join(_state_note(c, playbook) for playbook in playbooks)


def _state_note(c: NoteCall, playbook: str) -> str:
    """Return the state in another playbook, such as `in renewal/grace since 2026-06-03`."""
    state = c.cell(state_column(playbook, "state"))
    since = c.value_text(c.cell(state_column(playbook, "entered_on")), "date")
    if state is None:
        return f"was never enrolled in {playbook}"
    if c.cell(state_column(playbook, "opened_on")) is None:
        return f"ended in {playbook}/{state} on {since}"
    return f"in {playbook}/{state} since {since}"


STATE_FUNCTIONS = (
    Function(
        "standing_since",
        ("steps",),
        "date",
        "standing_since('loyalty/gold')",
        "The date on which the account entered the first of these steps or levels that it is in (for a playbook "
        "alone: on which it enrolled); missing if it is in none.",
        _since,
        _since_in_columns,
        reads_states=True,
        can_fail=True,
    ),
    Function(
        "stands_in",
        ("steps",),
        "boolean",
        "stands_in('renewal/grace', 'win_back')",
        "Whether the account is in one of these steps or levels of another playbook, or is enrolled in the "
        "playbook; never unknown.",
        _is_in,
        _is_in_columns,
        reads_states=True,
        note=_states_note,
    ),
)
