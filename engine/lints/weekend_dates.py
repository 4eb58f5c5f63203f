"""Dates that always fall on a weekend: the weekday of a date is known, and its offset leads to a day off.

The weekday is known where the schedule has certain weekdays only and steps count from the opening, and where a case
asks for the weekday of the anchor, as `weekday(anchor - 90 days) == 6` does. Weekdays are numbered from Monday, 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..calendar.schedule import weekdays
from ..calendar.working_days import days_off
from ..core.offsets import FIXED_DAYS, Offset
from ..core.problems import Problem
from ..language.expressions import Expression
from ..language.implication import alternatives
from ..playbook.model import Action, Edge, Playbook

_EVERY_DAY = frozenset(range(7))
_NEVER_OFF = frozenset((0, 1, 2))
"""Monday to Wednesday: in no country is one of them a weekend. The table of holidays is slow to load."""
_ANCHOR_WEEKDAY = re.compile(r"weekday\(anchor(?: ([+-]) (\d+) days?)?\)")
_SAMPLE_YEAR = 2025
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weekend_dates(playbook: Playbook, places: Sequence[str]) -> list[Problem]:
    """Return a warning for each action that is always due on a day off, at one of the places at least.

    Args:
        playbook: The playbook.
        places: The countries and regions of accounts, the workspace's first.
    """
    found: dict[object, Problem] = {}
    for edge, action, days in _dated(playbook):
        if days & _NEVER_OFF:
            continue
        place = next((each for each in places if days <= weekend(each)), None)
        if place is not None:
            found.setdefault(edge.span, _problem(edge, action, days, place))
    return list(found.values())


def weekend(place: str) -> frozenset[int]:
    """Return the weekdays without work at a place."""
    off = days_off(place, _SAMPLE_YEAR)
    counts = [sum(day.weekday() == number for day in off) for number in range(7)]
    return frozenset(number for number, count in enumerate(counts) if count > 26)


def _dated(playbook: Playbook) -> Iterator[tuple[Edge, Action, frozenset[int]]]:
    """Yield the actions whose weekdays are known."""
    opening = _opening_days(playbook)
    for edge in playbook.machine.edges:
        base = _base_days(edge, opening)
        if base == _EVERY_DAY:
            continue
        for action in edge.actions:
            days = _moved(base, action.due)
            if days is not None:
                yield edge, action, days


def _opening_days(playbook: Playbook) -> frozenset[int]:
    """Return the weekdays on which follow-ups open whose steps count from their opening; else every day."""
    if playbook.body != "triggers" or playbook.machine.anchor is not None:
        return _EVERY_DAY
    days = weekdays(playbook.schedule)
    return _EVERY_DAY if days is None else frozenset((day - 1) % 7 for day in days)


def _base_days(edge: Edge, opening: frozenset[int]) -> frozenset[int]:
    """Return the weekdays of an edge's own date."""
    if edge.moment is None or edge.moment.base != "anchor" or not edge.dated:
        return _EVERY_DAY
    anchors = opening if edge.guard is None else opening & _anchor_days(edge.guard)
    moved = _moved(anchors, edge.moment.offset)
    return _EVERY_DAY if moved is None or not moved else moved


def _anchor_days(guard: Expression) -> frozenset[int]:
    """Return the weekdays that the anchor can have where a case is true."""
    days: set[int] = set()
    for facts in alternatives(guard, True) or [{}]:
        possible = _EVERY_DAY
        for name, members in facts.items():
            match = _ANCHOR_WEEKDAY.fullmatch(name)
            if match is not None:
                shift = int(match[2] or 0) * (-1 if match[1] == "-" else 1)
                possible &= {(day - shift) % 7 for day in _EVERY_DAY if day + 1 in members}
        days |= possible
    return frozenset(days)


def _moved(days: frozenset[int], by: Offset | None) -> frozenset[int] | None:
    """Return weekdays moved by an offset; None where they depend on the date."""
    if by is None:
        return days
    if by.unit not in FIXED_DAYS:
        return None
    return frozenset((day + by.count * FIXED_DAYS[by.unit]) % 7 for day in days)


def _problem(edge: Edge, action: Action, days: frozenset[int], place: str) -> Problem:
    names = " or ".join(_NAMES[day] for day in sorted(days))
    why = f"`{action.step}` always falls on a {names}, a day off in {place}{_MOVED.get(action.shift, '')}"
    hint = "choose a date that is a working day"
    if edge.moment is not None and edge.moment.offset.unit in FIXED_DAYS and action.due is None:
        offset = edge.moment.offset
        count = offset.count * FIXED_DAYS[offset.unit] + _to_working_day(action, days, place)
        hint = f"write `{Offset(count, 'days')}`, which is a working day"
    return Problem("weekend-date", why, edge.span, hint, severity="warning")


_MOVED = {
    "earlier": ", and moves to the working day before",
    "later": ", and moves to the working day after",
}


def _to_working_day(action: Action, days: frozenset[int], place: str) -> int:
    """Return by how many days the date moves to a weekday with work, in the action's own direction."""
    step = -1 if action.shift == "earlier" else 1
    off = weekend(place)
    moves = (step * count for count in range(1, 7))
    return next((by for by in moves if not {(day + by) % 7 for day in days} & off), 0)
