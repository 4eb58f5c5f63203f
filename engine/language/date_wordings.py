"""Dates, lengths of time and periods in the wordings of other tools and languages."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..core.offsets import Offset
from ..text.calendar_words import MONTH_NUMBERS, WEEKDAY_NUMBERS, names_pattern
from ..text.named_dates import NAMED_DATE, NAMED_PERIOD
from ..text.written_values import date_hint, unit_of
from .wording_rows import COUNT, NO_WORD, QUOTED, FoundWording, Wording, wording

_NO_DATE = "`{written}` is not a date here"
_TO_COME = ("next", "coming", "following")


def _ago(sign: str) -> Callable[[FoundWording], str | None]:
    """Return the hint for a number of units before or after today, in the first two groups."""

    def hint(found: FoundWording) -> str | None:
        length = _length(found.match[1], found.match[2])
        return f"write today {sign} {length}" if length else None

    return hint


def _length(count: str | None, word: str) -> Offset | None:
    times, unit = unit_of(word) or (0, "days")
    number = int(count) if count and count.isdigit() else 1
    return Offset(number * times, unit) if times and unit != "business days" else None


def _relative(found: FoundWording) -> str | None:
    """Return the hint for `last month` or `next 30 days` after a comparison."""
    length = _length(found.match[3], found.match[4])
    if length is None:
        return None
    sign = "+" if found.match[2].lower() in _TO_COME else "-"
    if found.match[1] in ("<", "<=", ">", ">="):
        return f"write {found.match[1]} today {sign} {length}"
    ends = ("today", f"today + {length}") if sign == "+" else (f"today - {length}", "today")
    return f"say from when until when, as in renewal_date between {' and '.join(ends)}"


def _signed(found: FoundWording) -> str | None:
    """Return the hint for `< +30 days`, which counts from today, and for `< +30`."""
    operator, count, word = found.match.groups()
    if not word:
        return f"write {operator} {count}"
    length = _length(count, word)
    if length is None:
        return None
    counts = found.text[: found.match.start()].rstrip().endswith(")")
    return f"write {operator} {length}" if counts else f"write {operator} today + {length}"


def _unquoted_length(found: FoundWording) -> str | None:
    parts = re.fullmatch(r"['\"]?(\d{1,5})\s*(\w+)['\"]?", found.part(2))
    length = _length(parts[1], parts[2]) if parts else None
    return f"write {found.match[1] or ''}{length}" if length else None


def _named(found: FoundWording) -> str | None:
    return date_hint(" ".join(found.part(0).split()))


def _number_of(found: FoundWording, names: dict[str, int], function: str) -> str:
    """Return the hint for a month or weekday after a field, which may be a text too."""
    field, name = found.part(1), found.part(2)
    number = names[name.lower()]
    return f"write {function}({field}) == {number} if it is a date, {field} == '{name}' if it is a text"


_PRESENT = {
    "day": "{0} == today",
    "week": "1 - weekday(today) <= days_until({0}) <= 7 - weekday(today)",
    "month": "month({0}) == month(today) and -31 < days_until({0}) < 31",
    "quarter": "quarter_start({0}) == quarter_start(today)",
}
"""Tests of a date for the present day, week, month and quarter."""


def _present(found: FoundWording) -> str:
    field, unit = found.part(1), found.part(2).lower()
    if unit == "year":
        return f"compare the date, as in {field} between 2026-01-01 and 2026-12-31"
    return f"write {_PRESENT[unit].format(field)}"


_ENDS_OF_PERIODS = (
    "compare the date with another, with quarter_start(today), or in days, "
    "as in days_since(renewal_date) >= day(today)"
)
DATE_WORDINGS: tuple[Wording, ...] = (
    wording(rf"(?<![\w'\"\0]){NAMED_DATE}(?!['\"\0])", _NO_DATE, _named, always=True),
    wording(rf"(?<![\w'\"\0]){NAMED_PERIOD}(?!['\"\0])", _NO_DATE, _named),
    wording(
        rf"\b(month\s*\([^()]*\)\s*(?:==|!=|=|<>)\s*)({names_pattern(MONTH_NUMBERS)})\b",
        "months are numbers",
        lambda found: f"write {found.part(1)}{MONTH_NUMBERS[found.part(2).lower()]}",
        always=True,
    ),
    wording(
        rf"\b(weekday\s*\([^()]*\)\s*(?:==|!=|=|<>)\s*)({names_pattern(WEEKDAY_NUMBERS)})\b",
        "weekdays are numbers, from 1 for Monday",
        lambda found: f"write {found.part(1)}{WEEKDAY_NUMBERS[found.part(2).lower()]}",
        always=True,
    ),
    wording(
        r"\b(\w+)\s+(?:is|on|is\s+on|falls\s+on)\s+(?:an?\s+|the\s+)?week-?end\b",
        "weekdays are numbers, from 1 for Monday",
        "write weekday({1}) in (6, 7)",
    ),
    wording(r"\b(?:is\s+)?on(?=\s+\d{4}-\d\d-\d\d)", NO_WORD, "write =="),
    wording(r"\b(\d{1,2})(?:st|nd|rd|th)\b", "`{written}` is not a number here", "write {1}"),
    wording(
        rf"\b(\w+)\s+(?:is\s+|falls\s+)?in\s+({names_pattern(MONTH_NUMBERS)})\b(?!\s*[\d,(])",
        "months are numbers",
        lambda found: _number_of(found, MONTH_NUMBERS, "month"),
    ),
    wording(
        rf"\b(\w+)\s+(?:is|on|is\s+on|falls\s+on)\s+(?:a\s+)?({names_pattern(WEEKDAY_NUMBERS)})\b",
        "weekdays are numbers, from 1 for Monday",
        lambda found: _number_of(found, WEEKDAY_NUMBERS, "weekday"),
    ),
    wording(
        r"\b(\w+)\s+(?:is\s+)?(?:(?:in|within|==?|is)\s+)?(?:the\s+)?(?:this|current)\s+(day|week|month|quarter|year)\b",
        "`{written}` is a test of several dates",
        _present,
    ),
    wording(
        r"\b(?:the\s+)?(?:start|beginning|end)\s+of\s+(?:the\s+|this\s+)?(?:week|month|quarter|year)\b"
        r"|(?<=[<>=])\s*(?:the\s+)?(?:this|current)\s+(?:week|month|quarter|year)\b",
        _NO_DATE,
        _ENDS_OF_PERIODS,
    ),
    wording(rf"\b{COUNT}\s+(\w+)\s+ago\b", _NO_DATE, _ago("-")),
    wording(rf"\bil\s+y\s+a\s+{COUNT}\s+(\w+)\b", _NO_DATE, _ago("-")),
    wording(rf"\bvor\s+{COUNT}\s+(\w+)\b", _NO_DATE, _ago("-")),
    wording(
        rf"\b(?:in\s+)?{COUNT}\s+(\w+)\s+(?:from\s+(?:now|today)|hence)\b", _NO_DATE, _ago("+")
    ),
    wording(rf"(?<=[<>=])\s*(?:in|dans)\s+{COUNT}\s+(\w+)\b", _NO_DATE, _ago("+")),
    wording(
        r"(<=?|>=?|==?|\bis)\s*(?:the\s+)?(last|past|previous|next|coming|following)\s+(?:(\d{1,5})\s+)?(\w+)\b",
        "`{written}` does not say from which date on",
        _relative,
    ),
    wording(
        r"(<=?|>=?|==|!=)\s*\+\s*(\d{1,5})\s*([^\W\d]+)?",
        "numbers are written without `+`",
        _signed,
    ),
    wording(
        rf"()\binterval\s+({QUOTED}|\d{{1,5}}\s+\w+)",
        "a length of time is written as it is",
        lambda found: _unquoted_length(found._replace(text=found.text)),
    ),
    wording(
        rf"([+-] ?)({QUOTED})", "a length of time has no quotes", _unquoted_length, always=True
    ),
    wording(
        r"\bdate\s+['\"]\0{10}['\"]",
        "dates are written without quotes",
        lambda found: f"write {found.part(0)[-11:-1]}",
    ),
    wording(r"#(\d{4}-\d\d-\d\d)#", "dates are written without signs around them", "write {1}"),
    wording(
        r"(?<![\w-])(\d{4}-\d\d-\d\d)[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?",
        "dates are compared without a time of day",
        "write {1}",
    ),
)
