"""Conditions: parse one, and evaluate it on a row. Private: import from `tenure`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING, cast

from .arguments import DateLike, read_choice, read_date
from .exceptions import UsageError, problems_error

if TYPE_CHECKING:
    from .engine.language.expressions import ConstantValue, Expression, Type
    from .engine.language.scope import FieldTypes

Value = str | float | int | bool | dt.date | Decimal | Sequence[str] | None

TYPES = ("number", "text", "date", "boolean", "list")
"""The types of fields."""

_FILE = "condition"


def parse_condition(text: str, fields: Mapping[str, str] | None = None) -> Condition:
    """Parse and type-check a condition of the playbook language.

    Args:
        text: The condition, such as `health_score < 70 and segment == 'enterprise'`.
        fields: The type of each field: `number`, `text`, `date`, `boolean` or `list`. By default the standard fields;
            `Workspace.parse_condition` uses those of a workspace.

    Returns:
        The condition, to evaluate on rows.

    Raises:
        ProblemsError: The condition has errors; each is shown with its place in the text.
        UsageError: An argument is not valid.

    Examples:
        >>> import tenure
        >>> condition = tenure.parse_condition("health_score < 70 and status == 'active'")
        >>> condition.fields
        ('health_score', 'status')
        >>> condition.evaluate({"health_score": 62, "status": "active"})
        True
        >>> condition.evaluate({"health_score": 62, "status": "churned"})
        False
        >>> print(condition.evaluate({"health_score": 62, "status": None}))
        None
        >>> condition.missing({"health_score": 62})
        ('status',)
    """
    return parse_over(text, _field_types(fields))


def parse_over(text: str, fields: FieldTypes) -> Condition:
    """Parse a condition over fields with their types and allowed values; see `parse_condition`."""
    from .engine.core.problems import Span
    from .engine.language.parser import parse_text
    from .engine.language.scope import Scope
    from .engine.language.type_checker import type_check
    from .engine.text.positions import position

    if not isinstance(text, str):
        raise UsageError(f"text is not a text: {text!r}")

    def span_of(start: int, end: int) -> Span:
        first, last = position(text, start, _FILE), position(text, max(end, start), _FILE)
        return Span(_FILE, first.line, first.column, last.line, last.column)

    scope = Scope(fields)
    node, problems = parse_text(text, span_of, scope.constants)
    expression = None
    if node is not None:
        expression, found = type_check(node, scope, "boolean")
        if problems:
            # The type of a text that was read in part is not reliable.
            found = [problem for problem in found if problem.code != "not-a-condition"]
        problems = [*problems, *found]
    if problems or expression is None:
        raise problems_error(problems, {_FILE: text})
    return Condition(expression)


def _field_types(fields: Mapping[str, str] | None) -> FieldTypes:
    """Return the type and the allowed values of each field."""
    if fields is None:
        from .engine.fields.standard_fields import STANDARD

        return {spec.name: (spec.type, spec.values) for spec in STANDARD}
    if not isinstance(fields, Mapping):
        raise UsageError(f"fields is not a mapping of names to types: {fields!r}")
    return {
        str(name): (cast("Type", read_choice(type, f"the type of {name},", TYPES)), ())
        for name, type in fields.items()
    }


class Condition:
    """A condition, parsed with `tenure.parse_condition`.

    It is true, false or unknown: a missing value makes a comparison unknown, as in SQL.
    """

    __slots__ = ("_expression", "_reads_today", "_types")

    def __init__(self, expression: Expression) -> None:
        from .engine.language.expressions import Call, Field, Name
        from .engine.language.functions import FUNCTIONS
        from .engine.language.traversal import earlier_column, history_subject, looks_back, walk

        self._expression = expression
        self._types: dict[str, Type] = {}
        self._reads_today = False
        for node in walk(expression):
            if isinstance(node, Field):
                self._types[node.name] = node.type
            elif isinstance(node, Name):
                self._reads_today |= node.name in ("today", "snapshot_date")
            elif isinstance(node, Call):
                function = FUNCTIONS[node.function]
                if function.reads_states:
                    raise UsageError(
                        f"{node.function} reads other playbooks, which a row does not have"
                    )
                self._reads_today |= bool({"today", "snapshot_date"} & function.reads)
                if looks_back(node):
                    self._types[earlier_column(node)] = history_subject(node).type

    def __repr__(self) -> str:
        return f"<tenure.Condition {self.text!r}>"

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """Return the condition in its canonical form."""
        from .engine.language.formatter import format_expression

        return format_expression(self._expression)

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names that the condition reads from a row, sorted.

        An earlier value is named after its field: `health_score@previous`, `health_score@30` of 30 days ago,
        `health_score@lowest30` of the days since then, up to the day before, or `health_score@since_signup_date`.
        """
        return tuple(sorted(self._types))

    def evaluate(
        self,
        row: Mapping[str, Value],
        *,
        today: DateLike | None = None,
        snapshot_date: DateLike | None = None,
    ) -> bool | None:
        """Return whether the condition is true for a row; None is unknown.

        Args:
            row: Values by field. A field that is None or not there is missing; other keys are ignored. Dates can be
                ISO 8601 text.
            today: The date that `today` and functions such as `days_until` use.
            snapshot_date: The date of the row's values; by default `today`.

        Raises:
            UsageError: A value is not of its field's type, or `today` is needed and not given.

        Examples:
            >>> import tenure
            >>> due = tenure.parse_condition("0 <= days_until(renewal_date) <= 90")
            >>> due.evaluate({"renewal_date": "2026-06-01"}, today="2026-04-01")
            True
        """
        from .engine.language.interpreter import evaluate_expression

        return cast(
            "bool | None",
            evaluate_expression(self._expression, self._row(row, today, snapshot_date)),
        )

    def missing(
        self,
        row: Mapping[str, Value],
        *,
        today: DateLike | None = None,
        snapshot_date: DateLike | None = None,
    ) -> tuple[str, ...]:
        """Return the missing fields that make the condition unknown, sorted; empty where it is true or false."""
        from .engine.language.unknown_causes import unknown_causes

        return tuple(sorted(unknown_causes(self._expression, self._row(row, today, snapshot_date))))

    def _row(
        self, row: Mapping[str, Value], today: DateLike | None, snapshot_date: DateLike | None
    ) -> dict[str, ConstantValue | None]:
        """Return the values that the condition reads, checked, with the dates under the engine's names."""
        if not isinstance(row, Mapping):
            raise UsageError(f"row is not a mapping of fields to values: {row!r}")
        if self._reads_today and today is None:
            raise UsageError(f"the condition depends on the date; pass today=: {self.text}")
        values = {name: _value(row.get(name), name, type) for name, type in self._types.items()}
        if today is not None:
            values["@today"] = values["@snapshot_date"] = read_date(today, "today")
        if snapshot_date is not None:
            values["@snapshot_date"] = read_date(snapshot_date, "snapshot_date")
        return values


def _value(value: object, name: str, type: Type) -> ConstantValue | None:
    """Return one value of a row as the engine has it; None is missing."""
    if value is None:
        return None
    if type == "date":
        return read_date(value, name)
    # A boolean is an integer in Python, but not in a playbook.
    if type == "number" and not isinstance(value, bool) and isinstance(value, Real | Decimal):
        number = float(value)
        if math.isfinite(number):
            return number
        raise UsageError(f"{name} is not a finite number: {value!r}; pass None for a missing value")
    if type == "text" and isinstance(value, str):
        # Blank text is missing, as in a CSV export.
        return value if value.strip() else None
    if type == "boolean" and isinstance(value, bool):
        return value
    if type == "list" and isinstance(value, list | tuple):
        from .engine.core.list_texts import join_items

        if all(isinstance(item, str) for item in value):
            return join_items(value)
    raise UsageError(f"{name} is not a {type}: {value!r}")
