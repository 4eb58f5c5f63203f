"""Advice for a column with bad values: the settings of `fields.yaml` with which they would be read."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ..fields.catalogue import EITHER, EPOCHS, FieldSpec
from ..text.suggest import suggest
from .convert import convert
from .number_styles import shown_style, style_of

DATE_FORMATS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y%m%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d %b %Y",
    "%d. %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d/%b/%Y",
    "%b %d, %Y",
    "%B %d %Y",
    *EPOCHS,
)
"""Ways in which exports write dates, the most usual first."""

_TIMES = (
    *(" %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %I:%M %p", " %H:%M:%S %z"),
    *("%H%M%S", "T%H%M%SZ", " at %I:%M %p", " à %H:%M", " um %H:%M"),
)
"""Times after a date."""
_WEEKDAYS = ("%a, ", "%A, ", "%a ", "%A ")
"""Weekdays before a date."""

WORDS_FOR_NOTHING = frozenset(
    ("n/a", "na", "#n/a", "-", "--", "null", "none", "nil", "nan", "unknown", "?")
)
"""Words that exports have for no value."""

_DIGITS_OF_EPOCHS = {
    "unix seconds": range(9, 12),
    "unix milliseconds": range(12, 15),
    "excel days": range(5, 6),
}
"""Numbers with fewer digits are before 1974, in days before 1927, or are other numbers."""
_EXAMINED = 1000
"""The most different values that are examined."""


def how_to_read(written: Sequence[str], spec: FieldSpec, others: bool = False) -> str | None:
    """Return advice for bad values of a column; None if nothing reads them all.

    Args:
        written: The values, each of them once.
        spec: The field.
        others: True if the column has other values, which are good and must stay so.
    """
    texts = [text.strip() for text in written[:_EXAMINED]]
    words = [text for text in texts if text.lower() in WORDS_FOR_NOTHING]
    values = [text for text in texts if text.lower() not in WORDS_FOR_NOTHING]
    advice = [f"if they mean no value, say `missing: [{_quoted(words)}]`"] if words else []
    if values:
        setting = _setting(values, spec, others)
        if setting is None:
            return None
        advice.insert(0, setting)
    return "; ".join(advice)


def _setting(values: Sequence[str], spec: FieldSpec, others: bool) -> str | None:
    if spec.type == "date":
        return _date_format(values, f"{spec.format or '%Y-%m-%d'}{EITHER}" if others else "")
    if spec.type == "number":
        return _number_style(values, spec)
    if spec.type == "boolean" or spec.values:
        meanings = ", ".join(spec.values) or "true, false"
        near = suggest(values[0], spec.values) or "..."
        return f"say which of {meanings} each word means: `translate: {{{values[0]}: {near}}}`"
    return None


def _date_format(values: Sequence[str], good: str) -> str | None:
    fitting = [form for form in DATE_FORMATS if _reads(values, form)]
    fitting = fitting or [form for form in _longer_formats(values[0]) if _reads(values, form)]
    if not fitting:
        return None
    if len(fitting) == 1:
        return f'say `format: "{good}{fitting[0]}"`'
    return f'say `format: "{good}{fitting[0]}"` if the day comes first, or `format: "{good}{fitting[1]}"`'


def _longer_formats(text: str) -> list[str]:
    """Return the formats with a time or a weekday that read a text."""
    days = [form for form in DATE_FORMATS if form not in EPOCHS]
    longer = [day + time for day in days for time in _TIMES]
    named = [weekday + day for day in days for weekday in _WEEKDAYS if "%b" in day or "%B" in day]
    return [form for form in (*longer, *named) if _reads([text], form)]


def _reads(values: Sequence[str], form: str) -> bool:
    """Return whether a run reads all of these as dates in a format; numbers of few digits count no seconds."""
    if form in EPOCHS:
        wanted = _DIGITS_OF_EPOCHS[form]
        if any(len(text.partition(".")[0]) not in wanted for text in values):
            return False
    texts = pl.Series(values, dtype=pl.String)
    read, _ = convert(texts, FieldSpec("date", "date", format=form), "UTC")
    return read.null_count() == 0


def _number_style(values: Sequence[str], spec: FieldSpec) -> str | None:
    style = style_of(values)
    if style is None:
        return None
    if style._replace(percent=spec.numbers.percent) == spec.numbers and spec.unit == "share":
        style = style._replace(percent=True)
    return f"say `numbers: {shown_style(style)}`" if style != spec.numbers else None


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words[:5])
