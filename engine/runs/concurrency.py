"""Run tasks concurrently, and yield their results in input order.

Tasks run in threads: Polars computes without Python's lock, and alone keeps one and a half of two processors busy.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

_TURN = 0.0005
"""Seconds that a thread may hold Python's lock while another waits for it: by default ten times as many.

Between two computations of a few microseconds, the wait would be most of the time."""

Piece = TypeVar("Piece")
_Result = TypeVar("_Result")


def map_ordered(
    work: Callable[[Piece], _Result], pieces: Iterable[Piece], at_once: int
) -> Iterator[_Result]:
    """Yield the result of each task in input order; the first failure among them is raised.

    At most `at_once` tasks are in memory: the next one starts after the result of the oldest has been taken.
    """
    with ThreadPoolExecutor(at_once) as workers, _short_turns():
        under_way: deque[Future[_Result]] = deque()
        for piece in pieces:
            under_way.append(workers.submit(work, piece))
            if len(under_way) == at_once:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


@contextmanager
def _short_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
