"""A figure of a metric in words: its value, its level, its target, as the readers of a language write them.

In: figures, or values with their unit, and a language; out: text. The rule: a value is rounded once, halves away from
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from ..core.languages import Texts, choose_text
from ..metrics.metric_snapshots import NONE
from ..metrics.metric_value import Bands, Figure, FigureUnit, Target
from ..text.translations import translate
from .locale_format import localized_number, money_text, percent_sign

EXACT_DIGITS: dict[FigureUnit, Decimal] = {
    "percent": Decimal("0.0001"),
    "points": Decimal("0.0001"),
    "amount": Decimal("0.01"),
    "count": Decimal(1),
    "rating": Decimal("0.01"),
    "months": Decimal("0.01"),
}
"""To what programs get a value: halves are rounded away from nothing."""

SHOWN_DIGITS: dict[FigureUnit, int] = {
    "percent": 1,
    "points": 1,
    "amount": 2,
    "count": 0,
    "rating": 1,
    "months": 1,
}
"""To how many decimals people see a value."""


def figure_value_text(figure: Figure, language: str) -> str:
    """`107.0%`, `€12,000`, `2.2 months`; n/a where there is no value."""
    value, unit = figure.value, figure.metric.unit
    if value is None:
        return word("n/a", language)
    if unit == "amount":
        return money_text(exact_digits(value, unit), language, figure.currency or "")
    number = localized_number(rounded(value, unit), language, SHOWN_DIGITS[unit])
    if unit == "percent":
        return percent_sign(number, language)
    return f"{number} {word(unit, language)}" if unit in ("months", "points") else number


def group_text(group: str | None, language: str) -> str:
    """Return the name of a group, or the words for accounts without a value and for all accounts.

    A group that is named as one of these words is quoted.
    """
    reserved = {None: word("all", language), NONE: word("none", language)}
    if group is None or group == NONE:
        return reserved[group]
    return f'"{group}"' if group in reserved.values() else group


def level_text(figure: Figure, language: str) -> str:
    """Return the band's name, or the colour with the target it is judged by."""
    level, scale = figure.level, figure.metric.scale
    if level is None or scale is None or figure.value is None:
        return ""
    if isinstance(scale, Bands):
        return choose_text(scale.of(figure.value).title, language)
    return f"{word(level, language)} ({target_text(scale, figure.metric.unit, language)})"


def target_text(target: Target, unit: FigureUnit, language: str) -> str:
    """`> 95%, alert < 85%`."""
    goal = _bound(target.goal, unit, language)
    text = f"{'>' if target.strictly else '≥'} {goal}"
    if target.alert is None:
        return text
    return f"{text}, {word('alert', language)} < {_bound(target.alert, unit, language)}"


def bands_text(bands: Bands, unit: FigureUnit, language: str) -> str:
    """`Excellent ≥ 95%, Good ≥ 90%`: each band with its floor, the best first."""
    named = (
        choose_text(band.title, language)
        + (f" ≥ {_bound(band.floor, unit, language)}" if band.floor is not None else "")
        for band in bands.bands
    )
    return ", ".join(named)


def exact_digits(value: Decimal, unit: FigureUnit) -> Decimal:
    """Return the value to the digits that programs get."""
    return value.quantize(EXACT_DIGITS[unit], ROUND_HALF_UP)


def rounded(value: Decimal, unit: FigureUnit) -> Decimal:
    """Return the value to the digits that people see."""
    return value.quantize(Decimal(1).scaleb(-SHOWN_DIGITS[unit]), ROUND_HALF_UP)


def word(name: str, language: str) -> str:
    """Return a word of these listings."""
    return translate("figures", name, language)


def join_clauses(parts: Iterable[str], language: str) -> str:
    """Join clauses with semicolons, spaced as the language does."""
    return translate("punctuation", "semicolon", language).join(parts)


def notes_text(notes: Iterable[Texts], language: str) -> str:
    """Return the remarks on a figure, joined."""
    return join_clauses((choose_text(each, language) for each in notes), language)


def colon(language: str) -> str:
    """Return a colon, spaced as the language does."""
    return translate("punctuation", "colon", language)


def _bound(value: Decimal, unit: FigureUnit, language: str) -> str:
    number = localized_number(value, language)
    return percent_sign(number, language) if unit == "percent" else number
