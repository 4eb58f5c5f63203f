"""Totals of a date: what each part of its accounts counts, and the sum over the parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from ..core.ids import ACCOUNT_ID
from ..core.problems import Problem
from ..playbook.model import Playbook
from .entry_checks import Membership, membership_warnings
from .unknown_values import UnknownValues


@dataclass(frozen=True, slots=True)
class PartTotals:
    """The totals of one part.

    Attributes:
        standing: The state counts before the date.
        quarantined: The bad values.
        unknown: The unknown values.
        members: The accounts in the `for` of playbooks.
        filled: By field, the accounts that have a value.
        counts: COUNTS; None if the part was only counted, because an edit strands some of its accounts.
        edited: EDITED, the effects of edits; None likewise.
        statuses: The entries by status.
        ended: By playbook, the enrolments that a condition ended.
    """

    standing: pl.DataFrame
    quarantined: pl.DataFrame
    unknown: UnknownValues
    members: Membership
    filled: dict[str, int]
    counts: pl.DataFrame | None = None
    edited: pl.DataFrame | None = None
    statuses: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Totals:
    """Totals over the parts of a date."""

    counts: list[pl.DataFrame] = field(default_factory=list)
    edited: list[pl.DataFrame] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    standing: list[pl.DataFrame] = field(default_factory=list)
    quarantined: list[pl.DataFrame] = field(default_factory=list)
    unknown: UnknownValues = field(default_factory=UnknownValues)
    members: Membership = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)

    def add(self, part: PartTotals) -> None:
        """Add those of a part."""
        self.standing.append(part.standing)
        self.quarantined.append(part.quarantined)
        self.unknown.add(part.unknown)
        self.members.update(part.members)
        self.filled.update(part.filled)
        if part.edited is not None:
            self.edited.append(part.edited)
        if part.counts is not None:
            self.counts.append(part.counts)
        self.statuses.update(part.statuses)
        self.ended.update(part.ended)

    def without_members(self, playbooks: Sequence[Playbook]) -> list[Problem]:
        """Return a warning if no account is in any of these playbooks."""
        return membership_warnings(self.members, playbooks, self.filled[ACCOUNT_ID])
