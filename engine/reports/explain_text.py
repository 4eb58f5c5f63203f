"""An explanation as a person reads it in a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from ..core.problems import Span
from ..language.trace import Trace
from ..text.printable import fit_line
from .explain_model import Finding, PossibleMove, Standing, StateRow, place_text
from .explanation import Explanation

AHEAD, AHEAD_IN_BRIEF = 6, 3
"""Dates to come that are shown."""


def explanation_text(explanation: Explanation, *, brief: bool = False) -> str:
    """The explanation as a person reads it; in brief, only where it stands, and the dates to come."""
    lines = list(_head(explanation))
    left = [each for each in explanation.standings if brief and each.state is None]
    for standing in explanation.standings:
        if standing not in left:
            lines += ["", *_standing(standing, explanation, brief)]
    if left:
        lines += ["", f"never enrolled in {', '.join(each.playbook.id for each in left)}"]
    return "".join(f"{fit_line(line)}\n" for line in lines)


def _head(explanation: Explanation) -> Iterator[str]:
    name = (explanation.row or {}).get("account_name")
    yield f"{explanation.account}{f', {name}' if name else ''}, on {explanation.on}"
    if explanation.left_out:
        yield f"left out of the snapshot of {explanation.snapshot_on}: {explanation.left_out}"
    elif explanation.row is None:
        yield f"not in the snapshot of {explanation.snapshot_on}: nothing moves until it is back"
    else:
        yield f"with the snapshot of {explanation.snapshot_on}"
    last = explanation.committed
    if last is None:
        yield "no run was committed yet"
    elif last != explanation.on:
        yield f"where it stands is as of the last run, {last}"


def _standing(standing: Standing, explanation: Explanation, brief: bool) -> Iterator[str]:
    playbook = standing.playbook
    yield f"{playbook.id} ({place_text(playbook.span)})"
    yield f"  {_where(standing.state)}"
    yield from _gone(standing)
    if explanation.row is None:
        return
    for way in () if brief else standing.ways:
        yield from _way(way, standing, explanation.on)
    ahead = AHEAD_IN_BRIEF if brief else AHEAD
    dates = [f"{date} {target}" for date, target in standing.dates[:ahead]]
    if dates:
        yield f"  dates to come: {', '.join(dates)}"


def _where(state: StateRow | None) -> str:
    if state is None:
        return "was never enrolled"
    anchor = f", anchor {state['anchor']}" if state["anchor"] else ""
    cycle = f"cycle {state['cycle']}{anchor}"
    if state["ended_on"] is not None:
        return f"ended in `{state['state']}` on {state['ended_on']}; {cycle}"
    opened = f"opened on {state['opened_on']}"
    return f"in `{state['state']}` since {state['entered_on']}; {cycle}, {opened}"


def _gone(standing: Standing) -> Iterator[str]:
    """What becomes of an account whose step an edit took out of the playbook."""
    state = standing.state
    if state is None or state["ended_on"] is not None:
        return
    known = {each.id for each in standing.playbook.machine.states}
    if state["state"] not in known:
        to = standing.playbook.moved.get(state["state"])
        goes = (
            f"`moved:` sends it to `{to}`" if to else "runs stop until `moved:` says where it goes"
        )
        yield f"  the playbook has no step `{state['state']}` any more: {goes}"


def _way(way: PossibleMove, standing: Standing, on: dt.date) -> Iterator[str]:
    enrolled = standing.state is not None and standing.state["ended_on"] is None
    target = (
        f"to `{way.target}`" if enrolled else f"to enrol{f', by `{way.target}`' * bool(way.target)}"
    )
    yield f"  {target} ({place_text(way.place)}){_when(way, on)}"
    for finding in way.findings:
        yield from _finding(finding, way.place, 4)
    for finding in way.actions:
        yield from _action(finding, way.place)


def _action(finding: Finding, around: Span) -> Iterator[str]:
    """An action's own condition: in full where it keeps the action from being issued."""
    yield f"    action `{finding.label}`"
    lines = _finding(Finding("when", finding.trace), around, 6)
    yield from [next(lines)] if finding.trace.value is True else lines


def _when(way: PossibleMove, on: dt.date) -> str:
    if not way.moment:
        return ""
    if way.date is None:
        return f": {way.moment}, cannot tell which date that is"
    days = (way.date - on).days
    long = f"{abs(days)} {'day' if abs(days) == 1 else 'days'}"
    far = f"in {long}" if days > 0 else "today" if days == 0 else f"{long} ago"
    return f": {way.moment}, {way.date}, {far}"


def _finding(finding: Finding, around: Span, indent: int) -> Iterator[str]:
    yield from _trace(finding.trace, f"{finding.label}: ", around, indent)


def _trace(found: Trace, label: str, around: Span, indent: int) -> Iterator[str]:
    """A condition's line, what there is to say of it, and its parts beneath."""
    elsewhere = found.span.file != around.file or found.span.line != around.line
    place = f"  ({place_text(found.span)})" if elsewhere else ""
    yield f"{' ' * indent}{_outcome(found)}  {label}{found.text}{place}"
    if found.note:
        yield f"{' ' * indent}             {found.note}"
    for child in found.children:
        yield from _trace(child, "", found.span, indent + 2)


def _outcome(found: Trace) -> str:
    if found.value is None:
        return "cannot tell"
    if isinstance(found.value, bool):
        return "holds      " if found.value else "does not   "
    return "           "
