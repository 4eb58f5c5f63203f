"""Inputs of the ROI calculator: an account, or five numbers.

This module imports nothing heavy, because the command line shows these names in its help.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from ..text.written_values import number_hint, number_readings

ROI_INPUTS = ("hours", "rate", "reduction", "licence", "setup")
"""The numbers of the calculator, in the order of the fields of `Investment`."""

_LIMIT = 10**15
"""Numbers are smaller than this, also those written as text."""
_NUMBER = re.compile(r"(\d{1,15}(?:\.\d{1,6})?) ?(%?)", re.ASCII)


class RoiInputError(ValueError):
    """Error for inputs that do not go together.

    Args:
        message: The message; `{}` is where the names go.
        names: The names of the inputs.
    """

    def __init__(self, message: str, *names: str) -> None:
        self.message, self.names = message, names
        super().__init__(self.text())

    def text(self, prefix: str = "") -> str:
        """Return the message, with `prefix` before each name."""
        return self.message.format(", ".join(f"{prefix}{name}" for name in self.names))


def read_roi_number(name: str, value: object) -> Decimal:
    """Return an input of the calculator as a number.

    Args:
        name: One of `ROI_INPUTS`.
        value: The number, or its text. The reduction is a share: `0.3`, or the text `30%`.

    Raises:
        ValueError: It is not such a number.
    """
    share = name == "reduction"
    if isinstance(value, str) and len(number_readings(value)) > 1:
        raise ValueError(f"{value} can be two numbers; {number_hint(value)}.")
    number = _of_text(value, share) if isinstance(value, str) else _of_number(value)
    example = "30% or 0.3" if share else "17600 or 35.50"
    if number is None:
        raise ValueError(f"{value!r} is not a number; write it as {example}.")
    if not 0 <= number < _LIMIT:
        raise ValueError(f"{value} is negative or too large; write it as {example}.")
    if share and number > 1:
        raise ValueError(f"{value} is more than all of it; write 30% or 0.3.")
    return number


def _of_text(text: str, share: bool) -> Decimal | None:
    match = _NUMBER.fullmatch(text)
    if match is None or (match[2] and not share):
        return None
    return Decimal(match[1]) / (100 if match[2] else 1)


def _of_number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None


def given_inputs(account: str | None, numbers: Mapping[str, Decimal | None]) -> list[str]:
    """Return the names of the inputs that are given."""
    inputs = {"account": account, **numbers}
    return [name for name, value in inputs.items() if value is not None]
