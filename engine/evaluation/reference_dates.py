"""Doubted dates and returns of one account, for the reference executor: the counterparts of `doubt` and `returning`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ..core.ids import UNREADABLE_FIELDS, unreadable_mark
from ..language.expressions import ConstantValue, Expression, Row
from ..machine.dates import depends_on_date
from ..playbook.model import BY_HAND, CLOSED, LEFT, Action, DueOffset, Edge, EnrolmentRule, Playbook
from .account_machine import AccountMachine, account_machine
from .candidates import UNBELIEVED
from .doubt import (
    BEFORE_FORMER,
    check_action,
    moved_text,
    reason_for_doubt,
    returned_text,
    unopened_text,
)
from .hand_orders import HandOrders
from .inputs import Day, Rules
from .reference_enrolment import Enrolment

UNBELIEVED_SINCE = "@unbelieved_since"
"""Name of the date since which a date that is not believed has been in the snapshots, for `explain`."""


class AccountOnDate(Protocol):
    """One account in one playbook on a date: what the reference executor knows of it."""

    playbook: Playbook
    machine: AccountMachine
    day: Day
    rules: Rules
    enrolment: Enrolment | None
    quiet_from: dt.date | None
    doubts: int
    went_back: bool
    orders: HandOrders
    row: Row

    def is_open(self) -> bool:
        """Return whether the account is enrolled now."""
        ...

    def value_of(self, expression: Expression) -> ConstantValue | None:
        """Return the value of one of the playbook's conditions or dates for the account as it is now."""
        ...

    def base(self, moment: DueOffset) -> dt.date | None:
        """Return the moment's date as written; None where its base is missing."""
        ...

    def offset_from(self, start: dt.date, moment: DueOffset) -> dt.date:
        """Return the moment's date as written, counted from a date."""
        ...

    def place(self) -> str | None:
        """Return the account's place, whose working days count."""
        ...

    def fresh_enrolment(
        self, opening: EnrolmentRule, anchor_date: dt.date | None = None
    ) -> Enrolment:
        """Return the enrolment that would open on this date, with another anchor where one is given."""
        ...

    def may_open_by(self, opening: EnrolmentRule, fresh: Enrolment) -> bool | None:
        """Return whether an enrolment may open by a rule; None where it is unknown."""
        ...

    def draft(self, action: Action, due: dt.date, occurrence: str, why: str) -> None:
        """Draft an action."""
        ...

    def note_resumed(self, before: Enrolment) -> None:
        """Bring back what was promised in the enrolment that had ended as `before`."""
        ...

    def note_moved_back(self, old: dt.date) -> None:
        """Bring back what was promised for the present anchor, which was `old` for a while."""
        ...


@dataclass(frozen=True, slots=True)
class DoubtedDate:
    """A date that waits: since when, when it is taken, and why it is doubted."""

    date: dt.date
    since: dt.date
    until: dt.date
    why: str


def present_date(executor: AccountOnDate) -> dt.date | None:
    """Return the account's present date for the anchor; None where it is missing or the anchor never moves."""
    expression = executor.playbook.machine.anchor
    date = executor.value_of(expression) if expression else None
    return date if isinstance(date, dt.date) else None


def take_back_account(executor: AccountOnDate) -> None:
    """Bring the account back to where it was, if its date came back or the playbook is for it again."""
    current = executor.enrolment
    if current is None or current.prior_state is None:
        return
    by_hand = _resumes_by_hand(executor, current)
    if by_hand or (_may_resume(executor, current) and not _returned_late(executor, current)):
        entry = executor.playbook.machine.entry
        is_for = entry is None or executor.value_of(entry) is True
        if by_hand and (current.state == LEFT or not is_for):
            current.opened_by = BY_HAND
        executor.went_back = True
        executor.quiet_from = current.ended_on
        before = replace(current)
        current.ended_on = None
        current.restore()
        executor.note_resumed(before)
    elif executor.is_open() and _moved_back(executor, current):
        executor.went_back = True
        old, current.anchor = current.anchor, current.prior_anchor
        if old is not None:
            executor.note_moved_back(old)
        if _is_early(executor, current.state):
            current.restore()
        current.forget()


def _resumes_by_hand(executor: AccountOnDate, current: Enrolment) -> bool:
    """Return whether an enrolment that was left or closed by hand goes on as somebody enrols the account again."""
    running = executor.machine.running
    return (
        executor.orders.decision == "enrol"
        and current.state in (LEFT, CLOSED)
        and current.prior_state in running
        and present_date(executor) in (None, current.prior_anchor)
    )


def doubted_date(executor: AccountOnDate) -> DoubtedDate | None:
    """Return the date that is doubted, of an enrolment or before one is open; None where there is none."""
    if not executor.is_open() and executor.row.get(UNBELIEVED) is not None:
        return _unbelieved_date(executor)
    return _held_date(executor)


def _held_date(executor: AccountOnDate) -> DoubtedDate | None:
    """Return the date that the enrolment waits for; None where it moves freely."""
    current, date = executor.enrolment, present_date(executor)
    if current is None or date is None:
        return None
    why = _why_doubted(executor, current, date)
    since = executor.day.on
    if current.doubted == date and current.doubted_on is not None:
        since = current.doubted_on
    until = since + dt.timedelta(days=executor.rules.doubt.stands_days)
    if why is None or until <= executor.day.on:
        return None
    return DoubtedDate(date, since, until, why)


def _unbelieved_date(executor: AccountOnDate) -> DoubtedDate | None:
    """Return the date that is doubted before a cycle is open."""
    field, date = executor.machine.followed, executor.row.get(UNBELIEVED)
    former = executor.row.get(field or "")
    since = executor.row.get(UNBELIEVED_SINCE) or executor.day.on
    if not isinstance(date, dt.date) or not isinstance(former, dt.date):
        return None
    why, doubt = _why_unbelieved(executor, former, date), executor.rules.doubt
    if why is None or not isinstance(since, dt.date):
        return None
    text = unopened_text(executor.playbook, former.isoformat(), date.isoformat(), why, doubt)
    return DoubtedDate(date, since, since + dt.timedelta(days=doubt.stands_days), text)


def hold_account(executor: AccountOnDate) -> bool:
    """Return whether the enrolment waits for a doubted date; draft the task to check it once."""
    current = executor.enrolment
    if current is None:
        return False
    doubted = _held_date(executor)
    if doubted is None:
        dates = [date for date in (executor.quiet_from, current.doubted_on) if date is not None]
        executor.quiet_from = min(dates, default=None)
        current.doubted = current.doubted_on = None
        return False
    if current.doubted != doubted.date:
        action = check_action(executor.playbook)
        executor.draft(action, executor.day.on, doubted.date.isoformat(), doubted.why)
    current.doubted, current.doubted_on = doubted.date, doubted.since
    return True


def ask_about_unbelieved_date(executor: AccountOnDate) -> None:
    """Draft the task to check a date that is not believed and would enrol the account."""
    date = executor.row.get(UNBELIEVED)
    field = executor.machine.followed
    if not isinstance(date, dt.date) or field is None:
        return
    former = executor.row.get(field)
    why = _why_unbelieved(executor, former, date)
    for opening in executor.playbook.machine.enrolment_rules:
        fresh = executor.fresh_enrolment(opening, date)
        if executor.may_open_by(opening, fresh) and isinstance(former, dt.date) and why:
            doubt, iso = executor.rules.doubt, date.isoformat()
            text = unopened_text(executor.playbook, former.isoformat(), iso, why, doubt)
            executor.doubts += 1
            before, executor.enrolment = executor.enrolment, fresh
            executor.draft(check_action(executor.playbook), executor.day.on, iso, text)
            executor.enrolment = before
            return


def believed_row(executor: AccountOnDate, row: Row) -> Row:
    """Return another row of the account as the playbook sees it: with its former date where the new one is doubted.

    The counterpart of `unopened_doubt.without_doubted`; the dates of open enrolments are doubted in the evaluation.
    """
    field, current = executor.machine.followed, executor.enrolment
    if field is None or executor.is_open() or not executor.rules.doubt.stands_days:
        return row
    former, date = executor.row.get(field), row.get(field)
    returns = current is not None and current.prior_anchor == date
    if returns or not isinstance(date, dt.date) or _why_unbelieved(executor, former, date) is None:
        return row
    return {**row, field: former, UNBELIEVED: date}


def remember_account_end(executor: AccountOnDate, edge: Edge) -> None:
    """Keep where the enrolment is that this edge ends, if it may go on."""
    current, machine = executor.enrolment, executor.playbook.machine
    if current is None:
        return
    if edge.target == LEFT:
        current.remember()
    elif not depends_on_date(edge, machine):
        current.forget()
    elif present_date(executor) not in (None, current.anchor) and current.anchor is not None:
        current.remember()


def without_doubted_dates(
    row: Row,
    playbook: Playbook,
    others: Sequence[AccountOnDate],
) -> dict[str, ConstantValue | None]:
    """Return the account's fields as a playbook sees them: doubted dates are unreadable, but to one that follows them.

    In place of a date that it doubts before a cycle is open, a playbook sees the former one.

    Args:
        row: The account's fields.
        playbook: The playbook.
        others: Executors of all playbooks due, before they run, with the earlier values by which dates are doubted.
    """
    seen = dict(row)
    open_here = any(other.is_open() for other in others if other.playbook is playbook)
    mine = account_machine(playbook).followed
    unopened = {each.playbook.id: former_date(each) for each in others if not each.is_open()}
    for other in others:
        field = other.machine.followed
        own = field == mine and (open_here or unopened.get(playbook.id) is not None)
        doubted = doubted_date(other) if other.is_open() else unopened[other.playbook.id]
        if field and not own and doubted is not None and seen.get(field) is not None:
            seen[UNREADABLE_FIELDS] = f"{seen.get(UNREADABLE_FIELDS) or ''}{unreadable_mark(field)}"
            seen[field] = None
    if mine and (former := unopened.get(playbook.id)) is not None:
        seen[UNBELIEVED], seen[mine] = row.get(mine), former
    return seen


def former_date(executor: AccountOnDate) -> dt.date | None:
    """Return the former date of one that is doubted, where no cycle is open; None where it is believed."""
    field = executor.machine.followed
    if field is None or executor.is_open() or not executor.rules.doubt.stands_days:
        return None
    values, current = executor.row, executor.enrolment
    former, date = values.get(f"{field}@previous"), values.get(field)
    if date == values.get(f"{field}@{executor.rules.doubt.stands_days}"):
        return None
    if current is not None and current.prior_anchor == date:
        return None
    if not isinstance(date, dt.date) or _why_unbelieved(executor, former, date) is None:
        return None
    return former if isinstance(former, dt.date) else None


def _why_unbelieved(
    executor: AccountOnDate, former: ConstantValue | None, date: dt.date
) -> str | None:
    """Return why a date is not believed, compared with the former one, where no cycle is open."""
    if not isinstance(former, dt.date):
        return None
    first = executor.machine.first
    opening = executor.offset_from(former, first) if first else executor.day.on
    return reason_for_doubt(former, date, opening, executor.rules, executor.place(), BEFORE_FORMER)


def _why_doubted(executor: AccountOnDate, current: Enrolment, date: dt.date) -> str | None:
    """Return the reason of the task for this date; None where it is believed."""
    until = executor.day.on
    if current.doubted == date and current.doubted_on is not None:
        until = current.doubted_on
    until += dt.timedelta(days=executor.rules.doubt.stands_days)
    playbook = executor.playbook
    if not executor.is_open():
        if not (_may_resume(executor, current) and _returned_late(executor, current)):
            return None
        ended = current.ended_on.isoformat() if current.ended_on else ""
        return returned_text(playbook, date.isoformat(), ended, until.isoformat())
    if current.anchor is None:
        return None
    why = reason_for_doubt(
        current.anchor, date, current.opened_on, executor.rules, executor.place()
    )
    if why is None:
        return None
    return moved_text(
        playbook, current.anchor.isoformat(), date.isoformat(), why, until.isoformat()
    )


def _may_resume(executor: AccountOnDate, current: Enrolment) -> bool:
    """Return whether an enrolment that ended may go on: it or its date is back, and its last date is ahead."""
    machine = executor.playbook.machine
    if current.ended_on is None or current.prior_state not in executor.machine.running:
        return False
    if current.state == CLOSED:
        return False
    if current.state == LEFT:
        if machine.entry is not None and executor.value_of(machine.entry) is not True:
            return False
    elif current.prior_anchor is None or present_date(executor) != current.prior_anchor:
        return False
    last = executor.machine.last
    if last is None:
        return True
    if current.prior_anchor is None:
        return False
    return executor.offset_from(current.prior_anchor, last) >= executor.day.on


def _returned_late(executor: AccountOnDate, current: Enrolment) -> bool:
    """Return whether the date of a cycle that ended came back late, and has not lasted long enough."""
    stands = dt.timedelta(days=executor.rules.doubt.stands_days)
    if not stands or current.state == LEFT or current.ended_on is None:
        return False
    long_enough = executor.day.on - stands
    doubted = current.doubted is not None and current.doubted == present_date(executor)
    if doubted and current.doubted_on is not None and current.doubted_on <= long_enough:
        return False
    return current.ended_on < executor.day.on - stands


def _moved_back(executor: AccountOnDate, current: Enrolment) -> bool:
    date = present_date(executor)
    return date is not None and date == current.prior_anchor != current.anchor is not None


def _is_early(executor: AccountOnDate, state: str) -> bool:
    """Return whether only dates of the anchor lead to the state, none of which has come."""
    moments = executor.machine.moments_into(state)
    dates = [executor.base(moment) for moment in moments]
    return bool(dates) and all(date is not None and date > executor.day.on for date in dates)
