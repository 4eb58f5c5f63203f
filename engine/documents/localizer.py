"""How a page or a deck speaks: one language, and numbers, dates and amounts as it writes them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ..reports.locale_format import (
    date_text,
    is_french,
    localized_number,
    money_text,
    month_text,
    percent_sign,
    short_date_text,
)

MOST_DECIMALS = 10
"""Decimals of a number: a page's own template says how many."""


@dataclass(frozen=True, slots=True)
class Localizer:
    """Speaks French where the language is that, else English."""

    language: str

    def __call__(self, english: str, french: str) -> str:
        """Whichever of the two texts is in its language."""
        return french if is_french(self.language) else english

    def number(self, value: int | Decimal, decimals: int = -1) -> str:
        """`1,234.5`, `1 234,5`."""
        return localized_number(value, self.language, min(decimals, MOST_DECIMALS))

    def percent(self, number: str) -> str:
        """Return a number as a percentage: `86.1%`, `86,1 %`."""
        return percent_sign(number, self.language)

    def date(self, value: dt.date) -> str:
        """`2 March 2026`."""
        return date_text(value, self.language)

    def day(self, value: dt.date) -> str:
        """Return a day not far from now: `2 Mar`, `2 mars`."""
        return short_date_text(value, self.language)

    def month(self, value: dt.date) -> str:
        """`March 2026`."""
        return month_text(value, self.language)

    def money(self, value: Decimal, currency: str | None) -> str:
        """Return an amount in whole units of its currency: a page shows no cents."""
        whole = value.quantize(Decimal(1), ROUND_HALF_UP)
        return money_text(whole, self.language, currency or "")

    def count(self, number: int, english: tuple[str, str], french: tuple[str, str]) -> str:
        """Return a number with its noun: `1 action`, `2 actions`. French has the plural from two on."""
        one, many = (english[0], english[1]) if not is_french(self.language) else french
        single = number == 1 or (number == 0 and is_french(self.language))
        return f"{self.number(number)} {one if single else many}"
