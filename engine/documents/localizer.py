"""The texts of a page or a deck in one language, with numbers, dates and amounts as its readers write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ..reports.locale_format import (
    count_text,
    date_text,
    localized_number,
    money_text,
    month_text,
    percent_sign,
    short_date_text,
)
from ..text.translations import translate

MOST_DECIMALS = 10
"""Decimals of a number: a page's own template says how many."""


@dataclass(frozen=True, slots=True)
class Localizer:
    """Writes the texts of a section of the catalogues in a language that has one."""

    language: str
    section: str

    def __call__(self, key: str, **values: object) -> str:
        """Return a text of the section, with values in its places."""
        return translate(self.section, key, self.language, **values)

    @property
    def colon(self) -> str:
        """Return the colon, with the space that the language has before it."""
        return translate("punctuation", "colon", self.language)

    def named(self, values: Iterable[tuple[str, str]]) -> str:
        """Return values after their names: `Churn: $5; New: $7`."""
        semicolon = translate("punctuation", "semicolon", self.language)
        return semicolon.join(f"{name}{self.colon} {value}" for name, value in values)

    def number(self, value: int | Decimal, decimals: int = -1) -> str:
        """`1,234.5`, `1 234,5`."""
        return localized_number(value, self.language, min(decimals, MOST_DECIMALS))

    def percent(self, number: str) -> str:
        """Return a number as a percentage: `86.1%`, `86,1 %`."""
        return percent_sign(number, self.language)

    def exact_percent(self, value: int | Decimal) -> str:
        """Return a share in percent with its decimals, up to two: `86.12%`, `86,12 %`."""
        return self.percent(self.number(value))

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

    def count(self, noun: str, number: int) -> str:
        """Return a number with its noun, a key of the section `counts`: `1 action`, `2 actions`."""
        return count_text(noun, number, self.language)
