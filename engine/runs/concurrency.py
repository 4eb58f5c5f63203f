"""Work done several pieces at once, its results taken in the order of the pieces, so that nobody can tell.

Threads do: Polars computes without Python's lock, and on two processors it alone keeps one and a half of them busy.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def map_ordered(
    work: Callable[[Piece], Result], pieces: Iterable[Piece], at_once: int
) -> Iterator[Result]:
    """The result of each piece, in order; the first failure among them is raised.

    No more than `at_once` pieces are held: the next is asked for once the first of them has been taken.
    """
    with ThreadPoolExecutor(at_once) as workers:
        under_way: deque[Future[Result]] = deque()
        for piece in pieces:
            under_way.append(workers.submit(work, piece))
            if len(under_way) == at_once:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
