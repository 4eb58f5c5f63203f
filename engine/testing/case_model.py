"""Records of test files: cases of playbooks, each with an account, days, and what is expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from ..core.problems import Span
from ..language.expressions import ConstantValue

FieldValues = Mapping[str, ConstantValue | None]
"""FieldValues of fields by name; None is missing."""

NOT_ENROLLED = "not_enrolled"
"""The word for an account that is not in the playbook at the end, and never was."""


class PersonalOutcome(NamedTuple):
    """An outcome of the action of a step that was issued last."""

    step: str
    action: str
    outcome: str
    result: str | None
    until: dt.date | None
    to: str | None
    span: Span


class HandMove(NamedTuple):
    """A move by hand, as `tenure hold` and the like record it."""

    move: str
    step: str | None
    until: dt.date | None
    because: str | None


class CaseDay(NamedTuple):
    """The events of one day, before its run: fields change, people do something; or the run is missed."""

    on: dt.date
    fields: FieldValues
    outcomes: tuple[PersonalOutcome, ...]
    moves: tuple[HandMove, ...]
    run: bool


class ExpectedAction(NamedTuple):
    """A description of actions; what is None may be anything."""

    span: Span
    step: str | None = None
    action: str | None = None
    kind: str | None = None
    on: dt.date | None = None
    reaches: dt.date | None = None
    status: str | None = None
    owner: str | None = None
    priority: str | None = None
    text: str | None = None
    playbook: str | None = None
    times: int | None = None


class PlaybookCase(NamedTuple):
    """A test, or one row of a test's table.

    Attributes:
        name: Its name, with that of the row.
        playbook: The playbook tested.
        others: Other playbooks that are evaluated too.
        starts: The first day.
        until: The last day.
        account: The account's fields that are not typical.
        days: The events, by date.
        expect: The actions that are issued.
        only: True if nothing else is issued.
        never: The actions that are never issued.
        daily_snapshots: True if each day has a snapshot, false if only days on which fields change have one.
        held_out: True if the account is in the holdout of the playbook tested; it is in no other one.
        ends: The state at the end; None for any.
        ends_span: The place of that.
        span: The place of the test.
    """

    name: str
    playbook: str
    others: tuple[str, ...]
    starts: dt.date
    until: dt.date
    account: FieldValues
    days: Mapping[dt.date, CaseDay]
    expect: tuple[ExpectedAction, ...]
    only: bool
    never: tuple[ExpectedAction, ...]
    daily_snapshots: bool
    held_out: bool
    ends: str | None
    ends_span: Span | None
    span: Span

    @property
    def file(self) -> str:
        """Return the file that it is in."""
        return self.span.file
