"""Follow-ups of one account's open actions, as `evaluation.follow_ups` drafts them over columns."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from ..core.offsets import Offset
from ..language.actions_read import AGAIN, OPEN_NOW, fact_column
from ..language.expressions import ConstantValue, Row
from ..playbook.model import Action, FollowUp, Playbook
from .inputs import Day, Rules


class FollowUpExecutor(Protocol):
    """The part of the reference executor that follow-ups use."""

    playbook: Playbook
    rules: Rules
    day: Day
    row: Row
    since: dt.date | None

    def place(self) -> str | None:
        """Return the account's place, whose working days count."""
        ...

    def draft(self, action: Action, due: dt.date, occurrence: str, why: str) -> None:
        """Draft an action."""
        ...


def follow_up_account(executor: FollowUpExecutor) -> None:
    """Draft the follow-ups of the account's open actions that have come due."""
    for follow_up in executor.playbook.machine.follow_ups:
        if _fact(executor, follow_up, "standing") in OPEN_NOW:
            _follow_up(executor, follow_up)


def _fact(executor: FollowUpExecutor, follow_up: FollowUp, fact: str) -> ConstantValue | None:
    return executor.row.get(fact_column(follow_up.of, fact))


def _follow_up(executor: FollowUpExecutor, follow_up: FollowUp) -> None:
    first, label = (_fact(executor, follow_up, fact) for fact in ("due_on", "label"))
    times = _fact(executor, follow_up, "times")
    if not isinstance(first, dt.date):
        return
    if not follow_up.again and executor.row.get(fact_column(follow_up.text, "label")) == label:
        return
    dates = [
        (n, date)
        for n in range(1, follow_up.at_most + 1)
        if (date := _date(executor, follow_up, first, n)) <= executor.day.on
    ]
    if not dates:
        return
    number, due = dates[-1]
    why = f"{follow_up.of} is open, due {first}"
    if follow_up.again:
        if not isinstance(times, float) or number < times:
            return
        label = f"{label}{AGAIN}{number + 1}"
        why += f"; again, {number} of at most {follow_up.at_most}"
    if executor.since is not None and due <= executor.since:
        due = executor.day.on
    executor.draft(follow_up.action, due, str(label), why)


def _date(executor: FollowUpExecutor, follow_up: FollowUp, first: dt.date, n: int) -> dt.date:
    calendar, place = executor.rules.calendar, executor.place()
    after = Offset(follow_up.after.count * n, follow_up.after.unit)
    customer = follow_up.action.customer
    return calendar.shift(calendar.add(first, after, place, customer), "later", place, customer)
