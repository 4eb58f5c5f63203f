"""Run tasks concurrently, and yield their results in input order.

Tasks run in threads: Polars computes without Python's lock, and alone keeps one and a half of two processors busy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
_Result = TypeVar("_Result")


def map_ordered(
    work: Callable[[Piece], _Result], pieces: Iterable[Piece], at_once: int
) -> Iterator[_Result]:
    """Yield the result of each task in input order; the first failure among them is raised.

    At most `at_once` tasks are in memory: the next one starts after the result of the oldest has been taken.
    """
    with ThreadPoolExecutor(at_once) as workers:
        under_way: deque[Future[_Result]] = deque()
        for piece in pieces:
            under_way.append(workers.submit(work, piece))
            if len(under_way) == at_once:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
