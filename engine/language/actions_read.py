"""References of conditions to actions, and the columns of what became of these actions."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, cast

from ..core.problems import Span
from .expressions import Call, Constant, ConstantValue, Type

_ID = "[a-z][a-z0-9_]*"
_REFERENCE = re.compile(f"(?:({_ID})/(?=.*/))?({_ID})(?:/({_ID}))?")

FACTS: dict[str, Type] = {
    "attempts": "number",
    "times": "number",
    "standing": "text",
    "done_on": "date",
    "result": "text",
    "owner": "text",
    "due_on": "date",
    "label": "text",
}
"""Facts about an action of the account's present cycle, with their types; all are missing if it was never issued.

`attempts` counts its occurrences that are issued. `standing` is open, overdue, snoozed, done or dismissed. `due_on` and
`label` are the due date and the occurrence of the latest one, as it was issued first; `times` counts how many times
that one was issued, the first and again. `owner` is who it is assigned to, or else its owner as it was issued last.
"""
AGAIN = "+"
"""Sign between the occurrence of an action that is issued again, and the number of times: `1+2`."""

STILL_OPEN = ("open", "overdue", "snoozed")
"""Values of the fact `standing` of an action that is neither done nor dismissed."""

OPEN_NOW = ("open", "overdue")
"""Those of an action that is not snoozed either."""

FINISHED = ("done", "dismissed")
"""Those of an action that is not open any more; also the outcomes that finish it."""


class ActionReference(NamedTuple):
    """An action that a condition asks about.

    Attributes:
        text: The reference as written: `playbook/step/action`; in the playbook itself `step/action` or `step`.
        function: The function that asks, such as `done`.
        span: The place of the reference.
    """

    text: str
    function: str
    span: Span

    @property
    def playbook(self) -> str:
        """Return the id of the playbook; empty for the playbook of the condition."""
        return (parse_action(self.text) or ("", "", None))[0]

    @property
    def step(self) -> str:
        """Return the id of the step."""
        return (parse_action(self.text) or ("", "", None))[1]

    @property
    def action(self) -> str | None:
        """Return the id of the action; None for the only action of the step."""
        return (parse_action(self.text) or ("", "", None))[2]


def action_reference(call: Call) -> ActionReference:
    """Return the reference of a call of a function that asks about an action.

    Raises:
        ValueError: The argument is not a reference to an action.
    """
    (argument,) = call.arguments
    if not isinstance(argument, Constant) or parse_action(argument.value) is None:
        raise ValueError(f"the argument of {call.function} is not a reference to an action")
    return ActionReference(str(argument.value), call.function, argument.span)


def asked_text(call: Call) -> str:
    """Return the text of the reference of a checked call of a function that asks about an action."""
    return str(cast(Constant, call.arguments[0]).value)


@lru_cache(maxsize=1024)
def parse_action(value: ConstantValue) -> tuple[str, str, str | None] | None:
    """Return playbook, step and action of a reference; None where a value is not a reference to an action.

    The playbook is empty, and the action None, where they are left out.
    """
    match = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return None if match is None else (match[1] or "", match[2], match[3])


@lru_cache(maxsize=1024)
def fact_column(text: str, fact: str) -> str:
    """Return the column of one of `FACTS` of the action that a reference names."""
    return f"@{text}.{fact}"


def fact_columns(text: str) -> dict[str, Type]:
    """Return the columns of all facts of the action that a reference names, with their types."""
    return {fact_column(text, fact): type for fact, type in FACTS.items()}
