"""Failpoints: the points of a commit at which a crash is worth testing.

The tests replace `failpoint` with a function that kills the process at the nth call;
otherwise it does nothing.
"""

from __future__ import annotations


def failpoint(name: str) -> None:
    """Mark that the commit has reached the point called `name`."""
    del name
