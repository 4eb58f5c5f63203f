"""The messy year by each executor and in each kind of store: the same as in this process and a folder.

The profile `long` lives through the whole year with each executor, in a folder and on servers; the others through the
days in which an export is down and the first dates are wrong, by Dask with the store on servers. Each part of a day
takes a quarter of a second, however few its accounts: of 64 parts there is a month, and of 7 not every year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
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
MONTH_END = FIRST + 30 * DAY
BEGIN = FIRST if WHOLE else FIRST + 4 * DAY
# In a short time, the dirt of a year within a month, which begins in the second week.
DIRT_END = YEAR_END if WHOLE else FIRST + 34 * DAY
ACCOUNTS = 160
"""Of which a few share an address or were merged, and are evaluated by the driver."""

COMBINATIONS = [("dask", "bucket", 7, FIRST + 12 * DAY)]
if WHOLE:
    COMBINATIONS = [
        ("dask", "bucket", 7, YEAR_END),
        ("spark", "bucket", 1, YEAR_END),
        ("local", "bucket", 1, YEAR_END),
        ("dask", "sqlite", 1, YEAR_END),
        ("spark", "sqlite", 7, YEAR_END),
        ("dask", "folder", 64, MONTH_END),
    ]


def lived(
    root: Path, last: dt.date, settings: str = "", address: StoreAddress | None = None
) -> StoreRoot:
    world = lives(1, ACCOUNTS, FIRST, YEAR_END)
    dirt = sown(5, world, FIRST, DIRT_END)
    live_through(root, world, dirt, BEGIN, last, settings, address)
    return address or root / "store"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dt.date], StoreRoot]:
    """The store of this process up to a date, in a folder."""

    @cache
    def lived_here(last: dt.date) -> StoreRoot:
        return lived(tmp_path_factory.mktemp("local") / "w", last)

    return lived_here


@pytest.mark.parametrize(("executor", "place", "parts", "last"), COMBINATIONS)
def test_messy_days_are_the_same_everywhere(
    local: Callable[[dt.date], StoreRoot],
    servers: StoreServers,
    clusters: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    executor: str,
    place: str,
    parts: int,
    last: dt.date,
) -> None:
    expected = local(last)
    size = -(-ACCOUNTS // parts)
    monkeypatch.setattr(stages, "BATCH", size)
    monkeypatch.setattr(stages, "FIRST_BATCH", size)
    address = None if place == "sqlite" else servers.address(place, tmp_path)
    same_stores(lived(tmp_path / "w", last, clusters(executor), address), expected)
