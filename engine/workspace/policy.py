"""Reads the `contact_policy` section: how often a customer may be contacted, and when not."""

from __future__ import annotations

import datetime as dt

from ..fields.catalogue import Catalogue
from ..fields.findings import Findings
from ..fields.follow import field_types
from ..fields.reading import child, date, items, text, texts, whole
from ..language.condition import Scope, parse
from ..language.walk import history_read
from ..text.node import Node
from .model import Cap, ContactPolicy, Suppression
from .source import read_days

NAMES = frozenset({"today", "snapshot_date"})
LONGEST_QUIET = 366
"""Days: a longer stretch would be a policy of never."""


def read_policy(findings: Findings, node: Node | None, catalogue: Catalogue) -> ContactPolicy:
    """The policy as stated; without one nothing is held back."""
    if node is None:
        return ContactPolicy()
    priorities = texts(child(node, "priorities")) or ContactPolicy().priorities
    return ContactPolicy(
        caps=tuple(_caps(findings, child(node, "at_most"))),
        priorities=priorities,
        exempt=texts(child(node, "exempt")),
        suppress=tuple(_suppress(findings, child(node, "suppress"), catalogue, priorities)),
        quiet=tuple(_quiet(findings, child(node, "quiet"))),
    )


def _caps(findings: Findings, node: Node | None) -> list[Cap]:
    caps = []
    for item in items(node):
        contacts = whole(child(item, "contacts"))
        days = read_days(findings, child(item, "within"))
        if contacts is not None and days is not None:
            caps.append(Cap(contacts, days))
    return caps


def _suppress(
    findings: Findings, node: Node | None, catalogue: Catalogue, priorities: tuple[str, ...]
) -> list[Suppression]:
    found = []
    for item in items(node):
        for priority in items(child(item, "priorities")):
            findings.known(priority, priorities, "unknown-priority", "priority")
        place = child(item, "when")
        if place is None:
            continue
        when, problems = parse(place, Scope(field_types(catalogue.fields), NAMES, {}))
        findings.problems.extend(problems)
        if when is None:
            continue
        if history_read(when):
            message = "a suppression goes by what the account is today, not by earlier values"
            findings.add("name-not-here", message, place.span, "write it without looking back")
        kinds, only = texts(child(item, "kinds")), texts(child(item, "priorities"))
        reason = text(child(item, "reason")) or ""
        found.append(Suppression(when, kinds, only, reason))
    return found


def _quiet(findings: Findings, node: Node | None) -> list[tuple[dt.date, dt.date]]:
    found = []
    for item in items(node):
        ends = []
        for key in ("from", "to"):
            place = child(item, key)
            day = date(place)
            if place is not None and day is None:
                message = f"`{text(place) or ''}` is no date"
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
