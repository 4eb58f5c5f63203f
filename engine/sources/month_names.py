"""Names of months in English, French and German, whole or short, as the numbers that dates are read with."""

from __future__ import annotations

import re

import polars as pl

_NAMES = (
    "january jan janvier janv januar jän jänner",
    "february feb février fevrier févr fevr fév fev februar",
    "march mar mars märz maerz mrz mär",
    "april apr avril avr",
    "may mai",
    "june jun juin juni",
    "july jul juillet juil juli",
    "august aug août aout",
    "september sept sep septembre",
    "october oct octobre oktober okt",
    "november nov novembre",
    "december dec décembre decembre déc dez dezember",
)
"""The names of each month, in lower case."""

_MARK = "~"
"""Written before a month's number, so that a format with the day first reads no other text."""

NUMBER_OF = {
    name: f"{_MARK}{place:02}" for place, names in enumerate(_NAMES, 1) for name in names.split()
}
"""The marked number of the month by its name."""

NAME_PATTERN = "|".join(sorted(NUMBER_OF, key=lambda name: (-len(name), name)))
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
