"""`tenure store`, as its users call it."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run

FIRST = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace after one run that issued two actions."""
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    for n in range(3):
        row = {
            "account_id": "a",
            "status": "active",
            "renewal_date": FIRST + 30 * DAY,
            "csm": "Zoé",
        }
        snapshot(root, FIRST + n * DAY, [row])
    run(load_project(root), FIRST)
    return root


def store(root: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["store", *words, "--workspace", str(root)])


def test_verify_says_what_holds(root: Path) -> None:
    found = store(root, "verify")
    assert found.exit_code == 0
    assert found.stdout == (
        "runs     1 to 1, 2026-03-02 to 2026-03-02\n"
        "ledger   2 entries\n"
        "states   0 buckets, 1 days of changes\n"
        "history  1 days, 2026-03-02 to 2026-03-02\n"
        "outcomes 0 of actions, 0 moves by hand\n"
        "texts    2 in 1 versions\n"
    )
    assert found.stderr == f"The store {root}/store is as it was written.\n"
    run(load_project(root), FIRST + DAY)
    later = store(root, "verify").stdout
    assert later.startswith("runs     1 to 2, 2026-03-02 to 2026-03-03\n")


def test_verify_says_what_is_lost(root: Path) -> None:
    (delta,) = (root / "store" / "states").iterdir()
    delta.write_bytes(delta.read_bytes()[:-1] + b"?")
    found = store(root, "verify")
    assert found.exit_code == 1
    assert "states   0 buckets, 0 days of changes; lost: the changes of run 1\n" in found.stdout
    assert "ledger   2 entries\n" in found.stdout
    assert f"states/{delta.name} holds other bytes than were written" in found.stderr
    (kept,) = (root / "store" / "history").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert "history  none; lost: 2026-03-02\n" in store(root, "verify").stdout


def test_a_backup_is_put_back_after_a_question(root: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "backup")
    made = store(root, "backup", target)
    assert (made.exit_code, made.stderr) == (0, f"{target} has all up to run 1, of 2026-03-02.\n")
    run(load_project(root), FIRST + DAY)
    asked = store(root, "restore", target)
    assert asked.exit_code == 2
    assert "nothing was changed: say --yes" in asked.stderr
    done = store(root, "restore", target, "--yes")
    assert done.exit_code == 0
    assert done.stderr == (
        f"The backup {target} ends with run 1, of 2026-03-02.\n"
        "The newest run known is run 2, of 2026-03-03.\n"
        "Runs will not know of what runs did after 2026-03-02, up to 2026-03-03:"
        " they may issue them again, emails among them.\n"
        f"The store {root}/store is the backup's; the one before is in"
        f" {root}/store.before-restore-1. Runs go on from there.\n"
    )
    assert (root / "store.before-restore-1" / "store.db").exists()
    assert run(load_project(root), FIRST + DAY).dates == (FIRST + DAY,)


def test_an_older_copy_stops_a_run_until_it_is_accepted(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "store", tmp_path / "yesterday")
    run(load_project(root), FIRST + DAY)
    shutil.rmtree(root / "store")
    shutil.copytree(tmp_path / "yesterday", root / "store")
    on = (FIRST + 2 * DAY).isoformat()
    words = ["run", "--workspace", str(root), "--on", on]
    stopped = CliRunner().invoke(main, words)
    assert stopped.exit_code == 1
    assert "error[store-taken-back]" in stopped.stderr
    assert store(root, "verify").exit_code == 1
    assert store(root, "restore", "--yes").exit_code == 0
    assert store(root, "verify").exit_code == 0
    assert CliRunner().invoke(main, words).exit_code == 0
