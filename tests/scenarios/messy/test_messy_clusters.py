"""Weeks of the messy year, evaluated by clusters: the same store as this process makes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from support.clusters import CarelessCluster, cluster_of, same_stores
from support.dirt import DAY, lives, sown
from support.messy_days import live_through
from tenure.engine.runs import running, stages

pytestmark = pytest.mark.slow

FIRST = dt.date(2025, 1, 1)
YEAR_END = FIRST + 364 * DAY
LAST = FIRST + 17 * DAY
ACCOUNTS = 160
PART = 24
"""Accounts of a part: seven parts, and the accounts that share an address or were merged."""


def lived(root: Path, settings: str = "") -> Path:
    world = lives(1, ACCOUNTS, FIRST, YEAR_END)
    # The dirt of a year within a month, which begins in the second week.
    dirt = sown(5, world, FIRST, FIRST + 34 * DAY)
    live_through(root, world, dirt, FIRST, LAST, settings)
    return root / "store"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of this process."""
    return lived(tmp_path_factory.mktemp("local") / "w")


@pytest.fixture(scope="module", params=["careless", "dask", "spark"])
def settings(request: pytest.FixtureRequest) -> Iterator[str]:
    """The settings of a workspace whose runs are evaluated by a cluster."""
    if request.param == "careless":
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(running, "open_executor", lambda _: nullcontext(CarelessCluster()))
            yield ""
    else:
        with cluster_of(request.param):
            yield f"executor: {request.param}\n"


def test_messy_weeks_on_a_cluster_are_those_of_this_process(
    local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str
) -> None:
    monkeypatch.setattr(stages, "BATCH", PART)
    monkeypatch.setattr(stages, "FIRST_BATCH", PART)
    same_stores(lived(tmp_path / "w", settings), local)
