"""Moves to come of one account, evaluated on every date as a run would, if nothing about it changes.

Each date to come has a snapshot with the same values. Earlier values are those of the store and, from now on, these.
Actions of people, and the account's states in other playbooks, stay as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from ..calendar.schedule import due_dates
from ..core.ids import ACCOUNT_ID
from ..core.offsets import ONE_DAY
from ..core.schemas import only_account
from ..evaluation.coming_moves import ComingMove, coming_moves
from ..evaluation.inputs import Day
from ..evaluation.reference_enrolment import Enrolment
from ..evaluation.reference_executor import ReferenceExecutor
from ..evaluation.reference_history import AccountHistory
from ..fields.catalogue import FieldSpec
from ..language.expressions import Row
from ..language.look_back import Back
from ..language.smallest_change import Domains
from ..language.traversal import fields_of_history
from ..playbook.model import Playbook
from ..project.one_outcome import values_of_field
from ..runs.history import earlier_values, history_dates, known_values, look_back, previous_due
from ..runs.required_fields import earlier_read
from ..runs.values_as_of import account_dates
from ..store import Overlay

DAYS_AHEAD = 400
"""Days that are evaluated."""


def moves_ahead(
    now: ReferenceExecutor,
    reader: Overlay,
    states: pl.DataFrame,
    dated: Sequence[dt.date],
    fields: Mapping[str, FieldSpec],
    *,
    has_run: bool,
) -> Iterator[ComingMove]:
    """Yield the moves to come of an account in a playbook, the earliest first.

    Args:
        now: The account's evaluation on the date explained, which has not run.
        reader: The store.
        states: The account's rows of STATES.
        dated: The dates on which something can come.
        fields: The field catalogue.
        has_run: True if the date explained was run: then the next one is the first.
    """
    on = now.day.on + ONE_DAY if has_run else now.day.on
    days = due_dates(now.playbook.schedule, on - ONE_DAY, on + dt.timedelta(days=DAYS_AHEAD))
    if not days:
        return
    domains: Domains = {
        name: known for name, spec in fields.items() if (known := values_of_field(spec))
    }
    wanted = earlier_read(now.playbook, now.rules.doubt.stands_days)
    future = _Future(now, reader, states, days, wanted)
    enrolment = None if now.enrolment is None else replace(now.enrolment)
    yield from coming_moves(future.evaluate, enrolment, days, frozenset(dated), domains)


def earlier_on(
    playbook: Playbook,
    reader: Overlay,
    on: dt.date,
    row: Mapping[str, Any],
    states: pl.DataFrame,
    stands_days: int,
) -> Row:
    """Return the account's earlier values and their dates, by the names that conditions use.

    Args:
        playbook: The playbook that reads them.
        reader: The store.
        on: The date.
        row: The account's fields, with `account_id`.
        states: The account's rows of STATES.
        stands_days: How many days a doubted date must stand.
    """
    back, wanted = look_back(reader, playbook.id, on), earlier_read(playbook, stands_days)
    enrolments = states.lazy().filter(pl.col("playbook") == playbook.id)
    dates = account_dates(wanted, pl.DataFrame([row]), enrolments)
    rows = earlier_values(wanted, reader, back, only_account(str(row[ACCOUNT_ID])), dates)
    return rows.drop(ACCOUNT_ID).row(0, named=True) if rows is not None and rows.height else {}


@dataclass(slots=True)
class _Future:
    """The evaluations of the account on dates to come, asked for in their order."""

    now: ReferenceExecutor
    reader: Overlay
    states: pl.DataFrame
    days: Sequence[dt.date]
    wanted: frozenset[tuple[str, Back]]
    _history: AccountHistory | None = field(default=None)
    _before: dt.date | None = field(default=None)

    def evaluate(self, on: dt.date, enrolment: Enrolment | None) -> ReferenceExecutor:
        """Return the evaluation of a date, which has not run."""
        now, playbook = self.now, self.now.playbook
        snapshot_on = now.day.snapshot_on if on == now.day.on else on
        row = {**now.row, **self._earlier(on, enrolment)}
        if self._before is None:
            since = previous_due(playbook.schedule, on)
            first_evaluation = self.reader.last_evaluation(playbook.id, on) is None
        else:
            since, first_evaluation = self._before, False
        self._before = on
        return ReferenceExecutor(
            playbook,
            now.rules,
            Day(on, on, snapshot_on),
            row,
            None if enrolment is None else replace(enrolment),
            since,
            first_evaluation=first_evaluation,
            moves=now.moves,
        )

    def _earlier(self, on: dt.date, enrolment: Enrolment | None) -> Row:
        """Return the earlier values on a date."""
        playbook, row = self.now.playbook, self.now.row
        if not self.wanted:
            return {}
        if self._before is None:
            stands_days = self.now.rules.doubt.stands_days
            return earlier_on(playbook, self.reader, on, row, self.states, stands_days)
        if self._history is None:
            self._history = AccountHistory({playbook.id: self.wanted})
            for day, values in self._stored():
                self._history.add(day, values)
        opened_on = None if enrolment is None else enrolment.opened_on
        self._history.compared(playbook.id, self._before, row, ())
        self._history.add(self._before, row)
        return self._history.values(playbook.id, on, row, opened_on)

    def _stored(self) -> Iterator[tuple[dt.date, Row]]:
        """Yield the account's earlier values of each snapshot in the store, the earliest first."""
        account, read = str(self.now.row[ACCOUNT_ID]), sorted(fields_of_history(self.wanted))
        for day in history_dates(self.reader, self.days[0]):
            known = known_values(self.reader, day, None, read, only_account(account))
            yield day, known.row(0, named=True) if known.height else {}
