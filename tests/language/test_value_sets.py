"""Sets of values: which are certain to be within which, against the values themselves."""

from __future__ import annotations

from itertools import product

import pytest
from tenure.engine.language.value_sets import ValueSet

TRIED = [None, *(number / 2 for number in range(-2, 11))]
"""The sets differ from each other in whole numbers from 0 to 4, halves between them, and the missing value."""

NOTHING = ValueSet(known=False)
MISSING = ValueSet(known=False, missing=True)
KNOWN = ValueSet()
ALL = ValueSet(missing=True)
SETS = {
    "nothing": NOTHING,
    "missing": MISSING,
    "known": KNOWN,
    "all": ALL,
    "from 1 to 3": ValueSet(low=1.0, high=3.0),
    "above 1 and below 3": ValueSet(low=1.0, low_in=False, high=3.0, high_in=False),
    "from 2": ValueSet(low=2.0),
    "to 2, or missing": ValueSet(high=2.0, missing=True),
    "1 and 3": ValueSet(only=frozenset([1.0, 3.0])),
    "1 and 3, of those below 2": ValueSet(only=frozenset([1.0, 3.0]), high=2.0),
    "all but 2": ValueSet(without=frozenset([2.0])),
    "from 1 to 3 but 2, or missing": ValueSet(
        low=1.0, high=3.0, without=frozenset([2.0]), missing=True
    ),
}


def values_of(values: ValueSet) -> set[float | None]:
    """Those of the values tried that are in a set."""
    return {each for each in TRIED if (values.missing if each is None else each in values)}


@pytest.mark.parametrize(("inner", "outer"), [*product(SETS, SETS)])
def test_a_set_is_within_another_only_with_all_its_values(inner: str, outer: str) -> None:
    certain = SETS[inner].within(SETS[outer])
    really = values_of(SETS[inner]) <= values_of(SETS[outer])
    assert really or not certain


@pytest.mark.parametrize(
    ("inner", "outer", "certain"),
    [
        *((name, name, True) for name in SETS if not name.startswith(("1 and", "all but"))),
        ("nothing", "missing", True),
        ("nothing", "1 and 3", True),
        ("missing", "all", True),
        ("missing", "to 2, or missing", True),
        ("missing", "known", False),
        ("missing", "nothing", False),
        ("known", "all", True),
        ("all", "known", False),
        ("above 1 and below 3", "from 1 to 3", True),
        ("from 1 to 3", "above 1 and below 3", False),
        ("1 and 3", "from 1 to 3", True),
        ("1 and 3, of those below 2", "to 2, or missing", True),
        ("1 and 3", "all but 2", True),
        ("from 1 to 3", "all but 2", False),
    ],
)
def test_some_are_certain_to_be_within(inner: str, outer: str, certain: bool) -> None:
    assert SETS[inner].within(SETS[outer]) is certain


@pytest.mark.parametrize(("one", "other"), [*product(SETS, SETS)])
def test_an_intersection_has_the_values_of_both(one: str, other: str) -> None:
    met = SETS[one].meet(SETS[other])
    assert values_of(met) == values_of(SETS[one]) & values_of(SETS[other])
    assert not met.empty or not values_of(met)
