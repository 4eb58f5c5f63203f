"""One account's enrolment, as the reference executor changes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

from ..language.expressions import Row
from ..playbook.model import Action, DueOffset, Edge, Playbook


@dataclass(slots=True)
class Enrolment:
    """An account's state in a playbook: a row of STATES, without its keys."""

    cycle: str
    state: str
    anchor: dt.date | None
    opened_on: dt.date
    opened_by: str
    entered_on: dt.date
    due_on: dt.date
    moves: int = 0
    disarmed: str = ""
    ended_on: dt.date | None = None
    doubted: dt.date | None = None
    doubted_on: dt.date | None = None
    prior_anchor: dt.date | None = None
    prior_state: str | None = None
    prior_entered_on: dt.date | None = None
    prior_due_on: dt.date | None = None
    prior_moves: int | None = None
    by_hand: str = ""

    def remember(self) -> None:
        """Keep where the enrolment is now."""
        self.prior_anchor, self.prior_state = self.anchor, self.state
        self.prior_entered_on, self.prior_due_on = self.entered_on, self.due_on
        self.prior_moves = self.moves

    def forget(self) -> None:
        """Keep nothing of where the enrolment was."""
        self.prior_anchor = self.prior_state = self.prior_moves = None
        self.prior_entered_on = self.prior_due_on = None

    def restore(self) -> None:
        """Go back to where the enrolment was."""
        self.anchor = self.prior_anchor
        self.state = self.prior_state or self.state
        self.entered_on = self.prior_entered_on or self.entered_on
        self.due_on = self.prior_due_on or self.due_on
        self.moves = self.moves if self.prior_moves is None else self.prior_moves
        self.forget()

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Enrolment:
        """Return the enrolment that a row of STATES holds."""
        values = {name.name: row[name.name] for name in fields(cls)}
        return cls(
            **values
            | {
                "disarmed": row["disarmed"] or "",
                "by_hand": row["by_hand"] or "",
            }
        )


class PromisingExecutor(Protocol):
    """The part of the reference executor that changes of promises use."""

    playbook: Playbook
    enrolment: Enrolment | None
    drafts: list[dict[str, Any]]

    def values(self) -> Row:
        """Return the values that conditions read."""
        ...

    def due(self, action: Action, edge: Edge, base: dt.date) -> dt.date:
        """Return the due date of an action, from its step's date."""
        ...

    def offset_from(self, start: dt.date, moment: DueOffset) -> dt.date:
        """Return the moment's date as written, counted from a date."""
        ...

    def moment_reason(self, moment: DueOffset) -> str:
        """Return a due offset in words, its base given as a date."""
        ...

    def draft(
        self,
        action: Action,
        due: dt.date,
        occurrence: str,
        why: str,
        receiver: tuple[str | None, str | None] | None = None,
        revision: int = 1,
    ) -> None:
        """Draft an action."""
        ...


class PromiseListener(Protocol):
    """A listener that changes the actions still to come as the enrolment changes."""

    def anchor_moved(self, executor: PromisingExecutor, old: dt.date) -> None:
        """Give actions their new dates: the enrolment's anchor was `old` and is another now."""
        ...

    def resumed(self, executor: PromisingExecutor, before: Enrolment) -> None:
        """Bring back what was promised: the enrolment that had ended as `before` goes on."""
        ...

    def moved_back(self, executor: PromisingExecutor, old: dt.date) -> None:
        """Bring back what was promised: the enrolment's anchor was `old`, and is again the one before that."""
        ...

    def cut_short(self, executor: PromisingExecutor, cycle: str, why: str) -> None:
        """Withdraw what was promised in a cycle that ends early."""
        ...
