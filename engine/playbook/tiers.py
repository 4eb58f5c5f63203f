"""Lowers `tiers`: ordered levels with criteria.

Each level is a state; a `notice` adds a state in which the account has been told of the next level, and a
`downgrade` one in which it stands below its level's criteria and the days are counted. So a soft landing needs
no memory but the date on which a state was entered. An account that the playbook is not for any more, having left
say, keeps its level, rises no further and hears of none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from ..core.offsets import Offset
from ..core.problems import Span
from ..language.expressions import Expression, Name, Not
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
from .model import ENROLLED, Action, DueOffset, Edge, EnrolmentRule, Machine, State, Texts, TierInfo


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


def lower_tiers(at: Lowering, body: Mapping, guard: Expression | None) -> Machine:
    """The levels' machine: one enrolment an account, for as long as there is an account."""
    since = body.get("since")
    anchor = at.expression(since, TRUE, "date") if since else None
    if since is None:
        _counts_from_nothing(at, body)
    levels = [
        _level(at, item) for item in node_items(body.get("levels")) if isinstance(item, Mapping)
    ]
    rules = _rules(at, body, guard)
    states = [State(ENROLLED, {"en": "No level yet", "fr": "Pas encore de niveau"}, body.span)]
    edges: list[Edge] = []
    for position in range(-1, len(levels)):
        _around_level(at, levels, position, rules, states, edges)
    opening = EnrolmentRule("", body.span, "count", guard, anchor)
    return Machine(tuple(states), tuple(edges), (opening,), anchor, tuple(_rungs(levels)))


def _rungs(levels: list[_Level]) -> Iterator[TierInfo]:
    """What messages on reaching a level, on losing it and ahead of it may say of levels."""
    below: Texts | None = None
    for level, following in zip_longest(levels, levels[1:]):
        yield TierInfo(notice_step(level.id), below, level.title, level.after)
        above = (following.title, following.after) if following else (None, None)
        yield TierInfo(level.id, level.title, *above)
        yield TierInfo(lost_step(level.id), level.title, None, None)
        below = level.title


def notice_step(level: str) -> str:
    """The step of the notice ahead of a level."""
    return f"{level}_notice"


def lost_step(level: str) -> str:
    """The step in which a level was lost."""
    return f"{level}_lost"


def _level(at: Lowering, item: Mapping) -> _Level:
    id_node = required_value(item, "id")
    id = node_text(id_node)
    title = texts_by_language(item.get("title"), id_as_title(id))
    after = item.get("after")
    return _Level(
        id,
        title,
        id_node.span,
        at.offset(after) if after else None,
        at.condition(item, "when"),
        _once(at, item.get("do"), id, title),
        _once(at, item.get("lost"), lost_step(id), title),
    )


def _once(
    at: Lowering, node: Node | None, step: str, title: Texts, when: Expression | None = None
) -> tuple[Action, ...]:
    """Actions of which none repeats: reaching a level, losing one and being told of one are moments."""
    actions = lower_actions(at, node, step, title, when)
    for action in actions:
        if action.repeat:
            at.problem(
                "repeat-at-end",
                "levels are reached, lost and announced once: nothing repeats",
                action.span,
                "take `repeat:` out",
            )
    return actions


def _counts_from_nothing(at: Lowering, body: Mapping) -> None:
    """Without `since` there is no date that `after` and `notice` could count from."""
    afters = [
        entry
        for item in node_items(body.get("levels"))
        for entry in node_entries(item)
        if entry.key == "after"
    ]
    counting = [*afters, *(entry for entry in body if entry.key == "notice")]
    if counting:
        at.problem(
            "missing-key",
            f"`{counting[0].key}` counts from the date under `since`, and `tiers` lacks it",
            counting[0].key_span,
            "add `since: signup_date`, or another date, under `tiers:`",
        )


def _rules(at: Lowering, body: Mapping, guard: Expression | None) -> _Rules:
    notice = body.get("notice")
    before = None
    if isinstance(notice, Mapping):
        before = at.duration(required_value(notice, "before"), "before")
    downgrade = node_text(body.get("downgrade"), "never")
    below = body.get("below_for")
    if downgrade != "never" and below is None:
        at.problem(
            "missing-key",
            f"`downgrade: {downgrade}` needs `below_for`: how long an account is below its level before it falls",
            required_value(body, "downgrade").span,
            "add `below_for: 91 days` beside it",
        )
    if downgrade == "never":
        _never_lost(at, body)
    days = at.duration(below, "below_for") if below else Offset(1, "days")
    return _Rules(guard, before, notice, downgrade, days)


def _never_lost(at: Lowering, body: Mapping) -> None:
    for item in node_items(body.get("levels")):
        for entry in node_entries(item):
            if entry.key == "lost":
                at.problem(
                    "step-never-due",
                    "no level is ever lost here: nothing under `lost` is ever due",
                    entry.key_span,
                    "add `downgrade: one level` and `below_for: 91 days` under `tiers:`",
                )


def _around_level(
    at: Lowering,
    levels: list[_Level],
    position: int,
    rules: _Rules,
    states: list[State],
    edges: list[Edge],
) -> None:
    """The states of one level (-1: none yet) and the ways out of them, the highest first."""
    here = levels[position].id if position >= 0 else ENROLLED
    if position >= 0:
        states.append(State(here, levels[position].title, levels[position].span))
    sources = [here]
    upcoming = levels[position + 1] if position + 1 < len(levels) else None
    notified = f"{here}_notified"
    if rules.notice and upcoming and upcoming.after:
        sources.append(notified)
        states.append(
            State(
                notified, _suffixed(levels, position, "told of the next", "prévenu"), upcoming.span
            )
        )
    below = f"{here}_below"
    falls = rules.downgrade != "never" and position >= 0 and levels[position].when is not None
    if falls:
        states.append(
            State(below, _suffixed(levels, position, "below", "en dessous"), levels[position].span)
        )
    every = (*sources, below) if falls else tuple(sources)
    for level in reversed(levels[position + 1 :]):
        if here == ENROLLED:
            edges.extend(_held_before(level, rules, every))
        edges.append(_rise(level, rules, every))
    if falls:
        edges.extend(_fall(levels, position, rules, tuple(sources), below))
    if len(sources) > 1 and upcoming and upcoming.after:
        edges.append(_notice(at, rules, upcoming, here, notified))


def _suffixed(levels: list[_Level], position: int, english: str, french: str) -> Texts:
    title = levels[position].title if position >= 0 else {"": "No level"}
    return {
        "en": f"{title.get('en', title.get('', ''))}, {english}",
        "fr": f"{title.get('fr', title.get('', ''))}, {french}",
    }


def _rise(level: _Level, rules: _Rules, sources: tuple[str, ...]) -> Edge:
    moment = DueOffset("anchor", level.after) if level.after else None
    guard = _all(rules.guard, level.when)
    dated = level.when is None
    return Edge(sources, level.id, level.span, moment, guard, level.actions, dated=dated)


def _held_before(level: _Level, rules: _Rules, sources: tuple[str, ...]) -> list[Edge]:
    """What an account meets when it is first seen is no news of that day: the level counts from its own date."""
    if level.after is None or level.when is None:
        return []
    first_seen = comparison(
        "==", Name("opened_on", "date", level.span), Name("today", "date", level.span)
    )
    guard = _all(first_seen, rules.guard, level.when)
    moment = DueOffset("anchor", level.after)
    return [Edge(sources, level.id, level.span, moment, guard, level.actions, dated=True)]


def _all(*guards: Expression | None) -> Expression | None:
    return conjunction([guard for guard in guards if guard is not None])


def _fall(
    levels: list[_Level], position: int, rules: _Rules, sources: tuple[str, ...], below: str
) -> list[Edge]:
    level = levels[position]
    if level.when is None:
        return []
    edges = [
        Edge((below,), level.id, level.span, None, level.when),
        Edge(sources, below, level.span, None, Not(level.when, level.when.span)),
    ]
    waited = DueOffset("entered_on", rules.below_for)
    lower = levels[:position]
    if rules.downgrade == "one level":
        target = lower[-1].id if lower else ENROLLED
        return [*edges, Edge((below,), target, level.span, waited, None, level.lost)]
    earned = (
        Edge((below,), candidate.id, level.span, waited, candidate.when, level.lost)
        for candidate in reversed(lower)
    )
    return [*edges, *earned, Edge((below,), ENROLLED, level.span, waited, None, level.lost)]


def _notice(at: Lowering, rules: _Rules, upcoming: _Level, here: str, notified: str) -> Edge:
    after, before = upcoming.after, rules.notice
    node = rules.notice_node
    if after is None or before is None or not isinstance(node, Mapping):
        raise AssertionError("a notice is only lowered where there is one")
    if after.unit != "days" or before.unit != "days":
        at.problem(
            "bad-offset",
            f"a notice ahead of `{upcoming.id}` needs `before` and the level's `after` in days",
            node.span,
            "write 182 days for 6 months, 365 days for a year",
        )
    # The account counts as told though it is not for it now: its notice does not wait for its return.
    actions = _once(at, node.get("do"), notice_step(upcoming.id), upcoming.title, rules.guard)
    moment = DueOffset("anchor", Offset(after.count - before.count, "days"))
    return Edge((here,), notified, upcoming.span, moment, None, actions, dated=True)
