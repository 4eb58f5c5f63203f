"""A small workspace with issued actions, and its commands, for tests of what people did."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from click.testing import CliRunner, Result
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run
from tenure.engine.store import Reader

from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace

ON = dt.date(2026, 3, 2)
TODAY = dt.date(2026, 3, 5)


def with_actions(root: Path, more: str = "") -> Path:
    """A workspace in which a1 and a2 of Ana, and b1 of Bo, have an email and a task, issued on `ON`."""
    folder = workspace(root, {"renewal": RENEWAL}, SETTINGS + more)
    rows = [
        {
            "account_id": id,
            "account_name": f"Firm {id}",
            "status": "active",
            "renewal_date": ON + dt.timedelta(days=30),
            "csm": "Bo" if id == "b1" else "Ana",
        }
        for id in ("a1", "a2", "b1")
    ]
    snapshot(folder, ON, rows)
    run(load_project(folder), ON)
    return folder


def actions(root: Path, kind: str = "task") -> dict[str, str]:
    """By account, the id of its action of this kind."""
    entries = Reader(root / "store").ledger()
    rows = entries.filter(entries["kind"] == kind).select("account_id", "action_id").rows()
    return dict(sorted(rows))


def tenure(root: Path, *args: str, text: str | None = None, today: dt.date = TODAY) -> Result:
    """Run a command in the workspace, today."""
    given = [*args, "--workspace", str(root), "--today", today.isoformat()]
    return CliRunner().invoke(main, given, input=text)
