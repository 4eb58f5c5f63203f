"""The example workspace over some days, with its store in a folder and on servers: the same in every listing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.postgres_server import can_serve
from support.store_servers import PLACES, StoreServers, on_servers, store_servers
from tenure.cli.main import main
from tenure.engine.store import Reader, Store, verify
from tenure.engine.store.newest_run import Notes
from tenure.engine.workspace.store_address import StoreAddress

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not can_serve(), reason="PostgreSQL is not installed here"),
]

DAYS = ("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05")
CHANNEL = "\nchannels:\n  crm:\n    folder: {path: crm, tasks: hubspot}\n    kinds: [task]\n"


def tenure(root: Path, *args: str, code: int | None = 0) -> str:
    """Return what a command prints on standard output."""
    result = CliRunner().invoke(main, [*args, "--workspace", str(root)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert code is None or result.exit_code == code, result.output
    return result.stdout


def actions(root: Path, *more: str) -> list[dict[str, str]]:
    lines = tenure(root, "actions", "--all", "--format", "jsonl", *more).splitlines()
    return [json.loads(line) for line in lines]


def live(root: Path) -> None:
    """Run four days: outcomes, a hold, an action assigned, deliveries, and one day again."""
    for day in DAYS:
        now = ("--today", day)
        tenure(root, "run", "--on", day, code=None)
        tenure(root, "deliver", "--on", day, *now, code=None)
        issued = actions(root, "--on", day, "--status", "issued")
        ids = sorted({each["action_id"] for each in issued})
        accounts = sorted({each["account_id"] for each in issued})
        tenure(root, "done", ids[0], "--on", day, "--by", "Ann", *now)
        tenure(root, "assign", ids[-1], "--to", "Bob", "--on", day, "--by", "Ann", *now, code=None)
        until = ("--until", DAYS[-1], "--because", "on a call")
        tenure(root, "hold", accounts[0], *until, "--on", day, "--by", "Ann", *now)
    tenure(root, "run", "--on", DAYS[-1], "--redo", code=None)


def listed(root: Path) -> dict[str, str]:
    """Return what the commands that read the store print."""
    day = ("--on", DAYS[-1])
    accounts = sorted({each["account_id"] for each in actions(root, "--from", DAYS[0])})
    shown = {
        "actions": tenure(root, "actions", "--all", "--from", "2025-01-01", "--format", "csv"),
        "done": tenure(root, "actions", "--done", "--format", "csv", "--today", DAYS[-1]),
        "metrics": tenure(root, "metrics", *day, "--format", "json", code=None),
        "playbooks": tenure(root, "metrics", "playbooks", *day, "--format", "json", code=None),
        "preview": tenure(root, "preview", "--on", "2026-03-06", "--format", "csv", code=None),
        "deliver": tenure(root, "deliver", *day, "--today", DAYS[-1], "--dry-run", code=None),
    }
    for account in accounts[:3]:
        shown[f"explain {account}"] = tenure(root, "explain", account, *day, "--format", "json")
    return shown


def counts(root: Path | StoreAddress) -> list[tuple[object, ...]]:
    return [(each.on, each.attempt, each.counts, each.issued) for each in Reader(root).runs()]


@pytest.fixture(scope="module")
def servers() -> Iterator[StoreServers]:
    with store_servers() as started:
        yield started


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that has lived four days with its store in a folder, next to one that has not begun."""
    home = tmp_path_factory.mktemp("servers")
    result = CliRunner().invoke(main, ["init", str(home / "new"), "--demo", "--on", DAYS[-1]])
    assert result.exit_code == 0, result.output
    with (home / "new" / "tenure.yaml").open("a", encoding="utf-8") as settings:
        settings.write(CHANNEL)
    shutil.copytree(home / "new", home / "folder")
    live(home / "folder")
    return home


@pytest.mark.parametrize("place", PLACES)
def test_four_days_are_the_same_on_servers(
    demo: Path, servers: StoreServers, tmp_path: Path, place: str
) -> None:
    address = servers.address(place, tmp_path)
    shutil.copytree(demo / "new", tmp_path / "work")
    on_servers(tmp_path / "work", address)
    live(tmp_path / "work")
    assert not (tmp_path / "work" / "store").exists()
    assert counts(address) == counts(demo / "folder" / "store")
    here, there = Reader(address), Reader(demo / "folder" / "store")
    assert here.states().equals(there.states())
    assert here.ledger(history=True).equals(there.ledger(history=True))
    assert here.outcomes().equals(there.outcomes())
    assert here.hand_moves().equals(there.hand_moves())
    assert here.deliveries() == there.deliveries()
    assert here.ledger().height > 20
    assert listed(tmp_path / "work") == listed(demo / "folder")
    assert verify(address) == []
    assert Notes(address, tmp_path / "work").problems() == []


def test_a_workspace_moves_to_servers_and_back(
    demo: Path, servers: StoreServers, tmp_path: Path
) -> None:
    address = servers.address("bucket", tmp_path)
    root = tmp_path / "work"
    shutil.copytree(demo / "folder", root)
    before = listed(root)
    (root / "store").rename(tmp_path / "old")
    on_servers(root, address)
    tenure(root, "store", "import", str(tmp_path / "old"))
    assert listed(root) == before
    tenure(root, "store", "verify")
    tenure(root, "store", "export", str(tmp_path / "new"))
    text = (demo / "folder" / "tenure.yaml").read_text("utf-8")
    (root / "tenure.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "new").rename(root / "store")
    assert listed(root) == before
    tenure(root, "store", "verify")
    assert not verify(root / "store")


def test_a_second_run_is_refused(demo: Path, servers: StoreServers, tmp_path: Path) -> None:
    address = servers.address("folder", tmp_path)
    shutil.copytree(demo / "new", tmp_path / "work")
    on_servers(tmp_path / "work", address)
    with Store.open(address, tmp_path / "work"):
        arguments = ["run", "--on", DAYS[0], "--workspace", str(tmp_path / "work")]
        result = CliRunner().invoke(main, arguments)
    assert result.exit_code != 0
    assert "another process has held" in f"{result.output}{result.exception}"
    assert Reader(address).runs() == []
