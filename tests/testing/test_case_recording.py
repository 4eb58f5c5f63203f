"""The test of a real account, written from the store and the snapshots: it passes, and names nobody."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run

MONDAY = dt.date(2026, 3, 9)
ROW = {
    "account_id": "a",
    "account_name": "Secret Ltd",
    "status": "active",
    "csm": "Ana",
    "arr": 12345,
    "renewal_date": "2026-04-11",
    "contact_email": "ceo@secret.example",
}


def test_the_test_of_an_account_passes_and_names_nobody(tmp_path: Path) -> None:
    playbook = RENEWAL.replace("at: -30 days\n", "at: -30 days\n      when: arr > 12000\n")
    root = workspace(tmp_path / "w", {"renewal": playbook})
    for number in range(5):
        on = MONDAY + dt.timedelta(days=number)
        snapshot(root, on, [ROW | ({"csm": "Bo"} if number > 2 else {})])
        run(load_project(root), on)
    command = ["test", "--workspace", str(root), "--from", "a", "--playbook", "renewal"]
    found = CliRunner().invoke(main, [*command, "--on", "2026-03-13", "--days", "9"])
    assert found.exit_code == 0
    for secret in ("Secret", "Ana", "Bo", "12345", "secret.example"):
        assert secret not in found.stdout
    assert "{on: 2026-03-12, fields: {csm: CSM 2}}" in found.stdout
    assert "{step: notice, action: email, on: 2026-03-12}" in found.stdout
    (root / "tests").mkdir()
    (root / "tests" / "a.test.yaml").write_text(found.stdout, "utf-8")
    again = CliRunner().invoke(main, ["test", "--workspace", str(root)])
    assert again.exit_code == 0, again.output


def test_an_account_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", {"renewal": RENEWAL})
    snapshot(root, MONDAY, [ROW])
    command = ["test", "--workspace", str(root), "--from", "b", "--on", "2026-03-09"]
    assert CliRunner().invoke(main, command).exit_code == 2
    assert CliRunner().invoke(main, [*command, "--playbook", "renewal"]).exit_code == 2


@pytest.mark.parametrize("account", ["a", "b", "c", "d"])
def test_the_test_of_an_account_of_a_holdout_passes(tmp_path: Path, account: str) -> None:
    playbook = RENEWAL.replace("timeline:", "holdout: {share: 50 %}\ntimeline:")
    root = workspace(tmp_path / "w", {"renewal": playbook})
    snapshot(root, MONDAY, [ROW | {"account_id": account}])
    for number in range(5):
        run(load_project(root), MONDAY + dt.timedelta(days=number))
    command = ["test", "--workspace", str(root), "--from", account, "--playbook", "renewal"]
    found = CliRunner().invoke(main, [*command, "--on", "2026-03-13", "--days", "5"])
    digest = hashlib.sha256(f"renewal\x1f{account}".encode()).digest()
    held = digest[0] < 128
    assert ("held_out: true" in found.stdout) is held
    assert ("status: held_out" in found.stdout) is held
    (root / "tests").mkdir()
    (root / "tests" / "a.test.yaml").write_text(found.stdout, "utf-8")
    again = CliRunner().invoke(main, ["test", "--workspace", str(root)])
    assert again.exit_code == 0, again.output
