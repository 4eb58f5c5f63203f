"""Follow-ups of one account's open actions, as `evaluation.follow_ups` drafts them over columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from ..core.offsets import Offset
from ..language.actions_read import AGAIN, OPEN_NOW, fact_column
from ..language.expressions import ConstantValue, Row
from ..playbook.model import Action, FollowUp, Playbook
from .escalation import Receiver, receiver_of
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

    def has_come(self, date: dt.date) -> bool:
        """Return whether a date is not after the one evaluated."""
        ...

    def draft(
        self,
        action: Action,
        due: dt.date,
        occurrence: str,
        why: str,
        receiver: tuple[str | None, str | None] | None = None,
    ) -> None:
        """Draft an action."""
        ...


class NextFollowUp(NamedTuple):
    """The next reminder or escalation of an open action.

    Attributes:
        of: The open action, as `step/action`.
        on: Its date; one that is over comes with the next run.
        number: Which of the reminders it is; 0 for an escalation.
        at_most: How many reminders there may be.
        role: The role that gets an escalation; None for a reminder.
        owner: The person who gets it; None for a reminder, and where that is not known.
    """

    of: str
    on: dt.date
    number: int
    at_most: int
    role: str | None
    owner: str | None


def next_follow_ups(executor: FollowUpExecutor) -> Iterator[NextFollowUp]:
    """Yield what follows the account's open actions next; nothing of those that are snoozed."""
    for follow_up in executor.playbook.machine.follow_ups:
        first = _fact(executor, follow_up, "due_on")
        times = _fact(executor, follow_up, "times")
        is_open = _fact(executor, follow_up, "standing") in OPEN_NOW
        if not is_open or not isinstance(first, dt.date) or not isinstance(times, float):
            continue
        if follow_up.again and times <= follow_up.at_most:
            number = int(times)
            on = _date(executor, follow_up, first, number)
            yield NextFollowUp(follow_up.of, on, number, follow_up.at_most, None, None)
        elif not follow_up.again and not _is_escalated(executor, follow_up):
            role, owner = _receiver(executor, follow_up)[:2]
            on = _date(executor, follow_up, first, 1)
            yield NextFollowUp(follow_up.of, on, 0, 1, role, owner)


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
    if not follow_up.again and _is_escalated(executor, follow_up):
        return
    dates = [
        (n, date)
        for n in range(1, follow_up.at_most + 1)
        if executor.has_come(date := _date(executor, follow_up, first, n))
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
    receiver = None
    if follow_up.to:
        found = _receiver(executor, follow_up)
        receiver, why = (found.role, found.owner), why + found.why
    executor.draft(follow_up.action, due, str(label), why, receiver)


def _is_escalated(executor: FollowUpExecutor, follow_up: FollowUp) -> bool:
    label = _fact(executor, follow_up, "label")
    return executor.row.get(fact_column(follow_up.text, "label")) == label


def _receiver(executor: FollowUpExecutor, follow_up: FollowUp) -> Receiver:
    owner = _fact(executor, follow_up, "owner")
    known = None if owner is None else str(owner)
    return receiver_of(follow_up, executor.rules, executor.row, known)


def _date(executor: FollowUpExecutor, follow_up: FollowUp, first: dt.date, n: int) -> dt.date:
    calendar, place = executor.rules.calendar, executor.place()
    after = Offset(follow_up.after.count * n, follow_up.after.unit)
    customer = follow_up.action.customer
    return calendar.shift(calendar.add(first, after, place, customer), "later", place, customer)
