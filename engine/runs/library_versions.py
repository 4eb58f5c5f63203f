"""Versions of the libraries that results depend on, for the run record."""

from __future__ import annotations

from functools import cache
from importlib import metadata

RECORDED_LIBRARIES = ("holidays", "polars", "tzdata")
"""Distributions whose versions may change what a run gives: holidays, computation, and time zones."""


@cache
def library_versions() -> tuple[tuple[str, str], ...]:
    """Return name and installed version of each of `RECORDED_LIBRARIES`, sorted by name."""
    return tuple((name, metadata.version(name)) for name in RECORDED_LIBRARIES)
