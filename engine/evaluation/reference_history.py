"""Earlier values of one account, for the reference executor: the counterpart of `runs.history`.

Values are those of the snapshots of the dates on which the account was evaluated.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ..core.offsets import ONE_DAY
from ..language.expressions import ConstantValue, Row
from ..language.interpreter import evaluate_expression
from ..language.look_back import AS_OF, AsOfDate, Back, DayWindow, column_of_back
from ..language.traversal import KNOWN_ON, fields_of_history

Known = dict[str, tuple[ConstantValue | None, dt.date | None]]
"""By field, the last known value and the date of its snapshot."""


@dataclass(slots=True)
class AccountHistory:
    """The earlier values of one account, for all playbooks.

    Attributes:
        wanted: By playbook, the earlier values that it reads.
        days: The dates of the snapshots, earliest first.
    """

    wanted: dict[str, frozenset[tuple[str, Back]]]
    days: list[dt.date] = field(default_factory=list)
    _known: list[Known] = field(default_factory=list)
    _compared: dict[str, Known] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find which fields are read."""
        self._fields = {id: fields_of_history(wanted) for id, wanted in self.wanted.items()}
        self._every = frozenset[str]().union(*self._fields.values())

    _fields: dict[str, frozenset[str]] = field(default_factory=dict)
    _every: frozenset[str] = frozenset()

    def add(self, on: dt.date, row: Row) -> None:
        """Add the snapshot of a date, after it was evaluated; nothing if it is there already."""
        if self.days and self.days[-1] == on:
            return
        before = self._known[-1] if self._known else {}
        self.days.append(on)
        self._known.append(_known(before, on, row, self._every))

    def compared(self, playbook: str, on: dt.date, row: Row, undecided: Collection[str]) -> None:
        """Note that a playbook has compared with this snapshot, and could not decide changes of some fields."""
        before = self._compared.get(playbook, {})
        known = _known(before, on, row, self._fields[playbook])
        for name in undecided:
            if name in before and before[name][0] not in (None, known[name][0]):
                known[name] = before[name]
        self._compared[playbook] = known

    def values(
        self, playbook: str, on: dt.date, row: Row, opened_on: dt.date | None
    ) -> dict[str, ConstantValue | None]:
        """Return the earlier values that a playbook reads on a date, by the names that conditions use."""
        found: dict[str, ConstantValue | None] = {}
        for name, back in self.wanted[playbook]:
            column = column_of_back(name, back)
            if isinstance(back, DayWindow):
                found[column] = self._window(name, back, on)
                continue
            known = self._as_of(name, back, on, row, opened_on)
            if back is None:
                known = self._compared.get(playbook, {}).get(name, (None, None))
            found[column], found[f"{column}{KNOWN_ON}"] = known
            if isinstance(back, AsOfDate):
                found[f"{column}{AS_OF}"] = _date_of(back, row, opened_on)
        return found

    def _as_of(
        self, name: str, back: Back, on: dt.date, row: Row, opened_on: dt.date | None
    ) -> tuple[ConstantValue | None, dt.date | None]:
        date: dt.date | None = None
        if isinstance(back, AsOfDate):
            date = _date_of(back, row, opened_on)
            date = date if date is not None and date < on else None
        elif isinstance(back, int):
            date = on - dt.timedelta(days=back)
        return (None, None) if date is None else self._on(date).get(name, (None, None))

    def _on(self, date: dt.date) -> Known:
        """Return what was known on a date."""
        at = bisect_right(self.days, date)
        return self._known[at - 1] if at else {}

    def _window(self, name: str, window: DayWindow, on: dt.date) -> ConstantValue | None:
        dates = [on - ONE_DAY * back for back in range(window.days, 0, -1)]
        if window.condition is not None:
            return self._held(window, dates)
        values = [self._on(date).get(name, (None, None))[0] for date in dates]
        if values[0] is None:
            return None
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        if window.function == "average":
            return sum(numbers) / window.days
        return min(numbers) if window.function == "lowest" else max(numbers)

    def _held(self, window: DayWindow, dates: Iterable[dt.date]) -> bool | None:
        """Return Kleene's and of a condition on each day; unknown where nothing was known on the first."""
        outcomes = [*self._outcomes(window, dates)]
        if False in outcomes:
            return False
        return None if None in outcomes else True

    def _outcomes(self, window: DayWindow, dates: Iterable[dt.date]) -> Iterator[bool | None]:
        for date in dates:
            at = bisect_right(self.days, date)
            if not at:
                yield None
                continue
            known = self._known[at - 1]
            row: dict[str, ConstantValue | None] = {n: value for n, (value, _) in known.items()}
            row |= {"@today": date, "@snapshot_date": self.days[at - 1]}
            if window.condition is not None:
                outcome = evaluate_expression(window.condition, row)
                yield None if outcome is None else bool(outcome)


def _known(before: Known, on: dt.date, row: Row, fields: Iterable[str]) -> Known:
    known: Known = {}
    for name in fields:
        value = row.get(name)
        known[name] = before.get(name, (None, None)) if value is None else (value, on)
    return known


def _date_of(back: AsOfDate, row: Row, opened_on: dt.date | None) -> dt.date | None:
    date = opened_on if back.date == "@opened_on" else row.get(back.date)
    return date if isinstance(date, dt.date) else None
