"""An explanation as text for a terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from ..core.problems import Span
from ..language.trace import Trace
from ..playbook.model import OpeningCap, held_mark
from ..text.printable import fit_line
from .explain_model import PlaybookExplanation, PossibleMove, TracedCondition, place_text
from .explanation import AccountExplanation
from .people_history import people_lines
from .plan_standing import plan_lines

DATES_SHOWN, DATES_IN_BRIEF = 6, 3
"""Maximum number of future dates, in full and in brief."""


def explanation_text(explanation: AccountExplanation, *, brief: bool = False) -> str:
    """Return the explanation as text; in brief only states and future dates."""
    lines = list(_head(explanation))
    omitted = [each for each in explanation.playbooks if brief and each.state is None]
    for explained in explanation.playbooks:
        if explained not in omitted:
            lines += ["", *_playbook(explained, explanation, brief)]
    if explanation.plan:
        lines += ["", "success plan", *(f"  {line}" for line in plan_lines(explanation.plan))]
    if explanation.people:
        lines += ["", "by people", *(f"  {line}" for line in people_lines(explanation.people))]
    if omitted:
        lines += ["", f"never enrolled in {', '.join(each.playbook.id for each in omitted)}"]
    return "".join(f"{fit_line(line)}\n" for line in lines)


def _head(explanation: AccountExplanation) -> Iterator[str]:
    name = (explanation.row or {}).get("account_name")
    yield f"{explanation.account}{f', {name}' if name else ''}, on {explanation.on}"
    if explanation.left_out:
        yield f"left out of the snapshot of {explanation.snapshot_on}: {explanation.left_out}"
    elif explanation.row is None:
        yield f"not in the snapshot of {explanation.snapshot_on}: its states do not change until it is back"
    else:
        yield f"with the snapshot of {explanation.snapshot_on}"
    if explanation.merged_into is not None:
        yield f"merged into {explanation.merged_into}: its enrolments end, and none opens"
    if explanation.bad_values:
        yield f"bad values, which are unknown: {explanation.bad_values}"
    last = explanation.committed
    if last is None:
        yield "no run was committed yet"
    elif last != explanation.on:
        yield f"its states are those of the last run, {last}"


def _playbook(
    explained: PlaybookExplanation, explanation: AccountExplanation, brief: bool
) -> Iterator[str]:
    playbook = explained.playbook
    yield f"{playbook.id} ({place_text(playbook.span)})"
    yield f"  {_state_text(explained)}"
    if not playbook.enabled:
        yield "  is disabled: nothing moves until it is enabled, and other playbooks see no account in it"
    if explained.waits_for_room and playbook.at_most is not None:
        yield f"  enrols as soon as there is room: {_cap_text(playbook.at_most)}"
    if explained.held_out:
        yield "  is held out: it goes through the steps, and only what is `must_reach` goes out"
    if explained.done_before is not None:
        yield f"  what was due before {explained.done_before} counts as done"
    yield from _by_hand(explained)
    if explained.goes_on is not None:
        yield f"  goes on in `{explained.goes_on}` with the next run"
    if explained.doubted is not None:
        yield f"  waits since {explained.doubted.since}: {explained.doubted.why}"
    yield from _removed_state(explained)
    for contact in explained.waiting:
        yield (
            f"  `{contact.step}.{contact.action}` waits since {contact.since},"
            f" until {contact.until} at the latest: {contact.why}"
        )
    if explanation.row is None:
        return
    yield from _follow_ups(explained, explanation.on)
    for move in () if brief else explained.moves:
        yield from _move(move, _target(move, explained), explanation.on)
    for trigger in () if brief else explained.triggers:
        yield from _move(trigger, _second_trigger(trigger, explained), explanation.on)
    most = DATES_IN_BRIEF if brief else DATES_SHOWN
    dates = [f"{date} {target}" for date, target in explained.dates[:most]]
    if dates:
        yield f"  dates to come: {', '.join(dates)}"


def _follow_ups(explained: PlaybookExplanation, on: dt.date) -> Iterator[str]:
    """Yield what follows the open actions next."""
    for each in explained.follow_ups:
        date = f"on {each.on}" if each.on > on else "with the next run"
        if each.number:
            what = f"issued again {date}, {each.number} of at most {each.at_most}"
        else:
            what = f"escalated {date} to {each.owner or each.role or 'its owner'}"
        yield f"  `{each.of.replace('/', '.')}` is open: {what}"


def _by_hand(explained: PlaybookExplanation) -> Iterator[str]:
    """Yield the moves by hand that count."""
    orders = explained.by_hand
    if orders.hold is not None:
        yield f"  {orders.hold.why}: nothing is issued, and nothing moves"
    if orders.decision == "close":
        yield f"  ends with the next run: {orders.why}"
    if orders.decision == "enrol" and explained.goes_on is None:
        yield f"  {orders.why}: enrols with the next run, if its date is known and its cycle is new"
    for step, why in orders.skips.items():
        yield f"  `{step or 'every step'}` is {why}"


def _cap_text(cap: OpeningCap) -> str:
    openings = "1 opening" if cap.openings == 1 else f"{cap.openings} openings"
    days = "1 day" if cap.days == 1 else f"{cap.days} days"
    return f"at most {openings} for each {cap.each} within {days}"


def _state_text(explained: PlaybookExplanation) -> str:
    state = explained.state
    if state is None:
        return "was never enrolled"
    anchor = f", anchor {state['anchor']}" if state["anchor"] else ""
    cycle = f"cycle {state['cycle']}{anchor}"
    if state["ended_on"] is not None:
        return f"ended in `{state['state']}` on {state['ended_on']}; {cycle}"
    opened = f"opened on {state['opened_on']}"
    since = f"in `{state['state']}` since {state['entered_on']}"
    for each in explained.playbook.machine.states:
        if each.id == state["state"] and each.level is not None:
            since = f"in `{each.id}`, part of `{each.level}` since {state['entered_on']}"
    return f"{since}; {cycle}, {opened}"


def _removed_state(explained: PlaybookExplanation) -> Iterator[str]:
    """Yield the next state of an account whose state the playbook no longer has."""
    state = explained.state
    if state is None or state["ended_on"] is not None:
        return
    known = {each.id for each in explained.playbook.machine.states}
    if state["state"] not in known:
        target = explained.playbook.moved.get(state["state"])
        consequence = (
            f"`moved:` sends it to `{target}`"
            if target
            else "runs stop until `moved:` says where it goes"
        )
        yield f"  the playbook has no step `{state['state']}` any more: {consequence}"


def _target(move: PossibleMove, explained: PlaybookExplanation) -> str:
    is_open = explained.state is not None and explained.state["ended_on"] is None
    if is_open or explained.goes_on is not None:
        return f"to `{move.target}`"
    return f"to enrol{f', by `{move.target}`' * bool(move.target)}"


def _second_trigger(trigger: PossibleMove, explained: PlaybookExplanation) -> str:
    """Return what a trigger does while the follow-up is open, and whether it was true already."""
    since = ""
    if held_mark(trigger.target) in ((explained.state or {}).get("disarmed") or ""):
        since = ", true already at the last evaluation"
    if explained.playbook.machine.while_open == "restart":
        return f"to start again, by `{trigger.target}` when it becomes true{since}"
    return f"trigger `{trigger.target}`, only counted while the follow-up is open{since}"


def _move(move: PossibleMove, target: str, on: dt.date) -> Iterator[str]:
    yield f"  {target} ({place_text(move.span)}){_when(move, on)}"
    for condition in move.conditions:
        yield from _condition(condition, move.span, 4)
    for condition in move.actions:
        yield from _action(condition, move.span)


def _action(condition: TracedCondition, context: Span) -> Iterator[str]:
    """Yield an action's condition; its parts only where it prevents the action."""
    yield f"    action `{condition.label}`"
    lines = _condition(TracedCondition("when", condition.trace), context, 6)
    yield from [next(lines)] if condition.trace.value is True else lines


def _when(move: PossibleMove, on: dt.date) -> str:
    if not move.moment:
        return ""
    if move.date is None:
        return f": {move.moment}, on an unknown date"
    days = (move.date - on).days
    long = f"{abs(days)} {'day' if abs(days) == 1 else 'days'}"
    far = f"in {long}" if days > 0 else "today" if days == 0 else f"{long} ago"
    return f": {move.moment}, {move.date}, {far}"


def _condition(condition: TracedCondition, context: Span, indent: int) -> Iterator[str]:
    yield from _trace(condition.trace, f"{condition.label}: ", context, indent)


def _trace(trace: Trace, label: str, context: Span, indent: int) -> Iterator[str]:
    """Yield a condition's line, its note, and its parts with more indentation."""
    elsewhere = trace.span.file != context.file or trace.span.line != context.line
    place = f"  ({place_text(trace.span)})" if elsewhere else ""
    yield f"{' ' * indent}{_outcome(trace)}  {label}{trace.text}{place}"
    if trace.note:
        yield f"{' ' * indent}         {trace.note}"
    for child in trace.children:
        yield from _trace(child, "", trace.span, indent + 2)


def _outcome(trace: Trace) -> str:
    if trace.value is None:
        return "unknown"
    if isinstance(trace.value, bool):
        return "true   " if trace.value else "false  "
    return "       "
