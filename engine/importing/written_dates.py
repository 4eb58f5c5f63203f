"""How a column writes its dates: the `format` that reads them, and other formats that would read them as well.

`03/04/2026` has two meanings. A column with a 31st decides it, else the file's other columns do, else its language.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import polars as pl

from ..fields.catalogue import EITHER, EPOCHS, FieldSpec
from ..sources.convert import convert
from ..sources.weekday_names import weekday_format

ISO = ""
"""The format of dates that need none: `2026-01-31`, with or without a time."""

DATE_SHARE = 0.8
"""The share of a column's values that must be dates in one format for it to be a column of dates."""

_TIMES = (
    *(
        "",
        " %H:%M",
        " %H:%M:%S",
        " %I:%M %p",
        " %I:%M:%S %p",
        ", %H:%M",
        ", %H:%M:%S",
        ", %I:%M %p",
        ", %I:%M:%S %p",
    ),
    *(
        "T%H:%M:%S",
        "T%H%M%S",
        "T%H%M%SZ",
        "%H%M%S",
        " %H:%M:%S %z",
        " %H:%M:%S UTC",
        " %H:%M:%S GMT",
    ),
    *(" at %H:%M", " at %I:%M %p", " à %H:%M", " um %H:%M", " %Hh%M"),
)
_DAYS = {
    r"\d{1,2}/\d{1,2}/\d{4}": ("%d/%m/%Y", "%m/%d/%Y"),
    r"\d{1,2}-\d{1,2}-\d{4}": ("%d-%m-%Y", "%m-%d-%Y"),
    r"\d{1,2}\.\d{1,2}\.\d{4}": ("%d.%m.%Y",),
    r"\d{1,2}/\d{1,2}/\d{2}": ("%d/%m/%y", "%m/%d/%y"),
    r"\d{1,2}\.\d{1,2}\.\d{2}": ("%d.%m.%y",),
    r"\d{1,2}-\d{1,2}-\d{2}": ("%d-%m-%y", "%m-%d-%y"),
    r"\d{4}/\d{1,2}/\d{1,2}": ("%Y/%m/%d",),
    r"\d{4}\.\d{1,2}\.\d{1,2}": ("%Y.%m.%d",),
    r"(?:19|20)\d{6}": ("%Y%m%d",),
    r"DAY NAME \d{4}": ("%d %B %Y",),
    r"DAY NAME \d{2}": ("%d %B %y",),
    r"\d{1,2}\. ?NAME \d{4}": ("%d. %B %Y", "%d.%B %Y"),
    r"\d{1,2}-NAME-\d{4}": ("%d-%B-%Y",),
    r"\d{1,2}-NAME-\d{2}": ("%d-%B-%y",),
    r"\d{1,2}/NAME/\d{4}": ("%d/%B/%Y",),
    r"\d{1,2}NAME\d{4}": ("%d%B%Y",),
    r"NAME DAY, \d{4}": ("%B %d, %Y",),
    r"NAME DAY \d{4}": ("%B %d %Y",),
    r"\d{4}-NAME-\d{1,2}": ("%Y-%B-%d",),
}
"""The formats to try by the shape of a date; DAY may have an ending, as in `1er`, and NAME is that of a month."""
_DAY, _NAME = r"\d{1,2}(?:er|st|nd|rd|th)?", r"[^\W\d_]{3,9}\.?"
_SHORT_NAME = re.compile(r"(?<![^\W\d_])[^\W\d_]{3}(?![^\W\d_])")
_EPOCH = re.compile(r"(?:\d{5}|\d{9,13})(?:\.\d+)?")
_EPOCH_YEARS = (dt.date(1990, 1, 1), dt.date(2100, 1, 1))
"""Other numbers are not dates of customers."""
_ORDERED = re.compile(r"%[dm][./-]%[dm]")
"""Formats in which the day comes first, or the month."""
_ISO_SHAPE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ].*)?")
_TIME_SHAPES = {
    "%H": r"\d{1,2}",
    "%I": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%p": r"[AaPp][Mm]",
    "%z": r"[+-]\d{2}:?\d{2}",
}


class DateStyle(NamedTuple):
    """The format of a column's dates, empty for ISO 8601; `other` would read all of them as well."""

    format: str
    other: str | None = None

    @property
    def separator(self) -> str:
        """Return the sign between day, month and year."""
        return next((sign for sign in "/.-" if sign in self.format), "")

    def settled(self, day_first: bool) -> DateStyle:
        """Return the style with the order of day and month decided."""
        if self.other is None or self.format.startswith("%d") == day_first:
            return self._replace(other=None)
        return DateStyle(self.other)


def date_style(values: pl.Series) -> DateStyle | None:
    """Return how these texts write dates; None if too few of them are dates."""
    shapes = formats_of(values.head(_LOOKED_AT).to_list())
    counts = {format: count_read(values, format) for format in shapes}
    most = max(counts.values(), default=0)
    if most < len(values) and len(shapes) > 1:
        either = {format: count_read(values, format) for format in _pairs(shapes)}
        if max(either.values(), default=0) > most:
            counts, most = either, max(either.values())
    if not most or most < DATE_SHARE * len(values):
        return None
    formats = [format for format, read in counts.items() if read == most]
    return DateStyle(formats[0], formats[1] if len(formats) > 1 else None)


def _pairs(formats: Sequence[str]) -> list[str]:
    """Return pairs of formats that two people may have used in a column, with the day in the same place."""
    pairs: list[str] = []
    # Of two formats, the one whose day and month may be mistaken goes first: it is the one that is asked about.
    numbered = sorted(formats, key=lambda format: format.startswith("%Y") or format == ISO)
    for first, second in combinations(numbered, 2):
        orders = {format[:2] for format in (first, second) if _ORDERED.match(format)}
        if len(orders) < 2:
            pairs.append(EITHER.join(format or "%Y-%m-%d" for format in (first, second)))
    return pairs


def count_read(values: pl.Series, format: str) -> int:
    """Return how many of the texts a run reads as dates in a format."""
    read, _ = convert(values, date_spec(format), "UTC")
    return len(read) - read.null_count()


def date_spec(format: str) -> FieldSpec:
    """Return a field of dates in a format."""
    return FieldSpec("date", "date", format=format or None)


def formats_of(texts: Sequence[str]) -> list[str]:
    """Return the formats that the shapes of some of these texts suggest."""
    found: dict[str, None] = {}
    for written in texts:
        text, weekday = unicodedata.normalize("NFC", written), ""
        if not _ANY_SHAPE.fullmatch(text):  # `Mar 12, 2026` has a month, and no Tuesday in French
            weekday, text = weekday_format(text)
        if not weekday and _ISO_SHAPE.fullmatch(text):
            found[ISO] = None
        if not _ANY_SHAPE.fullmatch(text):
            continue
        for shape, formats in _BY_SHAPE:
            if shape.fullmatch(text):
                # The weekday of a date in numbers would say which of them is the day; with a name that is clear.
                fitting = (each for each in formats if not weekday or "%B" in each)
                found.update(dict.fromkeys(weekday + each for each in fitting))
    # Runs read short and whole names alike; the format shows which one the export has.
    short = any(_SHORT_NAME.search(text) for text in texts)
    return [format.replace("%B", "%b") if short else format for format in found]


def epoch_of(texts: Sequence[str]) -> str:
    """Return the format of numbers that may count the time since a day; empty where few of them are such times."""
    for format, count in EPOCHS.items():
        least, most = ((year - count.since) / dt.timedelta(milliseconds=1) for year in _EPOCH_YEARS)
        times = [text for text in texts if _EPOCH.fullmatch(text)]
        fitting = [text for text in times if least <= float(text) * count.unit <= most]
        if fitting and len(fitting) >= DATE_SHARE * len(texts):
            return format
    return ""


_LOOKED_AT = 40
"""Values whose shapes are compared."""


def _shape_of_day(day: str) -> str:
    return day.replace("DAY", _DAY).replace("NAME", _NAME)


def _shape_of_time(time: str) -> str:
    for directive, shape in _TIME_SHAPES.items():
        time = time.replace(directive, shape)
    return time


_BY_SHAPE = tuple(
    (
        re.compile(_shape_of_day(day) + _shape_of_time(time)),
        tuple(format + time for format in formats),
    )
    for day, formats in _DAYS.items()
    for time in _TIMES
)
_ANY_SHAPE = re.compile("|".join(shape.pattern for shape, _ in _BY_SHAPE))
"""One look at a text that is not a date, instead of one for each shape."""
