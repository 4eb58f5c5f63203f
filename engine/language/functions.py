"""The functions that conditions may call: what each takes, gives and means.

One table; the checker, the documents and the suggestions for mistyped names all read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .expressions import Type

Parameter = Literal[
    "date",
    "text",
    "number",
    "field",
    "number field",
    "literal",
    "days",
    "amount",
    "condition",
    "value",
    "steps",
]
"""`field` is a bare field, `literal` a number written out, `days` a duration in days or weeks,
`amount` a number or a duration, `value` anything, of the same type as the call's other values,
`steps` one or more playbooks or steps in quotes."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function; `gives` None means the type of its arguments.

    `parameters` is empty where any number of values of one type may stand.
    """

    name: str
    parameters: tuple[Parameter, ...]
    gives: Type | None
    usage: str
    about: str


def _table(*functions: Function) -> dict[str, Function]:
    return {function.name: function for function in functions}


FUNCTIONS: dict[str, Function] = _table(
    Function(
        "abs", ("amount",), None, "abs(number)", "The number, or the duration, without its sign."
    ),
    Function(
        "ago",
        ("field", "days"),
        None,
        "ago(field, 30 days)",
        "The field's value that many days ago.",
    ),
    Function(
        "anniversary",
        ("date",),
        "date",
        "anniversary(date)",
        "The latest yearly return of the date on or before today; missing before the first. "
        "29 February returns on the 28th in other years.",
    ),
    Function(
        "change",
        ("number field", "days"),
        "number",
        "change(field, 30 days)",
        "The field's value less its value that many days ago.",
    ),
    Function(
        "changed",
        ("field",),
        "boolean",
        "changed(field)",
        "Whether the field differs from its value at the playbook's previous due date.",
    ),
    Function(
        "choose",
        ("condition", "value", "value"),
        None,
        "choose(condition, value, otherwise)",
        "The value where the condition holds, the other where it does not; "
        "cannot be told where the condition cannot.",
    ),
    Function(
        "crossed_above",
        ("number field", "literal"),
        "boolean",
        "crossed_above(field, 70)",
        "Whether the field is above the number, and was not at the playbook's previous due date.",
    ),
    Function(
        "crossed_below",
        ("number field", "literal"),
        "boolean",
        "crossed_below(field, 70)",
        "Whether the field is below the number, and was not at the playbook's previous due date.",
    ),
    Function(
        "days_since",
        ("date",),
        "number",
        "days_since(date)",
        "The days from the date to today; below zero for a date to come.",
    ),
    Function(
        "days_until",
        ("date",),
        "number",
        "days_until(date)",
        "The days from today to the date; below zero for a date gone by.",
    ),
    Function(
        "first",
        (),
        None,
        "first(a, b, ...)",
        "The first of the values that is not missing.",
    ),
    Function("lower", ("text",), "text", "lower(text)", "The text in small letters."),
    Function(
        "max", (), None, "max(a, b, ...)", "The largest; cannot be told if any of them is missing."
    ),
    Function(
        "min", (), None, "min(a, b, ...)", "The smallest; cannot be told if any of them is missing."
    ),
    Function(
        "months_since",
        ("date",),
        "number",
        "months_since(date)",
        "The whole months from the date to today; below zero for a date to come.",
    ),
    Function(
        "next_anniversary",
        ("date",),
        "date",
        "next_anniversary(date)",
        "The first yearly return of the date on or after today. "
        "29 February returns on the 28th in other years.",
    ),
    Function(
        "previous",
        ("field",),
        None,
        "previous(field)",
        "The field's value at the playbook's previous due date.",
    ),
    Function(
        "quarter_start",
        ("date",),
        "date",
        "quarter_start(date)",
        "The first day of the date's quarter.",
    ),
    Function(
        "snapshot_reaches",
        ("date",),
        "boolean",
        "snapshot_reaches(date)",
        "Holds when the snapshot is dated on or after the date; until then it cannot be told.",
    ),
    Function(
        "standing_since",
        ("steps",),
        "date",
        "standing_since('loyalty/gold')",
        "When the account came to the first of these steps that it stands in (for a playbook alone: "
        "when it enrolled); missing if it stands in none.",
    ),
    Function(
        "stands_in",
        ("steps",),
        "boolean",
        "stands_in('renewal/grace', 'win_back')",
        "Whether the account stands in one of these steps of another playbook, or is enrolled in the "
        "playbook; never unknown.",
    ),
    Function(
        "weekday",
        ("date",),
        "number",
        "weekday(date)",
        "The day of the week: 1 on Mondays, 7 on Sundays.",
    ),
    Function(
        "years_since",
        ("date",),
        "number",
        "years_since(date)",
        "The whole years from the date to today; below zero for a date to come.",
    ),
)
