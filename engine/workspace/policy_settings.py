"""Reads the `contact_policy` section: how often a customer may be contacted, and when not."""

from __future__ import annotations

import datetime as dt

from ..fields.catalogue import Catalogue
from ..fields.derivation import field_types
from ..fields.problem_collector import ProblemCollector
from ..fields.yaml_values import child, date_value, list_items, list_texts, text_of, whole_number
from ..language.condition import Scope, parse_condition
from ..language.traversal import history_read
from ..text.yaml_nodes import Node
from .settings import Cap, ContactPolicy, Suppression
from .source_settings import read_days

POLICY_NAMES = frozenset({"today", "snapshot_date"})
LONGEST_QUIET = 366
"""Days: a longer stretch would be a policy of never."""


def read_policy(
    findings: ProblemCollector, node: Node | None, catalogue: Catalogue
) -> ContactPolicy:
    """The policy as stated; without one nothing is held back."""
    if node is None:
        return ContactPolicy()
    priorities = list_texts(child(node, "priorities")) or ContactPolicy().priorities
    return ContactPolicy(
        caps=tuple(_caps(findings, child(node, "at_most"))),
        priorities=priorities,
        exempt=list_texts(child(node, "exempt")),
        suppress=tuple(_suppress(findings, child(node, "suppress"), catalogue, priorities)),
        quiet=tuple(_quiet(findings, child(node, "quiet"))),
    )


def _caps(findings: ProblemCollector, node: Node | None) -> list[Cap]:
    caps = []
    for item in list_items(node):
        contacts = whole_number(child(item, "contacts"))
        days = read_days(findings, child(item, "within"))
        if contacts is not None and days is not None:
            caps.append(Cap(contacts, days))
    return caps


def _suppress(
    findings: ProblemCollector, node: Node | None, catalogue: Catalogue, priorities: tuple[str, ...]
) -> list[Suppression]:
    found = []
    for item in list_items(node):
        for priority in list_items(child(item, "priorities")):
            findings.known(priority, priorities, "unknown-priority", "priority")
        place = child(item, "when")
        if place is None:
            continue
        when, problems = parse_condition(
            place, Scope(field_types(catalogue.fields), POLICY_NAMES, {})
        )
        findings.problems.extend(problems)
        if when is None:
            continue
        if history_read(when):
            message = "a suppression goes by what the account is today, not by earlier values"
            findings.add("name-not-here", message, place.span, "write it without looking back")
        kinds, only = list_texts(child(item, "kinds")), list_texts(child(item, "priorities"))
        reason = text_of(child(item, "reason")) or ""
        found.append(Suppression(when, kinds, only, reason))
    return found


def _quiet(findings: ProblemCollector, node: Node | None) -> list[tuple[dt.date, dt.date]]:
    found = []
    for item in list_items(node):
        ends = []
        for key in ("from", "to"):
            place = child(item, key)
            day = date_value(place)
            if place is not None and day is None:
                message = f"`{text_of(place) or ''}` is no date"
                findings.add("bad-date", message, place.span, "write it like 2026-12-24")
            ends.append(day)
        first, last = ends
        if first is None or last is None:
            continue
        if last < first:
            message = f"this stretch ends on {last}, before it begins on {first}"
            findings.add("bad-date", message, item.span)
        elif (last - first).days >= LONGEST_QUIET:
            message = f"a quiet stretch lasts at most {LONGEST_QUIET} days"
            findings.add("bad-date", message, item.span)
        else:
            found.append((first, last))
    return found
