"""Names of months in English, French and German, whole or short, as the numbers that dates are read with."""

from __future__ import annotations

import re

import polars as pl

from ..text.calendar_words import MONTH_NUMBERS, names_pattern

_MARK = "~"
"""Written before a month's number, so that a format with the day first reads no other text."""

NUMBER_OF = {name: f"{_MARK}{number:02}" for name, number in MONTH_NUMBERS.items()}
"""The marked number of the month by its name."""

NAME_PATTERN = names_pattern(MONTH_NUMBERS)
"""A regular expression for a name in lower case."""

_BY_NAME = re.compile("%[bB]")
_ORDINAL = r"(^|[^0-9])([0-9]{1,2})(?:er|st|nd|rd|th)\b"


def has_month_name(format: str) -> bool:
    """Return whether a format writes the month by its name."""
    return _BY_NAME.search(format) is not None


def with_month_numbers(texts: pl.Series, format: str) -> tuple[pl.Series, str]:
    """Return dates with the number of the month in place of its name, and the format that reads these.

    The point after a short name, and the ending of a day such as `1er` or `2nd`, are left out. Texts without the name
    of a month become null.
    """
    point = "" if re.search(r"%[bB]\.", format) else r"\.?"
    parts = rf"^(?<before>(?:.*?[^\p{{L}}])?)(?<name>(?i:{NAME_PATTERN})){point}(?<after>(?:[^\p{{L}}].*)?)$"
    days = texts.str.normalize("NFC").str.replace(_ORDINAL, "${1}${2}")
    part = days.to_frame("text").select(pl.col("text").str.extract_groups(parts).alias("part"))
    found = part.unnest("part").with_columns(
        pl.col("name").str.to_lowercase().replace_strict(NUMBER_OF, default=None)
    )
    whole = pl.concat_str("before", "name", "after")
    numbered = found.select(whole.str.replace_all(r"\s+", " ")).to_series()
    return numbered.alias(texts.name), _BY_NAME.sub(f"{_MARK}%m", format)
