"""Sets of values: an interval, less some values; or some values only; or missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .expressions import ConstantValue
from .interpreter import compare_values


@dataclass(frozen=True, slots=True)
class ValueSet:
    """Known values between two ends (None is no end) that are among `only` and not among `without`.

    With `missing`, a missing value belongs to it too; with `known` false, no known value does.
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
        """Whether a known value belongs to it."""
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
        """Whether it is sure that nothing belongs to it."""
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
        """What belongs to both."""
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
        """Whether it is sure that all that belongs to it belongs to the other."""
        if self.missing and not other.missing:
            return False
        if not self.known:
            return True
        if self.only is not None:
            return all(value in other for value in self.only if value in self)
        if not other.known or other.only is not None:
            return False
        ends = _ends_within(self, other)
        return ends and not any(value in self for value in other.without)


def _tighter(
    a: ConstantValue | None, a_in: bool, b: ConstantValue | None, b_in: bool, sign: str
) -> tuple[ConstantValue | None, bool]:
    if a is None or (b is not None and compare_values(sign, b, a)):
        return b, b_in
    if b is not None and a == b:
        return a, a_in and b_in
    return a, a_in


def _ends_within(inner: ValueSet, outer: ValueSet) -> bool:
    low = _tighter(inner.low, inner.low_in, outer.low, outer.low_in, ">")
    high = _tighter(inner.high, inner.high_in, outer.high, outer.high_in, "<")
    return low == (inner.low, inner.low_in) and high == (inner.high, inner.high_in)


ANY_VALUE = ValueSet()
"""Every known value."""
NO_VALUE = ValueSet(missing=True, known=False)
"""The missing value alone."""


def value_set(operator: str, value: ConstantValue) -> ValueSet:
    """What stands so to a value: below it, at most it, and so on."""
    if operator in ("==", "!="):
        return values([value], operator == "==")
    if operator in (">", ">="):
        return ValueSet(low=value, low_in=operator == ">=")
    return ValueSet(high=value, high_in=operator == "<=")


def values(listed: Iterable[ConstantValue], among: bool) -> ValueSet:
    """The values listed, or every known value but these."""
    found = frozenset(listed)
    return ValueSet(only=found) if among else ValueSet(without=found)


def ordering(operator: str) -> ValueSet:
    """How two values may stand to each other: -1 the first is smaller, 0 equal, 1 larger."""
    return ValueSet(only=frozenset(n for n in (-1, 0, 1) if compare_values(operator, n, 0)))
