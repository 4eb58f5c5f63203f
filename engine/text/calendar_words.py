"""Names of months and weekdays in English, French and German, whole or short, with their numbers."""

from __future__ import annotations

_MONTHS = (
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
_WEEKDAYS = (
    "monday mon lundi lun montag",
    "tuesday tue tues mardi dienstag",
    "wednesday wed mercredi mer mittwoch",
    "thursday thu thur thurs jeudi jeu donnerstag",
    "friday fri vendredi ven freitag",
    "saturday sat samedi sam samstag",
    "sunday sun dimanche dim sonntag",
)

MONTH_NUMBERS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
"""The number of the month by its name in lower case."""
WEEKDAY_NUMBERS = {
    name: number for number, names in enumerate(_WEEKDAYS, 1) for name in names.split()
}
"""The number of the weekday, 1 for Monday, by its name in lower case."""


def names_pattern(names: dict[str, int]) -> str:
    """Return the regular expression of the names, the longest first."""
    return "|".join(sorted(names, key=lambda name: (-len(name), name)))
