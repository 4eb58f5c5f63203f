"""Warnings about a good playbook that may not mean what it says: triggers without an end, and its schedule.

croniter is loaded only for schedules other than a list of weekdays, since each command checks the playbooks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from ..calendar.schedule import due_dates, weekdays
from ..core.problems import Problem, Span
from ..language.expressions import Constant
from ..language.implication import never_both
from ..language.momentary import is_momentary
from ..playbook.model import Action, Edge, EnrolmentRule, Machine, Playbook, moment_days
from ..text.yaml_nodes import Node

MONTH = 28
"""Days of the shortest month."""

WEEKEND_GAP = 3
"""Days from Friday to Monday: contacts keep to working days, so they miss no schedule of working days."""

_FIRST, _LAST = dt.date(2023, 12, 31), dt.date(2025, 12, 31)
"""Two years with a leap day, over which the longest gap of a schedule is measured."""


def playbook_warnings(playbook: Playbook) -> list[Problem]:
    """Return the warnings about a playbook without errors."""
    checks = (_opens_for_ever, _either_day, _short_catch_up, _always_late, _early_outcomes)
    return [problem for check in checks for problem in check(playbook)]


def _opens_for_ever(playbook: Playbook) -> list[Problem]:
    """Return a warning for each trigger that can still be true when its follow-up ends, and may open again then.

    A playbook that is evaluated once a month or less often has its pace from its schedule.
    """
    lasting = [rule for rule in playbook.machine.enrolment_rules if _may_last(playbook, rule)]
    if not lasting or longest_gap(playbook.schedule) >= MONTH:
        return []
    return [_opens_again(rule) for rule in lasting]


def _may_last(playbook: Playbook, rule: EnrolmentRule) -> bool:
    machine = playbook.machine
    return (
        playbook.body == "triggers"
        and rule.rearm is None
        and isinstance(rule.again, Constant)
        and not (rule.guard is not None and is_momentary(rule.guard))
        and any(_can_end_while(rule, edge) for edge in machine.edges if _ends(machine, edge))
    )


def _ends(machine: Machine, edge: Edge) -> bool:
    return machine.state(edge.target).final


def _can_end_while(rule: EnrolmentRule, edge: Edge) -> bool:
    """Return whether a follow-up can end by the edge on a date on which the trigger's condition is true."""
    return rule.guard is None or edge.guard is None or not never_both(rule.guard, edge.guard)


def _opens_again(rule: EnrolmentRule) -> Problem:
    return Problem(
        "opens-for-ever",
        f"`{rule.id}` can still be true when its follow-up ends: it opens again at once, for as long as it is true",
        rule.span,
        "add `rearm:` with the condition that ends the matter, or `apart:` with the least time between two openings",
        severity="warning",
    )


def _either_day(playbook: Playbook) -> Iterator[Problem]:
    day, weekday = (playbook.schedule.split()[index] for index in (2, 4))
    if "*" in (day, weekday):
        return
    yield Problem(
        "either-day",
        f"this fires when the day of the month is {day} or the day of the week is {weekday}: one of the two is enough",
        _span(playbook, "schedule"),
        'write `*` for one of them; the first Monday of each month is `"0 6 * * 1#1"`',
        severity="warning",
    )


def _short_catch_up(playbook: Playbook) -> Iterator[Problem]:
    steps = list(dict.fromkeys(action.step for action in _skipped_contacts(playbook)))
    if not steps:
        return
    late, within = longest_gap(playbook.schedule) - 1, playbook.catch_up.within
    if late <= max(within, WEEKEND_GAP - 1):
        return
    more = len(steps) - 1
    others = f" and {more} more step{'s' * (more > 1)}" if more else ""
    yield Problem(
        "catch-up-too-short",
        f"contacts of `{steps[0]}`{others} can fall due up to {late} days before the schedule's next date, "
        f"and are skipped when they are more than {within} days late",
        _span(playbook, "catch_up"),
        f'write `within: {late} days`, or evaluate the playbook every day with `"0 6 * * *"`',
        severity="warning",
    )


def _skipped_contacts(playbook: Playbook) -> Iterator[Action]:
    """Yield the contacts that can fall due between two evaluations, and are skipped when they are too late."""
    machine = playbook.machine
    dated = [
        each
        for edge in machine.edges
        if edge.dated
        for each in edge.actions
        if _waits(playbook, edge, each)
    ]
    for action in (*dated, *(each for state in machine.states for each in state.repeats)):
        if action.customer and (action.late or playbook.catch_up.then) == "skip":
            yield action


def _waits(playbook: Playbook, edge: Edge, action: Action) -> bool:
    """Return whether an action can be due on another date than one on which the playbook is evaluated."""
    opens = playbook.body == "triggers" and playbook.machine.anchor is None
    at_once = edge.moment is not None and edge.moment.offset.count == 0 and action.due is None
    return not (opens and at_once)


def _always_late(playbook: Playbook) -> Iterator[Problem]:
    machine = playbook.machine
    listed = [action for edge in machine.edges for action in edge.actions]
    listed += [action for state in machine.states for action in state.repeats]
    late = {action.span: action.due for action in listed if action.due and action.due.count < 0}
    for span, due in late.items():
        why = f"`due: {due}` is before the date of the step: it is late whenever it is issued"
        hint = "leave `due:` out, or give the step an earlier `at:`"
        yield Problem("always-late", why, span, hint, severity="warning")


def _early_outcomes(playbook: Playbook) -> Iterator[Problem]:
    """Yield a warning for each outcome whose date has always passed when the last step is reached.

    `at: 0 days` says on purpose that the cycle ends as soon as the last step is reached.
    """
    if playbook.body not in ("timeline", "triggers"):
        return
    machine = playbook.machine
    for state in machine.states:
        ends = [edge for edge in machine.edges if edge.target == state.id and edge.moment]
        if not state.final or not ends:
            continue
        last = ends[0].sources[-1]
        steps = [e.moment for e in machine.edges if e.target == last and e.moment]
        ending = max(moment_days(edge.moment) for edge in ends if edge.moment)
        at_once = all(edge.moment.offset.count == 0 for edge in ends if edge.moment)
        if steps and not at_once and ending < min(map(moment_days, steps)):
            yield Problem(
                "outcome-too-early",
                f"`{state.id}` is dated before the last step, `{last}`: it ends the cycle as soon as that is reached",
                ends[0].span,
                "give it the date of the last step or a later one, or write `when:` alone to end the cycle at any step",
                severity="warning",
            )


def longest_gap(schedule: str) -> int:
    """Return the most days from one date of a schedule to the next."""
    days = weekdays(schedule)
    if days is not None:
        ordered = sorted(days)
        return max(later - earlier for earlier, later in pairwise([*ordered, ordered[0] + 7]))
    dates = due_dates(schedule, _FIRST, _LAST)
    return max(((later - earlier).days for earlier, later in pairwise(dates)), default=366)


def _span(playbook: Playbook, key: str) -> Span:
    node: Node | None = playbook.document.node().get(key)
    return playbook.span if node is None else node.span
