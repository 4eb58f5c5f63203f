"""The points of a commit at which a crash is worth testing.

The tests replace `boundary` with one that kills the process at the nth call;
elsewhere it does nothing.
"""

from __future__ import annotations


def failpoint(name: str) -> None:
    """Mark that the commit has come to the point called `name`."""
    del name
