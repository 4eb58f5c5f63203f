"""Drafts of actions: who does what when, and why, before status, lateness and contact policy are known.

Takes the accounts that took an edge or whose action repeats. Returns one row for each action, DRAFT_SCHEMA.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from ..calendar.working_days import PLACE
from ..columns.compiler import compile_expression
from ..core.ids import ACCOUNT_ID
from ..core.languages import choose_text
from ..core.schemas import LEDGER, stack
from ..language.expressions import Expression
from ..language.formatter import format_expression
from ..playbook.holdouts import held_out_reason
from ..playbook.model import (
    Action,
    Agenda,
    AgendaPart,
    Detail,
    DueOffset,
    Edge,
    Lines,
    Machine,
    Minutes,
    Playbook,
    moment_text,
)
from .inputs import Day, Rules
from .prepare import Prepared, PreparedAction, PreparedEdge, is_true, outcomes
from .unknowns import UnknownCounts

DRAFT_SCHEMA: dict[str, pl.DataType] = {
    name: LEDGER[name]
    for name in (
        ACCOUNT_ID,
        "account_name",
        "playbook",
        "cycle",
        "step",
        "kind",
        "title",
        "owner_role",
        "owner",
        "priority",
        "action",
        "occurrence",
        "anchor",
        "due_on",
        "message",
        "detail",
        "reason",
        "revision",
    )
} | {
    "customer": pl.Boolean(),
    "held_out": pl.String(),
    "within": pl.Int32(),
    "patience": pl.Int32(),
    "rank": pl.Int32(),
}
"""Columns of a draft: an action before its lateness and the contact policy are known.

`held_out` is why a holdout stops the action, null where none does. `within` is the number of days that it may be late,
null without limit. `rank` is its position in the playbook.
"""

PASSED_BEFORE_EDIT = "; {} passed before the playbook was edited"
"""End of the reason for an action that an edit made due before the day of the edit."""


@dataclass(slots=True)
class Drafts:
    """A collector of the drafts of one playbook on one date."""

    prepared: Prepared
    rules: Rules
    day: Day
    unknowns: UnknownCounts
    _frames: list[pl.DataFrame] = field(default_factory=list)

    def issue(self, moved: pl.DataFrame, edge: PreparedEdge) -> None:
        """Draft what an edge issues for the accounts that took it (already in their new state)."""
        why = _edge_reason(edge.edge)
        revisited = edge.edge.target in self.prepared.looping
        occurrence = pl.col("@moves").cast(pl.String) if revisited else pl.lit("1")
        for action in edge.actions:
            rows = self.applicable(moved, action)
            if rows.height:
                due = self.due(action.action, edge.edge, rows, rows["@due_on"])
                self.add(rows, action.action, due, occurrence, why)

    def applicable(self, frame: pl.DataFrame, action: PreparedAction) -> pl.DataFrame:
        """Return the rows for which the action's condition is true; count those for which it is unknown."""
        if action.action.when is None:
            return frame
        outcome = outcomes(frame, action.when.outcome)
        self.unknowns.note(frame, action.action.step, outcome, [(None, action.when)])
        return frame if outcome.all(ignore_nulls=False) else frame.filter(is_true(outcome))

    def due(self, action: Action, edge: Edge, rows: pl.DataFrame, base: pl.Series) -> pl.Series:
        """Return the due date of an action: its step's date, plus the action's offset, shifted to a working day.

        Shifts later where an earlier date would be before the step could be taken: an action that comes up on a
        Sunday is not due on the Friday before.

        Args:
            action: The action.
            edge: The edge that issues it.
            rows: The accounts, with PLACE and `@opened_on`.
            base: The date of the step for each account.
        """
        calendar, places, date = self.rules.calendar, rows[PLACE], base
        if action.due is not None:
            date = calendar.add_series(date, action.due, places, action.customer)
        due = calendar.shift_series(date, action.shift, places, action.customer)
        start = starts(edge, self.prepared.machine)
        if action.shift != "earlier" or start is None:
            return due
        known = rows["@opened_on"] if start == "opening" else base
        missed = ((due < known) & (date >= known)).fill_null(False)
        if not missed.any():
            return due
        later = calendar.shift_series(date, "later", places, action.customer)
        return due.zip_with(~missed, later)

    def add(
        self,
        rows: pl.DataFrame,
        action: Action,
        due: pl.Series,
        occurrence: pl.Expr,
        why: pl.Expr,
        revision: pl.Expr | None = None,
        receiver: tuple[pl.Expr, pl.Expr] | None = None,
    ) -> None:
        """Draft one action for these rows; what an edit made due before today is due today.

        `receiver` is the role and the person who own it; by default the first of the action's roles that is filled.
        """
        because = f"; {format_expression(action.when)}" if action.when is not None else ""
        role, owner = receiver or owner_columns(action.owner, self.rules, rows.columns)
        by_edit = is_true(due <= rows["@edited_after"])
        columns = (
            pl.col(ACCOUNT_ID),
            pl.col("account_name"),
            pl.lit(self.prepared.playbook.id).alias("playbook"),
            pl.col("@cycle").alias("cycle"),
            pl.lit(action.step).alias("step"),
            pl.lit(action.kind).alias("kind"),
            pl.lit(choose_text(action.title, self.rules.language)).alias("title"),
            role.alias("owner_role"),
            owner.alias("owner"),
            _priority(rows, action).alias("priority"),
            pl.lit(action.id).alias("action"),
            occurrence.alias("occurrence"),
            pl.col("@anchor").alias("anchor"),
            pl.when(by_edit).then(pl.lit(self.day.on)).otherwise(due).alias("due_on"),
            pl.lit(action.message, pl.String).alias("message"),
            pl.lit(encode_detail(action, self.rules.language)).alias("detail"),
            pl.concat_str(
                why, pl.lit(because), self._grounds(rows, action), _edit_reason(by_edit, due)
            ).alias("reason"),
            (revision if revision is not None else pl.lit(1)).alias("revision"),
            pl.lit(action.customer).alias("customer"),
            self._held_out(rows, action).alias("held_out"),
            pl.lit(max_late_days(action, self.prepared.playbook), pl.Int32).alias("within"),
            pl.lit(patience_days(action, self.prepared.playbook), pl.Int32).alias("patience"),
            pl.lit(self._rank(action)).alias("rank"),
        )
        typed = zip(columns, DRAFT_SCHEMA.values(), strict=True)
        self._frames.append(rows.select(column.cast(kind) for column, kind in typed))

    def table(self) -> pl.DataFrame:
        """Return all drafts, DRAFT_SCHEMA."""
        return stack(self._frames, DRAFT_SCHEMA)

    def _held_out(self, rows: pl.DataFrame, action: Action) -> pl.Expr:
        """Return why the playbook's holdout stops the action for each account; null where it does not."""
        playbook = self.prepared.playbook
        if playbook.holdout is None:
            return pl.lit(None, pl.String)
        reasons = [held_out_reason(playbook, action, account) for account in rows[ACCOUNT_ID]]
        return pl.lit(pl.Series(reasons, dtype=pl.String))

    def _rank(self, action: Action) -> int:
        """Return the position of the action's step among the playbook's states."""
        ids = [state.id for state in self.prepared.machine.states]
        return ids.index(action.step) if action.step in ids else len(ids)

    def _grounds(self, rows: pl.DataFrame, action: Action) -> pl.Expr:
        """Return the texts of an action's `because` whose conditions are true, as the end of its reason."""
        if not action.because:
            return pl.lit("")
        texts = [
            pl.when(_holds(rows, when)).then(pl.lit(choose_text(text, self.rules.language)))
            for when, text in action.because
        ]
        grounds = outcomes(rows, pl.concat_str(texts, separator=", ", ignore_nulls=True))
        clause = pl.concat_str(pl.lit("; because "), grounds)
        return pl.when(pl.lit(grounds) != "").then(clause).otherwise(pl.lit(""))


def owner_columns(
    roles: Sequence[str], rules: Rules, columns: list[str]
) -> tuple[pl.Expr, pl.Expr]:
    """Return the first of the roles that is filled for the account, and its holder.

    Where none is filled, return the first role without a holder.
    """
    role = pl.lit(roles[0] if roles else None, pl.String)
    owner = pl.lit(None, pl.String)
    for id in reversed(roles):
        entry = rules.roles[id]
        if entry.name is not None:
            role, owner = pl.lit(id), pl.lit(entry.name)
        elif entry.field in columns:
            filled = pl.col(entry.field).is_not_null()
            role = pl.when(filled).then(pl.lit(id)).otherwise(role)
            owner = pl.when(filled).then(pl.col(entry.field)).otherwise(owner)
    return role, owner


def _edit_reason(by_edit: pl.Series, due: pl.Series) -> pl.Expr:
    """Return the end of the reason for actions that an edit made due before today; empty for the others."""
    if not by_edit.any():
        return pl.lit("")
    text = pl.select(pl.format(PASSED_BEFORE_EDIT, due.dt.to_string("iso"))).to_series()
    return pl.when(by_edit).then(text).otherwise(pl.lit(""))


def _holds(rows: pl.DataFrame, when: Expression) -> pl.Series:
    """Return the mask of rows for which a condition is true.

    Unknown counts as false here and is not counted: no transition or action depends on it.
    """
    return outcomes(rows, compile_expression(when)).fill_null(False)


def _priority(rows: pl.DataFrame, action: Action) -> pl.Expr:
    """Return the priority of the first case whose condition is true, else the action's priority."""
    priority = pl.lit(action.priority)
    for when, name in reversed(action.priorities):
        priority = pl.when(_holds(rows, when)).then(pl.lit(name)).otherwise(priority)
    return priority


def starts(edge: Edge, machine: Machine) -> Literal["opening", "step"] | None:
    """Return the earliest date on which an action of the edge can be due: the enrolment's opening, or the step's date.

    Return None where the edge comes early by design: a step before a date of the account is known in advance. A step
    counted from the opening is known only from the opening on.
    """
    if edge.moment is None or not edge.moment.early:
        return "step"
    return "opening" if machine.anchor is None else None


def max_late_days(action: Action, playbook: Playbook) -> int | None:
    """Return the number of days that the action may be late; None without limit."""
    then = action.late or playbook.catch_up.then
    return None if then == "issue" else playbook.catch_up.within


LONGEST_PATIENCE = 366
"""Days that an action waits if nothing else limits it."""


def patience_days(action: Action, playbook: Playbook) -> int:
    """Return the number of days that the action may wait until it can go out."""
    if action.until is not None:
        return action.until
    within = max_late_days(action, playbook)
    return LONGEST_PATIENCE if within is None else within


def encode_detail(action: Action, *languages: str) -> str:
    """Return the action's details that have no column in the ledger, as JSON with sorted keys.

    Args:
        action: The action.
        languages: Those of its texts, the preferred one first.
    """
    parts: dict[str, object] = {
        key: plain_detail(value, *languages) for key, value in action.detail
    }
    if action.sender:
        parts["from"] = action.sender
    if action.cta:
        parts["cta"] = list(action.cta)
    if action.must_reach:
        parts["must_reach"] = True
    return json.dumps(parts, sort_keys=True, ensure_ascii=False)


def plain_detail(value: Detail, *languages: str) -> object:
    """Return a detail in one language, as JSON types."""
    if isinstance(value, Minutes):
        return {"from": value.least, "to": value.most}
    if isinstance(value, Agenda):
        return [_plain_part(part, *languages) for part in value.parts]
    if isinstance(value, Lines):
        return [choose_text(each, *languages) for each in value.texts]
    return choose_text(value, *languages) if isinstance(value, Mapping) else value


def _plain_part(part: AgendaPart, *languages: str) -> object:
    """Return a part of an agenda: its title, or a mapping where it has minutes or points."""
    title = choose_text(part.title, *languages)
    extras: dict[str, object] = {}
    if part.minutes is not None:
        extras["minutes"] = part.minutes
    if part.points:
        extras["points"] = [choose_text(point, *languages) for point in part.points]
    return {"part": title, **extras} if extras else title


def _edge_reason(edge: Edge) -> pl.Expr:
    """Return the reason for which an edge was taken, with the anchor's date."""
    if edge.moment is not None and edge.dated:
        return moment_reason(edge.moment)
    if edge.guard is not None:
        return pl.lit(format_expression(edge.guard))
    return pl.lit("enrolled") if edge.moment is None else moment_reason(edge.moment)


def moment_reason(moment: DueOffset) -> pl.Expr:
    """Return a due offset in words, its base given as a date."""
    if moment.base != "anchor":
        return pl.lit(moment_text(moment))
    before = moment_text(moment).removesuffix("the anchor")
    return pl.concat_str(pl.lit(before), pl.col("@anchor").dt.to_string("iso")).fill_null(
        "enrolled"
    )
