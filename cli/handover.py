"""Values of commands, handed over to the Python API, which runs commands in its process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_VALUES: ContextVar[list[object] | None] = ContextVar("values", default=None)


@contextmanager
def collect() -> Iterator[list[object]]:
    """Collect the values of the commands that run in this context."""
    values: list[object] = []
    token = _VALUES.set(values)
    try:
        yield values
    finally:
        _VALUES.reset(token)


def hand_over(make: Callable[[], object]) -> None:
    """Hand over the value that `make` returns; it is called only if someone collects values."""
    values = _VALUES.get()
    if values is not None:
        values.append(make())
