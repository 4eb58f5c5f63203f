"""Dates, numbers, amounts and shares as the readers of a language write them.

The forms are those of Unicode's CLDR, through Babel, which is imported when the first value is written. Three things
are Tenure's own: English dates have the day first; the first of a month is `1er` in French; a currency without a
common sign has its code, which is the same for every reader.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from ..core.languages import ENGLISH, shorter_tags
from ..core.list_texts import readable_list
from ..text.translations import shipped, translate

if TYPE_CHECKING:
    from babel import Locale

FRENCH = "fr"
CURRENCY_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
NO_BREAK = "\u00a0"
_NARROW_NO_BREAK = "\u202f"
_SHORTEST_MONTH = 3
"""Letters of an English month on the axis of a chart; CLDR has four for September alone."""


@dataclass(frozen=True, slots=True)
class NumberSigns:
    """The signs around and within a language's numbers; amounts and shares have text before and after the number."""

    point: str
    group: str
    sizes: tuple[int, int]
    """Digits of the last group, and of those before it."""
    minus: str
    amount: tuple[str, str]
    share: tuple[str, str]


def plain_text(value: object, language: str) -> str:
    """Return a value that no filter formats: dates in words, whole numbers without a point, yes and no, lists."""
    if isinstance(value, bool):
        return translate("values", "yes" if value else "no", language)
    if isinstance(value, dt.timedelta):
        return str(value.days)
    if isinstance(value, dt.date):
        return date_text(value, language)
    if isinstance(value, float | Decimal):
        return localized_number(value, language, grouped=False)
    return readable_list(str(value))


def date_text(value: dt.date, language: str) -> str:
    """Return a date in words: `31 janvier 2026`, `1er mars 2026`, `31 January 2026`, `31. Januar 2026`."""
    if not isinstance(value, dt.date):
        raise TypeError(value)
    return _date_text(value, language)


@lru_cache(maxsize=4096)
def _date_text(value: dt.date, language: str) -> str:
    from babel.dates import format_date

    written = format_date(value, "long", babel_locale(language))
    return re.sub("^1 ", "1er ", written) if is_french(language) else written


def month_text(value: dt.date, language: str) -> str:
    """Return the month of a date: `March 2026`, `mars 2026`, `März 2026`."""
    from babel.dates import format_skeleton

    return format_skeleton("yMMMM", value, locale=babel_locale(language))


def short_date_text(value: dt.date, language: str) -> str:
    """Return a date without its year, as short as a chart needs it: `2 Mar`, `2 mars`, `2. März`."""
    from babel.dates import format_date, format_skeleton

    locale = babel_locale(language)
    if locale.language == ENGLISH:
        return f"{value.day} {format_date(value, 'MMMM', locale)[:_SHORTEST_MONTH]}"
    return format_skeleton("MMMd", value, locale=locale)


def localized_number(
    value: float | Decimal, language: str, decimals: int = -1, grouped: bool = True
) -> str:
    """Return a number: `1 234,5`, `1,234.5`, `1.234,5`.

    Args:
        value: The number, which is rounded half to even.
        language: The tag of the language.
        decimals: Decimals to show; if negative, as many as there are, up to two.
        grouped: True if thousands are set apart.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(value)
    text = f"{value:.{2 if decimals < 0 else decimals}f}"
    if decimals < 0 and "." in text:
        text = text.rstrip("0").rstrip(".")
    if text.strip("-0.") == "":
        text = text.lstrip("-")
    signs = number_signs(language)
    minus, digits = (signs.minus, text[1:]) if text.startswith("-") else ("", text)
    whole, _, rest = digits.partition(".")
    if grouped and whole.isdecimal():
        whole = signs.group.join(_groups(whole, *signs.sizes))
    return f"{minus}{whole}{signs.point}{rest}" if rest else f"{minus}{whole}"


def _groups(digits: str, last: int, size: int) -> list[str]:
    """Return the groups of a number's digits: the last, and those of the given size before it."""
    before = digits[:-last]
    first = len(before) % size
    groups = [before[:first], *(before[at : at + size] for at in range(first, len(before), size))]
    return [group for group in (*groups, digits[-last:]) if group]


def range_text(least: int, most: int, language: str) -> str:
    """Return `45 to 60` or `45 à 60`; one number if both are the same."""
    if least == most:
        return str(least)
    return translate("values", "range", language, least=least, most=most)


def money_text(value: float | Decimal, language: str, currency: str) -> str:
    """Return an amount: `12 000 €` or `€12,000`, whole ones without cents; a code if there is no sign."""
    number = localized_number(value, language, -1 if value == int(value) else 2)
    sign = CURRENCY_SIGNS.get(currency, currency)
    if not sign:
        return number
    signs = number_signs(language)
    before, after = signs.amount
    if before == "¤" and sign == currency:
        return f"{sign}{NO_BREAK}{number}"
    return _with_affixes(number, before.replace("¤", sign), after.replace("¤", sign), signs.minus)


def percent_text(value: float | Decimal, language: str) -> str:
    """Return a share as a percentage: 0.125 is `12,5 %` or `12.5%`."""
    # Not `round(...)`: of either kind of number, mypy takes it for anything at all.
    return percent_sign(localized_number((value * 100).__round__(1), language), language)


def percent_sign(number: str, language: str) -> str:
    """Return a number, already written, as a percentage."""
    signs = number_signs(language)
    return _with_affixes(number, *signs.share, signs.minus)


def _with_affixes(number: str, before: str, after: str, minus: str) -> str:
    sign = minus if minus and number.startswith(minus) else ""
    return f"{sign}{before}{number[len(sign) :]}{after}"


def quarter_text(value: dt.date, language: str) -> str:
    """Return the quarter that a date is in, `Q1` to `Q4`."""
    if not isinstance(value, dt.date):
        raise TypeError(value)
    return translate("values", "quarter", language, number=(value.month + 2) // 3)


def is_french(language: str) -> bool:
    """Return whether a language tag is French: `fr`, `fr-CA`."""
    return FRENCH in shorter_tags(language)


@lru_cache(maxsize=256)
def number_signs(language: str) -> NumberSigns:
    """Return the signs of a language's numbers."""
    locale = babel_locale(language)
    # Digits are Latin in every language, and so are the signs around them.
    symbols = locale.number_symbols["latn"]
    sizes = locale.decimal_formats[None].grouping
    amount, share = locale.currency_formats["standard"], locale.percent_formats[None]
    return NumberSigns(
        symbols["decimal"],
        symbols["group"],
        (sizes[0], sizes[1]),
        symbols["minusSign"],
        (amount.prefix[0], amount.suffix[0]),
        # Releases of CLDR differ in the width of the space; amounts have this one.
        (share.prefix[0], share.suffix[0].replace(_NARROW_NO_BREAK, NO_BREAK)),
    )


@lru_cache(maxsize=256)
def babel_locale(language: str) -> Locale:
    """Return Babel's locale of a language tag, or of the next shorter one; international English if there is none.

    All of English has the day before the month, and all of French the spaces of France.
    """
    from babel import Locale, UnknownLocaleError

    if is_french(language):
        return Locale(FRENCH)
    for tag in shorter_tags(language):
        try:
            locale = Locale.parse(tag, sep="-")
        except (ValueError, TypeError, UnknownLocaleError):
            continue
        if locale.language != ENGLISH:
            return locale
    return Locale(ENGLISH, "001")


def count_text(noun: str, number: int, language: str) -> str:
    """Return a number with its noun, a key of the section `counts`: `1 action`, `2 actions`."""
    forms = shipped().section(f"counts.{noun}", language)
    form = babel_locale(language).plural_form(number)
    return forms.get(form, forms["other"]).format(number=localized_number(number, language))
