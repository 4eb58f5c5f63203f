"""A cluster whose workers reach the store on servers: the same store as in a folder, without one."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.clusters import CarelessCluster, cluster_of, same_stores
from support.postgres_server import can_serve
from support.store_servers import PLACES, StoreServers, on_servers, store_servers
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs import running, stages
from tenure.engine.runs.running import run
from tenure.engine.store import Store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here"),
]

DAYS = (dt.date(2026, 4, 2), dt.date(2026, 4, 3))


@pytest.fixture(scope="module")
def servers() -> Iterator[StoreServers]:
    with store_servers() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with its store in a folder, next to one that has not begun."""
    home = tmp_path_factory.mktemp("folder")
    arguments = ["init", str(home / "new"), "--demo", "--on", DAYS[-1].isoformat()]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    shutil.copytree(home / "new", home / "done")
    run_days(home / "done")
    return home


def run_days(root: Path) -> None:
    project = load_project(root)
    for day in DAYS:
        run(project, day)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("cluster", ["careless", "dask"])
def test_a_cluster_writes_to_servers(
    folder: Path,
    servers: StoreServers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    cluster: str,
) -> None:
    address = servers.address(place, tmp_path)
    root = shutil.copytree(folder / "new", tmp_path / "work")
    on_servers(root, address)
    monkeypatch.setattr(stages, "BATCH", 60)
    monkeypatch.setattr(stages, "FIRST_BATCH", 60)
    if cluster == "careless":
        monkeypatch.setattr(running, "open_executor", lambda _: nullcontext(CarelessCluster()))
        run_days(root)
    else:
        with cluster_of(cluster), (root / "tenure.yaml").open("a", encoding="utf-8") as settings:
            settings.write(f"executor: {cluster}\n")
            settings.flush()
            run_days(root)
    same_stores(address, folder / "done" / "store")
    left = servers.names(address)
    with Store.open(address, root):
        swept = left - servers.names(address)
    # Each task of the careless cluster has written twice; what was adopted is named or deleted.
    assert bool(swept) == (cluster == "careless")
