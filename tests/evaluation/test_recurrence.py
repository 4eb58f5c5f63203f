"""Actions that repeat while an account is in a state: each once, on its date, over columns as account by account."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from support.lives import Lives
from support.one_account import DAY, MONDAY, text

REPEATED = """\
machine:
  initial: s
  states:
    - {{id: s, do: [{{{action}}}]}}
    - {{id: gone, final: true}}
  transitions: [{{from: s, to: gone, when: account_id == 'nowhere'}}]
"""
EVERY_FIVE = "task: {owner: csm, when: vip, shift: none, repeat: {every: 5 days, at_most: 3}}"
EVERY_WORKING_DAY = "call: {owner: csm, repeat: {every: 1 business day, at_most: 4}}"


def lived(
    action: str, days: int, vips: Mapping[int, bool], off: Collection[int] = (), first: int = 0
) -> list[tuple[int, int, str]]:
    """Every entry: on which day it came, for which day, and its occurrence; `vips` has `vip` from the nth day on."""
    life = Lives(text(REPEATED.format(action=action)))
    life.put(vip=True)
    for n in range(first, days):
        if n in vips:
            life.put(vip=vips[n])
        if n not in off:
            life.day(MONDAY + n * DAY)
    rows = life.ledger.select("issued_on", "due_on", "occurrence").rows()
    return [((on - MONDAY).days, (due - MONDAY).days, name) for on, due, name in rows]


@pytest.mark.parametrize(
    ("vips", "off", "expected"),
    [
        ({}, (), [(0, 0, "1"), (5, 5, "2"), (10, 10, "3")]),
        # What is not wanted on its date is not caught up on the next one.
        ({5: False, 6: True}, (), [(0, 0, "1"), (10, 10, "3")]),
        ({0: False, 1: True}, (), [(5, 5, "2"), (10, 10, "3")]),
        # The latest one of the dates that were missed comes on the next.
        ({}, {4, 5}, [(0, 0, "1"), (6, 5, "2"), (10, 10, "3")]),
        ({}, {4, 5, 6, 7, 8, 9, 10}, [(0, 0, "1"), (11, 10, "3")]),
    ],
)
def test_an_occurrence_comes_on_its_date_or_on_the_first_one_after_it(
    vips: Mapping[int, bool],
    off: Collection[int],
    expected: list[tuple[int, int, str]],
) -> None:
    assert lived(EVERY_FIVE, 20, vips, off) == expected


def test_business_days_count_from_the_first_occurrence_on_a_working_day() -> None:
    # The state is entered on a Saturday: Monday is the first of four working days.
    found = lived(EVERY_WORKING_DAY, 16, {}, first=5)
    assert [(due, name) for _, due, name in found] == [(7, "1"), (8, "2"), (9, "3"), (10, "4")]


def test_an_occurrence_of_which_it_cannot_be_told_is_counted_on_its_date_alone() -> None:
    life = Lives(text(REPEATED.format(action=EVERY_FIVE)))
    life.put(vip=None)
    counted = []
    for n in range(12):
        life.day(MONDAY + n * DAY)
        counted += [n] * life.counts().get(("cannot_tell", "s"), 0)
    assert counted == [0, 5, 10]
    assert life.ledger.is_empty()
