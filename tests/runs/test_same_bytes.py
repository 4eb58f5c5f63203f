"""The same inputs give the same store, whatever seed Python hashes with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.one_account import CASES, DAY, DROP, GRACE, HEALTH, MONDAY, ROUND, TIERS, row, text
from support.workspaces import SETTINGS, snapshot, workspace

SCRIPT = """
import sys, datetime as dt, hashlib
from pathlib import Path
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader
root = Path(sys.argv[1])
start = dt.date(2026, 3, 2)
for n in range(0, 12, 2):
    run(load_project(root), start + dt.timedelta(days=n))
r = Reader(root / "store")
text = r.ledger(history=True).write_csv() + r.states().write_csv() + r.ended().write_csv() + repr(r.runs())
print(hashlib.sha256(text.encode()).hexdigest(), r.ledger(history=True).height)
"""


@pytest.mark.slow
def test_the_seed_of_hashes_changes_nothing(tmp_path: Path) -> None:
    books = {
        n: text(b, id=n)
        for n, b in {"a": TIERS, "b": CASES, "c": DROP, "d": GRACE, "e": ROUND, "f": HEALTH}.items()
    }
    found = []
    for seed in range(3):
        # On some days the dates of all accounts move, which would stop a run.
        settings = SETTINGS + "brake: {dates: 100 %}\n"
        root = workspace(tmp_path / f"w{seed}", books, settings)
        for n in range(12):
            snapshot(
                root,
                MONDAY + n * DAY,
                [
                    row(
                        renewal_date=MONDAY + (k % 17 + n // 3) * DAY,
                        vip=k % 3 == 0,
                        signup_date=MONDAY - (90 + k % 20 + n // 5) * DAY,
                        health_score=55 + (k * 7 + n * 13) % 40,
                        country=["FR", "US", "DE"][k % 3],
                    )
                    | {"account_id": f"a{k}"}
                    for k in range(300)
                ],
            )
        env = {**os.environ, "PYTHONHASHSEED": str(seed * 7 + 1)}
        out = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(root)], env=env, capture_output=True, text=True
        )
        assert out.returncode == 0, out.stderr[-2000:]
        found.append(out.stdout)
    assert len(set(found)) == 1
