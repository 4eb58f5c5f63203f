"""Countries of accounts that are neither a code nor a name: their holidays are the workspace's, so runs warn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..calendar.countries import iso_country
from ..core.problems import Problem
from ..text.name_most import count_accounts, name_most


def unknown_countries(counts: Mapping[str, int]) -> Counter[str]:
    """Return those countries that are not known, of numbers of accounts by country; missing ones don't count."""
    return Counter({name: n for name, n in counts.items() if name and iso_country(name) is None})


def country_warnings(unknown: Counter[str], country: str) -> list[Problem]:
    """Return a warning that counts and names the unknown countries, if there are any.

    Args:
        unknown: The number of accounts by unknown country.
        country: The workspace's country.
    """
    if not unknown:
        return []
    hint = f"their working days are those of {country}; write a code such as `FR`, or the country's name"
    message = f"the country of {count_accounts(unknown.total())} is not known: {name_most(unknown)}"
    return [Problem("unknown-country", message, None, hint, severity="warning")]
