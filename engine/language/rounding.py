"""Rounding of computed numbers: two numbers that are equal as decimals are equal, although their last bits differ.

Numbers are binary floats, so each value that is read and each operation can be off by half of the last bit of the
largest number involved. Both executors count these roundings, and take numbers that near as equal.
"""

from __future__ import annotations

import sys

from .expressions import Arithmetic, Call, Expression
from .functions import FUNCTIONS
from .operands import unalias


def roundings(e: Expression) -> int:
    """Return the roundings in a number: 1 for a number as it is read, more for a computed one."""
    e = unalias(e)
    if isinstance(e, Arithmetic):
        left, right = roundings(e.left), roundings(e.right)
        return 1 + (left + right if e.operator in "*/" else max(left, right))
    if isinstance(e, Call):
        size = FUNCTIONS[e.function].size
        if size == "arguments":
            return max(roundings(argument) for argument in e.arguments)
        return 2 if size == "change" else 1
    return 1


def is_computed(e: Expression) -> bool:
    """Return whether an expression is a number that can have rounding errors."""
    return e.type == "number" and roundings(e) > 1


def relative_tolerance(*numbers: Expression) -> float:
    """Return how far apart equal numbers may be, relative to the sum of the magnitudes of what they are made of."""
    return sys.float_info.epsilon * max(roundings(number) for number in numbers)
