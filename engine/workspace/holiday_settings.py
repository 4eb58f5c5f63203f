"""Reader of the workspace's region and of its `holidays` section: closing days and half days by country or region."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from ..calendar.countries import iso_country
from ..calendar.regions import is_known_region, near_region, place_of
from ..calendar.working_days import EVERYWHERE, OwnDays
from ..core.problems import ProblemList
from ..fields.yaml_values import child, date_value, list_items, map_entries, text_of
from ..text.yaml_nodes import Entry, Node

_ALL = "all"
"""The key of days for every account."""


def read_region(problems: ProblemList, node: Node | None, country: str) -> str:
    """Return the place of the workspace's region; empty without one."""
    name = text_of(node)
    if node is None or not name:
        return ""
    if not country:
        hint = "write the country too: `country: GB`"
        problems.report("unknown-region", "a region needs its country", node.span, hint)
        return ""
    if not is_known_region(country, name):
        message = f"no region of {country} is called `{name}`"
        problems.report("unknown-region", message, node.span, region_hint(country, name))
    return place_of(country, name)


def region_hint(country: str, name: str) -> str:
    """Return how to write a region that is not known."""
    near = near_region(country, name)
    return f"did you mean `{near}`?" if near else "write its code, such as `GB-ENG`, or its name"


def read_own_days(problems: ProblemList, node: Node | None) -> OwnDays:
    """Return the closing days and half days."""
    return OwnDays(
        _by_place(problems, child(node, "closed")), _by_place(problems, child(node, "half_days"))
    )


def _by_place(problems: ProblemList, node: Node | None) -> Mapping[str, frozenset[dt.date]]:
    by_place: dict[str, frozenset[dt.date]] = {}
    for entry in map_entries(node):
        place = _place(problems, entry)
        if place is not None:
            days = (date_value(item) for item in list_items(entry.value))
            by_place[place] = by_place.get(place, frozenset()) | {on for on in days if on}
    return by_place


def _place(problems: ProblemList, entry: Entry) -> str | None:
    """Return the place of a key; None, with a problem, where it is neither a country nor a region."""
    if entry.key == _ALL:
        return EVERYWHERE
    country = iso_country(entry.key)
    place = place_of(entry.key)
    if country is None:
        message = f"no country or region is called `{entry.key}`"
        hint = "write a code such as `FR` or `GB-ENG`, a country's name, or `all`"
        problems.report("unknown-country", message, entry.key_span, hint)
        return None
    if place == country and "-" in entry.key and not is_known_region(country, entry.key):
        message = f"no region of {country} is called `{entry.key}`"
        hint = region_hint(country, entry.key)
        problems.report("unknown-region", message, entry.key_span, hint)
        return None
    return place
