"""What a condition may name where it stands."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..core.problems import Problem, Span
from .expressions import BUILTIN_NAMES, Expression, Type

FieldTypes = Mapping[str, tuple[Type, tuple[str, ...]]]
"""By name: the type, and the allowed values (empty: any)."""

_WHERE = {
    "anchor": "in steps, outcomes and transitions, once an account is enrolled",
    "opened_on": "in steps, outcomes and transitions, once an account is enrolled",
    "entered_on": "in steps, outcomes and transitions, once an account is enrolled",
    "opened_by": "in the steps and outcomes of triggers",
    "year": "in the years of anniversaries",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The account's fields, the names of `NAMES` that mean something here, and the playbook's own names."""

    fields: FieldTypes
    names: frozenset[str] = frozenset({"today", "snapshot_date"})
    definitions: Mapping[str, Expression] = field(default_factory=dict)
    lost: Collection[str] = ()
    """Names whose definitions have problems of their own: no more is said of them where they are used."""

    def knows(self, name: str) -> bool:
        """Whether the name means something here."""
        known = (self.definitions, self.names, self.fields, self.lost)
        return any(name in names for names in known)


def unknown_name(name: str, place: Span, scope: Scope) -> Problem:
    """The problem of a name that means nothing here, with the nearest that does."""
    if name in BUILTIN_NAMES:
        return Problem(
            "name-not-here",
            f"`{name}` means nothing here",
            place,
            f"it may be used {_WHERE[name]}" if name in _WHERE else None,
        )
    if name.lower() in ("yes", "no", "on", "off"):
        right = "true" if name.lower() in ("yes", "on") else "false"
        return Problem("unknown-field", f"there is no field `{name}`", place, f"write {right}")
    from ..text.suggest import suggest

    near = suggest(name, [*scope.fields, *scope.names, *scope.definitions])
    return Problem(
        "unknown-field",
        f"there is no field `{name}`",
        place,
        f"did you mean `{near}`?"
        if near
        else "`tenure fields` lists the fields; texts stand in quotes",
    )
