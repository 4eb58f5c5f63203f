"""Values as a letter writes them, in French and in English.

In: a plain value and a language code; out: text. Any language but French is written as English is.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
CURRENCY_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
NO_BREAK = "\u00a0"
NARROW = "\u202f"
"""What French puts between thousands: a narrow space that does not break."""


def plain_text(value: object, language: str) -> str:
    """A value with no filter: dates in words, whole numbers without a point, yes and no."""
    if isinstance(value, bool):
        words = ("oui", "non") if is_french(language) else ("yes", "no")
        return words[0] if value else words[1]
    if isinstance(value, dt.timedelta):
        return str(value.days)
    if isinstance(value, dt.date):
        return date_text(value, language)
    if isinstance(value, float | Decimal):
        return localized_number(value, language, grouped=False)
    return str(value)


def date_text(value: dt.date, language: str) -> str:
    """`31 janvier 2026`, `1er mars 2026`, `31 January 2026`."""
    if not isinstance(value, dt.date):
        raise TypeError(value)
    if is_french(language):
        day = "1er" if value.day == 1 else str(value.day)
        return f"{day} {FRENCH_MONTHS[value.month - 1]} {value.year}"
    return f"{value.day} {ENGLISH_MONTHS[value.month - 1]} {value.year}"


def localized_number(
    value: float | Decimal, language: str, decimals: int = -1, grouped: bool = True
) -> str:
    """`1 234,5` or `1,234.5`: as many decimals as asked for, else two at most."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(value)
    text = f"{value:,.{2 if decimals < 0 else decimals}f}"
    if decimals < 0:
        text = text.rstrip("0").rstrip(".")
    if text.strip("-0,.") == "":
        text = text.lstrip("-")
    group, point = (NARROW, ",") if is_french(language) else (",", ".")
    whole, _, rest = text.partition(".")
    whole = whole.replace(",", group if grouped else "")
    return f"{whole}{point}{rest}" if rest else whole


def range_text(least: int, most: int, language: str) -> str:
    """`45 to 60` or `45 à 60`; one number where both are the same."""
    if least == most:
        return str(least)
    return f"{least} à {most}" if is_french(language) else f"{least} to {most}"


def money_text(value: float | Decimal, language: str, currency: str) -> str:
    """`12 000 €` or `€12,000`: whole amounts without cents; a code where there is no sign."""
    number = localized_number(value, language, -1 if value == int(value) else 2)
    sign = CURRENCY_SIGNS.get(currency, currency)
    if not sign:
        return number
    if is_french(language):
        return f"{number}{NO_BREAK}{sign}"
    if sign == currency:
        return f"{sign}{NO_BREAK}{number}"
    return f"-{sign}{number[1:]}" if number.startswith("-") else f"{sign}{number}"


def percent_text(value: float | Decimal, language: str) -> str:
    """A share as a percentage: 0.125 is `12,5 %` or `12.5%`."""
    # Not `round(...)`: of either kind of number, mypy takes it for anything at all.
    number = localized_number((value * 100).__round__(1), language)
    return f"{number}{NO_BREAK}%" if is_french(language) else f"{number}%"


def quarter_text(value: dt.date, _language: str) -> str:
    """The quarter that a date is in, `Q1` to `Q4` in either language."""
    if not isinstance(value, dt.date):
        raise TypeError(value)
    return f"Q{(value.month + 2) // 3}"


def is_french(language: str) -> bool:
    """Whether a language code is French: `fr`, `fr-CA`."""
    return language.lower().split("-")[0].split("_")[0] == "fr"
