"""The field catalogue: what is known of an account, in which type and unit, and from which column.

The standard catalogue ships with the engine (`standard.py`); a workspace's `fields.yaml` maps and
extends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..core.problems import Span
from ..language.expressions import ConstantValue, Expression, Type


class Case(NamedTuple):
    """A derived value: the first case whose condition holds gives it; no condition means otherwise.

    Where a case before it cannot be told, the value stays missing.
    """

    when: Expression | None
    then: ConstantValue


class Rank(NamedTuple):
    """A portfolio fact: the share of accounts that stand above this one, from 0 to under 1.

    (rank - 1) / n, ties sharing the better rank, over the accounts for which `among` holds and `of`
    is known; so `< 0.10` is the top 10 %, ties in, rounded up. Larger numbers stand above smaller ones, and
    earlier dates above later ones.
    """

    of: str
    among: Expression | None


class FieldSpec(NamedTuple):
    """One field: its type, unit and meaning, its allowed values, and where its value comes from."""

    name: str
    type: Type
    title: str = ""
    about: str = ""
    unit: str | None = None
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    default: ConstantValue | None = None
    column: str | None = None
    """The export's column; None means the column of the field's own name."""
    translate: Mapping[str, str] = MappingProxyType({})
    """Export's spelling to catalogue's value, before conversion."""
    format: str | None = None
    """A strftime format for dates that are not ISO 8601."""
    derive: tuple[Case, ...] = ()
    rank: Rank | None = None
    span: Span | None = None


class Catalogue(NamedTuple):
    """Fields by name."""

    fields: dict[str, FieldSpec]

    def types(self) -> dict[str, Type]:
        """The type of every field, for the language's checker."""
        return {name: spec.type for name, spec in self.fields.items()}
