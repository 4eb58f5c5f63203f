"""The messy year by each executor and in each kind of store: the same as in this process and a folder.

The profile `long` lives through the whole year with each executor, in a folder and on servers; the others through the
days in which an export is down and the first dates are wrong, by Dask with the store on servers. A year of many parts
takes hours by a cluster: it has few, and `test_clusters_and_servers.py` tries 64 for some days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from support import profiles
from support.clusters import same_stores
from support.dirt import DAY, lives, sown
from support.messy_days import live_through
from support.postgres_server import can_serve
from support.store_servers import StoreServers
from tenure.engine.runs import stages
from tenure.engine.workspace.store_address import StoreAddress, StoreRoot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here"),
]

WHOLE = profiles.chosen() == "long"
FIRST = dt.date(2025, 1, 1)
YEAR_END = FIRST + 364 * DAY
BEGIN = FIRST if WHOLE else FIRST + 4 * DAY
LAST = YEAR_END if WHOLE else FIRST + 12 * DAY
# In a short time, the dirt of a year within a month, which begins in the second week.
DIRT_END = YEAR_END if WHOLE else FIRST + 34 * DAY
ACCOUNTS = 160
"""Of which a few share an address or were merged, and are evaluated by the driver."""

COMBINATIONS = [("dask", "bucket", 7)]
if WHOLE:
    COMBINATIONS += [
        ("spark", "bucket", 1),
        ("local", "bucket", 1),
        ("dask", "sqlite", 1),
        ("spark", "sqlite", 7),
        ("local", "folder", 64),
    ]


def lived(root: Path, settings: str = "", address: StoreAddress | None = None) -> StoreRoot:
    world = lives(1, ACCOUNTS, FIRST, YEAR_END)
    dirt = sown(5, world, FIRST, DIRT_END)
    live_through(root, world, dirt, BEGIN, LAST, settings, address)
    return address or root / "store"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> StoreRoot:
    """The store of this process, in a folder."""
    return lived(tmp_path_factory.mktemp("local") / "w")


@pytest.mark.parametrize(("executor", "place", "parts"), COMBINATIONS)
def test_messy_days_are_the_same_everywhere(
    local: StoreRoot,
    servers: StoreServers,
    clusters: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    executor: str,
    place: str,
    parts: int,
) -> None:
    size = -(-ACCOUNTS // parts)
    monkeypatch.setattr(stages, "BATCH", size)
    monkeypatch.setattr(stages, "FIRST_BATCH", size)
    address = None if place == "sqlite" else servers.address(place, tmp_path)
    same_stores(lived(tmp_path / "w", clusters(executor), address), local)
