"""Names of weekdays before dates in English, French and German, whole or short, which a date is read without."""

from __future__ import annotations

import re

import polars as pl

_SHORT = (
    "mon tue tues wed thu thur thurs fri sat sun lun mar mer jeu ven sam dim mo di mi do fr sa so"
)
_WHOLE = (
    "monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag"
)
_PATTERN = "|".join(sorted((_SHORT + " " + _WHOLE).split(), key=lambda name: (-len(name), name)))
_BEFORE = rf"^(?i:({_PATTERN}))(\.?,? +)"
_BEFORE_DATE = re.compile(_BEFORE)
_IN_FORMAT = re.compile(r"^%[aA]\.?,? +")


def has_weekday(format: str) -> bool:
    """Return whether a format begins with the name of a weekday."""
    return _IN_FORMAT.match(format) is not None


def without_weekday(texts: pl.Series, format: str) -> tuple[pl.Series, str]:
    """Return dates without the weekday in front, and the format that reads these; texts without one become null."""
    named = texts.str.contains(_BEFORE)
    bare = texts.str.replace(_BEFORE, "").set(~named, None)
    return bare, _IN_FORMAT.sub("", format)


def weekday_format(text: str) -> tuple[str, str]:
    """Return how a text writes the weekday in front, such as `%a, `, and the rest; empty where it has none."""
    match = _BEFORE_DATE.match(text)
    if match is None:
        return "", text
    directive = "%a" if match[1].lower() in _SHORT.split() else "%A"
    return directive + match[2], text[match.end() :]
