"""In CI and in mutation runs, what is evaluated in these tests is evaluated both ways."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support import profiles
from support.both_executors import both_ways


@pytest.fixture(scope="module", autouse=True)
def _both_ways() -> Iterator[None]:
    """Hold the columns to the executor that walks few accounts one by one, whatever is tested.

    It takes half as long again, so a quick run goes without.
    """
    if profiles.chosen() == "quick":
        yield
        return
    with both_ways():
        yield
