"""Lowering of `tiers`: ordered levels with criteria.

Each level is a state. A `notice` adds a state for accounts that were notified of the next level. A `downgrade` adds a
state for accounts below their level's criteria, in which days are counted from the date on which they fell below it.
Both are parts of the level, whose own date stays. Where `while:` keeps an account that `for:` excludes, it keeps its
level, reaches no other and gets no notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from ..core.languages import Texts
from ..core.offsets import Offset
from ..core.problems import Span
from ..language.expressions import Expression, Name, Not
from ..text.translations import catalogue_text
from ..text.yaml_nodes import Mapping, Node
from .action_lowering import lower_actions
from .lowering import (
    TRUE,
    Lowering,
    comparison,
    conjunction,
    id_as_title,
    node_entries,
    node_items,
    node_text,
    required_value,
    texts_by_language,
)
from .model import ENROLLED, Action, DueOffset, Edge, EnrolmentRule, Machine, State, TierInfo


@dataclass(frozen=True, slots=True)
class _Level:
    id: str
    title: Texts
    span: Span
    after: Offset | None
    when: Expression | None
    actions: tuple[Action, ...]
    lost: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class _Rules:
    guard: Expression | None
    notice: Offset | None
    notice_node: Node | None
    downgrade: str
    below_for: Offset


def lower_tiers(lowering: Lowering, body: Mapping, guard: Expression | None) -> Machine:
    """Return the levels' machine: each account has one enrolment, which never ends."""
    since = body.get("since")
    anchor = lowering.expression(since, TRUE, "date") if since else None
    if since is None:
        _check_since(lowering, body)
    levels = [
        _level(lowering, item)
        for item in node_items(body.get("levels"))
        if isinstance(item, Mapping)
    ]
    rules = _rules(lowering, body, guard)
    states = [State(ENROLLED, catalogue_text("states", "no_level_yet"), body.span)]
    edges: list[Edge] = []
    for position in range(-1, len(levels)):
        _add_level(lowering, levels, position, rules, states, edges)
    opening = EnrolmentRule("", body.span, "count", guard, anchor)
    return Machine(
        tuple(states), tuple(edges), (opening,), anchor, tiers=tuple(_tier_infos(levels))
    )


def _tier_infos(levels: list[_Level]) -> Iterator[TierInfo]:
    """Yield the levels that messages can name: in a level's notice, on reaching it and on losing it."""
    below: Texts | None = None
    for level, following in zip_longest(levels, levels[1:]):
        yield TierInfo(notice_step(level.id), below, level.title, level.after)
        above = (following.title, following.after) if following else (None, None)
        yield TierInfo(level.id, level.title, *above)
        yield TierInfo(lost_step(level.id), level.title, None, None)
        below = level.title


def notice_step(level: str) -> str:
    """Return the id of the step of the notice before a level."""
    return f"{level}_notice"


def lost_step(level: str) -> str:
    """Return the id of the step in which a level is lost."""
    return f"{level}_lost"


def _level(lowering: Lowering, item: Mapping) -> _Level:
    id_node = required_value(item, "id")
    id = node_text(id_node)
    title = texts_by_language(item.get("title"), id_as_title(id))
    after = item.get("after")
    return _Level(
        id,
        title,
        id_node.span,
        lowering.offset(after) if after else None,
        lowering.condition(item, "when"),
        _actions_once(lowering, item.get("do"), id, title),
        _actions_once(lowering, item.get("lost"), lost_step(id), title),
    )


def _actions_once(
    lowering: Lowering, node: Node | None, step: str, title: Texts, when: Expression | None = None
) -> tuple[Action, ...]:
    """Return the actions of a step, and check that none repeats: levels are reached, lost and announced once."""
    actions = lower_actions(lowering, node, step, title, when)
    for action in actions:
        if action.repeat:
            lowering.problems.report(
                "repeat-at-end",
                "levels are reached, lost and announced once: nothing repeats",
                action.span,
                "take `repeat:` out",
            )
    return actions


def _check_since(lowering: Lowering, body: Mapping) -> None:
    """Report `after` and `notice` without `since`: they have no date to count from."""
    afters = [
        entry
        for item in node_items(body.get("levels"))
        for entry in node_entries(item)
        if entry.key == "after"
    ]
    counting = [*afters, *(entry for entry in body if entry.key == "notice")]
    if counting:
        lowering.problems.report(
            "missing-key",
            f"`{counting[0].key}` counts from the date under `since`, and `tiers` lacks it",
            counting[0].key_span,
            "add `since: signup_date`, or another date, under `tiers:`",
        )


def _rules(lowering: Lowering, body: Mapping, guard: Expression | None) -> _Rules:
    notice = body.get("notice")
    before = None
    if isinstance(notice, Mapping):
        before = lowering.duration(required_value(notice, "before"), "before")
    downgrade = node_text(body.get("downgrade"), "never")
    below = body.get("below_for")
    if downgrade != "never" and below is None:
        lowering.problems.report(
            "missing-key",
            f"`downgrade: {downgrade}` needs `below_for`: how long an account is below its level before it falls",
            required_value(body, "downgrade").span,
            "add `below_for: 91 days` next to it",
        )
    if downgrade == "never":
        _check_lost(lowering, body)
    days = lowering.duration(below, "below_for") if below else Offset(1, "days")
    return _Rules(guard, before, notice, downgrade, days)


def _check_lost(lowering: Lowering, body: Mapping) -> None:
    for item in node_items(body.get("levels")):
        for entry in node_entries(item):
            if entry.key == "lost":
                lowering.problems.report(
                    "step-never-due",
                    "no level is ever lost here: nothing under `lost` is ever due",
                    entry.key_span,
                    "add `downgrade: one level` and `below_for: 91 days` under `tiers:`",
                )


def _add_level(
    lowering: Lowering,
    levels: list[_Level],
    position: int,
    rules: _Rules,
    states: list[State],
    edges: list[Edge],
) -> None:
    """Add the states of one level (-1: no level yet) and the edges that leave them, the highest level first."""
    level_id = levels[position].id if position >= 0 else ENROLLED
    if position >= 0:
        states.append(State(level_id, levels[position].title, levels[position].span))
    sources = [level_id]
    upcoming = levels[position + 1] if position + 1 < len(levels) else None
    notified = f"{level_id}_notified"
    if rules.notice and upcoming and upcoming.after:
        sources.append(notified)
        states.append(
            State(
                notified,
                _derived_title("notified", levels, position),
                upcoming.span,
                level=level_id,
            )
        )
    below = f"{level_id}_below"
    falls = rules.downgrade != "never" and position >= 0 and levels[position].when is not None
    if falls:
        states.append(
            State(
                below,
                _derived_title("below", levels, position),
                levels[position].span,
                level=level_id,
            )
        )
    all_sources = (*sources, below) if falls else tuple(sources)
    for level in reversed(levels[position + 1 :]):
        if level_id == ENROLLED:
            edges.extend(_reached_before(level, rules, all_sources))
        edges.append(_rise(level, rules, all_sources))
    if falls:
        edges.extend(_fall(levels, position, rules, tuple(sources), below))
    if len(sources) > 1 and upcoming and upcoming.after:
        edges.append(_notice(lowering, rules, upcoming, level_id, notified))


def _derived_title(key: str, levels: list[_Level], position: int) -> Texts:
    """Return the title of another state of a level (-1: no level yet)."""
    level = levels[position].title if position >= 0 else catalogue_text("states", "no_level")
    return catalogue_text("states", key, level=level)


def _rise(level: _Level, rules: _Rules, sources: tuple[str, ...]) -> Edge:
    moment = DueOffset("anchor", level.after) if level.after else None
    guard = _conjunction_of(rules.guard, level.when)
    dated = level.when is None
    return Edge(sources, level.id, level.span, moment, guard, level.actions, dated=dated)


def _reached_before(level: _Level, rules: _Rules, sources: tuple[str, ...]) -> list[Edge]:
    """Return the edge for accounts that meet a level's criteria when first seen.

    They did not reach the level on that day, so its actions are due on the level's date.
    """
    if level.after is None or level.when is None:
        return []
    first_seen = comparison(
        "==", Name("opened_on", "date", level.span), Name("today", "date", level.span)
    )
    guard = _conjunction_of(first_seen, rules.guard, level.when)
    moment = DueOffset("anchor", level.after)
    return [Edge(sources, level.id, level.span, moment, guard, level.actions, dated=True)]


def _conjunction_of(*guards: Expression | None) -> Expression | None:
    return conjunction([guard for guard in guards if guard is not None])


def _fall(
    levels: list[_Level], position: int, rules: _Rules, sources: tuple[str, ...], below: str
) -> list[Edge]:
    level = levels[position]
    if level.when is None:
        return []
    edges = [
        Edge((below,), level.id, level.span, None, level.when, inner=True),
        Edge(sources, below, level.span, None, Not(level.when, level.when.span), inner=True),
    ]
    waited = DueOffset("due_on", rules.below_for)
    lower = levels[:position]
    if rules.downgrade == "one level":
        target = lower[-1].id if lower else ENROLLED
        return [*edges, Edge((below,), target, level.span, waited, None, level.lost)]
    earned = (
        Edge((below,), candidate.id, level.span, waited, candidate.when, level.lost)
        for candidate in reversed(lower)
    )
    return [*edges, *earned, Edge((below,), ENROLLED, level.span, waited, None, level.lost)]


def _notice(
    lowering: Lowering, rules: _Rules, upcoming: _Level, level_id: str, notified: str
) -> Edge:
    after, before = upcoming.after, rules.notice
    node = rules.notice_node
    if after is None or before is None or not isinstance(node, Mapping):
        raise AssertionError("the body must have a notice")
    if after.unit != "days" or before.unit != "days":
        lowering.problems.report(
            "bad-offset",
            f"a notice before `{upcoming.id}` needs `before` and the level's `after` in days",
            node.span,
            "write 182 days for 6 months, 365 days for a year",
        )
    # An account that `for:` excludes now counts as notified without actions, so it gets no late notice on its return.
    actions = _actions_once(
        lowering, node.get("do"), notice_step(upcoming.id), upcoming.title, rules.guard
    )
    moment = DueOffset("anchor", Offset(after.count - before.count, "days"))
    return Edge((level_id,), notified, upcoming.span, moment, None, actions, dated=True, inner=True)
