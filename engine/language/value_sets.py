"""Sets of values for proofs: intervals, listed values, excluded values and the missing value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .expressions import ConstantValue
from .interpreter import compare_values


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A set of values of one type.

    It contains the known values that satisfy all of `low`, `high`, `only` and `without`.

    Attributes:
        low: The lower bound; None is unbounded.
        low_in: True if the lower bound is included.
        high: The upper bound; None is unbounded.
        high_in: True if the upper bound is included.
        only: The only candidates; None allows any.
        without: Excluded values.
        missing: True if the missing value is in the set.
        known: True if any known value is in the set.
    """

    low: ConstantValue | None = None
    low_in: bool = True
    high: ConstantValue | None = None
    high_in: bool = True
    only: frozenset[ConstantValue] | None = None
    without: frozenset[ConstantValue] = frozenset()
    missing: bool = False
    known: bool = True

    def __contains__(self, value: ConstantValue) -> bool:
        """Return whether a known value is in the set."""
        if not self.known or value in self.without:
            return False
        if self.only is not None and value not in self.only:
            return False
        if self.low is not None and not compare_values(
            ">=" if self.low_in else ">", value, self.low
        ):
            return False
        return self.high is None or compare_values("<=" if self.high_in else "<", value, self.high)

    @property
    def empty(self) -> bool:
        """Return whether the set is certain to be empty."""
        if self.missing:
            return False
        if not self.known:
            return True
        if self.only is not None:
            return not any(value in self for value in self.only)
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return self.low not in self
        return compare_values(">", self.low, self.high)

    def meet(self, other: ValueSet) -> ValueSet:
        """Return the intersection with another set."""
        low, low_in = _tighter(self.low, self.low_in, other.low, other.low_in, ">")
        high, high_in = _tighter(self.high, self.high_in, other.high, other.high_in, "<")
        only = self.only if other.only is None else other.only
        if self.only is not None and other.only is not None:
            only = self.only & other.only
        return ValueSet(
            low,
            low_in,
            high,
            high_in,
            only,
            self.without | other.without,
            self.missing and other.missing,
            self.known and other.known,
        )

    def within(self, other: ValueSet) -> bool:
        """Return whether the set is certain to be a subset of another."""
        if self.missing and not other.missing:
            return False
        if not self.known:
            return True
        if self.only is not None:
            return all(value in other for value in self.only if value in self)
        if not other.known or other.only is not None:
            return False
        inside = _bounds_within(self, other)
        return inside and not any(value in self for value in other.without)


def _tighter(
    a: ConstantValue | None, a_in: bool, b: ConstantValue | None, b_in: bool, operator: str
) -> tuple[ConstantValue | None, bool]:
    if a is None or (b is not None and compare_values(operator, b, a)):
        return b, b_in
    if b is not None and a == b:
        return a, a_in and b_in
    return a, a_in


def _bounds_within(inner: ValueSet, outer: ValueSet) -> bool:
    low = _tighter(inner.low, inner.low_in, outer.low, outer.low_in, ">")
    high = _tighter(inner.high, inner.high_in, outer.high, outer.high_in, "<")
    return low == (inner.low, inner.low_in) and high == (inner.high, inner.high_in)


ANY_VALUE = ValueSet()
"""The set of all known values."""
NO_VALUE = ValueSet(missing=True, known=False)
"""The set of the missing value alone."""


def value_set(operator: str, value: ConstantValue) -> ValueSet:
    """Return the set of values that satisfy a comparison with a value, such as `< value`."""
    if operator in ("==", "!="):
        return values([value], operator == "==")
    if operator in (">", ">="):
        return ValueSet(low=value, low_in=operator == ">=")
    return ValueSet(high=value, high_in=operator == "<=")


def values(listed: Iterable[ConstantValue], among: bool) -> ValueSet:
    """Return the set of the listed values (`among`), or of all other known values."""
    members = frozenset(listed)
    return ValueSet(only=members) if among else ValueSet(without=members)


def ordering(operator: str) -> ValueSet:
    """Return the signs of comparisons of two values that satisfy an operator: -1 less, 0 equal, 1 greater."""
    return ValueSet(only=frozenset(n for n in (-1, 0, 1) if compare_values(operator, n, 0)))
