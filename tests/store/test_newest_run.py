"""What an older copy of a store lacks, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tenure.engine.store.newest_run import Note, age, describe_lost, describe_records, taken_back
from tenure.engine.store.restore import Change

NOTE = Note(1, 7, "2026-01-07", 1_240, "ab", 5)
OLDER = Note(1, 3, "2026-01-03", 6, "cd", 2)


@pytest.mark.parametrize(
    ("issued", "newest", "words"),
    [
        (1_240, OLDER, "the 1,234 actions issued after 2026-01-03, up to 2026-01-07"),
        (7, OLDER, "the 1 action issued after 2026-01-03, up to 2026-01-07"),
        (8, OLDER, "the 2 actions issued after 2026-01-03, up to 2026-01-07"),
        (6, OLDER, "what runs did after 2026-01-03, up to 2026-01-07"),
        # What a redo took back can leave fewer.
        (5, OLDER, "what runs did after 2026-01-03, up to 2026-01-07"),
        (6, None, "the 6 actions issued up to 2026-01-07"),
        (0, None, "what runs did up to 2026-01-07"),
    ],
)
def test_what_a_store_lacks(issued: int, newest: Note | None, words: str) -> None:
    note = replace(NOTE, issued=issued)
    assert describe_lost(note, newest) == words
    assert f"would issue again {words}, emails" in taken_back(Path("store"), note, newest).message


def test_a_copy_that_parted_is_told_from_an_older_one() -> None:
    ends = "it ends with run 3 of 2026-01-03"
    noted = "; run 7 of 2026-01-07 was committed; "
    assert f": {ends}{noted}" in taken_back(Path("store"), NOTE, OLDER).message
    parted = taken_back(Path("store"), NOTE, OLDER, parted=True).message
    assert f": {ends}, but not from the runs noted here{noted}" in parted
    assert f": it has no run{noted}" in taken_back(Path("store"), NOTE, None).message


def test_records_are_counted() -> None:
    assert describe_records(1) == "1 outcome or move by hand that was recorded since"
    assert describe_records(1_002).startswith("1,002 outcomes and moves by hand that were")


def test_of_two_notes_the_one_of_the_later_run_or_record_is_newer() -> None:
    assert max([NOTE, OLDER], key=age) == NOTE
    assert max([replace(NOTE, recorded=4), NOTE], key=age) == NOTE


@pytest.mark.parametrize(
    ("before", "after", "loses", "records", "lost"),
    [
        (None, NOTE, False, 0, ""),
        (NOTE, NOTE, False, 0, "what runs did after 2026-01-07, up to 2026-01-07"),
        (NOTE, replace(NOTE, recorded=1), False, 4, "what runs did after 2026-01-07, up to 2026-01-07"),
        (replace(NOTE, recorded=1), NOTE, False, 0, "what runs did after 2026-01-07, up to 2026-01-07"),
        (NOTE, OLDER, True, 3, "the 1,234 actions issued after 2026-01-03, up to 2026-01-07"),
        (NOTE, None, True, 5, "the 1,240 actions issued up to 2026-01-07"),
        # Of another store, nothing is known that both have.
        (NOTE, replace(NOTE, store=2), True, 0, "the 1,240 actions issued up to 2026-01-07"),
        (NOTE, replace(NOTE, seal="cd"), True, 0, "what runs did after 2026-01-07, up to 2026-01-07"),
        (NOTE, replace(NOTE, run=6), True, 0, "what runs did after 2026-01-07, up to 2026-01-07"),
    ],
)  # fmt: skip
def test_a_restore_says_what_it_loses(
    before: Note | None, after: Note | None, loses: bool, records: int, lost: str
) -> None:
    change = Change(before, after)
    assert (change.loses, change.lost_records, change.lost) == (loses, records, lost)
