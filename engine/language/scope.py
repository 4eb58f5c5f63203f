"""Scope of a condition: the fields, names and definitions that it may use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..calendar.working_days import NO_HOLIDAYS, Calendar
from ..core.problems import Problem, Span
from ..text.written_values import boolean_of
from .expressions import BUILTIN_NAMES, Expression, Type

FieldTypes = Mapping[str, tuple[Type, tuple[str, ...]]]
"""Type and allowed values of each field, by its name; no values means any."""

_USABLE_IN = {
    "anchor": "in steps, outcomes and transitions, once an account is enrolled",
    "opened_on": "in steps, outcomes and transitions, once an account is enrolled",
    "entered_on": "in steps, outcomes and transitions, once an account is enrolled",
    "opened_by": "in the steps and outcomes of triggers",
    "year": "in the years of anniversaries",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that a condition may use.

    Attributes:
        fields: Fields of the account.
        names: Names in `BUILTIN_NAMES` that are defined for this condition.
        definitions: Names from `define:`, with their expressions.
        invalid: Names from `define:` whose definitions have problems. Their uses report no further problem.
        name_values: The texts that a name in `names` can be, such as the ids of triggers for `opened_by`.
        calendar: The workspace's working days.
        variables: The values of the workspace's variables; a field of the same name comes first.
        events: By table of events, its columns.
        of_events: The table of events that a condition after `where` is about, whose columns are `fields`.
        actions: True if the condition may ask what became of actions.
    """

    fields: FieldTypes
    names: frozenset[str] = frozenset({"today", "snapshot_date"})
    definitions: Mapping[str, Expression] = field(default_factory=dict)
    invalid: Collection[str] = ()
    name_values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    calendar: Calendar = NO_HOLIDAYS
    variables: Mapping[str, Expression] = field(default_factory=dict)
    events: Mapping[str, FieldTypes] = field(default_factory=dict)
    of_events: str = ""
    actions: bool = False

    @property
    def constants(self) -> frozenset[str]:
        """Return the names with one value for all accounts: variables, and the dates of the evaluation."""
        per_account = {*self.definitions, *self.fields}
        return frozenset(({*self.variables} | {"today", "snapshot_date"}) - per_account)

    def knows(self, name: str) -> bool:
        """Return whether a name is in the scope."""
        known = (
            self.definitions,
            self.names,
            self.fields,
            self.variables,
            self.invalid,
            self.events,
        )
        return any(name in names for names in known)


_ALWAYS = frozenset(("always", "immer", "toujours", "everyone", "alle", "tous"))
_NEVER = frozenset(("never", "nie", "niemals", "jamais"))


def _outcome_meant(name: str) -> bool | None:
    if name.lower() in (*_ALWAYS, *_NEVER):
        return name.lower() in _ALWAYS
    return boolean_of(name)


def unknown_name(name: str, span: Span, scope: Scope) -> Problem:
    """Return the problem of a name outside the scope, with the most similar name in it."""
    if name in BUILTIN_NAMES:
        return Problem(
            "name-not-here",
            f"`{name}` means nothing here",
            span,
            f"it may be used {_USABLE_IN[name]}" if name in _USABLE_IN else None,
        )
    said = _outcome_meant(name)
    if said is not None and not scope.of_events:
        right = "true" if said else "false"
        return Problem("unknown-field", f"there is no field `{name}`", span, f"write {right}")
    if scope.of_events:
        return unknown_column(scope.of_events, name, scope.fields, span)
    return Problem("unknown-field", f"there is no field `{name}`", span, _name_hint(name, scope))


def unknown_column(table: str, column: str, columns: FieldTypes, span: Span) -> Problem:
    """Return the problem of a column that a table of events does not declare."""
    from ..text.suggest import suggest

    hint = f"its columns are {', '.join(columns)}; declare others in fields.yaml"
    if not columns:
        hint = f"declare it under `columns:` of `{table}` in fields.yaml"
    if near := suggest(column, columns):
        hint = f"did you mean `{near}`?"
    return Problem("unknown-field", f"`{table}` has no column `{column}`", span, hint)


TODAY_WORDS = frozenset(
    (
        *("now", "currentdate", "getdate", "sysdate", "curdate", "date"),
        *("aujourdhui", "maintenant", "heute", "jetzt"),
    )
)
"""Words for the current date in other languages and tools, without underscores."""


_DAYS_AWAY = {
    **dict.fromkeys(("yesterday", "hier", "gestern"), "today - 1 day"),
    **dict.fromkeys(("tomorrow", "demain", "morgen"), "today + 1 day"),
}


def _name_hint(name: str, scope: Scope) -> str:
    from ..text.suggest import suggest, suggest_words

    names = [*scope.fields, *scope.names, *scope.definitions, *scope.variables, *scope.events]
    if name.lower().replace("_", "") in TODAY_WORDS:
        return "write today"
    if day := _DAYS_AWAY.get(name.lower()):
        return f"write {day}"
    if near := suggest(name, names):
        return f"did you mean `{near}`?"
    if several := suggest_words(name, names):
        return f"did you mean {' or '.join(f'`{each}`' for each in several)}?"
    return "`tenure fields` lists the fields; texts are written in quotes"
