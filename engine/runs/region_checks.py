"""Regions of accounts that are neither a code nor a name: their holidays are those of the country, so runs warn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..calendar.regions import is_known_region, near_region
from ..core.problems import Problem
from ..text.name_most import count_accounts, most_frequent, name_most, shorten

WrittenPlace = tuple[str | None, str | None]
"""An account's country and region, as the export has them."""


def unknown_regions(counts: Mapping[WrittenPlace, int], default: str) -> Counter[WrittenPlace]:
    """Return the places whose region is not known, of numbers of accounts by place; missing ones don't count.

    Args:
        counts: The number of accounts by place.
        default: The workspace's place.
    """
    unknown: Counter[WrittenPlace] = Counter()
    for (country, region), accounts in counts.items():
        if region and region.strip() and not is_known_region(country, region, default):
            unknown[country, region] += accounts
    return unknown


def region_warnings(unknown: Counter[WrittenPlace], default: str) -> list[Problem]:
    """Return a warning that counts and names the unknown regions, if there are any.

    Args:
        unknown: The number of accounts by place with an unknown region.
        default: The workspace's place.
    """
    if not unknown:
        return []
    by_region: Counter[str] = Counter()
    for (_, region), accounts in unknown.items():
        by_region[region or ""] += accounts
    message = (
        f"the region of {count_accounts(unknown.total())} is not known: {name_most(by_region)}"
    )
    first = most_frequent(by_region)[0]
    countries = (country for country, region in unknown if region == first)
    near = near_region(min(countries, key=str), first, default)
    hint = "their working days are those common to their country; " + (
        f"`{shorten(first)}` may be `{near}`"
        if near
        else "write a code such as `GB-ENG`, or the region's name"
    )
    return [Problem("unknown-region", message, None, hint, severity="warning")]
