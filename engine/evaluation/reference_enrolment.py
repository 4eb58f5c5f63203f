"""One account's enrolment, as the reference executor changes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


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
