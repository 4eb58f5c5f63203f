"""Reader of the `contact_policy` section: caps, priorities, suppressions and quiet dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from ..core.problems import ProblemList
from ..fields.settings_problems import check_known
from ..fields.yaml_values import (
    by_language,
    child,
    date_value,
    list_items,
    list_texts,
    text_of,
    whole_number,
)
from ..language.condition import Scope, load_condition
from ..language.states_read import Reference, parse_reference
from ..language.traversal import history_read
from ..text.yaml_nodes import Node
from .settings import EXEMPT, Cap, ContactPolicy, Suppression
from .source_settings import read_days

LONGEST_QUIET = 366
"""Maximum length of a quiet period, in days."""


def read_policy(problems: ProblemList, node: Node | None, scope: Scope) -> ContactPolicy:
    """Return the contact policy; without the section, one that allows every contact."""
    if node is None:
        return ContactPolicy()
    priorities = list_texts(child(node, "priorities")) or ContactPolicy().priorities
    return ContactPolicy(
        caps=tuple(_caps(problems, child(node, "at_most"))),
        priorities=priorities,
        exempt=list_texts(child(node, "exempt")),
        suppress=tuple(_suppress(problems, child(node, "suppress"), scope, priorities)),
        quiet=tuple(_quiet(problems, child(node, "quiet"))),
        exempt_references=tuple(_references(child(node, "exempt"))),
    )


def _references(node: Node | None) -> Iterator[Reference]:
    """Yield the mentions of steps in a list of `playbook/step`."""
    for item in list_items(node):
        if parsed := parse_reference(text_of(item) or ""):
            yield Reference(*parsed, EXEMPT, item.span)


def _caps(problems: ProblemList, node: Node | None) -> list[Cap]:
    caps = []
    for item in list_items(node):
        contacts = whole_number(child(item, "contacts"))
        days = read_days(problems, child(item, "within"))
        if contacts is not None and days is not None:
            caps.append(Cap(contacts, days))
    return caps


def _suppress(
    problems: ProblemList, node: Node | None, scope: Scope, priorities: tuple[str, ...]
) -> list[Suppression]:
    suppressions = []
    for item in list_items(node):
        for priority in list_items(child(item, "priorities")):
            check_known(problems, priority, priorities, "unknown-priority", "priority")
        when_node = child(item, "when")
        if when_node is None:
            continue
        when, of_condition = load_condition(when_node, scope)
        problems.extend(of_condition)
        if when is None:
            continue
        if history_read(when):
            message = "a suppression goes by what the account is today, not by earlier values"
            problems.report(
                "name-not-here", message, when_node.span, "write it without looking back"
            )
        kinds, only = list_texts(child(item, "kinds")), list_texts(child(item, "priorities"))
        reason = by_language(child(item, "reason"))
        suppressions.append(Suppression(when, kinds, only, reason))
    return suppressions


def _quiet(problems: ProblemList, node: Node | None) -> list[tuple[dt.date, dt.date]]:
    periods = []
    for item in list_items(node):
        ends = []
        for key in ("from", "to"):
            end = child(item, key)
            on = date_value(end)
            if end is not None and on is None:
                message = f"`{text_of(end) or ''}` is not a date"
                problems.report("bad-date", message, end.span, "write it like 2026-12-24")
            ends.append(on)
        first, last = ends
        if first is None or last is None:
            continue
        if last < first:
            message = f"this stretch ends on {last}, before it begins on {first}"
            problems.report("bad-date", message, item.span)
        elif (last - first).days >= LONGEST_QUIET:
            message = f"a quiet stretch lasts at most {LONGEST_QUIET} days"
            problems.report("bad-date", message, item.span)
        else:
            periods.append((first, last))
    return periods
