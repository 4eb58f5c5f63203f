"""References of conditions to other playbooks and their steps, and the columns of an account's states in them."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..core.problems import Span
from .expressions import Call, Constant, ConstantValue

_REFERENCE = re.compile("([a-z][a-z0-9_]*)(?:/([a-z][a-z0-9_]*))?")


class Reference(NamedTuple):
    """A playbook, or one of its steps, whose state a condition reads.

    Attributes:
        playbook: The id of the playbook.
        step: The id of the step; None for the playbook itself.
        function: The function that reads the state, such as `stands_in`.
        span: The text of the reference.
    """

    playbook: str
    step: str | None
    function: str
    span: Span

    @property
    def state_column(self) -> str:
        """Return the column that decides whether the account is in the step, or enrolled in the playbook."""
        return state_column(self.playbook, "state" if self.step else "opened_on")

    @property
    def since_column(self) -> str:
        """Return the column of the date since when the account is there."""
        return state_column(self.playbook, "entered_on" if self.step else "opened_on")

    @property
    def columns(self) -> frozenset[str]:
        """Return the columns that the reference reads."""
        return frozenset(
            {
                self.state_column,
                self.since_column if self.function != "stands_in" else self.state_column,
            }
        )


def references_of(call: Call) -> tuple[Reference, ...]:
    """Return the references of one call of `stands_in` or `standing_since`, in written order."""
    references = []
    for argument in call.arguments:
        parsed = parse_reference(argument.value) if isinstance(argument, Constant) else None
        if parsed is None:
            raise ValueError(f"an argument of {call.function} is not a reference to a step")
        references.append(Reference(*parsed, call.function, argument.span))
    return tuple(references)


def parse_reference(value: ConstantValue) -> tuple[str, str | None] | None:
    """Return the playbook and step of `playbook/step` or `playbook`; None where a value is neither."""
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else (match[1], match[2])


def state_column(playbook: str, name: str) -> str:
    """Return the column of an account's last enrolment in a playbook.

    Args:
        playbook: The id of the playbook.
        name: `state`, `entered_on`, or `opened_on`, which is null unless the account is enrolled now.
    """
    return f"@{playbook}.{name}"
