"""The order in which derived fields are computed: each after the fields from which it is derived."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Map

from ..core.dependencies import dependency_order
from ..language.traversal import fields_read
from .catalogue import FieldSpec


def needs(spec: FieldSpec) -> frozenset[str]:
    """Return the fields from which this one is directly derived."""
    sets = [fields_read(case.when) for case in spec.derive if case.when is not None]
    if spec.rank is not None:
        sets.append(frozenset({spec.rank.of}))
        if spec.rank.among is not None:
            sets.append(fields_read(spec.rank.among))
    return frozenset().union(*sets)


def derivation_order(fields: Map[str, FieldSpec], names: Iterable[str]) -> list[str]:
    """Return these fields and all fields that they need, each after its needs; `fields` must be free of cycles."""
    return dependency_order(lambda name: needs(fields[name]), names)
