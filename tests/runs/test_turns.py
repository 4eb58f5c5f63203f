"""Work done several pieces at once: nobody can tell it from work done one piece after the other."""

from __future__ import annotations

import sys
import threading

import pytest
from tenure.engine.runs.concurrency import map_ordered

PATIENCE = 10.0


def test_results_come_in_the_order_of_the_pieces_though_a_later_one_is_ready_first():
    later = threading.Event()

    def work(piece: int) -> int:
        if piece == 0:
            assert later.wait(PATIENCE)
        elif piece == 1:
            later.set()
        return piece * 10

    assert list(map_ordered(work, range(5), 2)) == [0, 10, 20, 30, 40]


def test_a_piece_is_asked_for_only_once_there_is_room_for_it():
    asked = []

    def pieces():
        for piece in range(6):
            asked.append(piece)
            yield piece

    for result in map_ordered(lambda piece: piece, pieces(), 2):
        assert len(asked) <= result + 2
    assert asked == list(range(6))


def test_the_first_failure_in_order_is_raised_and_what_came_before_it_is_given():

    def work(piece: int) -> int:
        if piece >= 2:
            raise ValueError(piece)
        return piece

    taken: list[int] = []
    with pytest.raises(ValueError, match="2"):
        taken.extend(map_ordered(work, range(9), 3))
    assert taken == [0, 1]


def test_nothing_goes_on_once_results_are_no_longer_taken():
    begun = []
    results = map_ordered(begun.append, range(100), 2)
    next(results)
    results.close()
    assert len(begun) <= 3


def test_no_pieces_give_no_results():
    assert list(map_ordered(str, [], 2)) == []


def test_threads_take_short_turns_and_the_process_has_its_own_again_afterwards():
    before = sys.getswitchinterval()
    during = [*map_ordered(lambda _: sys.getswitchinterval(), range(3), 2)]
    assert max(during) < before
    results = map_ordered(lambda piece: 1 // piece, range(3), 2)
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert sys.getswitchinterval() == before
