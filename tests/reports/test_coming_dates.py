"""`tenure explain --when`: the dates to come of an account, in order."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from click.testing import CliRunner
from support.workspaces import RENEWAL, snapshot, workspace
from tenure.cli.main import main
from tenure.engine.project.loading import load_project
from tenure.engine.runs.running import run

ON = dt.date(2026, 3, 2)
RENEWS = ON + dt.timedelta(days=20)


def ready(root: Path, playbook: str = RENEWAL) -> Path:
    folder = workspace(root, {"renewal": playbook})
    rows = [
        {"account_id": "under_way", "status": "active", "renewal_date": RENEWS, "csm": "Ana"},
        {
            "account_id": "later",
            "status": "active",
            "renewal_date": ON + dt.timedelta(days=90),
            "csm": "Ana",
        },
    ]
    snapshot(folder, ON, rows)
    run(load_project(folder), ON)
    return folder


def when(root: Path, account: str, *args: str) -> str:
    given = ["explain", account, "--when", "--on", ON.isoformat(), "--workspace", str(root), *args]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_steps_to_come_have_their_dates(tmp_path: Path) -> None:
    root = ready(tmp_path)
    dates = json.loads(when(root, "under_way", "--format", "json"))
    # The call comes seven days before the renewal; as that is a Sunday, on the Friday before. Thirty after, it lapses.
    assert dates == [
        {"on": "2026-03-13", "playbook": "renewal", "what": "step push"},
        {"on": "2026-04-21", "playbook": "renewal", "what": "step lapsed"},
    ]
    assert "2026-03-13  renewal     step push" in when(root, "under_way")


def test_an_account_that_is_not_in_it_yet_has_the_date_of_its_entry(tmp_path: Path) -> None:
    dates = json.loads(when(ready(tmp_path), "later", "--format", "json"))
    # 30 days before its renewal on 31 May is 1 May, a holiday in France: the working day before.
    assert dates == [{"on": "2026-04-30", "playbook": "renewal", "what": "entry"}]


def test_a_hold_has_its_last_day(tmp_path: Path) -> None:
    root = ready(tmp_path)
    hold = ["hold", "under_way", "--until", "2026-03-20", "--because", "asked", "--by", "Ana"]
    held = CliRunner().invoke(main, [*hold, "--workspace", str(root), "--today", ON.isoformat()])
    assert held.exit_code == 0, held.output
    assert json.loads(when(root, "under_way", "--format", "json")) == [
        {"on": "2026-03-20", "playbook": "renewal", "what": "last day of the hold"}
    ]
