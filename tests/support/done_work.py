"""A small workspace with issued actions, and its commands, for tests of what people did."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs import recording
from tenure.engine.runs.running import run
from tenure.engine.store import Reader, Store

from support.workspaces import RENEWAL, SETTINGS, snapshot, workspace

ON = dt.date(2026, 3, 2)
TODAY = dt.date(2026, 3, 5)


def with_actions(root: Path, more: str = "", playbook: str = RENEWAL, days: int = 1) -> Path:
    """A workspace in which a1 and a2 of Ana, and b1 of Bo, have an email and a task, issued on `ON`."""
    folder = workspace(root, {"renewal": playbook}, SETTINGS + more)
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
    for on in (ON + dt.timedelta(days=n) for n in range(days)):
        snapshot(folder, on, rows)
        run(load_project(folder), on)
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


def overtaken_by(root: Path, *args: str, patch: pytest.MonkeyPatch) -> None:
    """Let another process run a command as soon as one here is about to lock the store."""
    waiting = [[*args, "--workspace", str(root), "--today", TODAY.isoformat()]]

    class Overtaken:
        @staticmethod
        @contextmanager
        def open(*given: Any, **more: Any) -> Iterator[Store]:
            while waiting:
                program = "from tenure.cli.main import main; main()"
                subprocess.run([sys.executable, "-c", program, *waiting.pop()], check=True)
            with Store.open(*given, **more) as store:
                yield store

    patch.setattr(recording, "Store", Overtaken)
