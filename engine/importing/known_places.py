"""Columns named like a region, by their values: `EMEA` is a region of sales, and has no holidays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..calendar.countries import iso_country
from ..calendar.regions import names_region
from .column_profile import ColumnProfile
from .knowledge import header_names, header_spellings

REGION, OTHER_REGION = "region", "sales_region"
"""The field that decides holidays, and the workspace's own field for a column that is only named like it."""

KNOWN_SHARE = 0.5
"""The share of a column's filled rows whose region must be known."""
_MOST_COUNTRIES = 12
_COUNTRIES = ("US", "CA", "GB", "DE", "FR", "CH", "AT", "ES", "IT", "AU")
"""Countries whose regions are looked for where an export and a workspace name none."""


def are_regions(profile: ColumnProfile, countries: Sequence[str]) -> bool:
    """Return whether most values of a column are regions of these countries; an empty column fits."""
    words = profile.values or profile.examples
    counted = dict(profile.words)
    rows = {word: counted.get(word, 1) for word in words}
    known = sum(
        count
        for word, count in rows.items()
        if any(names_region(country, word) for country in countries)
    )
    return known >= KNOWN_SHARE * sum(rows.values())


def countries_of(profiles: Iterable[ColumnProfile], default: str) -> list[str]:
    """Return the codes of the countries of an export: those that its columns name, and the workspace's."""
    words = [
        word
        for profile in profiles
        if any(
            known.field == "country"
            for spelling in header_spellings(profile.name)
            for known in header_names().get(spelling, ())
        )
        for word in profile.values
    ]
    codes = [code for word in words if (code := iso_country(word))]
    found = list(dict.fromkeys([*([default] if default else []), *codes]))
    return found[:_MOST_COUNTRIES] or list(_COUNTRIES)
