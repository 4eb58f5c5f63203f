"""References to other playbooks and their steps, and the columns that hold an account's states there."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..core.problems import Span
from .expressions import Call, Constant, ConstantValue

_REFERENCE = re.compile("([a-z][a-z0-9_]*)(?:/([a-z][a-z0-9_]*))?")


class Reference(NamedTuple):
    """A playbook (`step` is None) or one of its steps that a condition asks about, by `stands_in` or the like."""

    playbook: str
    step: str | None
    function: str
    place: Span

    @property
    def standing(self) -> str:
        """The column that tells whether the account stands there."""
        return standing_column(self.playbook, "state" if self.step else "opened_on")

    @property
    def since(self) -> str:
        """The column with the date since when."""
        return standing_column(self.playbook, "entered_on" if self.step else "opened_on")

    @property
    def columns(self) -> frozenset[str]:
        """All that it reads."""
        return frozenset(
            {self.standing, self.since if self.function != "stands_in" else self.standing}
        )


def references_of(call: Call) -> tuple[Reference, ...]:
    """What one call of `stands_in` or `standing_since` asks about."""
    found = []
    for argument in call.arguments:
        assert isinstance(argument, Constant)
        named = parse_reference(argument.value)
        assert named is not None
        found.append(Reference(*named, call.function, argument.place))
    return tuple(found)


def parse_reference(value: ConstantValue) -> tuple[str, str | None] | None:
    """Playbook and step of `playbook/step` or `playbook`; None for what is neither."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else (found[1], found[2])


def standing_column(playbook: str, name: str) -> str:
    """The column with `state`, `opened_on` (null unless enrolled now) or `entered_on` of the last enrolment there."""
    return f"@{playbook}.{name}"
